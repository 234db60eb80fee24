"""The stage `generated`: writes the post of a window by extraction; each quote cites its message."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.database_schema import GENERATED_POSTS_SCHEMA
from egregora.core.fingerprint import digest
from egregora.generation import markdown_text as markdown
from egregora.generation.body import MAX_NAMED, render_body
from egregora.generation.phrases import Grammar, capitalized, count_with_noun, join_list
from egregora.generation.quotes import content
from egregora.generation.window import Section, Window, analyse_window, spoken_messages

_MIN_MESSAGES = 5  # with words; a window with fewer has no post
_MIN_AUTHORS = 2
_MAX_TAGS = 5
_MAX_EARLIER = 3
_MIN_SIMILARITY = 0.5  # cosine, of an earlier chunk with this window
_DECISIONS_SHARE = 0.6  # of the sections; above it the category is "decisions"
_MEDIA_SHARE = 1 / 3  # of the messages; from it the category is "pictures" or "links"
_WHOLE_DATE = len("2025-01-31")


def write_posts(
    *, window: str, windowed_messages: ir.Table, window_context: ir.Table, timezone: str
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the post of `window`. None if fewer than five messages have words, or one author wrote them all.

    Shape: one row or none. The slug is the name of the window and `date` its first day: neither changes when the window
    grows. The body is Markdown; a quote is a blockquote that ends in `[¶](#m-<message_id>)`.
    Units: times in the body are local times of `timezone`; `starts_at` and `ends_at` are UTC.
    """
    rows = _rows(windowed_messages, window, timezone, "timestamp", ["timestamp", "chat_id", "position", "message_id"])
    utterances = spoken_messages(rows)
    posts = []
    if len(utterances) >= _MIN_MESSAGES and len({utterance.author for utterance in utterances}) >= _MIN_AUTHORS:
        earlier = _rows(window_context, window, timezone, "starts_at", ["rank", "chunk_id"])
        related = [row for row in earlier if row["similarity"] >= _MIN_SIMILARITY]
        posts.append(_post(analyse_window(window, rows, utterances, related[:_MAX_EARLIER])))
    yield "generated_posts", pa.Table.from_pylist(posts, schema=GENERATED_POSTS_SCHEMA.to_pyarrow())


def _rows(table: ir.Table, window: str, timezone: str, time_column: str, order: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of `window` in this order, with a new column `at`: the local time of `time_column`."""
    zone = ZoneInfo(timezone)
    found = table.filter(table.window == window).to_pyarrow()
    ordered = found.sort_by([(name, "ascending") for name in order]).to_pylist()
    return [{**row, "at": row[time_column].astimezone(zone)} for row in ordered]


def _post(window: Window) -> dict[str, Any]:
    body = render_body(window)
    return {
        "window": window.name,
        "post_id": digest(window.name)[:16],
        "slug": window.name.lower(),
        "title": _title(window),
        "date": _first_day(window.name),
        "summary": " ".join(_summary(window)),
        "tags": _tags(window.sections),
        "authors": [author for author, _ in window.authors],
        "category": window.phrases["category"][_category(window)],
        "body": body,
        "cited_message_ids": markdown.cited_message_ids(body),
        "starts_at": window.rows[0]["timestamp"],
        "ends_at": window.rows[-1]["timestamp"],
        "messages": len(window.authored_rows),
    }


def _first_day(window: str) -> date:
    """The first day of "2025-01-31", "2025-W05" or "2025-01"."""
    rest = "" if len(window) == _WHOLE_DATE else "-1" if "W" in window else "-01"
    return date.fromisoformat(window + rest)


def _title(window: Window) -> str:
    """Up to two specific topics and the number of the others; if no topic is specific, any topics."""
    topics = window.topics
    first = ([topic for topic in topics if topic.is_specific] or topics)[:2]
    if not first:
        return f"{window.phrases['category']['conversations']} {window.name}"
    others = len(topics) - len(first)
    more = [window.phrases["more"].format(count=others)] if others else []
    return capitalized(join_list([*(topic.form for topic in first), *more], window.phrases))


def _tags(sections: Sequence[Section]) -> list[str]:
    """First the first topic of each section, then the second topics."""
    ranked = [section.topics[index] for index in (0, 1) for section in sections if len(section.topics) > index]
    return list(dict.fromkeys(topic.form.lower() for topic in ranked))[:_MAX_TAGS]


def _category(window: Window) -> str:
    """The key of the category: "pictures", "links", "decisions" or "conversations"."""
    enough = len(window.authored_rows) * _MEDIA_SHARE
    if len(window.pictures) >= enough:
        return "pictures"
    if sum(bool(row["links"]) for row in window.authored_rows) >= enough:
        return "links"
    decisions = sum(_has_decision(section, window.grammar) for section in window.sections)
    return "decisions" if decisions > len(window.sections) * _DECISIONS_SHARE else "conversations"


def _has_decision(section: Section, grammar: Grammar) -> bool:
    return any(not grammar.decision.isdisjoint(content(quote.text)) for quote in section.quotes)


def _summary(window: Window) -> Iterator[str]:
    """Sentences: how many messages, authors and days; the topics."""
    phrases = window.phrases
    yield phrases["numbers"].format(
        messages=count_with_noun(len(window.authored_rows), "message", phrases),
        people=count_with_noun(len(window.authors), "person", phrases),
        days=count_with_noun(len({row["at"].date() for row in window.authored_rows}), "day", phrases),
    )
    if window.topics:
        topics = [topic.form for topic in window.topics[:MAX_NAMED]]
        yield phrases["about"].format(topics=join_list(topics, phrases))
