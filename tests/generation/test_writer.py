import html
import re
from datetime import UTC, date, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from egregora.core.database_schema import GENERATED_POSTS_SCHEMA, WINDOW_CONTEXT_SCHEMA, WINDOWED_MESSAGES_SCHEMA
from egregora.core.fingerprint import digest
from egregora.generation import markdown_text as markdown
from egregora.generation.writer import write_posts
from tests.conftest import examples

ANA, BIA, CAU = "aaaaaaaa", "bbbbbbbb", "cccccccc"
WINDOW = "2025-W03"
START = datetime(2025, 1, 13, 12, tzinfo=UTC)
QUOTE = re.compile(r"> \[person:([0-9a-f]{8})\]: (.*) \[¶\]\(#m-([^)]*)\)")


def message(number, author, text, kind="text", minutes=None, **others):
    row = dict.fromkeys(WINDOWED_MESSAGES_SCHEMA.names)
    row |= {"window": WINDOW, "chat_id": "family", "message_id": f"{number:04x}", "author": author, "kind": kind}
    moment = START + timedelta(minutes=number if minutes is None else minutes)
    return row | {"timestamp": moment, "message": text, "links": [], "link_descriptions": []} | others


def chunk(rank, similarity, content):
    moment = datetime(2024, 12, rank, 2, tzinfo=UTC)
    row = {"window": WINDOW, "rank": rank, "chunk_id": str(rank), "similarity": similarity}
    return row | {"starts_at": moment, "content": content}


def posts(messages, context=(), timezone="America/Sao_Paulo", window=WINDOW):
    memory = ibis.duckdb.connect()
    memory.raw_sql("SET GLOBAL TimeZone='UTC'")
    tables = {}
    for name, rows, schema in (
        ("windowed_messages", messages, WINDOWED_MESSAGES_SCHEMA),
        ("window_context", context, WINDOW_CONTEXT_SCHEMA),
    ):
        table = pa.Table.from_pylist(list(rows), schema=schema.to_pyarrow())
        tables[name] = memory.create_table(name, table, schema=schema)
    [(name, found)] = write_posts(window=window, timezone=timezone, **tables)
    assert name == "generated_posts"
    assert found.schema.names == list(GENERATED_POSTS_SCHEMA.names)
    return found.to_pylist()


TALK = [
    message(1, ANA, "O telhado do salão está pingando"),
    message(2, BIA, "Chamei um telhadista para o telhado do salão, orçamento de R$ 900"),
    message(3, CAU, "kkkkk"),
    message(4, ANA, "Decidido: obra do telhado do salão começa em março, [person:bbbbbbbb] cuida"),
    message(5, None, "Cau saiu", kind="system"),
    message(900, BIA, "A horta do terraço brotou"),
    message(901, CAU, "Quem rega a horta do terraço?\nEu não posso", kind="media"),
    message(902, ANA, "A horta do terraço é linda"),
]


