"""No payload lives in a real browser, not even when the policy of the pages is taken away."""

import json
import re
import shutil
from html import escape

import pytest
from markdown_it import MarkdownIt

from tests.browser.conftest import served
from tests.browser.contract import CITATION, RESULTS, SEARCH, SEARCH_FIELD
from tests.browser.watching import LIVED
from tests.publication.hostile import EVERYWHERE, LIVE, hostile_house
from tests.publication.xss_payloads import PAYLOADS

pytestmark = pytest.mark.xdist_group("browser")

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
TOGETHER = 40  # pages that are shown side by side
ICON = '<svg xmlns="http://www.w3.org/2000/svg"/>'
NUMBER = re.compile(r"[1-9]\d*")
# What of a document is alive as the browser itself reads it: its tree, its attributes, its addresses. An address that
# the browser cannot read leads nowhere.
ALIVE = f"""(root) => [...root.querySelectorAll("*")].filter((each) => {{
  const tag = each.localName.toLowerCase();
  const own = {{
    body: each === root.body && each.attributes.length === 0, noscript: each.attributes.length === 0,
    script: /^[\\w./-]+\\.js$/.test(each.getAttribute("src")), form: each.getAttribute("role") === "search",
    link: /^(stylesheet|icon|alternate|canonical)$/.test(each.rel), input: each.id === "find",
    meta: !each.httpEquiv || each.httpEquiv === "Content-Security-Policy",
  }};
  const names = each.getAttributeNames();
  const address = ["href", "src", "poster", "xlink:href", "data"].filter((name) => each.hasAttribute(name));
  const leads = (name) => {{
    try {{ return new URL(each.getAttribute(name), location.href); }} catch {{ return {{ protocol: "https:" }}; }}
  }};
  return {json.dumps(sorted(LIVE))}.includes(tag) && !own[tag]
    || names.some((name) => /^(on|style$|srcdoc$|action$|formaction$|srcset$|ping$|background$)/.test(name))
    || address.some((name) => !["http:", "https:", "mailto:"].includes(leads(name).protocol))
    || ["src", "poster"].some((name) => each.hasAttribute(name) && leads(name).origin !== location.origin);
}}).map((each) => each.outerHTML.slice(0, 200))"""
# In each frame: what is alive at first, and when the first citation has shown its message.
OPENED = f"""(citation) => [...document.querySelectorAll("iframe")].map(({{ contentDocument }}) => {{
  const before = ({ALIVE})(contentDocument);
  contentDocument.querySelector(citation)?.click();
  return [...before, ...({ALIVE})(contentDocument)].slice(0, 3);
}})"""
PARSED = f"""(pages) => pages.map((html) =>
  ({ALIVE})(new DOMParser().parseFromString(html, "text/html"))).map((found) => found.slice(0, 2))"""


@pytest.fixture(scope="module")
def hostile(browser, tmp_path_factory):
    """The folder of a blog in which every text is a payload."""
    house = hostile_house(tmp_path_factory.mktemp("hostile") / "house")
    house.build()
    return house.folder


@pytest.fixture(scope="module")
def hostile_site(hostile, tmp_path_factory):
    """That blog as it would be if no page had a policy: what is dead there is dead under one."""
    folder = shutil.copytree(hostile / "site", tmp_path_factory.mktemp("copy") / "site")
    for path in folder.rglob("*.html"):
        bare, policies = POLICY.subn("", path.read_text("utf-8"))
        assert policies == 1
        path.write_text(bare, "utf-8")
    with served(folder) as site:
        yield site


