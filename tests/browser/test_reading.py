"""What pages do for readers beyond text: the search, the pictures shown large, the messages behind a citation."""

import re

import pytest

from tests.browser.contract import (
    CITATION,
    GALLERY,
    LIGHTBOX,
    PICTURE,
    POST_BODY,
    RESULTS,
    SEARCH,
    SEARCH_FIELD,
    WAIT,
)
from tests.browser.test_access import faults

pytestmark = pytest.mark.xdist_group("browser")

WAYS = pytest.mark.parametrize("way", ["http", "file"])
FOCUSED = "(element) => element === document.activeElement"
SEEN = """(text) => [...document.querySelectorAll("li[id^='m-'], .here")].some((each) => {
  const { top, bottom } = each.getBoundingClientRect();
  return each.checkVisibility() && each.textContent.includes(text) && top < innerHeight && bottom > 0;
})"""


@pytest.fixture
def told(site, opened):
    """A post's path, title, and a word of its text that stands in no title."""
    path = site.pages("posts/*.html")[-1]
    page = opened(site.http, path)
    titles = "".join(re.findall("<title>.*", "".join(post.read_text() for post in site.folder.glob("posts/*.html"))))
    words = re.findall(r"\b[^\W\d_]{6,}\b", page.locator(f"{POST_BODY} blockquote").first.inner_text())
    word = next(word for word in words if word.lower() not in titles.lower())
    return path, page.locator("h1").inner_text(), word


def with_picture(site):
    """The pages that show a picture one can open: a post's and the gallery."""
    post = next(path for path in site.pages("posts/*.html") if "<figure" in (site.folder / path).read_text("utf-8"))
    return (post, GALLERY)


@WAYS
def test_a_word_of_its_text_and_a_word_of_its_title_find_a_post(site, told, opened, way):
    path, title, word = told
    address = site.address(way)
    for wanted in (word, word.upper(), max(re.findall(r"\w+", title), key=len), title):
        page = opened(address, SEARCH)
        page.locator(SEARCH_FIELD).fill(wanted)
        page.locator(f"{RESULTS}[href='{path}']").wait_for(timeout=WAIT)
    page.locator(f"{RESULTS}[href='{path}']").click()
    assert page.url == address + path


@WAYS
def test_each_letter_narrows_the_search_and_nonsense_finds_nothing(site, told, opened, way):
    page = opened(site.address(way), SEARCH)
    field, results = page.locator(SEARCH_FIELD), page.locator(RESULTS)
    field.press_sequentially(told[2][:2])
    some = results.count()
    field.press_sequentially(told[2][2:])
    assert 0 < results.count() <= some
    assert not faults(page)
    field.fill("zqxjv")
    assert results.count() == 0
    field.fill("")
    assert results.count() == 0
    for nonsense in ("%", "\\", "(", "[a", "<b>", "\u2028", "%E0%A4%A", "__proto__", "constructor"):
        field.fill(nonsense)
    page.reload()


@WAYS
def test_a_picture_opens_large_and_escape_gives_the_place_back(site, opened, way):
    for path in with_picture(site):
        page = opened(site.address(way), path)
        link = page.locator(PICTURE).last
        small = link.locator("img").bounding_box()
        link.click()
        shown = page.locator(f"{LIGHTBOX}[open] img")
        shown.wait_for()
        assert shown.evaluate("(image) => image.decode().then(() => image.src)") == link.evaluate("(link) => link.href")
        large = shown.bounding_box()
        assert large["width"] >= 0.9 * small["width"]
        assert page.viewport_size["width"] >= large["width"]
        assert not faults(page)
        page.keyboard.press("Escape")
        page.locator(LIGHTBOX).wait_for(state="hidden")
        assert link.evaluate(FOCUSED)
        assert page.url == site.address(way) + path


def test_the_keyboard_alone_opens_a_picture_stays_in_it_and_leaves(site, opened):
    for path in with_picture(site):
        page = opened(site.http, path)
        link = page.locator(PICTURE).first
        link.focus()
        page.keyboard.press("Enter")
        page.locator(f"{LIGHTBOX}[open]").wait_for()
        for _ in range(6):
            page.keyboard.press("Tab")
            place = page.evaluate("document.activeElement.closest('body, dialog').outerHTML.slice(0, 40)")
            assert place.startswith(("<body", '<dialog id="lightbox"'))
        page.keyboard.press("Escape")
        assert link.evaluate(FOCUSED)
        page.keyboard.press("Enter")
        page.locator(f"{LIGHTBOX}[open]").wait_for()


def test_without_scripts_a_picture_leads_to_its_file(site, opened):
    for path in with_picture(site):
        page = opened(site.http, path, java_script_enabled=False)
        link = page.locator(PICTURE).first
        target = link.evaluate("(link) => link.href")
        link.click()
        assert page.url == target
        assert re.search(r"/media/\w+\.\w+$", target)


@WAYS
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_citation_shows_its_message(site, opened, way, script):
    page = opened(site.address(way), site.pages("posts/*.html")[0], java_script_enabled=script)
    for number in (0, -1):
        link = page.locator(CITATION).nth(number)
        target = link.get_attribute("href").removeprefix("#")
        text = page.evaluate("(id) => document.getElementById(id).querySelector('.text').textContent.trim()", target)
        link.click()
        page.wait_for_timeout(100)
        assert page.evaluate(SEEN, text)


@WAYS
def test_the_keyboard_opens_a_citation(site, opened, way):
    page = opened(site.address(way), site.pages("posts/*.html")[0])
    link = page.locator(CITATION).first
    target = link.get_attribute("href").removeprefix("#")
    text = page.evaluate("(id) => document.getElementById(id).querySelector('.text').textContent.trim()", target)
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert page.evaluate(SEEN, text)
    assert not faults(page)