def test_a_post_reads_like_this():
    [post] = posts(
        TALK,
        [
            chunk(1, 0.8, f"{CAU}: bom dia gente\n{ANA}: Olá. Pinga o telhado do salão de novo! Que noite"),
            chunk(2, 0.4, "nada"),
        ],
    )
    assert (
        post["body"]
        == f"""\
Quem mais escreveu: [person:{ANA}] (3), [person:{BIA}] (2), [person:{CAU}] (2).

## Telhado do salão

*2025-01-13T09:01/2025-01-13T09:04 · 4 mensagens, 3 pessoas*

> [person:{ANA}]: O telhado do salão está pingando [¶](#m-0001)
>
> [person:{BIA}]: Chamei um telhadista para o telhado do salão, orçamento de R$ 900 [¶](#m-0002)
>
> [person:{ANA}]: Decidido: obra do telhado do salão começa em março, [person:{BIA}] cuida [¶](#m-0004)

## Horta do terraço

*2025-01-14T00:00/2025-01-14T00:02 · 3 mensagens, 3 pessoas*

> [person:{BIA}]: A horta do terraço brotou [¶](#m-0384)
>
> [person:{CAU}]: Quem rega a horta do terraço? … [¶](#m-0385)
>
> [person:{ANA}]: A horta do terraço é linda [¶](#m-0386)

## Antes disso

- 2024-11-30: [person:{ANA}]: “Pinga o telhado do salão de novo!”
"""
    )
    assert {name: post[name] for name in ("title", "slug", "date", "tags", "authors", "messages", "category")} == {
        "title": "Horta do terraço e telhado do salão",
        "slug": "2025-w03",
        "date": date(2025, 1, 13),
        "tags": ["horta do terraço", "telhado do salão"],
        "authors": [ANA, BIA, CAU],
        "messages": 7,
        "category": "Conversas",
    }
    assert post["summary"] == (
        "7 mensagens de 3 pessoas em 2 dias. Do que se falou: horta do terraço e telhado do salão."
    )
    assert post["post_id"] == digest(WINDOW)[:16]
    assert (post["starts_at"], post["ends_at"]) == (START + timedelta(minutes=1), START + timedelta(minutes=902))
    assert post["cited_message_ids"] == ["0001", "0002", "0004", "0384", "0385", "0386"]


@pytest.mark.parametrize(
    "rows",
    [
        [*TALK[:2], *TALK[5:7]],
        [{**row, "author": ANA} for row in TALK],
        [message(number, ANA, "🙂👍 [phone] https://x.org") for number in range(9)],
        [message(number, None, "somebody joined", kind="system") for number in range(9)],
        [message(number, ANA, "place: somewhere", kind="location") for number in range(9)],
    ],
)
def test_a_window_without_five_messages_in_words_of_two_people_has_no_post(rows):
    assert posts(rows) == []


@pytest.mark.parametrize(
    ("window", "slug", "first"),
    [
        ("2025-W01", "2025-w01", date(2024, 12, 30)),
        ("2025-01", "2025-01", date(2025, 1, 1)),
        ("2025-01-14", "2025-01-14", date(2025, 1, 14)),
    ],
)
def test_the_place_of_a_post_follows_its_window_and_nothing_that_was_said(window, slug, first):
    [post] = posts([row | {"window": window} for row in TALK], window=window)
    assert (post["slug"], post["date"]) == (slug, first)


@settings(max_examples=examples(10))
@given(st.permutations(TALK))
def test_the_order_of_rows_does_not_matter(rows):
    assert posts(rows) == posts(TALK)


def test_pictures_and_links_are_shown_and_places_are_not():
    rows = [
        *TALK,
        message(910, ANA, "", kind="media", media_type="image", site_relative_path="media/a.jpg"),
        message(911, ANA, "", kind="media", media_type="image", site_relative_path="media/b (1).jpg",
                media_description="a [x](http://e.org) of"),
        message(912, ANA, "", kind="media", media_type="video", site_relative_path="media/c.mp4"),
        message(913, BIA, "veja", links=["https://e.org/a_(b)?x=1&lt;=2", "javascript:alert(1)"],
                link_descriptions=["e.org: <b>", "no"]),
        message(914, BIA, "lugar", kind="location", links=["https://maps.example/?q=-1,2"], link_descriptions=["m"]),
    ]  # fmt: skip
    [post] = posts(rows)
    assert "![Foto](media/a.jpg)\n" in post["body"]
    assert "](media/b%20%281%29.jpg)\n" in post["body"]
    assert "- [e.org: &lt;b>](https://e.org/a_%28b%29?x=1&amp;lt;=2) [¶](#m-0391)\n" in post["body"]
    assert not re.search("c.mp4|javascript|maps.example", post["body"])


