"""The head of a message, "12/03/2025, 10:42 - ": how it is built in one file, learned from the file itself."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from egregora.ingestion.header.clock_words import MARKS, PERIODS, SPACES, loosened, time_of_day
from egregora.ingestion.header.date_order import NO_ERA, DateKey
from egregora.ingestion.header.day_periods import Said, meanings
from egregora.ingestion.header.format import DATE_ROLES, Shape, Token, merged, skeleton
from egregora.ingestion.header.split import Layout, layouts

__all__ = [
    "MARKS", "PERIODS", "SPACES", "Head", "Shape", "Token", "learn_shape", "looks_american", "read_head", "time_of_day",
]  # fmt: skip

_INSIDE = r"[^\[\]<>{}\"«»“”!?=@*_~|+&%$\\\n\r]"
_AUTHOR = rf"[^:\n]{{1,100}}:(?:[{SPACES}{MARKS}\r]|$)"
_OPENING = f"[{MARKS}]*()"
_BRACKET = re.compile(rf"[{MARKS}]*(\[)({_INSIDE}{{8,90}})(\])[{SPACES}]?")
_ENDS = (
    re.compile(rf"{_OPENING}({_INSIDE}{{8,90}}?)([{SPACES}][{MARKS}]*[-\u2013\u2014][{SPACES}])"),
    re.compile(rf"{_OPENING}({_INSIDE}{{8,90}}?)(:[{SPACES}])(?={_AUTHOR})"),
    re.compile(rf"{_OPENING}({_INSIDE}{{6,70}}?\d[:.]\d\d[:.]\d\d)([{SPACES}])(?={_AUTHOR})"),
)
_HAS_AUTHOR = re.compile(_AUTHOR)
_FOUR_NUMBERS = re.compile(rf"[{MARKS}]*+\[?(?:[^\d{_INSIDE[2:]}{{0,40}}+\d++){{4}}")  # the fewest that a head has
_NUMBER = re.compile(r"\d+")
_ASCII_DIGITS = str.maketrans("123456789", "0" * 9)
_AMERICAN = re.compile("\\d\u202f[AP]M")
_OLDEST_YEAR, _LAST_YEAR = 1300, 2700  # of any calendar we read
_MOST_LAYOUTS = 1000  # months, parts of the day and numbers of digits make some hundreds; more keep us busy
_MOST_SHAPES = 200  # all months with all parts of the day, and more
_LAST_DAY, _LAST_MONTH, _TWO_DIGITS, _YEAR_DIGITS = 31, 12, 100, 4


class Head(NamedTuple):
    """What one head says."""

    shape: Shape
    date: DateKey
    seconds: int  # since midnight
    end: int  # where the head ends in its line


class _Found(NamedTuple):
    layout: Layout
    date: DateKey
    seconds: int
    end: int


def read_head(line: str) -> Head | None:
    """What the head at the beginning of `line` says, whatever its shape; None when there is none."""
    found = _read(line)
    return Head(found.layout.shape, found.date, found.seconds, found.end) if found else None


def learn_shape(text: str) -> Shape | None:
    """The shape that most of the lines with a head share; a head with an author counts twice.

    Order: the one seen first, among equals. None when no line has a head.
    """
    seen = _seen(text)
    groups = [*_with_strange_periods(seen), *_by_skeleton(seen).values()]
    best = max(groups, key=lambda group: sum(group.values()), default=None)
    return merged(nlargest(_MOST_SHAPES, best, key=best.__getitem__)) if best else None


def looks_american(shape: Shape, times: Iterable[str]) -> bool:
    """Whether heads look like those of the United States: "3/6/18, 1:55 PM" with a narrow no-break space before PM.

    `times` are texts that show the times of the file, such as whole heads. With an ordinary space many countries write
    so, and one head alone tells too little: day first is the likelier order then.
    """
    slashes = sum(token.texts == ("/",) for token in shape.tokens)
    long_years = any(token.role in DATE_ROLES and token.least == _YEAR_DIGITS for token in shape.tokens)
    signs = islice((time for time in times if _AMERICAN.search(time)), 2)
    return slashes == len(DATE_ROLES) - 1 and not long_years and len(list(signs)) > 1


class _Seen(NamedTuple):
    """The heads of a text."""

    heads: list[_Found]
    weights: dict[int, int]  # of each layout, by its identity: to compare all its tokens takes long
    layouts: dict[int, Layout]


def _seen(text: str) -> _Seen:
    seen = _Seen([], {}, {})
    for line in text.split("\n"):
        found = _read(line)
        if found is None:
            continue
        seen.heads.append(found)
        key = id(found.layout)
        seen.layouts[key] = found.layout
        seen.weights[key] = seen.weights.get(key, 0) + 1 + (_HAS_AUTHOR.match(line, found.end) is not None)
        if len(seen.layouts) > _MOST_LAYOUTS:
            break
    return seen


def _by_skeleton(seen: _Seen) -> dict[tuple[Token, ...], dict[Shape, int]]:
    """The shapes that share a skeleton, with their weights."""
    groups: dict[tuple[Token, ...], dict[Shape, int]] = {}
    for key, layout in seen.layouts.items():
        group = groups.setdefault(layout.skeleton, {})
        group[layout.shape] = group.get(layout.shape, 0) + seen.weights[key]
    return groups


def _with_strange_periods(seen: _Seen) -> Iterator[dict[Shape, int]]:
    """The same where heads differ in a word beside the time that must be a day period, with its meaning."""
    alike: dict[tuple[Token, ...], dict[int, int]] = {}  # the place of the word in each layout, -1 if there is none
    for key, layout in seen.layouts.items():
        alike.setdefault(layout.skeleton, {})[key] = -1
        for at in layout.strange:
            alike.setdefault(skeleton(_with_period(layout.shape, at, 0)), {})[key] = at
    for places in alike.values():
        if max(places.values()) >= 0:
            yield from _understood(seen, places)


def _understood(seen: _Seen, places: Mapping[int, int]) -> Iterator[dict[Shape, int]]:
    """The group of the layouts that have a strange word at a place, or none; nothing when it is no day period."""
    some_known = any(at < 0 and seen.layouts[key].period is not None for key, at in places.items())
    heads = [head for head in seen.heads if id(head.layout) in places]
    words = {key: _word(seen.layouts[key], at) for key, at in places.items()}
    said = [Said(head.date, head.seconds, words[id(head.layout)]) for head in heads]
    found = meanings(said, some_known=some_known)
    if not found:
        return
    group: dict[Shape, int] = {}
    for key, at in places.items():
        shape = seen.layouts[key].shape
        shape = _with_period(shape, at, found[words[key]]) if at >= 0 else shape
        group[shape] = group.get(shape, 0) + seen.weights[key]
    yield group


def _word(layout: Layout, at: int) -> str:
    return loosened(layout.shape.tokens[at].texts[0]) if at >= 0 else ""


def _with_period(shape: Shape, at: int, value: int) -> Shape:
    word = Token("word", "period", texts=shape.tokens[at].texts, values=(value,))
    return shape._replace(tokens=(*shape.tokens[:at], word, *shape.tokens[at + 1 :]))


def _read(line: str) -> _Found | None:
    if _FOUR_NUMBERS.match(line) is None:
        return None
    for match in _cuts(line):
        for layout in layouts(match[1], _without_digits(match[2]), match[3]):
            found = _filled(layout, match)
            if found:
                return found
    return None


def _cuts(line: str) -> Iterator[re.Match[str]]:
    """The ways in which the beginning of `line` may be cut into opening, date and time, and closing."""
    bracket = _BRACKET.match(line)
    for match in [bracket] if bracket else (pattern.match(line) for pattern in _ENDS):
        if match:
            yield match


def _without_digits(text: str) -> str:
    """`text` with the zero of the same script for every digit."""
    if text.isascii():
        return text.translate(_ASCII_DIGITS)
    return re.sub(r"\d", lambda digit: chr(ord(digit[0]) - unicodedata.decimal(digit[0])), text)


def _filled(layout: Layout, match: re.Match[str]) -> _Found | None:
    """The values of one head; None when no calendar and no clock shows them."""
    values = dict(zip(layout.roles, map(int, _NUMBER.findall(match[2])), strict=True))
    time = time_of_day(values["hour"], values["minute"], values.get("second_of_minute", 0), layout.period)
    numbers = [values[role] for role in DATE_ROLES if role in values]
    if time is None or not _plausible(numbers, layout):
        return None
    if layout.month:
        numbers.insert(layout.month[0], -layout.month[1])
    first, second, third = numbers
    return _Found(layout, (first, second, third, layout.era), time, match.end())


def _plausible(numbers: list[int], layout: Layout) -> bool:
    """Whether there is a way to read the numbers of a date as day, month and year."""
    *rest, year = sorted(numbers)
    year_fits = year < _TWO_DIGITS or layout.era != NO_ERA or _OLDEST_YEAR <= year <= _LAST_YEAR
    day_fits = rest[-1] <= _LAST_DAY and year > 0
    return year_fits and day_fits and (layout.month is not None or rest[0] <= _LAST_MONTH)
