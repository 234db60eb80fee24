"""The head of a message, "12/03/2025, 10:42 - ": its shape in one file, and the dates and times it holds."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # they order text for the eye and are no part of it
_SPACE = "[ \u00a0\u202f]"
_LETTER = r"[^\W\d_]"
_BREAK = r"(?:[/.\-]|\.[ \u00a0])"
_DATE = rf"\d{{1,4}}{_BREAK}\d{{1,4}}{_BREAK}\d{{1,4}}\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_BEFORE = rf"(?:{_LETTER}{{1,6}}\.?{_SPACE}?)?"  # "klo 9.15", "오후 9:15"
_AFTER = rf"(?:{_SPACE}?{_LETTER}{{1,6}}\.?(?:{_SPACE}?{_LETTER}{{1,6}}\.?)?)?"  # "9:15 AM", "9:15 a. m."
_TIME = _BEFORE + _CLOCK + _AFTER
_JOIN = rf"[,،]?{_SPACE}"
_ANY_HEAD = re.compile(
    rf"[{MARKS}]*(?P<open>\[?)"
    rf"(?:(?P<date>{_DATE})(?P<join>{_JOIN})(?P<time>{_TIME})"
    rf"|(?P<first>{_TIME})(?P<then>{_JOIN})(?P<last>{_DATE}))"
    r"(?P<close>\] | - |: )"
)
_NUMBERS = re.compile(r"\d+")
_CLOCK_IN = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ORDERS = (("ymd", "ydm"), ("dym", "myd"), ("dmy", "mdy"))  # by the place of the year
_MORNING = frozenset({"am", "fm", "vm", "πμ", "上午", "오전", "午前", "ص", "öö", "пд", "bg", "sa", "de", "dop"})
_EVENING = frozenset({"pm", "em", "nm", "μμ", "下午", "오후", "午後", "م", "ös", "пп", "bh", "ch", "du", "odp"})


@dataclass(frozen=True, slots=True)
class Shape:
    """How every head of one file is built; two heads of one file differ in digits and day period only."""

    opening: str
    date: str  # a pattern
    joint: str
    clock: str  # a pattern
    closing: str
    time_first: bool
    word_before: bool = False  # of the clock
    word_behind: bool = False

    @property
    def platform(self) -> str:
        """Which of WhatsApp's two apps writes such heads."""
        return "android" if self.closing == " - " else "ios"

    def pattern(self, wrong: Collection[str] = ()) -> str:
        """A pattern for the head, with three groups: the mark before it, then date and time as they come.

        `wrong` are the dates and times that no calendar and no clock shows: what has one is no head.
        """
        unless = f"(?!(?:{any_of(wrong)})(?!\\d))" if wrong else ""
        joint = "".join(_SPACE if letter.isspace() else re.escape(letter) for letter in self.joint)
        before, behind = _BEFORE * self.word_before, _AFTER * self.word_behind
        day, time = f"{unless}({self.date})", f"{unless}({before}{self.clock}{behind})"
        first, second = (time, day) if self.time_first else (day, time)
        return f"([{MARKS}]*){re.escape(self.opening)}{first}{joint}{second}{re.escape(self.closing)}"


