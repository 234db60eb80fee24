"""A window to a post, by extraction: every line of it is somebody's own, and says whose message it is."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.database_schema import GENERATED_POSTS_SCHEMA
from egregora.core.fingerprint import digest
from egregora.core.stage import PipelineStage
from egregora.core.words import folded, language_of, words_of
from egregora.generation import markdown
from egregora.generation.extraction import (
    Conversation,
    Grammar,
    Line,
    Quote,
    conversations_of,
    telling_line,
    telling_quotes,
)

DATA_FILES = ("phrases.toml",)
_FEWEST_LINES = 3  # messages with words; a window with fewer has no post
_MOST_SECTIONS = 5
_MOST_TAGS = 5
_MOST_NAMED = 3  # topics and authors named in a sentence
_MOST_PICTURES = 6
_MOST_LINKS = 12
_MOST_EARLIER = 3
_NEAR = 0.5  # similarity from which something earlier has to do with this window
_LONGEST_SLUG = 80
_MOSTLY = 0.6  # of the sections, from which decisions are what a window is about
_SHARE = 1 / 3  # of the messages, from which pictures or links are what a window is about
_SPOKEN = ("text", "media")  # a link to where somebody is has no place in a post
_PSEUDONYM = re.compile(r"[0-9a-f]{8,64}")

Row = Mapping[str, Any]
Phrases = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Section:
    """A conversation as the post tells it."""

    conversation: Conversation
    topics: tuple[str, ...]  # one or two, or none
    quotes: Sequence[Quote]


@dataclass(frozen=True, slots=True)
class _Window:
    """What there is to write about."""

    name: str
    rows: Sequence[Row]
    people: Sequence[Row]  # the rows that somebody wrote
    sections: Sequence[_Section]  # the most telling first
    earlier: Sequence[Row]
    phrases: Phrases

    @property
    def topics(self) -> list[str]:
        return [section.topics[0] for section in self.sections if section.topics]

    @property
    def authors(self) -> Counter[str]:
        return Counter(row["author"] for row in self.people)


def write_posts(
    *, window: str, windowed_messages: ir.Table, window_context: ir.Table, timezone: str
) -> Iterator[tuple[str, pa.Table]]:
    """The post of `window`, written by extraction; none when fewer than three messages have words.

    Shape: one row or none. The body is Markdown; a line of the chat is a blockquote that ends in
    `[¶](#m-<message_id>)`.
    Units: `date` and the times in the body are of clocks in `timezone`; `starts_at` and `ends_at` are UTC.
    """
    rows = _rows(windowed_messages, window, timezone, "timestamp", ["timestamp", "chat_id", "position", "message_id"])
    lines = _lines(rows)
    posts = []
    if len(lines) >= _FEWEST_LINES:
        earlier = _rows(window_context, window, timezone, "starts_at", ["rank", "chunk_id"])
        near = [row for row in earlier if row["similarity"] >= _NEAR]
        posts.append(_post(_read(window, rows, lines, near[:_MOST_EARLIER])))
    yield PipelineStage.GENERATED.value, pa.Table.from_pylist(posts, schema=GENERATED_POSTS_SCHEMA.to_pyarrow())


def _rows(table: ir.Table, window: str, timezone: str, moment: str, order: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of `window` with `at`, what clocks of `timezone` show at their `moment`."""
    zone = ZoneInfo(timezone)
    found = table.filter(table.window == window).to_pyarrow()
    ordered = found.sort_by([(name, "ascending") for name in order]).to_pylist()
    return [{**row, "at": row[moment].astimezone(zone)} for row in ordered]


def _lines(rows: Iterable[Row]) -> list[Line]:
    """What people said in words, chat by chat."""
    said = [
        Line(row["chat_id"], row["message_id"], row["author"], row["at"], row["message"])
        for row in rows
        if row["author"] is not None and row["kind"] in _SPOKEN and words_of(row["message"] or "")
    ]
    return sorted(said, key=lambda line: line.chat)


