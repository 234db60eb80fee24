"""A window to a post, by extraction: every line of it is somebody's own, and says whose message it is."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.database_schema import GENERATED_POSTS_SCHEMA
from egregora.core.fingerprint import digest
from egregora.generation import markdown_text as markdown
from egregora.generation.body import MOST_NAMED, body_of
from egregora.generation.phrases import Grammar, capital, counted, listed
from egregora.generation.quotes import content
from egregora.generation.window import Section, Window, lines_of, read

_FEWEST_LINES = 5  # messages with words; a window with fewer has no post
_FEWEST_AUTHORS = 2
_MOST_TAGS = 5
_MOST_EARLIER = 3
_NEAR = 0.5  # similarity from which something earlier has to do with this window
_MOSTLY = 0.6  # of the sections, from which decisions are what a window is about
_SHARE = 1 / 3  # of the messages, from which pictures or links are what a window is about
_WHOLE_DATE = len("2025-01-31")


def write_posts(
    *, window: str, windowed_messages: ir.Table, window_context: ir.Table, timezone: str
) -> Iterator[tuple[str, pa.Table]]:
    """The post of `window`, by extraction; none when fewer than five messages have words, or one person wrote them.

    Shape: one row or none. The slug is the window's name and `date` its first day, so that neither changes while the
    window grows. The body is Markdown; a line of the chat is a blockquote that ends in `[¶](#m-<message_id>)`.
    Units: the times in the body are of clocks in `timezone`; `starts_at` and `ends_at` are UTC.
    """
    rows = _rows(windowed_messages, window, timezone, "timestamp", ["timestamp", "chat_id", "position", "message_id"])
    lines = lines_of(rows)
    posts = []
    if len(lines) >= _FEWEST_LINES and len({line.author for line in lines}) >= _FEWEST_AUTHORS:
        earlier = _rows(window_context, window, timezone, "starts_at", ["rank", "chunk_id"])
        near = [row for row in earlier if row["similarity"] >= _NEAR]
        posts.append(_post(read(window, rows, lines, near[:_MOST_EARLIER])))
    yield "generated_posts", pa.Table.from_pylist(posts, schema=GENERATED_POSTS_SCHEMA.to_pyarrow())


def _rows(table: ir.Table, window: str, timezone: str, moment: str, order: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of `window` with `at`, what clocks of `timezone` show at their `moment`."""
    zone = ZoneInfo(timezone)
    found = table.filter(table.window == window).to_pyarrow()
    ordered = found.sort_by([(name, "ascending") for name in order]).to_pylist()
    return [{**row, "at": row[moment].astimezone(zone)} for row in ordered]


def _post(window: Window) -> dict[str, Any]:
    body = body_of(window)
    return {
        "window": window.name,
        "post_id": digest(window.name)[:16],
        "slug": window.name.lower(),
        "title": _title(window),
        "date": _first_day(window.name),
        "summary": " ".join(_sentences(window)),
        "tags": _tags(window.sections),
        "authors": [author for author, _ in window.authors],
        "category": window.phrases["category"][_category(window)],
        "body": body,
        "cited_message_ids": markdown.cited_in(body),
        "starts_at": window.rows[0]["timestamp"],
        "ends_at": window.rows[-1]["timestamp"],
        "messages": len(window.people),
    }


def _first_day(window: str) -> date:
    """The first day of "2025-01-31", "2025-W05" or "2025-01"."""
    rest = "" if len(window) == _WHOLE_DATE else "-1" if "W" in window else "-01"
    return date.fromisoformat(window + rest)


def _title(window: Window) -> str:
    """Up to two topics that name something, and how many others there are; any topics when none does."""
    topics = window.topics
    first = ([topic for topic in topics if topic.names] or topics)[:2]
    if not first:
        return f"{window.phrases['category']['conversations']} {window.name}"
    others = len(topics) - len(first)
    more = [window.phrases["more"].format(count=others)] if others else []
    return capital(listed([*(topic.form for topic in first), *more], window.phrases))


def _tags(sections: Sequence[Section]) -> list[str]:
    """First topics first, then second ones."""
    ranked = [section.topics[place] for place in (0, 1) for section in sections if len(section.topics) > place]
    return list(dict.fromkeys(topic.form.lower() for topic in ranked))[:_MOST_TAGS]


def _category(window: Window) -> str:
    enough = len(window.people) * _SHARE
    if len(window.pictures) >= enough:
        return "pictures"
    if sum(bool(row["links"]) for row in window.people) >= enough:
        return "links"
    deciding = sum(_decides(section, window.grammar) for section in window.sections)
    return "decisions" if deciding > len(window.sections) * _MOSTLY else "conversations"


def _decides(section: Section, grammar: Grammar) -> bool:
    return any(not grammar.decision.isdisjoint(content(quote.text)) for quote in section.quotes)


def _sentences(window: Window) -> Iterator[str]:
    """How much was said, and about what."""
    phrases = window.phrases
    yield phrases["numbers"].format(
        messages=counted(len(window.people), "message", phrases),
        people=counted(len(window.authors), "person", phrases),
        days=counted(len({row["at"].date() for row in window.people}), "day", phrases),
    )
    if window.topics:
        topics = [topic.form for topic in window.topics[:MOST_NAMED]]
        yield phrases["about"].format(topics=listed(topics, phrases))
