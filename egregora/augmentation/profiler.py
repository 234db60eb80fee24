"""What can be said of each author in numbers, a few words, and a name people can read."""

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
_TOPICS = 5
_FEWEST_MESSAGES = 2  # a word said once is no topic
_BATCH = 20_000


def profile_authors(
    *, windowed_messages: ir.Table, timezone: str, author_wishes: ir.Table | None = None, handles: str = "words"
) -> Iterator[tuple[str, pa.Table]]:
    """One profile for each author who is written about; lines that nobody wrote do not count.

    `handles` are two "words" each, or the pseudonym as a "code". What an author wants shown comes from
    `author_wishes`; an alias that is another one's handle does not count.
    Units: `active_days` are days on clocks of `timezone`.
    Order: by pseudonym.
    """
    written = windowed_messages.filter(windowed_messages.author.notnull())
    counted = _counts(written, timezone).to_pyarrow().to_pylist()
    lengths, topics = _vocabulary(written)
    authors = [row["author"] for row in sorted(counted, key=_seniority)]
    called = _handles(authors) if handles == "words" else {author: author for author in authors}
    shown = _shown(author_wishes, called)
    rows = [
        {
            **row,
            **shown.get(row["author"], {}),
            "handle": called[row["author"]],
            "words": lengths[row["author"]],
            "topics": topics.get(row["author"], []),
        }
        for row in counted
    ]
    yield "author_profiles", pa.Table.from_pylist(rows, schema=AUTHOR_PROFILES_SCHEMA.to_pyarrow())


def _counts(written: ir.Table, timezone: str) -> ir.Table:
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


def _seniority(row: Mapping[str, object]) -> tuple[object, object]:
    return row["first_seen"], row["author"]


def _vocabulary(written: ir.Table) -> tuple[Counter[str], dict[str, list[str]]]:
    """How many words each author wrote, and the words that are most theirs."""
    lengths: Counter[str] = Counter()
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    spoken = written.filter(written.kind.isin(["text", "media"]) & (written.message != ""))
    for batch in iter_table_record_batches(spoken.select("author", "message"), _BATCH):
        for author, message in zip(batch["author"].to_pylist(), batch["message"].to_pylist(), strict=True):
            words = words_of(message)
            lengths[author] += len(words)
            said[author].update({word.lower() for word in words if not is_common(word)})
    return lengths, _typical_words(said)


def _typical_words(said: Mapping[str, Counter[str]]) -> dict[str, list[str]]:
    """For each author the words of theirs that the rest of the group uses least for how often they do."""
    everyone: Counter[str] = Counter()
    for counts in said.values():
        everyone.update(counts)
    total = everyone.total()
    topics = {}
    for author, counts in said.items():
        own, rest = counts.total(), total - counts.total() + len(everyone)

        def typical(word: str, counts: Counter[str] = counts, own: int = own, rest: int = rest) -> float:
            others = everyone[word] - counts[word] + 1
            return counts[word] * math.log(counts[word] / own * rest / others)

        often = [word for word, count in counts.items() if count >= _FEWEST_MESSAGES and typical(word) > 0]
        topics[author] = sorted(often, key=lambda word: (-round(typical(word), 9), word))[:_TOPICS]
    return topics


def _shown(wishes: ir.Table | None, handles: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """What authors want shown of them, by pseudonym."""
    taken = {folded(handle): author for author, handle in handles.items()}
    rows = [] if wishes is None else wishes.to_pyarrow().to_pylist()
    for row in rows:
        if taken.get(folded(row["alias"] or ""), row["author"]) != row["author"]:
            row["alias"] = None
    return {row.pop("author"): row for row in rows}


def _handles(authors: Sequence[str]) -> dict[str, str]:
    """A name for each pseudonym; where two agree, the one seen first keeps it, whoever joins later."""
    taken: dict[str, str] = {}
    for author in authors:
        name = _name(author)
        choices = (name, *(f"{name} {tail}" for tail in (author[4:6], author[4:], author)))
        taken[next(choice for choice in choices if choice not in taken)] = author
    return {author: handle for handle, author in taken.items()}


def _name(author: str) -> str:
    adjectives, animals = _name_words()
    return f"{adjectives[int(author[:2], 16) % len(adjectives)]} {animals[int(author[2:4], 16) % len(animals)]}"


@cache
def _name_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    _, adjectives, animals = Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8").split("[")
    return tuple(adjectives.split()[1:]), tuple(animals.split()[1:])