def _read(window: str, rows: Sequence[Row], lines: Sequence[Line], earlier: Sequence[Row]) -> _Window:
    phrases = _phrases()[language_of(word for line in lines for word in words_of(line.text))]
    people = [row for row in rows if row["author"] is not None]
    found = conversations_of(lines, _grammar(phrases))
    best = sorted(found, key=lambda conversation: (-round(conversation.score, 9), conversation.lines[0].message_id))
    return _Window(window, rows, people, _sections(best[:_MOST_SECTIONS], phrases), earlier, phrases)


def _sections(conversations: Iterable[Conversation], phrases: Phrases) -> list[_Section]:
    """The conversations with topics of their own: no word heads two sections."""
    taken: set[str] = set()
    sections = []
    for conversation in conversations:
        own = [phrase for phrase in conversation.phrases if taken.isdisjoint(phrase.words)][:2]
        named = [phrase for phrase in own if phrase.score >= own[0].score / 2]
        taken.update(word for phrase in named for word in phrase.words)
        quotes = telling_quotes(conversation, _grammar(phrases))
        sections.append(_Section(conversation, tuple(phrase.form for phrase in named), quotes))
    return sections


def _grammar(phrases: Phrases) -> Grammar:
    joining = frozenset(phrases["joining"].split())
    return Grammar(_set_of(phrases["before_noun"]), joining, re.compile(phrases["verb"]), _set_of(phrases["decision"]))


def _set_of(words: str) -> frozenset[str]:
    return frozenset(map(folded, words.split()))


@cache
def _phrases() -> Mapping[str, Phrases]:
    return tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))


def _post(window: _Window) -> dict[str, Any]:
    title, body = _title(window), _body(window)
    return {
        "window": window.name,
        "post_id": digest(window.name)[:16],
        "slug": _slug(f"{window.name} {title}"),
        "title": title,
        "date": window.rows[-1]["at"].date(),
        "summary": " ".join(_sentences(window)),
        "tags": _tags(window.sections),
        "authors": [author for author, _ in _by_messages(window)],
        "category": window.phrases["category"][_category(window)],
        "body": body,
        "cited_message_ids": markdown.cited_in(body),
        "starts_at": window.rows[0]["timestamp"],
        "ends_at": window.rows[-1]["timestamp"],
        "messages": len(window.people),
    }


def _title(window: _Window) -> str:
    first, others = window.topics[:2], window.topics[2:]
    if not first:
        return f"{window.phrases['category']['conversations']} {window.name}"
    more = [window.phrases["more"].format(count=len(others))] if others else []
    return _capital(_listed([*first, *more], window.phrases))


