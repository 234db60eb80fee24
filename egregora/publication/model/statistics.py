"""Statistics for the charts: messages by time, author and language."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.text import stop_words
from egregora.utils.normalization import local_time

PEOPLE = 8  # with a series of their own; all others share one
SAMPLE = 50_000  # messages used to detect languages
_MIN_WORDS = 3  # unambiguous words that decide the language of an author on a day
_MIN_KNOWN = 0.5  # share of messages with a known language; below it there is no chart
_MIN_SHARE = 0.02  # of the known messages; a rarer language is taken for an error
_QUARTER = 900  # seconds
_WEEK, _DAY = 7, 24
_NOT_LETTERS = r"[^\p{L}\p{M}]+"


@dataclass(frozen=True, slots=True)
class Series:
    """Counts under one name, one for each month."""

    name: str | None  # None: all others together
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """The sum over all months."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Counts by name and month, the largest first, all others last. Months without counts are included."""

    months: tuple[date, ...]  # the first day of each
    series: tuple[Series, ...]
    others: int = 0  # number of names in the series of the others

    @property
    def total(self) -> int:
        """The sum over all series."""
        return sum(each.total for each in self.series)


@dataclass(frozen=True, slots=True)
class Activity:
    """Message counts by people, in local time."""

    days: Mapping[date, int]  # those on which anything was written, in order
    hours: tuple[tuple[int, ...], ...]  # 7 weekdays from Monday on, 24 hours each
    people: Monthly  # messages by pseudonym
    languages: Monthly  # sampled messages by language; empty when it cannot be hits or there is one only

    @property
    def total(self) -> int:
        """The number of messages."""
        return sum(self.days.values())


def count_activity(messages: ir.Table, timezone: str) -> Activity:
    """Counts of messages by people, made in the database; system messages do not count.

    Prereq: each message is in `messages` once, as in `windowed_messages`.
    """
    authored = messages.filter(messages.author.notnull())
    by_hour, by_author = _count_messages(authored, timezone)
    return Activity(_days(by_hour), _hours(by_hour), by_author, _languages(authored, timezone))


def monthly(counts: Mapping[tuple[date, str], int], most: int) -> Monthly:
    """Counts by month and name: a series for each of the `most` largest names, and one for all others."""
    totals: dict[str, int] = defaultdict(int)
    for (_, name), count in counts.items():
        totals[name] += count
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    shown, others = ranked[:most], ranked[most:]
    months = months_between(month for month, _ in counts)
    series = [Series(name, tuple(counts.get((month, name), 0) for month in months)) for name in shown]
    if others:
        rest = tuple(sum(counts.get((month, name), 0) for name in others) for month in months)
        series.append(Series(None, rest))
    return Monthly(months, tuple(series), len(others))