def test_no_page_does_anything_when_it_is_opened_or_a_message_is_looked_up(hostile_site, opened):
    pages = hostile_site.pages("*.html") + hostile_site.pages("posts/*.html")
    assert len(pages) > len(PAYLOADS)
    for start in range(0, len(pages), TOGETHER):
        some = pages[start : start + TOGETHER]
        write_frames(hostile_site.folder / "frames.html", [f'src="{path}"' for path in some])
        page = opened(hostile_site.http, "frames.html")
        alive = dict(zip(some, page.evaluate(OPENED, CITATION), strict=True))
        assert not {path: found for path, found in alive.items() if found}
        assert [frame.url.removeprefix(hostile_site.http).partition("#")[0] for frame in page.frames] == [
            "frames.html",
            *some,
        ]
        page.context.close()


def test_the_browser_reads_nothing_alive_in_any_other_page(hostile_site, opened):
    others = sorted({*hostile_site.pages()} - {*hostile_site.pages("*.html")})
    page = opened(hostile_site.http, "404.html")
    alive = page.evaluate(PARSED, [(hostile_site.folder / path).read_text("utf-8") for path in others])
    assert not {path: found for path, found in zip(others, alive, strict=True) if found}


def test_what_the_search_shows_is_dead(hostile_site, opened):
    page = opened(hostile_site.http, SEARCH)
    field = page.locator(SEARCH_FIELD)
    shown = 0
    for text in (EVERYWHERE, "script", "__x", "onerror", "<img src=x", *PAYLOADS):
        field.fill(text)
        shown += page.locator(RESULTS).count()
        assert page.evaluate(f"() => ({ALIVE})(document)") == [], text
    assert shown > len(PAYLOADS)
    for text in ("<img src=x onerror=__x=1>", "javascript:__x=1", "%22%3E%3Cscript%3E__x=1%3C/script%3E", "%"):
        page.goto("about:blank")
        page.goto(f"{hostile_site.http}{SEARCH}#{text}")
        assert page.evaluate(f"() => ({ALIVE})(document)") == [], text


def test_the_markdown_tree_is_dead_in_a_page_that_lets_html_through(hostile, opened, tmp_path):
    texts = [
        page.read_text("utf-8").split("---\n", 2)[2] for page in sorted((hostile / "content" / "posts").glob("*.md"))
    ]
    assert len(texts) == len(PAYLOADS)
    rendered = [html.replace('src="../media/', 'title="../media/') for html in naively_rendered(texts)]
    assert not any('src="' in html for html in rendered)
    troubles, alive = shown_in_frames(rendered, opened, tmp_path)
    assert troubles == []
    assert not any(alive)


def test_payloads_live_where_nobody_stops_them(opened, tmp_path):
    naive = [f"{html}<p>{text}</p>" for html, text in zip(naively_rendered(PAYLOADS), PAYLOADS, strict=True)]
    troubles, alive = shown_in_frames(naive, opened, tmp_path)
    lived = {NUMBER.findall(each)[-1] for each in troubles if LIVED in each}
    assert len(lived) > 60
    assert [each for each in troubles if each.startswith("left the site")]
    assert sum(map(bool, alive)) > 120


def naively_rendered(texts):
    """The HTML of a generator that lets everything through."""
    generator = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    generator.validateLink = lambda _url: True
    return [generator.render(text) for text in texts]


def shown_in_frames(pages, opened, folder):
    """What gave trouble when these pieces of HTML were shown, and what of each is alive."""
    troubles, alive = [], []
    (folder / "icon.svg").write_text(ICON, "utf-8")
    with served(folder) as site:
        for start in range(0, len(pages), TOGETHER):
            some = pages[start : start + TOGETHER]
            write_frames(folder / "frames.html", [f'srcdoc="{escape(html)}"' for html in some])
            page = opened(site.http, "frames.html")
            alive += page.evaluate(PARSED, some)
            troubles += page.watch.troubles
            page.context.close()
            page.watch.troubles.clear()
    return troubles, alive


def write_frames(path, pages):
    """A page that shows others, each in a frame of its own, given by its attributes."""
    frames = "\n".join(f"<iframe {page}></iframe>" for page in pages)
    path.write_text(f'<!doctype html><title>all</title><link rel="icon" href="icon.svg">\n{frames}', "utf-8")