def _listed(items: Sequence[str], phrases: Phrases) -> str:
    return f" {phrases['and']} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(text: str) -> str:
    """`text` in small ASCII letters, digits and hyphens; without what cannot be spelled so."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if len(words) <= _LONGEST_SLUG else words[: _LONGEST_SLUG + 1].rpartition("-")[0]


def _tags(sections: Sequence[_Section]) -> list[str]:
    """First topics first, then second ones."""
    ranked = [section.topics[place] for place in (0, 1) for section in sections if len(section.topics) > place]
    return list(dict.fromkeys(topic.lower() for topic in ranked))[:_MOST_TAGS]


def _category(window: _Window) -> str:
    enough = len(window.people) * _SHARE
    if len(_pictures_in(window)) >= enough:
        return "pictures"
    if sum(bool(row["links"]) for row in window.people) >= enough:
        return "links"
    deciding = sum(_decides(section, _set_of(window.phrases["decision"])) for section in window.sections)
    return "decisions" if deciding > len(window.sections) * _MOSTLY else "conversations"


def _decides(section: _Section, decision: frozenset[str]) -> bool:
    return any(not decision.isdisjoint(map(folded, words_of(quote.text))) for quote in section.quotes)


def _by_messages(window: _Window) -> list[tuple[str, int]]:
    return sorted(window.authors.items(), key=lambda item: (-item[1], item[0]))


def _counted(number: int, unit: str, phrases: Phrases) -> str:
    return f"{number} {phrases[unit][number != 1]}"


def _sentences(window: _Window) -> Iterator[str]:
    """How much was said, and about what."""
    phrases = window.phrases
    yield phrases["numbers"].format(
        messages=_counted(len(window.people), "message", phrases),
        people=_counted(len(window.authors), "person", phrases),
        days=_counted(len({row["at"].date() for row in window.people}), "day", phrases),
    )
    if window.topics:
        yield phrases["about"].format(topics=_listed(window.topics[:_MOST_NAMED], phrases))


def _body(window: _Window) -> str:
    in_time = sorted(
        window.sections, key=lambda section: (section.conversation.lines[0].at, section.conversation.lines[0].chat)
    )
    most = [f"[person:{author}] ({count})" for author, count in _by_messages(window)[:_MOST_NAMED]]
    opening = [*map(markdown.escaped, _sentences(window)), window.phrases["most"].format(authors=", ".join(most))]
    told = [part for section in in_time for part in _told(section, window.phrases)]
    return "\n\n".join([" ".join(opening), *told, *_pictures(window), *_links(window), *_earlier(window)]) + "\n"


def _told(section: _Section, phrases: Phrases) -> Iterator[str]:
    lines, people = section.conversation.lines, section.conversation.people
    yield f"## {_capital(', '.join(section.topics)) or phrases['conversation']}"
    size = f"{_counted(len(lines), 'message', phrases)}, {_counted(people, 'person', phrases)}"
    yield f"*{_span(lines[0].at, lines[-1].at)} · {size}*"
    yield "\n>\n".join(
        markdown.quoted(quote.line.author, quote.text, quote.line.text, quote.line.message_id)
        for quote in section.quotes
    )


def _span(start: datetime, end: datetime) -> str:
    if start.date() == end.date():
        return f"{start:%Y-%m-%d, %H:%M}-{end:%H:%M}"
    return f"{start:%Y-%m-%d %H:%M} - {end:%Y-%m-%d %H:%M}"


def _pictures_in(window: _Window) -> list[Row]:
    """The rows with a picture to show, each picture once."""
    shown = [row for row in window.people if row["media_type"] == "image" and row["site_relative_path"]]
    return list({row["site_relative_path"]: row for row in reversed(shown)}.values())[::-1]


def _pictures(window: _Window) -> Iterator[str]:
    pictures = _pictures_in(window)[:_MOST_PICTURES]
    if pictures:
        yield f"## {window.phrases['pictures']}"
    for row in pictures:
        description = row["media_description"] or window.phrases["picture"]
        yield markdown.picture(description, row["site_relative_path"])


def _links(window: _Window) -> Iterator[str]:
    items: dict[str, str] = {}
    for row in (row for row in window.people if row["kind"] in _SPOKEN):
        for url, description in zip(row["links"] or (), row["link_descriptions"] or (), strict=True):
            if markdown.is_web(url) and url not in items:
                items[url] = markdown.link(description, url, row["message_id"])
    if items:
        yield f"## {window.phrases['links']}"
        yield "\n".join(list(items.values())[:_MOST_LINKS])


def _earlier(window: _Window) -> Iterator[str]:
    """A line of each earlier conversation that is near to what this window is about."""
    weights: Counter[str] = Counter()
    for section in window.sections:
        weights.update(section.conversation.weights)
    told = [(row["at"], telling_line(row["content"], weights)) for row in window.earlier]
    items = [f"- {at:%Y-%m-%d}: {_attributed(line)}" for at, line in told if line]
    if items:
        yield f"## {window.phrases['earlier']}"
        yield "\n".join(items)


def _attributed(line: str) -> str:
    """A line "author: words" of a chunk, quoted."""
    author, colon, words = line.partition(": ")
    if not (colon and _PSEUDONYM.fullmatch(author)):
        return f"“{markdown.escaped(markdown.excerpt(line, line))}”"
    return f"[person:{author}]: “{markdown.escaped(markdown.excerpt(words, words))}”"