SNIPPETS = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "![](http://evil.example/p.png)", "`code`", "**bold**",
    "\n# head", "\n> quote", "\r\n- item", "\n\n    code", "&lt;b&gt;", "&copy;", "<http://evil.example>", "\\", "_",
    "~~", "![", "[person:dddddddd]", "[phone]", "(http://evil.example)", "]: http://evil.example", '"title"',
    "{: onclick=x}", "{{ x }}", "[¶](#m-0001)", "\u202e", "\u200f", "שלום", "مرحبا", "\u2028", "\x00", "\x85", "roof",
    "the garden", " ", ".",
]  # fmt: skip
HOSTILE = (
    st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=8), max_size=12).map("".join).map(lambda text: f"word {text}")
)


def shown(text):
    return re.sub(r"\\([\\`*_\[\]~!(])|&(amp|lt|#123);", lambda found: found[1] or html.unescape(found[0]), text)


def on_one_line(text):
    return re.sub("[\x00\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", text)


@settings(max_examples=examples(60))
@given(st.lists(HOSTILE, min_size=5, max_size=8))
def test_quotes_are_what_was_said_and_nothing_in_them_is_live(texts):
    rows = {f"{number:04x}": message(number, (ANA, BIA, CAU)[number % 3], text) for number, text in enumerate(texts)}
    [post] = posts(rows.values())
    cited = []
    for line in post["body"].split("\n"):
        if found := QUOTE.fullmatch(line):
            author, text, message_id = found.groups()
            said = on_one_line(rows[message_id]["message"])
            assert author == rows[message_id]["author"]
            assert shown(text) in said or shown(text).removesuffix(" …") in said
            cited.append(message_id)
    assert post["cited_message_ids"] == cited != []
    assert_inert(post["body"], rows)


def assert_inert(body, ids):
    """With raw HTML let through, and every block and inline rule of CommonMark at work."""
    for token in MarkdownIt("commonmark", {"html": True}).parse(body):
        assert token.type in BLOCKS
        for child in token.children or ():
            assert child.type in {"text", "text_special", "em_open", "em_close", "link_open", "link_close"}
            if child.type == "link_open":
                assert child.attrs["href"].removeprefix("#m-") in ids
    assert body.count("\n> ") == sum(found is not None for found in map(QUOTE.fullmatch, body.split("\n")))


BLOCKS = {
    f"{name}_{end}" for name in ("paragraph", "heading", "blockquote") for end in ("open", "close")
} | {"inline"}  # fmt: skip


@given(HOSTILE)
def test_escaped_text_renders_as_it_is(text):
    rendered = MarkdownIt("commonmark", {"html": True}).renderInline(f"x {markdown.escaped(text)} x")
    assert html.unescape(rendered).replace("\ufffd", "") == f"x {on_one_line(text).strip()} x".replace("\ufffd", "")


@given(st.text("ab. !?[]:\n", max_size=900))
def test_an_excerpt_is_the_beginning_and_says_when_it_is_not_all(text):
    whole = on_one_line(text).strip()
    found = markdown.excerpt(text, text)
    if found != whole:
        assert found.endswith(" …")
        assert whole.startswith(found.removesuffix(" …"))
    assert len(found) <= 242


@pytest.mark.parametrize(
    ("texts", "summary"),
    [
        (
            ["the roof is wet", "who calls the roofer about the roof", "not me, the roof can wait", "no", "me"],
            "What it was about: roof",
        ),
        (
            ["el tejado está mal", "quién llama por el tejado", "yo no, el tejado puede esperar", "no", "yo"],
            "De qué se habló: tejado",
        ),
        (
            ["das Dach ist nass", "wer ruft wegen dem Dach an", "ich nicht, das Dach kann warten", "nein", "ich"],
            "Worum es ging: Dach",
        ),
    ],
)
def test_a_post_speaks_the_language_of_its_chat(texts, summary):
    [post] = posts([message(number, (ANA, BIA)[number % 2], text) for number, text in enumerate(texts)])
    assert summary in post["summary"]
