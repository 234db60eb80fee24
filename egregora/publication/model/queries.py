"""Queries: the tables as small typed rows for the pages."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import ibis.expr.types as ir

from egregora.utils.normalization import local_time

_POST_COLUMNS = ("window", "post_id", "slug", "date", "starts_at", "ends_at", "messages", "updated")


class Post(NamedTuple):
    """A row of `generated_posts`; times are local."""

    window: str
    post_id: str
    slug: str
    title: str
    date: date
    summary: str
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    category: str
    body: str
    cited: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    messages: int
    updated: datetime  # when its window ended, in UTC


class Person(NamedTuple):
    """A row of `author_profiles`; times are local. `handle` is the shown name: the alias if there is one."""

    author: str
    handle: str
    messages: int
    words: int
    media: int
    active_days: int
    first_seen: datetime
    last_seen: datetime
    topics: tuple[str, ...]
    bio: str = ""
    twitter: str = ""
    website: str = ""


class Message(NamedTuple):
    """A message that a post cites."""

    message_id: str
    at: datetime
    author: str | None
    text: str
    media_path: str | None


class Media(NamedTuple):
    """A published file."""

    path: str
    kind: str
    description: str
    at: datetime
    window: str
    author: str | None
    size: int = 0  # bytes


class Link(NamedTuple):
    """A link of the chat, where it was first sent."""

    url: str
    description: str
    author: str | None
    at: datetime
    window: str


class WindowSpan(NamedTuple):
    """A window with its first and last message and its message count."""

    window: str
    starts_at: datetime
    ends_at: datetime
    messages: int


class Excluded(NamedTuple):
    """How many people and messages were excluded for one reason."""

    people: int
    messages: int


def read_posts(table: ir.Table, timezone: str) -> tuple[Post, ...]:
    """Every post, the earliest first."""
    dated = table.mutate(updated=local_time("UTC", table.ends_at))
    rows = _rows(_local(dated, timezone, "starts_at", "ends_at"), "date", "starts_at", "post_id")
    return tuple(
        Post(
            **{name: row[name] for name in _POST_COLUMNS},
            title=row["title"] or "",
            summary=row["summary"] or "",
            tags=_texts(row["tags"]),
            authors=_texts(row["authors"]),
            category=row["category"] or "",
            body=row["body"] or "",
            cited=_texts(row["cited_message_ids"]),
        )
        for row in rows
    )


def read_people(table: ir.Table, timezone: str) -> tuple[Person, ...]:
    """Every author, by pseudonym."""
    rows = _rows(_local(table, timezone, "first_seen", "last_seen"), "author")
    own = ("bio", "twitter", "website")
    return tuple(
        Person(
            **{name: value for name, value in row.items() if name != "alias"}
            | {name: row[name] or "" for name in own}
            | {"handle": row["alias"] or row["handle"] or "", "topics": _texts(row["topics"])}
        )
        for row in rows
    )


def read_cited_messages(posts: ir.Table, messages: ir.Table, timezone: str) -> dict[str, Message]:
    """The cited messages by id."""
    ids = posts.select(message_id=posts.cited_message_ids.unnest()).distinct()
    columns = ("message_id", "timestamp", "author", "message", "site_relative_path")
    cited = _local(messages.semi_join(ids, "message_id").select(*columns).distinct(), timezone, "timestamp")
    return {
        row["message_id"]: Message(
            row["message_id"], row["timestamp"], row["author"], row["message"] or "", row["site_relative_path"]
        )
        for row in _rows(cited, *columns)
    }


def read_media(media: ir.Table, messages: ir.Table, timezone: str) -> dict[str, Media]:
    """The files of `messages` by path, the earliest first; a file that was sent twice counts once."""
    windows = messages.select("chat_id", "message_id", "window", "author").distinct()
    shown = media.filter(media.site_relative_path.notnull()).inner_join(windows, ["chat_id", "message_id"])
    rows = _rows(
        _local(shown, timezone, "message_timestamp"), "message_timestamp", "message_id", "media_id", "window", "author"
    )
    found: dict[str, Media] = {}
    for row in rows:
        path = row["site_relative_path"]
        description, moment = row["description"] or "", row["message_timestamp"]
        size = row["size_bytes"] or 0
        found.setdefault(path, Media(path, row["media_type"], description, moment, row["window"], row["author"], size))
    return found


def read_links(messages: ir.Table, timezone: str) -> tuple[Link, ...]:
    """The links of the chat, the earliest first; a link that was sent twice counts once."""
    columns = ("timestamp", "message_id", "author", "links", "link_descriptions", "window")
    with_links = messages.filter(messages.links.length() > 0).select(*columns)
    found: dict[str, Link] = {}
    for row in _rows(_local(with_links, timezone, "timestamp"), "timestamp", "message_id"):
        for url, description in _described_links(row):
            found.setdefault(url, Link(url, description, row["author"], row["timestamp"], row["window"]))
    return tuple(found.values())


def read_window_spans(messages: ir.Table, timezone: str) -> tuple[WindowSpan, ...]:
    """Every window with its messages by people, the earliest first."""
    authored = messages.filter(messages.author.notnull())
    spans = authored.group_by("window").aggregate(
        starts_at=authored.timestamp.min(), ends_at=authored.timestamp.max(), messages=authored.count()
    )
    return tuple(
        WindowSpan(**row) for row in _rows(_local(spans, timezone, "starts_at", "ends_at"), "starts_at", "window")
    )


def read_monthly_counts(messages: ir.Table, timezone: str) -> dict[str, dict[date, int]]:
    """Message counts by author and month (its first day), the earliest first."""
    authored = _local(messages.filter(messages.author.notnull()), timezone, "timestamp")
    dated = authored.mutate(month=authored.timestamp.truncate("M").date())
    counts = dated.group_by("author", "month").aggregate(messages=dated.count())
    found: dict[str, dict[date, int]] = {}
    for row in _rows(counts, "author", "month"):
        found.setdefault(row["author"], {})[row["month"]] = row["messages"]
    return found


def count_redactions(redactions: ir.Table) -> dict[str, int]:
    """Redactions by kind, the most frequent first."""
    counts = redactions.group_by("kind").aggregate(times=redactions["count"].sum())
    rows = sorted(_rows(counts, "kind"), key=lambda row: (-row["times"], row["kind"]))
    return {row["kind"]: row["times"] for row in rows}


def read_excluded(excluded: ir.Table) -> dict[str, Excluded]:
    """Excluded people and messages by reason."""
    return {row["reason"]: Excluded(row["people"], row["messages"]) for row in _rows(excluded, "reason")}


def _local(table: ir.Table, timezone: str, *columns: str) -> ir.Table:
    return table.mutate(**{name: local_time(timezone, table[name]) for name in columns})


def _rows(table: ir.Table, *order_by: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.order_by([table[name] for name in order_by]).to_pyarrow().to_pylist()
    return rows


def _described_links(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    descriptions = row["link_descriptions"] or []
    for number, url in enumerate(row["links"]):
        if url and url.lower().startswith(("http://", "https://")):
            yield url, (descriptions[number] if number < len(descriptions) else None) or ""


def _texts(values: list[str | None] | None) -> tuple[str, ...]:
    return tuple(value for value in values or () if value)
