"""Numbers to charts: columns over time, a week's hours, rows to compare, shares of a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from markupsafe import Markup

from egregora.publication.charts.axes import Bin, round_top, short_day, time_labels
from egregora.publication.charts.svg import (
    Drawing,
    Size,
    block,
    fitting,
    grouped,
    line,
    skyline,
    wide_as,
    words,
)
from egregora.publication.text.locale import Language

FEW_BINS = 3  # bins that are no course of time yet: totals are drawn instead
_HOURS = 24
_FAINTEST = 0.08
_WIDEST = 64.0  # of a column, when there are few


@dataclass(frozen=True, slots=True)
class Row:
    """One name of a chart with its class, its counts over time, and what is said of them."""

    name: str
    kind: str  # a class: "tone-3", "mark"
    counts: Sequence[int]
    said: str  # "1,234", "12%"
    own_scale: bool = False  # too great to be drawn with the others


@dataclass(frozen=True, slots=True)
class Span:
    """The time that counts belong to: where each bin begins, the last day of all, and what a bin is."""

    starts: Sequence[date]
    end: date
    unit: str


def columns(bins: Sequence[Bin], unit: str, say: Language, size: Size) -> Drawing:
    """Counts over time as columns; each bin is a `unit`."""
    font = size.font
    step, top = round_top(max(bin_.count for bin_ in bins))
    left = wide_as(say.number(top), font) + 8
    high, base = font * 2.2, font * 2.2 + (170 if size.is_narrow else 220)
    width = (size.width - left) / len(bins)

    def y(value: float) -> float:
        return base - (base - high) * value / top

    gap = max(min(2.0, width * 0.18), width - _WIDEST)
    drawn = (
        block(
            left + at * width + min(gap / 2, 1.0),
            y(bin_.count),
            width - gap,
            base - y(bin_.count),
            tip=_tip(bin_, size, say),
        )
        for at, bin_ in enumerate(bins)
        if bin_.count
    )
    grid = Markup().join(
        line(left, y(value), size.width, y(value))
        + words(left - 8, y(value) + font * 0.35, say.number(value), "", "end")
        for value in range(0, top + 1, step)
    )
    span = Span([bin_.first for bin_ in bins], bins[-1].last, unit)
    axis = _time_axis(span, (left, size.width), base, say, size)
    shapes = words(0, font, say[f"per_{unit}"]) + grid + grouped("mark", drawn) + axis
    return Drawing(size, base + font * 2, shapes)


def hours(counts: Sequence[Sequence[int]], days: Sequence[int], say: Language, size: Size) -> Drawing:
    """A week's hours as squares, the darker the more; `counts` from Monday on, drawn in the order of `days`."""
    font, names = size.font, say.short_week
    cell = (size.width - ceil(max(wide_as(name, font) for name in names) + 8)) // _HOURS
    left, top, high = size.width - cell * _HOURS, ceil(font * 1.8), 22 if size.is_narrow else cell
    highest = max(map(max, counts))
    shapes = [_hour_labels(left, cell, size)]
    for at, day in enumerate(days):
        y = top + at * high
        tips = (
            [""] * _HOURS if size.is_narrow else [_told(names[day], hour, n, say) for hour, n in enumerate(counts[day])]
        )
        shapes.append(words(left - 8, y + high / 2 + font * 0.3, names[day], "", "end"))
        shapes.append(grouped("wash", [block(left, y, cell * _HOURS - 2, high - 2)]))
        shapes.append(grouped("mark", _squares(counts[day], highest, (left, y, cell, high), tips)))
    bottom = top + len(days) * high
    shapes += [_peak(counts, days, highest, (left, top, cell, high)), _scale(left, bottom + font, highest, say)]
    return Drawing(size, bottom + font * 2.4, Markup().join(shapes))


def rows(items: Sequence[Row], span: Span, say: Language, size: Size) -> Drawing:
    """What is counted under each name over time, a row a name; bars of the totals while there is no course yet."""
    if len(span.starts) < FEW_BINS:
        return _bars(items, size)
    font = size.font
    head, high = (font * 1.5, 30.0) if size.is_narrow else (0.0, 34.0)
    left, right = (0.0, 0.0) if size.is_narrow else (170.0, _widest(items, font) + 10)
    width = (size.width - left - right) / len(span.starts)
    highest = max((max(item.counts) for item in items if not item.own_scale), default=1)
    pitch = head + high + 12
    shapes: list[Markup] = []
    for at, item in enumerate(items):
        base = at * pitch + head + high + 4
        scale = high / max(1, max(item.counts) if item.own_scale else highest)
        path = skyline(left, base, width, [count * scale for count in item.counts])
        shapes.append(_labels(item, base - high / 2 if not size.is_narrow else base - high - 5, size))
        shapes.append(line(left, base, size.width - right, base))
        shapes.append(Markup('<path class="t {}" d="{}"/>\n').format(item.kind, path))
    bottom = len(items) * pitch
    axis = _time_axis(span, (left, size.width - right), bottom, say, size)
    return Drawing(size, bottom + font * 1.8, Markup().join(shapes) + axis)


