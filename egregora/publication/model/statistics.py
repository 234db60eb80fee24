"""The numbers behind the plots: how much was said when, by whom, and in which language."""

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

PEOPLE = 8  # shown by themselves; the others together
SAMPLE = 50_000  # messages whose words are looked at
_SURE = 3  # words of one language alone that tell what somebody wrote on a day
_MOST = 0.5  # of the messages have to tell their language
_SOME = 0.02  # of them are more than mistakes
_QUARTER = 900  # seconds
_WEEK, _DAY = 7, 24
_NOT_LETTERS = r"[^\p{L}\p{M}]+"


@dataclass(frozen=True, slots=True)
class Line:
    """What is counted under one name, a number a month."""

    name: str | None  # None: all others
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All months together."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Counts by name and month, the greatest first and the others last; no month between two is left out."""

    months: tuple[date, ...]  # the first day of each
    lines: tuple[Line, ...]
    others: int = 0  # how many names the line of the others stands for

    @property
    def total(self) -> int:
        """All lines together."""
        return sum(line.total for line in self.lines)


@dataclass(frozen=True, slots=True)
class Activity:
    """What people wrote, counted on the clocks of the project's zone."""

    days: Mapping[date, int]  # those on which anything was written, in order
    hours: tuple[tuple[int, ...], ...]  # 7 weekdays from Monday on, 24 hours each
    people: Monthly  # messages by pseudonym
    languages: Monthly  # sampled messages by language; empty when it cannot be told or there is one only

    @property
    def total(self) -> int:
        """How many messages people wrote."""
        return sum(self.days.values())


def activity_in(messages: ir.Table, timezone: str) -> Activity:
    """Messages that people wrote, counted in the database; what nobody wrote does not count.

    Prereq: a message stands in `messages` once, as `windowed_messages` has it.
    """
    said = messages.filter(messages.author.notnull())
    by_hour, by_author = _counted(said, timezone)
    return Activity(_days(by_hour), _hours(by_hour), by_author, _languages(said, timezone))


def monthly(counts: Mapping[tuple[date, str], int], most: int) -> Monthly:
    """Counts by first day of a month and name; the `most` greatest names, and the others in one line."""
    totals: dict[str, int] = defaultdict(int)
    for (_, name), count in counts.items():
        totals[name] += count
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    shown, others = ranked[:most], ranked[most:]
    months = months_between(month for month, _ in counts)
    lines = [Line(name, tuple(counts.get((month, name), 0) for month in months)) for name in shown]
    if others:
        rest = tuple(sum(counts.get((month, name), 0) for name in others) for month in months)
        lines.append(Line(None, rest))
    return Monthly(months, tuple(lines), len(others))


def months_between(days: Iterable[date]) -> tuple[date, ...]:
    """The first day of every month from the first of `days` to the last."""
    numbers = sorted({day.year * 12 + day.month - 1 for day in days})
    return tuple(date(at // 12, at % 12 + 1, 1) for at in range(numbers[0], numbers[-1] + 1)) if numbers else ()


def _counted(said: ir.Table, timezone: str) -> tuple[dict[datetime, int], Monthly]:
    """Messages by hour, and by author and month."""
    quarters = _quarters(said, timezone)
    hours = quarters.group_by(hour=quarters.at.truncate("h")).aggregate(n=quarters.n.sum())
    quarters = _quarters(said, timezone, "author")
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


def _languages(said: ir.Table, timezone: str) -> Monthly:
    """Messages by language and month, judged by the words that each person used on a day.

    Only words that are common in one language alone tell it; a day with too few of them, or with as many of a second
    language, does not count. Of a long chat a part is looked at, spread evenly over it.
    Shape: empty when most messages tell nothing, or when all but a few are of one language.
    """
    texts = said.filter(said.message.notnull(), said.message != "")
    messages: dict[tuple[date, str], int] = {}
    hits: dict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    sample = _sample(texts, timezone)
    for day, author, count in _rows(sample.group_by("day", "author").aggregate(n=sample.count()), "day", "author", "n"):
        messages[day, author] = count
    for day, author, language, count in _rows(_tell_tales(sample), "day", "author", "language", "n"):
        hits[day, author][language] = count
    return _told(messages, hits)


def _sample(texts: ir.Table, timezone: str) -> ir.Table:
    """At most some `SAMPLE` of these messages: day, author, message."""
    every = -(-_count(texts) // SAMPLE)
    part = texts.filter(texts.message_id.hash() % every == 0) if every > 1 else texts
    return part.select("author", "message", day=local_time(timezone, part.timestamp).date())


def _tell_tales(sample: ir.Table) -> ir.Table:
    """How many words of one language alone each author used on each day."""
    words = _strip_accents(sample.message.lower()).re_split(_NOT_LETTERS)
    used = sample.select("day", "author", word=words.unnest())
    told = used.inner_join(ibis.memtable(_words_of_one_language()), "word")
    return told.group_by("day", "author", "language").aggregate(n=told.count())


def _words_of_one_language() -> pa.Table:
    lists = {language: words for language, words in stop_words().items() if language != "any"}
    uses = Counter(word for words in lists.values() for word in words)
    rows = sorted((word, language) for language, words in lists.items() for word in words if uses[word] == 1)
    return pa.Table.from_pylist([{"word": word, "language": language} for word, language in rows])


def _told(messages: Mapping[tuple[date, str], int], hits: Mapping[tuple[date, str], Mapping[str, int]]) -> Monthly:
    """Each day's messages under the language that its author used, where the words tell it."""
    counts: dict[tuple[date, str], int] = defaultdict(int)
    for (day, author), found in hits.items():
        first, second = sorted([0, 0, *found.values()])[:-3:-1]
        if first >= _SURE and first > second:
            language = max(found, key=lambda name: found[name])
            counts[day.replace(day=1), language] += messages[day, author]
    judged = sum(counts.values())
    totals = Counter({name: 0 for _, name in counts})
    for (_, name), count in counts.items():
        totals[name] += count
    shown = [name for name, total in totals.items() if total >= judged * _SOME]
    if judged < sum(messages.values()) * _MOST or len(shown) < 2:  # noqa: PLR2004 — a language alone is no picture
        return Monthly((), ())
    return monthly(counts, len(shown))


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _rows(table: ir.Table, *columns: str) -> Iterable[tuple[Any, ...]]:
    found: pa.Table = table.to_pyarrow()
    return zip(*(found[name].to_pylist() for name in columns), strict=True)


def _quarters(said: ir.Table, timezone: str, *by: str) -> ir.Table:
    """How many messages each quarter of an hour has, by its local time `at`.

    All clocks are whole quarters from UTC; asking the zone once a quarter and not once a message is what makes a
    million of them cheap.
    """
    quarter = (said.timestamp.epoch_seconds() // _QUARTER).name("quarter")
    counted = said.group_by([quarter, *by]).aggregate(n=said.count(), first=said.timestamp.min())
    return counted.mutate(at=local_time(timezone, counted.first))


@ibis.udf.scalar.builtin(name="strip_accents", signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]  # no types
def _strip_accents(text: str) -> str:  # type: ignore[empty-body]  # the database has the body
    """`text` without accents."""
