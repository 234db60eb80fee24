"""The stage `profiles`: numbers, topics and a readable handle for each author."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.database_schema import AUTHOR_PROFILES_SCHEMA
from egregora.core.text import folded, is_common, words_of
from egregora.utils.batching import iter_table_record_batches
from egregora.utils.normalization import local_time

DATA_FILES = ("handles.txt",)
_MAX_TOPICS = 5
_MIN_USES = 2  # of a word that is a topic
_BATCH = 20_000


def profile_authors(
    *, windowed_messages: ir.Table, timezone: str, author_wishes: ir.Table | None = None, handles: str = "words"
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the profiles: one row for each author. System messages do not count.

    `handles` is "words" (two words, such as an adjective and an animal) or "code" (the pseudonym). `author_wishes` has
    what authors want to show; an alias that equals another author's handle is ignored.
    Units: `active_days` are days in local time of `timezone`.
    Order: by pseudonym.
    """
    written = windowed_messages.filter(windowed_messages.author.notnull())
    counts = _counts(written, timezone).to_pyarrow().to_pylist()
    lengths, topics = _vocabulary(written)
    authors = [row["author"] for row in sorted(counts, key=_first_seen_key)]
    handle_of = _handles(authors) if handles == "words" else {author: author for author in authors}
    preferences = _preferences(author_wishes, handle_of)
    rows = [
        {
            **row,
            **preferences.get(row["author"], {}),
            "handle": handle_of[row["author"]],
            "words": lengths[row["author"]],
            "topics": topics.get(row["author"], []),
        }
        for row in counts
    ]
    yield "author_profiles", pa.Table.from_pylist(rows, schema=AUTHOR_PROFILES_SCHEMA.to_pyarrow())


def _counts(written: ir.Table, timezone: str) -> ir.Table:
    """Message, media and day counts by author."""
    media = written.kind.isin(["media", "media_omitted"]) | written.media_id.notnull()
    day = local_time(timezone, written.timestamp).date()
    return (
        written.group_by("author")
        .aggregate(
            messages=written.count(),
            media=media.sum(),
            active_days=day.nunique(),
            first_seen=written.timestamp.min(),
            last_seen=written.timestamp.max(),
        )
        .order_by("author")
    )


def _first_seen_key(row: Mapping[str, object]) -> tuple[object, object]:
    return row["first_seen"], row["author"]


def _vocabulary(written: ir.Table) -> tuple[Counter[str], dict[str, list[str]]]:
    """The number of words by author, and the topics by author."""
    lengths: Counter[str] = Counter()
    counts_by_author: defaultdict[str, Counter[str]] = defaultdict(Counter)
    texts = written.filter(written.kind.isin(["text", "media"]) & (written.message != ""))
    for batch in iter_table_record_batches(texts.select("author", "message"), _BATCH):
        for author, message in zip(batch["author"].to_pylist(), batch["message"].to_pylist(), strict=True):
            words = words_of(message)
            lengths[author] += len(words)
            counts_by_author[author].update({word.lower() for word in words if not is_common(word)})
    return lengths, _typical_words(counts_by_author)


def _typical_words(counts_by_author: Mapping[str, Counter[str]]) -> dict[str, list[str]]:
    """For each author, the words that are frequent with them and rare with all others."""
    everyone: Counter[str] = Counter()
    for counts in counts_by_author.values():
        everyone.update(counts)
    total = everyone.total()
    topics = {}
    for author, counts in counts_by_author.items():
        own, rest = counts.total(), total - counts.total() + len(everyone)

        def typicality(word: str, counts: Counter[str] = counts, own: int = own, rest: int = rest) -> float:
            others = everyone[word] - counts[word] + 1
            return counts[word] * math.log(counts[word] / own * rest / others)

        often = [word for word, count in counts.items() if count >= _MIN_USES and typicality(word) > 0]
        topics[author] = sorted(often, key=lambda word: (-round(typicality(word), 9), word))[:_MAX_TOPICS]
    return topics


def _preferences(author_wishes: ir.Table | None, handles: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """What each author wants to show, by pseudonym."""
    taken = {folded(handle): author for author, handle in handles.items()}
    rows = [] if author_wishes is None else author_wishes.to_pyarrow().to_pylist()
    for row in rows:
        if taken.get(folded(row["alias"] or ""), row["author"]) != row["author"]:
            row["alias"] = None
    return {row.pop("author"): row for row in rows}


def _handles(authors: Sequence[str]) -> dict[str, str]:
    """A handle for each pseudonym. If two are equal, the author seen first keeps it, whoever joins later."""
    taken: dict[str, str] = {}
    for author in authors:
        name = _handle(author)
        choices = (name, *(f"{name} {suffix}" for suffix in (author[4:6], author[4:], author)))
        taken[next(choice for choice in choices if choice not in taken)] = author
    return {author: handle for handle, author in taken.items()}


def _handle(author: str) -> str:
    """Two words chosen by the digits of the pseudonym."""
    adjectives, animals = _name_words()
    return f"{adjectives[int(author[:2], 16) % len(adjectives)]} {animals[int(author[2:4], 16) % len(animals)]}"


@cache
def _name_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    _, adjectives, animals = Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8").split("[")
    return tuple(adjectives.split()[1:]), tuple(animals.split()[1:])
