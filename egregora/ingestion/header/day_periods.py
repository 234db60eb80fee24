"""Learns what unknown words for parts of the day mean, from the order of the headers in the file.

Limits: the word stands right before or behind the time, is a single word, and occurs where the format is learned. Two
to six words can be told apart, as am or pm only. A file with hours above 12 beside the words uses 24 hours, so they are
no day periods. A few headers, each of another day, prove nothing: then the word seen first is am.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from egregora.ingestion.header.calendars import DateKey
from egregora.ingestion.header.clock_words import PERIODS

AM, PM = PERIODS.index("am"), PERIODS.index("pm")
_MIN_WORDS, _MAX_WORDS = 2, 6
_HALF_DAY, _THIRTEEN = 12 * 3600, 13 * 3600
_LATE_LIMIT = 50  # "13:30 PM" exists and headers get pasted: one header in so many may have a late hour


class TimedWord(NamedTuple):
    """The time of one header with a word of unknown meaning. `word` is "" where the half of the day is known."""

    date: DateKey
    seconds: int  # since midnight
    word: str


class _PeriodCounts(NamedTuple):
    """The counted evidence. A known half of the day is AM or PM, an unknown one its word."""

    neighbours: Mapping[
        tuple[str | int, str | int, bool], int
    ]  # neighbouring headers of one day; True: the clock went back
    firsts: Mapping[str | int, int]  # first headers of a day


def learn_day_periods(headers: Sequence[TimedWord], *, some_known: bool) -> dict[str, int]:
    """Meaning of each word as an index into PERIODS, in the order of the file. Empty when the words are no day periods.

    `some_known` says that the file also has known day periods, so that a single unknown word is possible. The best
    assignment goes back in time the fewest times, then begins the most days with am, then makes the first word am.
    """
    words = list(dict.fromkeys(header.word for header in headers if header.word))
    if not _MIN_WORDS - some_known <= len(words) <= _MAX_WORDS or _has_24_hours(headers):
        return {}
    counts = _count_parts(headers)
    best = min(_assignments(words, some_known=some_known), key=lambda assignment: _penalty(assignment, counts))
    return {word: best[word] for word in words}


def _has_24_hours(headers: Iterable[TimedWord]) -> bool:
    """Whether the times show hours above 12 too often for a clock of 12 hours."""
    late = [header.seconds >= _THIRTEEN for header in headers if header.word]
    return sum(late) * _LATE_LIMIT > len(late)


def _assignments(words: Sequence[str], *, some_known: bool) -> Iterator[dict[str | int, int]]:
    """Every way to assign am and pm to the words. Am for the first word comes first."""
    for values in product((AM, PM), repeat=len(words)):
        if some_known or len(set(values)) > 1:
            yield {AM: AM, PM: PM, **dict(zip(words, values, strict=True))}


def _count_parts(headers: Sequence[TimedWord]) -> _PeriodCounts:
    """The evidence in `headers`."""
    parts = [header.word or (PM if header.seconds >= _HALF_DAY else AM) for header in headers]
    hours = [header.seconds % _HALF_DAY for header in headers]
    same_day = [one.date == other.date for one, other in pairwise(headers)]
    neighbours = zip(pairwise(parts), pairwise(hours), same_day, strict=True)
    firsts = [part for part, same in zip(parts, [False, *same_day], strict=True) if not same]
    return _PeriodCounts(
        Counter((*both, then > now) for both, (then, now), same in neighbours if same), Counter(firsts)
    )


def _penalty(assignment: Mapping[str | int, int], counts: _PeriodCounts) -> tuple[int, int]:
    """How often time goes back under an assignment, and how many days do not begin with am."""
    back = sum(
        count
        for (earlier, later, clock_fell), count in counts.neighbours.items()
        if assignment[earlier] > assignment[later] or (assignment[earlier] == assignment[later] and clock_fell)
    )
    return back, sum(count for part, count in counts.firsts.items() if assignment[part] == PM)
