"""Axes of charts: time in bins, round steps of numbers, and their labels."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10

from egregora.publication.model.statistics import Monthly, Series
from egregora.publication.text.locale import Locale

COLUMNS = 160  # bins of a chart: more cannot be told apart on a phone
MONTHS = 144
_WEEK = 7
_FEW_MONTHS = 14  # more are labelled by year


@dataclass(frozen=True, slots=True)
class Bin:
    """A range of days and the count in it."""

    first: date
    last: date
    count: int


def bin_days(days: Mapping[date, int], week_from: int) -> tuple[str, tuple[Bin, ...]]:
    """The unit and the bins: the shortest of day, week, month, year with at most `COLUMNS` bins."""
    if not days:
        return "day", ()
    first, last = min(days), max(days)
    for unit in ("day", "week", "month", "year"):
        starts = _starts(unit, first, last, week_from)
        if len(starts) <= COLUMNS or unit == "year":
            break
    counts = [0] * len(starts)
    for day, count in days.items():
        counts[bisect_right(starts, day) - 1] += count
    ends = [start - timedelta(days=1) for start in starts[1:]] + [last]
    return unit, tuple(map(Bin, (max(first, starts[0]), *starts[1:]), ends, counts))


def by_year(monthly: Monthly) -> Monthly:
    """The same counts by year, if there are more than `MONTHS` months."""
    if len(monthly.months) <= MONTHS:
        return monthly
    years = sorted({month.year for month in monthly.months})
    lines = tuple(Series(line.name, tuple(_of_year(monthly, line, year) for year in years)) for line in monthly.series)
    return Monthly(tuple(date(year, 1, 1) for year in years), lines, monthly.others)


def axis_steps(highest: int, most: int = 4) -> tuple[int, int]:
    """The step of the axis and its top: the first multiple at or above `highest`, at most `most` steps."""
    raw = max(highest, 1) / most
    power = 10 ** max(0, floor(log10(raw))) if raw >= 1 else 1
    step = next(int(power * factor) for factor in (1, 2, 5, 10) if power * factor >= raw)
    return step, step * ceil(max(highest, 1) / step)


def time_labels(starts: Sequence[date], end: date, unit: str, locale: Locale, most: int) -> list[tuple[int, str]]:
    """Labels for bins that start at `starts`: index of the bin and its label; at most `most`."""
    if unit == "day":
        marks = [(number, short_day(day, locale)) for number, day in enumerate(starts)]
    elif (end.year - starts[0].year) * 12 + end.month - starts[0].month < _FEW_MONTHS:
        marks = [(at, short_month(day, locale)) for at, day in _firsts(starts, end, range(1, 13))]
    else:
        marks = [(at, str(day.year)) for at, day in _firsts(starts, end, (1,))]
    return marks[:: max(1, ceil(len(marks) / most))]


def short_day(day: date, locale: Locale) -> str:
    """A date without the year: "6 Jan"."""
    return locale.day(day)


def short_month(day: date, locale: Locale) -> str:
    """A short month name; January has the year: "Feb", "Jan 2025"."""
    name = locale.short_months[day.month - 1]
    return f"{name} {day.year}" if day.month == 1 else name


def _firsts(starts: Sequence[date], end: date, months: Iterable[int]) -> list[tuple[int, date]]:
    """The bins that contain the first day of one of these months, with that day."""
    days = [date(year, month, 1) for year in range(starts[0].year, end.year + 1) for month in months]
    return [(bisect_right(starts, day) - 1, day) for day in days if starts[0] <= day <= end]


def _starts(unit: str, first: date, last: date, week_from: int) -> list[date]:
    """The first day of each bin that covers `first` to `last`."""
    if unit in ("day", "week"):
        step = 1 if unit == "day" else _WEEK
        start = first - timedelta(days=(first.weekday() - week_from) % step)
        return [start + timedelta(days=n) for n in range(0, (last - start).days + 1, step)]
    if unit == "year":
        return [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(at // 12, at % 12 + 1, 1) for at in numbers]


def _of_year(monthly: Monthly, line: Series, year: int) -> int:
    return sum(count for month, count in zip(monthly.months, line.counts, strict=True) if month.year == year)
