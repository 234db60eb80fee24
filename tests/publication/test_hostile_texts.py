"""Nothing that comes from a chat is ever live, in whatever field it arrives."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from markdown_it import MarkdownIt

PAYLOADS = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](<javascript:alert(1)>)",
    "![a](https://evil.example/p.png)",
    "![a](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '[a](https://example.org "onclick=alert(1)")',
    "[a](//evil.example)",
    "https://example.org/\"onclick='alert(1)'",
    "{{ 7*7 }}{% raw %}{{< html >}}{: onclick=alert(1)}",
    "</script><!--<script>",
    "<style>*{background:url(//evil.example)}</style>",
    "[person:<script>alert(1)</script>]",
    '> [person:"><b onclick=alert(1)>]: [¶](#m-"onclick=alert(1))',
    "\x00<scr\x00ipt>\u202ealert(1)\u2028",
]
LIVE = {"script", "style", "iframe", "object", "embed", "base", "form", "math", "frame", "textarea", "foreignobject"}
OURS = {"theme.js", "script.js", "search.js", *(f"2025-{quarter}.js" for quarter in range(1, 5))}
SAFE_HREF = re.compile(r"(https?://|mailto:)|[^:]*$", re.IGNORECASE)


@pytest.fixture(scope="module")
def hostile_house(tmp_path_factory, make):
    """A house in which every text of every table is a payload."""
    house = make.house(tmp_path_factory.mktemp("hostile"))
    house.posts = [
        make.post(
            number,
            f"{text}\n\n> [person:ab12cd34]: {text} [¶](#m-id{number})\n\n# {text}\n\n![{text}](media/{'a' * 32}.png)",
            title=text, summary=text, category=text, tags=[text], authors=["ab12cd34", text],
            cited_message_ids=[f"id{number}", text], window=text,
        )
        for number, text in enumerate(PAYLOADS)
    ]  # fmt: skip
    house.messages = [
        make.message(number, text, links=[text, "https://example.org/?" + text], link_descriptions=[text], window=text)
        for number, text in enumerate(PAYLOADS)
    ]
    house.people = [make.person(f"a{number:07x}", text, topics=[text]) for number, text in enumerate(PAYLOADS)] + [
        make.person("ab12cd34", PAYLOADS[2])
    ]
    house.media = [make.picture(description=text) for text in PAYLOADS[:1]]
    house.build()
    return house


def assert_dead(found, where, scripts=frozenset()):
    for tag, attrs in found:
        assert tag not in LIVE or (tag == "script" and attrs.get("src", "").rsplit("/", 1)[-1] in scripts), where
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "srcdoc", "action")], where
        assert SAFE_HREF.match(attrs.get("href", "")), (where, attrs)
        assert not attrs.get("href", "").startswith("//"), (where, attrs)
        assert not re.match(r"\w+:|//", attrs.get("src", "")), (where, attrs)


def test_no_page_holds_anything_live(hostile_house, elements):
    pages = {path: data.decode() for path, data in hostile_house.files().items() if path.endswith(".html")}
    assert len(pages) > 2 * len(PAYLOADS)
    for path, html in pages.items():
        assert_dead(elements(html).found, path, OURS)
        assert not re.search(r"<script(?! src=\"[\w./-]+\"(?: defer)?></script>)", html), path


def test_the_texts_are_shown_as_they_were_written(hostile_house, elements):
    for number in (0, 2, 4, 16):
        page = elements(hostile_house.read(f"site/posts/week-{number}.html"))
        assert page.text.count(PAYLOADS[number]) >= 5


def test_the_markdown_tree_is_dead_even_where_html_is_let_through(hostile_house, elements):
    generator = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    generator.validateLink = lambda _url: True
    pages = {path: data.decode() for path, data in hostile_house.files().items() if path.endswith(".md")}
    assert len(pages) > 2 * len(PAYLOADS)
    for path, text in pages.items():
        _, head, body = text.split("---\n", 2)
        assert_dead(elements(generator.render(body)).found, path)
        assert "{" not in body, path
        assert "<" not in head, path
        for line in head.splitlines():
            value = line.partition(": ")[2]
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value) or json.loads(value) is not None


def test_the_feed_and_the_search_index_hold_texts_only(hostile_house):
    ET.fromstring(hostile_house.read("site/feed.xml"))
    rows = []
    for path in (path for path in hostile_house.files() if path.startswith("site/search/")):
        index = hostile_house.read(path)
        assert not set("<>&\u2028\u2029") & set(index)
        own = [json.loads(line.rstrip(",")) for line in index.splitlines() if line.startswith("[")]
        assert (index.splitlines()[0], index.splitlines()[-1], len(index.splitlines())) == (
            "POSTS.push(",
            ");",
            2 + len(own),
        )
        rows += own
    assert len(rows) == len(PAYLOADS)
    assert len(json.loads(hostile_house.read("site/feed.json"))["items"]) == min(30, len(PAYLOADS))
