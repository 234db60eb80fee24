"""Words for parts of the day that no table has: what each means, from the order of the heads in the file.

Limits: a word stands right before or behind the time, is one word, and is met where the shape is learned. Two to six
of them are told apart, by am and pm only. A file that has hours above 12 beside them has 24 of them, and no periods.
A few heads, each of another day, tell nothing: then what is seen first is am.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from egregora.ingestion.header.clock_words import PERIODS
from egregora.ingestion.header.date_order import DateKey

AM, PM = PERIODS.index("am"), PERIODS.index("pm")
_FEWEST, _MOST = 2, 6
_HALF_DAY, _THIRTEEN = 12 * 3600, 13 * 3600
_RARELY = 50  # "13:30 PM" exists, and heads are pasted: one in so many may have any hour


class Said(NamedTuple):
    """The time of one head, with a word of unknown meaning; `word` is "" where the half of the day is known."""

    date: DateKey
    seconds: int  # since midnight
    word: str


class _Seen(NamedTuple):
    """What decides, counted; a part of the day that is known stands for itself."""

    pairs: Mapping[tuple[str | int, str | int, bool], int]  # neighbours of one day; True when the clock fell
    firsts: Mapping[str | int, int]  # of a day


def meanings(heads: Sequence[Said], *, some_known: bool) -> dict[str, int]:
    """The meaning of each word as an index into PERIODS, in the order of the file; empty when they are no periods.

    `some_known`: whether the file has periods beside them that are known, so that a single word may be one. Chosen is
    what goes back in time the fewest times, then what begins the most days with am, then am for the first word.
    """
    words = list(dict.fromkeys(head.word for head in heads if head.word))
    if not _FEWEST - some_known <= len(words) <= _MOST or _has_24_hours(heads):
        return {}
    seen = _count(heads)
    chosen = min(_choices(words, some_known=some_known), key=lambda choice: _against(choice, seen))
    return {word: chosen[word] for word in words}


def _has_24_hours(heads: Iterable[Said]) -> bool:
    late = [head.seconds >= _THIRTEEN for head in heads if head.word]
    return sum(late) * _RARELY > len(late)


def _choices(words: Sequence[str], *, some_known: bool) -> Iterator[dict[str | int, int]]:
    """Every way to call the words am and pm, am for the first word first."""
    for values in product((AM, PM), repeat=len(words)):
        if some_known or len(set(values)) > 1:
            yield {AM: AM, PM: PM, **dict(zip(words, values, strict=True))}


def _count(heads: Sequence[Said]) -> _Seen:
    parts = [head.word or (PM if head.seconds >= _HALF_DAY else AM) for head in heads]
    hours = [head.seconds % _HALF_DAY for head in heads]
    same_day = [one.date == other.date for one, other in pairwise(heads)]
    pairs = zip(pairwise(parts), pairwise(hours), same_day, strict=True)
    firsts = [part for part, same in zip(parts, [False, *same_day], strict=True) if not same]
    return _Seen(Counter((*both, then > now) for both, (then, now), same in pairs if same), Counter(firsts))


def _against(choice: Mapping[str | int, int], seen: _Seen) -> tuple[int, int]:
    """How often time goes back with a choice, and how many days do not begin with am."""
    back = sum(
        count
        for (one, other, fell), count in seen.pairs.items()
        if choice[one] > choice[other] or (choice[one] == choice[other] and fell)
    )
    return back, sum(count for part, count in seen.firsts.items() if choice[part] == PM)