def months_between(days: Iterable[date]) -> tuple[date, ...]:
    """The first day of every month from the first to the last of `days`."""
    numbers = sorted({day.year * 12 + day.month - 1 for day in days})
    return tuple(date(at // 12, at % 12 + 1, 1) for at in range(numbers[0], numbers[-1] + 1)) if numbers else ()


def _count_messages(authored: ir.Table, timezone: str) -> tuple[dict[datetime, int], Monthly]:
    """Messages by hour; and by author and month."""
    quarters = _by_quarter_hour(authored, timezone)
    hours = quarters.group_by(hour=quarters.at.truncate("h")).aggregate(n=quarters.n.sum())
    quarters = _by_quarter_hour(authored, timezone, "author")
    months = quarters.group_by(month=quarters.at.truncate("M").date(), name="author").aggregate(n=quarters.n.sum())
    by_hour = dict(_rows(hours, "hour", "n"))
    return by_hour, monthly({(month, name): n for month, name, n in _rows(months, "month", "name", "n")}, PEOPLE)


def _days(by_hour: Mapping[datetime, int]) -> dict[date, int]:
    days: dict[date, int] = defaultdict(int)
    for hour in sorted(by_hour):
        days[hour.date()] += by_hour[hour]
    return dict(days)


def _hours(by_hour: Mapping[datetime, int]) -> tuple[tuple[int, ...], ...]:
    counts = [[0] * _DAY for _ in range(_WEEK)]
    for hour, count in by_hour.items():
        counts[hour.weekday()][hour.hour] += count
    return tuple(map(tuple, counts))


def _languages(authored: ir.Table, timezone: str) -> Monthly:
    """Messages by language and month; the words of an author on a day decide the language.

    Only words that are common in exactly one language count. A day with too few of them, or with a tie, is unknown.
    A long chat is sampled evenly.
    Shape: empty if most messages are unknown, or if there is only one language.
    """
    texts = authored.filter(authored.message.notnull(), authored.message != "")
    messages: dict[tuple[date, str], int] = {}
    hits: dict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    sample = _sample(texts, timezone)
    for day, author, count in _rows(sample.group_by("day", "author").aggregate(n=sample.count()), "day", "author", "n"):
        messages[day, author] = count
    for day, author, language, count in _rows(_count_language_words(sample), "day", "author", "language", "n"):
        hits[day, author][language] = count
    return _by_language(messages, hits)


def _sample(texts: ir.Table, timezone: str) -> ir.Table:
    """About `SAMPLE` messages at most: day, author, message."""
    every = -(-_count(texts) // SAMPLE)
    part = texts.filter(texts.message_id.hash() % every == 0) if every > 1 else texts
    return part.select("author", "message", day=local_time(timezone, part.timestamp).date())


def _count_language_words(sample: ir.Table) -> ir.Table:
    """Number of unambiguous words by day, author and language."""
    words = _strip_accents(sample.message.lower()).re_split(_NOT_LETTERS)
    used = sample.select("day", "author", word=words.unnest())
    hits = used.inner_join(ibis.memtable(_unambiguous_words()), "word")
    return hits.group_by("day", "author", "language").aggregate(n=hits.count())


def _unambiguous_words() -> pa.Table:
    """The stop words that only one language has."""
    lists = {language: words for language, words in stop_words().items() if language != "any"}
    uses = Counter(word for words in lists.values() for word in words)
    rows = sorted((word, language) for language, words in lists.items() for word in words if uses[word] == 1)
    return pa.Table.from_pylist([{"word": word, "language": language} for word, language in rows])


def _by_language(
    messages: Mapping[tuple[date, str], int], hits: Mapping[tuple[date, str], Mapping[str, int]]
) -> Monthly:
    """The messages of each day under the language that its author used, if it is known."""
    counts: dict[tuple[date, str], int] = defaultdict(int)
    for (day, author), found in hits.items():
        first, second = sorted([0, 0, *found.values()])[:-3:-1]
        if first >= _MIN_WORDS and first > second:
            language = max(found, key=lambda name: found[name])
            counts[day.replace(day=1), language] += messages[day, author]
    judged = sum(counts.values())
    totals = Counter({name: 0 for _, name in counts})
    for (_, name), count in counts.items():
        totals[name] += count
    shown = [name for name, total in totals.items() if total >= judged * _MIN_SHARE]
    if judged < sum(messages.values()) * _MIN_KNOWN or len(shown) < 2:  # noqa: PLR2004 — a language alone is no picture
        return Monthly((), ())
    return monthly(counts, len(shown))


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _rows(table: ir.Table, *columns: str) -> Iterable[tuple[Any, ...]]:
    found: pa.Table = table.to_pyarrow()
    return zip(*(found[name].to_pylist() for name in columns), strict=True)


def _by_quarter_hour(authored: ir.Table, timezone: str, *by: str) -> ir.Table:
    """Message counts by quarter of an hour, with its local time `at`.

    Every time zone differs from UTC by whole quarters. So one conversion for each quarter is enough, not one for each
    message, which makes a million messages cheap.
    """
    quarter = (authored.timestamp.epoch_seconds() // _QUARTER).name("quarter")
    by_quarter = authored.group_by([quarter, *by]).aggregate(n=authored.count(), first=authored.timestamp.min())
    return by_quarter.mutate(at=local_time(timezone, by_quarter.first))


@ibis.udf.scalar.builtin(name="strip_accents", signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]  # no types
def _strip_accents(text: str) -> str:  # type: ignore[empty-body]  # a DuckDB function
    """`text` without accents."""