def any_of(texts: Collection[str]) -> str:
    """A pattern for any of `texts`, the longest first."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))


def shapes(lines: Iterable[str]) -> Iterator[Shape]:
    """The shape of each line that begins with something like a head."""
    for line in lines:
        found = _ANY_HEAD.match(line)
        if found and (shape := _shape(found)):
            yield shape


def learn_shape(text: str) -> Shape | None:
    """The shape that most of the lines with a head share, None when no line has one.

    Order: the one seen first, among equals.
    """
    seen = Counter(shapes(text.split("\n")))
    counted: Counter[Shape] = Counter()
    for shape, times in seen.items():
        counted[_without_words(shape)] += times
    if not counted:
        return None
    usual = max(counted, key=lambda shape: counted[shape])
    alike = [shape for shape in seen if _without_words(shape) == usual]
    before, behind = any(shape.word_before for shape in alike), any(shape.word_behind for shape in alike)
    return replace(usual, word_before=before, word_behind=behind)


def _without_words(shape: Shape) -> Shape:
    """The shape without its day period, which some files write only here and there."""
    return replace(shape, word_before=False, word_behind=False)


def _shape(found: re.Match[str]) -> Shape | None:
    """The shape of a head; None for "[10:42, 05/03/2021] Zoe: ", which WhatsApp Web copies and no export has."""
    time_first = found["date"] is None
    day, joint, time = (
        (found["last"], found["then"], found["first"]) if time_first else found.group("date", "join", "time")
    )
    clock = _CLOCK_IN.search(time)
    if clock is None or (found["open"] == "[") != (found["close"] == "] "):
        return None
    if time_first and found["open"] and clock[3] is None:
        return None
    words = clock.start() > 0, clock.end() < len(time)
    return Shape(found["open"], _digits(day), joint, _digits(clock[0], two=True), found["close"], time_first, *words)


def _digits(text: str, *, two: bool = False) -> str:
    """`text` as a pattern: a run of four digits stays one of four, a shorter one may have one or two.

    In a time (`two`) only the hour may have one.
    """
    parts = re.split(r"(\d+)", text)
    runs = [r"\d{4}" if len(run) == 4 else r"\d{2}" if two and at else r"\d{1,2}" for at, run in enumerate(parts[1::2])]  # noqa: PLR2004  # a year's digits
    breaks = [re.escape(part) for part in parts[0::2]]
    return "".join(a + b for a, b in zip(breaks, [*runs, ""], strict=True))


def numbers(text: str) -> tuple[int, int, int]:
    """The three numbers of a date as they stand; digits of any script."""
    first, second, third = (int(run) for run in _NUMBERS.findall(text))
    return first, second, third


def read_date(text: str, order: str) -> date | None:
    """The day that `text` names in `order` ("dmy", "mdy", "ymd"), None when there is no such day.

    A year of two digits is one of this century: the app is younger.
    """
    by_letter = dict(zip(order, numbers(text), strict=True))
    year = by_letter["y"]
    try:
        return date(year + 2000 if year < 100 else year, by_letter["m"], by_letter["d"])  # noqa: PLR2004  # two digits
    except ValueError:
        return None


def read_time(text: str) -> int | None:
    """The seconds since midnight that `text` shows, with or without a day period; None when no clock shows that."""
    found = _CLOCK_IN.search(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found.end() - found.start() < len(text) and hour <= 12:  # noqa: PLR2004  # "13:30 PM" exists, and so does "0:30 PM"
        hour = _by_period(hour, _NOT_LETTERS.sub("", text).casefold())
    if hour > 24 or minute > 59 or second > 59:  # noqa: PLR2004  # some clocks show 24:00 for the first minute
        return None
    return (hour % 24) * 3600 + minute * 60 + second


def _by_period(hour: int, period: str) -> int:
    if period in _EVENING:
        return hour % 12 + 12
    return hour % 12 if period in _MORNING else hour


def possible_orders(heads: Mapping[str, int]) -> tuple[str, str]:
    """The two orders that a file's dates may have by the place of the year, the likelier by convention first."""
    years = Counter(dict.fromkeys((2, 0, 1), 0))  # of equal places the first: the year is last unless it shows
    for text, count in heads.items():
        for place, number in enumerate(numbers(text)):
            years[place] += count * (number > 31)  # noqa: PLR2004  # no month has more days
    return _ORDERS[max(years, key=lambda place: years[place])]


def decide_order(
    heads: Mapping[str, int], *, american: bool, not_after: date | None, named: Callable[[], frozenset[date]]
) -> str:
    """The order of day, month and year in a whole file, from all its dates.

    `heads` counts the heads of each date, in the order of the file. `american`: the times look like those of the
    United States. `not_after` is the day of the export; `named` gives the days that names of attachments tell, and is
    called when the dates alone do not decide.
    What is compared, in this order: heads with a possible day, days after the export, days that attachments name,
    steps back in time, the length of the way through the days, convention.
    """
    orders = possible_orders(heads)
    if orders == ("dmy", "mdy") and american:
        orders = ("mdy", "dmy")
    days = {order: [(read_date(text, order), count) for text, count in heads.items()] for order in orders}
    wrong = {order: _impossible(days[order], not_after) for order in orders}
    if wrong[orders[0]] != wrong[orders[1]]:
        return min(orders, key=lambda order: wrong[order])
    names = named()
    return min(orders, key=lambda order: _unlikely([day for day, _ in days[order] if day], names))


def _impossible(days: Sequence[tuple[date | None, int]], not_after: date | None) -> tuple[int, int]:
    missing = sum(count for day, count in days if day is None)
    return missing, sum(count for day, count in days if day and not_after and day > not_after)


def _unlikely(days: Sequence[date], named: frozenset[date]) -> tuple[int, int, int]:
    steps = [(after - before).days for before, after in pairwise(days)]
    return -len(named.intersection(days)), sum(step < 0 for step in steps), sum(abs(step) for step in steps)