def shares(items: Sequence[Row], span: Span, say: Language, size: Size) -> Drawing:
    """The share that each name has of each bin; a bin without any is left empty."""
    if len(span.starts) < FEW_BINS:
        return _bars(items, size)
    font = size.font
    left, top = wide_as(say.percent(1), font) + 8, font * 2.4
    high = 130 if size.is_narrow else 180
    base, width = top + high, (size.width - left) / len(span.starts)
    totals = [sum(counts) for counts in zip(*(item.counts for item in items), strict=True)]
    lower = [0.0] * len(totals)
    shapes = [_legend(items, size)]
    for item in items:
        upper = [
            low + high * count / max(1, total) for low, count, total in zip(lower, item.counts, totals, strict=True)
        ]
        path = skyline(left, base, width, upper, lower)
        shapes.append(Markup('<path class="t {}" d="{}"/>\n').format(item.kind, path))
        lower = upper
    for percent in (0, 50, 100):
        y = base - high * percent / 100
        shapes.append(line(left, y, size.width, y))
        shapes.append(words(left - 8, y + font * 0.35, say.percent(percent / 100), "", "end"))
    return Drawing(size, base + font * 2, Markup().join(shapes) + _time_axis(span, (left, size.width), base, say, size))


def _bars(items: Sequence[Row], size: Size) -> Drawing:
    """The totals as lying bars."""
    font = size.font
    left = 0.0 if size.is_narrow else 170.0
    pitch = font * 1.5 + 22 if size.is_narrow else 28
    room = size.width - left - (0 if size.is_narrow else _widest(items, font) + 10)
    highest = max((sum(item.counts) for item in items), default=1) or 1
    shapes: list[Markup] = []
    for at, item in enumerate(items):
        y = at * pitch + (font * 1.5 if size.is_narrow else 4)
        shapes.append(_labels(item, y - 6 if size.is_narrow else y + 10, size))
        shapes.append(grouped(f"t {item.kind}", [block(left, y, max(1.0, room * sum(item.counts) / highest), 14)]))
    return Drawing(size, len(items) * pitch + 4, Markup().join(shapes))


def _labels(item: Row, y: float, size: Size) -> Markup:
    """A row's name and what is said of it: beside it, or above it where there is no room."""
    said = words(size.width, y + (0 if size.is_narrow else size.font * 0.35), item.said, "", "end")
    room = size.width - wide_as(item.said, size.font) - 16 if size.is_narrow else 156
    name = fitting(item.name, room, size.font)
    return words(0, y + (0 if size.is_narrow else size.font * 0.35), name, "strong") + said


def _widest(items: Iterable[Row], font: int) -> float:
    return max((wide_as(item.said, font) for item in items), default=0.0)


def _time_axis(span: Span, ends: tuple[float, float], base: float, say: Language, size: Size) -> Markup:
    """Labels of a time axis under `base`, each where its bin begins, with a tick."""
    left, right = ends
    width = (right - left) / len(span.starts)
    most = int((right - left) / (size.font * 4.6))
    shapes = Markup()
    for at, text in time_labels(span.starts, span.end, span.unit, say, max(2, most)):
        x = left + at * width
        wide = wide_as(text, size.font)
        if x + wide <= right + size.font:
            shapes += line(x, base, x, base + 5) + words(x, base + size.font * 1.5, text)
    return shapes


def _tip(bin_: Bin, size: Size, say: Language) -> str:
    """What a column tells a pointer; fingers have none."""
    if size.is_narrow:
        return ""
    first, last = short_day(bin_.first, say), short_day(bin_.last, say)
    days = last if first == last else f"{first} \u2013 {last}"
    return f"{days} {bin_.last.year}: {say.number(bin_.count)}"


def _squares(
    counts: Sequence[int], highest: int, grid: tuple[float, float, float, float], tips: Sequence[str]
) -> Iterable[Markup]:
    """The squares of a day, for each hour in which anything was written."""
    left, y, cell, high = grid
    for hour, count in enumerate(counts):
        if count:
            faint = f"{_FAINTEST + (1 - _FAINTEST) * count / highest:.2f}"
            yield block(left + hour * cell, y, cell - 2, high - 2, tip=tips[hour], opacity=faint)


def _told(day: str, hour: int, count: int, say: Language) -> str:
    """What a square tells a pointer."""
    return f"{day} {hour:02}:00: {say.number(count)}"


def _hour_labels(left: float, cell: float, size: Size) -> Markup:
    every = 6 if size.is_narrow else 3
    return Markup().join(words(left + hour * cell, size.font, f"{hour:02}:00") for hour in range(0, _HOURS, every))


def _peak(
    counts: Sequence[Sequence[int]], days: Sequence[int], highest: int, grid: tuple[float, float, float, float]
) -> Markup:
    """A frame around the greatest of all."""
    left, top, cell, high = grid
    row, hour = next(
        (row, hour) for row, day in enumerate(days) for hour in range(_HOURS) if counts[day][hour] == highest
    )
    return grouped("peak", [block(left + hour * cell, top + row * high, cell - 2, high - 2)])


def _scale(left: float, y: float, highest: int, say: Language) -> Markup:
    """How dark how many are."""
    wide = 18.0
    x = left + 14
    steps = [f"{_FAINTEST + (1 - _FAINTEST) * step / 4:.2f}" for step in range(5)]
    squares = (block(x + at * wide, y, wide - 2, 10, opacity=step) for at, step in enumerate(steps))
    ends = words(left, y + 10, "0") + words(x + 5 * wide + 5, y + 10, say.number(highest))
    return grouped("mark", squares) + ends


def _legend(items: Sequence[Row], size: Size) -> Markup:
    shapes, x = Markup(), 0.0
    for item in items:
        text = f"{item.name} {item.said}"
        shapes += grouped(f"t {item.kind}", [block(x, size.font * 0.15, 11, 11)]) + words(x + 16, size.font, text)
        x += 16 + wide_as(text, size.font) + 14
    return shapes
