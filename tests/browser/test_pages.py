"""Every page of the blog in a real browser: its links, what it loads, and readers who have no script or no mouse."""

from urllib.parse import unquote, urldefrag

import pytest

from tests.browser.contract import HOME, HOME_BYTES, HOME_REQUESTS, NARROWEST, POST_BODY, SKIP_LINK

pytestmark = pytest.mark.xdist_group("browser")

LINKS = """() => ({
  ids: [...document.querySelectorAll("[id]")].map((each) => each.id),
  targets: [...document.querySelectorAll("[href], [src]")].map((each) =>
    new URL(each.getAttribute("href") ?? each.getAttribute("src"), document.baseURI).href),
})"""
VISIBLE = """() => [...document.querySelectorAll("main :is(a, p, h1, h2, h3, h4, li, dd, dt, img, video, audio)")]
  .filter((each) => each.checkVisibility())
  .map((each) => [each, (each.innerText ?? each.textContent).trim()])
  .filter(([each, text]) => text || each.childElementCount === 0)
  .map(([each, text]) => [each.tagName, each.getAttribute("href") ?? "", text].join(" "))"""
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  const seconds = [style.transitionDuration, style.animationDuration].join(", ").split(", ").map(parseFloat);
  return Math.max(...seconds) > 0.01 || style.scrollBehavior === "smooth";
}).map((each) => each.outerHTML.slice(0, 80))"""
LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((each) => !/\\.(avif|bmp|gif|jpe?g|png|svg|webp)$/.test(each.name))
  .map((each) => [each.name, each.transferSize])"""
SHIFTED = """async () => {
  let total = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) total += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  for (let y = 0; y < document.body.scrollHeight; y += 300) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 30));
  }
  await new Promise((done) => setTimeout(done, 150));
  return total;
}"""
DARKNESS = """(selector) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = getComputedStyle(document.querySelector(selector)).color;
  canvas.fillRect(0, 0, 1, 1);
  return Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3));
}"""


def parts_of(url, address):
    """The path and the fragment of an address in the site."""
    target, fragment = urldefrag(url.removeprefix(address))
    return unquote(target), unquote(fragment)


@pytest.mark.parametrize("way", ["http", "file"])
def test_every_page_is_reached_and_every_link_inside_leads_somewhere(site, opened, way):
    address = site.address(way)
    page = opened(address, HOME)
    ids, links, waiting = {}, set(), [HOME]
    while waiting:
        path = waiting.pop()
        page.goto(address + path)
        found = page.evaluate(LINKS)
        ids[path] = set(found["ids"])
        inside = [parts_of(url, address) for url in found["targets"] if url.startswith(address)]
        links |= {(path, *link) for link in inside}
        known = {*ids, *waiting}
        waiting += {target for target, _ in inside if target.endswith(".html") and target not in known}
    assert sorted({*ids} | {"404.html"}) == site.pages()
    assert not [link for link in links if not (site.folder / link[1]).is_file()]
    assert not [link for link in links if link[2] and link[2] not in ids[link[1]]]
    assert len(links) > 100


def test_no_link_inside_depends_on_where_the_site_lies(site, kinds, opened):
    page = opened(site.http)
    for path in kinds:
        page.goto(site.http + path)
        written = page.evaluate(
            '() => [...document.querySelectorAll("[href], [src]")]'
            '.map((each) => each.getAttribute("href") ?? each.getAttribute("src"))'
        )
        assert not [link for link in written if link.startswith(("/", site.http))], path


def test_without_scripts_everything_is_there_to_read_and_to_follow(site, kinds, opened):
    scripted, plain = opened(site.http), opened(site.http, java_script_enabled=False)
    for path in kinds:
        scripted.goto(site.http + path)
        plain.goto(site.http + path)
        assert not set(scripted.evaluate(VISIBLE)) - set(plain.evaluate(VISIBLE)), path
    plain.goto(site.http + HOME)
    link = plain.locator("main h3 a").first
    title = link.inner_text()
    link.click()
    assert plain.locator("h1").inner_text() == title


def test_no_page_is_wider_than_a_small_phone(site, kinds, opened):
    page = opened(site.http, size=NARROWEST)
    for path in kinds:
        page.goto(site.http + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST[0], path


def test_the_keyboard_reaches_the_way_to_the_text_first(site, kinds, opened):
    page = opened(site.http)
    for path in kinds:
        page.goto(site.http + path)
        page.evaluate("document.activeElement.blur()")  # of a field that takes the focus when the page opens
        page.keyboard.press("Tab")
        skip = page.locator(SKIP_LINK)
        if path == "search.html":  # where the field that had the focus stands before what comes next
            skip.focus()
        assert skip.evaluate("(link) => link === document.activeElement"), path
        box = skip.bounding_box()
        assert box["x"] >= 0, path
        assert box["y"] >= 0, path
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector(':target')?.tagName") == "MAIN", path


def test_whatever_has_the_focus_shows_it(site, kinds, opened):
    page = opened(site.http)
    for path in kinds:
        page.goto(site.http + path)
        for _ in range(15):
            page.keyboard.press("Tab")
            style = page.evaluate(
                "() => { const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);"
                " return [outlineStyle, parseFloat(outlineWidth), boxShadow]; }"
            )
            on_page = page.evaluate("document.activeElement !== document.body")
            assert not on_page or (style[0] != "none" and style[1] >= 1) or style[2] != "none", (path, style)


def test_the_home_page_is_light(site, opened):
    page = opened(site.http, HOME)
    loaded = page.evaluate(LOADED)
    assert sum(size for _, size in loaded) <= HOME_BYTES
    assert 2 <= len(loaded) <= HOME_REQUESTS
    assert all(size > 0 for _, size in loaded)


def test_nothing_jumps_while_a_page_is_read(site, kinds, opened):
    page = opened(site.http)
    for path in kinds:
        page.goto(site.http + path)
        assert page.evaluate(SHIFTED) <= 0.1, path


def test_who_wants_no_motion_gets_none(site, kinds, opened):
    page = opened(site.http, reduced_motion="reduce")
    for path in kinds:
        page.goto(site.http + path)
        assert not page.evaluate(MOVING), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_post_can_be_printed(site, a_post, opened, scheme):
    page = opened(site.http, a_post, size=(794, 1123), color_scheme=scheme)
    page.emulate_media(media="print")
    assert page.locator(POST_BODY).is_visible()
    assert not page.locator("header.top nav").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    assert page.evaluate(DARKNESS, f"{POST_BODY} p") < 110  # paper is white, whatever the screen was
    assert page.pdf(format="A4").startswith(b"%PDF")
