"""What the dates of one chat mean: the order of day, month and year, the calendar, and the evidence for both."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

# The three numbers of a date in the order they stand, then its era. The name of a month is the number of the month,
# negative: "9 Aug 2019" is (9, -8, 2019, -1). The era is an index into ERAS, -1 when none is written.
DateKey = tuple[int, int, int, int]

ERAS = ("CE", "BE", "AP", "AH", "Reiwa", "Heisei", "Showa", "Minguo")
NO_ERA = -1
ERA_WORDS: tuple[dict[str, tuple[str, ...]], ...] = (  # groups of eras that one chat may mix
    {"BE": ("BE", "พ.ศ.", "พุทธศักราช", "ພ.ສ.")},
    {"AP": ("AP", "\u0647\u200d.ش.", "\u0647.ش.", "هجری شمسی", "هجری خورشیدی")},
    {"AH": ("AH", "هـ", "\u0647\u200d", "\u0647", "هجری قمری")},
    {"Reiwa": ("令和", "R", "Reiwa"), "Heisei": ("平成", "H", "Heisei"), "Showa": ("昭和", "S", "Showa")},
    {"Minguo": ("民國", "民国", "Minguo")},
)

_CALENDAR_OF = ("gregorian", "buddhist", "persian", "hijri", "japanese", "japanese", "japanese", "minguo")
_BEFORE_FIRST_YEAR = {"Reiwa": 2018, "Heisei": 1988, "Showa": 1925, "Minguo": 1911}
_CENTURIES = {"gregorian": 2000, "buddhist": 2500, "persian": 1400, "hijri": 1400}  # of years with two digits
_YEARS = {"buddhist": range(2400, 2701), "persian": range(1380, 1421), "hijri": range(1425, 1461)}
_BUDDHIST_AHEAD = 543
_PERSIAN_ZERO, _ARABIC_ZERO = "\u06f0", "\u0660"
_TWO_DIGITS, _LAST_DAY = 100, 31
_PERSIAN_CENTURY_TURNS = 12  # two digits above are 13xx: with the year first, 15 to 31 are days in Gregorian dates
_ORDERS_BY_YEAR = (("ymd", "ydm"), ("myd", "dym"), ("dmy", "mdy"))  # the place of the year, the usual order first
_EPOCH = date(1970, 1, 1).toordinal()
_OLDEST = date(2009, 1, 1).toordinal() - _EPOCH  # the app is from that year
_HORIZON = date(2040, 1, 1).toordinal() - _EPOCH  # what is later was read the wrong way
_NEGLIGIBLE = 0.01  # the share of heads that do not decide: they may have been forged


class Dating(NamedTuple):
    """How the dates of one chat are read, and why."""

    order: str  # "dmy", "mdy", "ymd", "ydm", "myd", "dym"
    calendar: str  # "gregorian", "buddhist", "persian", "hijri", "japanese", "minguo"
    why: str  # one sentence
    sure: bool  # False when it was convention alone
    days: Mapping[DateKey, int]  # days since 1970-01-01; dates that do not exist are left out


class _Reading(NamedTuple):
    """One way to read all the dates."""

    order: str
    calendar: str
    days: Mapping[DateKey, int]


class _Evidence(NamedTuple):
    """What a kind of evidence counts against each reading, and the sentence that tells it."""

    against: Callable[[_Reading, Sequence[DateKey]], int]  # of one reading, with the dates that exist in all
    tolerated: float
    sentence: Callable[[int], str]  # of the difference


def decide_dates(  # noqa: PLR0913  # each is a kind of evidence
    counts: Mapping[DateKey, int],
    *,
    american: bool,
    not_after: date | None,
    named: Callable[[], frozenset[date]],
    forced: str | None = None,
    zero: str = "0",
) -> Dating:
    """What all the dates of a chat mean.

    `counts` has the number of heads of each date, in the order of the file. `american`: the heads look like those of
    the United States. `not_after` is the day of the export; `named` gives the days that names of attachments tell, and
    is called when the dates alone do not decide. `forced` is an order that somebody chose. `zero` is the digit zero of
    the heads.
    What is compared, in this order: names of months, days that exist, days after the export, days that attachments
    name, steps back in time, the length of the way through the days, convention. A few heads that speak against
    thousands may be forged, and count only when nothing else does.
    """
    pairs = (
        [(forced, calendar) for calendar in _calendars(counts, zero)]
        if forced
        else _pairs(counts, zero, american=american)
    )
    readings = [_Reading(order, calendar, _days(counts, order, calendar)) for order, calendar in pairs]
    if len(readings) == 1:
        return Dating(*readings[0][:2], _only_reason(counts, forced), sure=True, days=readings[0].days)
    chosen, why = _compare(readings, _kinds_of_evidence(counts, not_after, named))
    order, calendar, days = chosen
    if forced or why or _all_alike(readings):
        return Dating(order, calendar, "the order was given" if forced else why or _SAME, sure=True, days=days)
    return Dating(
        order, calendar, "convention: nothing in the file tells the order of its dates", sure=False, days=days
    )


_SAME = "every order gives the same days"


def _only_reason(counts: Mapping[DateKey, int], forced: str | None) -> str:
    if forced:
        return "the order was given"
    return "the months have names" if _month_place(counts) is not None else "no other order is used"


def _all_alike(readings: Sequence[_Reading]) -> bool:
    return bool(readings[0].days) and all(reading.days == readings[0].days for reading in readings)


def _pairs(counts: Mapping[DateKey, int], zero: str, *, american: bool) -> list[tuple[str, str]]:
    """The orders and calendars that the dates may have, the likelier by convention first."""
    orders = _orders(counts, american=american)
    pairs = [(order, calendar) for order in orders for calendar in _calendars(counts, zero)]
    if pairs[0][1] in {"japanese", "minguo"}:
        pairs.sort(key=lambda pair: pair[0] != "ymd")
    if ("ymd", "persian") in pairs:
        pairs.sort(key=lambda pair: pair != ("ymd", "persian"))
    return pairs


def _orders(counts: Mapping[DateKey, int], *, american: bool) -> list[str]:
    year, month = _year_place(counts), _month_place(counts)
    orders: tuple[str, ...] = _ORDERS_BY_YEAR[year] if year is not None else ("dmy", "mdy", "ymd")
    if month is not None:
        every = orders if year is not None else ("dmy", "ymd", "mdy", "myd", "ydm", "dym")
        orders = tuple(order for order in every if order[month] == "m") or orders
    return sorted(orders, key=lambda order: order != "mdy") if american else list(orders)


def _year_place(counts: Mapping[DateKey, int]) -> int | None:
    """Where numbers above 31 stand in most heads, None when they stand nowhere; a year with an era is never small."""
    heads = sum(counts.values())
    for place in (2, 0, 1):
        if 2 * sum(count for key, count in counts.items() if key[place] > _LAST_DAY) > heads:
            return place
    return None


def _month_place(counts: Mapping[DateKey, int]) -> int | None:
    heads = sum(counts.values())
    for place in range(3):
        if 2 * sum(count for key, count in counts.items() if key[place] < 0) > heads:
            return place
    return None


def _calendars(counts: Mapping[DateKey, int], zero: str) -> list[str]:
    """The calendars that the eras of most heads, or else their years, allow."""
    weights: dict[str, int] = {}
    for key, count in counts.items():
        name = _CALENDAR_OF[key[3]] if key[3] != NO_ERA else _by_year(max(key[:3]))
        weights[name] = weights.get(name, 0) + count
    usual = max(weights, key=lambda name: weights[name], default="gregorian")
    if usual != "two digits":
        return [usual]
    native = {_PERSIAN_ZERO: ["persian"], _ARABIC_ZERO: ["hijri"]}.get(zero, [])
    return ["gregorian", *native, "buddhist"]


def _by_year(year: int) -> str:
    if year < _TWO_DIGITS:
        return "two digits"
    return next((name for name, years in _YEARS.items() if year in years), "gregorian")


def _days(counts: Mapping[DateKey, int], order: str, calendar: str) -> dict[DateKey, int]:
    found = {key: _day(key, order, calendar) for key in counts}
    return {key: day for key, day in found.items() if day is not None}


def _day(key: DateKey, order: str, calendar: str) -> int | None:
    """The days since 1970 of one date, None when there is no such day."""
    by_letter = dict(zip(order, key[:3], strict=True))
    year, month, day = by_letter["y"], abs(by_letter["m"]), by_letter["d"]
    if (by_letter["m"] < 0) != (min(key[:3]) < 0):
        return None
    era = ERAS[key[3]] if key[3] != NO_ERA else ""
    if calendar in {"japanese", "minguo"}:
        return _gregorian(year + _BEFORE_FIRST_YEAR[era], month, day) if era in _BEFORE_FIRST_YEAR else None
    return _TO_DAYS[calendar](_whole_year(year, calendar), month, day)


def _whole_year(year: int, calendar: str) -> int:
    """A year of two digits with its century; the Persian one changed while the app was in use."""
    if year >= _TWO_DIGITS:
        return year
    century = _CENTURIES[calendar]
    return century + year - _TWO_DIGITS * (calendar == "persian" and year > _PERSIAN_CENTURY_TURNS)


def _gregorian(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def _buddhist(year: int, month: int, day: int) -> int | None:
    return _gregorian(year - _BUDDHIST_AHEAD, month, day)


def _hijri(year: int, month: int, day: int) -> int | None:
    """A day of the Umm al-Qura calendar, which is a table of what was announced."""
    from hijridate import Hijri

    try:
        return Hijri(year, month, day).to_gregorian().toordinal() - _EPOCH
    except (ValueError, OverflowError):
        return None


def _persian(year: int, month: int, day: int) -> int | None:
    """A day of the Persian calendar; eight years in 33 are leap years, which is right from 1178 to 1633."""
    leap = (25 * year + 11) % 33 < 8  # noqa: PLR2004
    longest = 31 if month <= 6 else 30 if month < 12 or leap else 29  # noqa: PLR2004
    if not (1 <= month <= 12 and 1 <= day <= longest):  # noqa: PLR2004
        return None
    before_month = 31 * (month - 1) - max(0, month - 7)
    return 365 * (year - 1) + (8 * year + 21) // 33 + before_month + day + _PERSIAN_EPOCH


_PERSIAN_EPOCH = -492_269  # makes 1 Farvardin 1403 the 20th of March 2024
_TO_DAYS: Mapping[str, Callable[[int, int, int], int | None]] = {
    "gregorian": _gregorian,
    "buddhist": _buddhist,
    "persian": _persian,
    "hijri": _hijri,
}


def _kinds_of_evidence(
    counts: Mapping[DateKey, int], not_after: date | None, named: Callable[[], frozenset[date]]
) -> list[_Evidence]:
    """All that is compared, the strongest first; at the end, what a few heads say."""
    heads = sum(counts.values())
    last = not_after.toordinal() - _EPOCH if not_after else _HORIZON
    names: list[frozenset[int]] = []  # asked for once, and only when it is needed

    def missing(reading: _Reading, _: Sequence[DateKey]) -> int:
        return sum(count for key, count in counts.items() if not _OLDEST <= reading.days.get(key, -1) <= _HORIZON)

    def late(reading: _Reading, _: Sequence[DateKey]) -> int:
        return sum(counts[key] for key, day in reading.days.items() if day > last)

    def unnamed(reading: _Reading, _: Sequence[DateKey]) -> int:
        if not names:
            names.append(frozenset(day.toordinal() - _EPOCH for day in named()))
        return -len(names[0].intersection(reading.days.values()))

    impossible = _Evidence(missing, _NEGLIGIBLE * heads, lambda by: f"another reading has no such day for {_heads(by)}")
    after = _Evidence(late, _NEGLIGIBLE * heads, lambda by: f"another reading would put {_heads(by)} after the export")
    return [
        impossible,
        after,
        _Evidence(unnamed, 0, lambda by: f"names of attachments say so on {by} day{'s' * (by > 1)}"),
        _Evidence(_steps_back, 0.02 * len(counts), lambda by: f"another reading would go back in time {by} more times"),
        _Evidence(_way, 0, lambda by: f"another reading would spread the messages over {by} more days"),
        impossible._replace(tolerated=0),
        after._replace(tolerated=0),
    ]


def _heads(count: int) -> str:
    return f"{count} message{'s' * (count > 1)}"


def _steps_back(reading: _Reading, shared: Sequence[DateKey]) -> int:
    return sum(reading.days[after] < reading.days[before] for before, after in pairwise(shared))


def _way(reading: _Reading, shared: Sequence[DateKey]) -> int:
    return sum(abs(reading.days[after] - reading.days[before]) for before, after in pairwise(shared))


def _compare(readings: Sequence[_Reading], kinds: Sequence[_Evidence]) -> tuple[_Reading, str]:
    """The reading that is left, or the first of those left, with "" when they could not be told apart."""
    left, why = list(readings), ""
    for kind in kinds:
        shared = [key for key in left[0].days if all(key in reading.days for reading in left)]
        against = [kind.against(reading, shared) for reading in left]
        least = min(against)
        kept = [reading for reading, count in zip(left, against, strict=True) if count - least <= kind.tolerated]
        if len(kept) < len(left):
            out = min(count - least for count in against if count - least > kind.tolerated)
            left, why = kept, kind.sentence(out)
        if len(left) == 1:
            return left[0], why
    return left[0], why if _all_alike(left) else ""
