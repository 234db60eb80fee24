"""Draws charts: columns over time, hours of the week, rows, and shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from markupsafe import Markup

from egregora.publication.charts.axes import Bin, axis_steps, short_day, time_labels
from egregora.publication.charts.svg import (
    Drawing,
    Size,
    block,
    fit_text,
    grouped,
    line,
    skyline,
    text_at,
    text_width,
)
from egregora.publication.text.locale import Locale

FEW_BINS = 3  # with fewer bins, totals are drawn instead of a course over time
_HOURS = 24
_MIN_OPACITY = 0.08
_MAX_COLUMN = 64.0  # width of a column


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A named row of a chart: its counts over time and a label."""

    name: str
    kind: str  # its CSS class: "tone-3", "mark"
    counts: Sequence[int]
    label: str  # "1,234", "12%"
    own_scale: bool = False  # too large for the scale of the others


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The time axis: the start of each bin, the last day, and the unit of a bin."""

    starts: Sequence[date]
    end: date
    unit: str


def columns(bins: Sequence[Bin], unit: str, locale: Locale, size: Size) -> Drawing:
    """Counts over time as columns; each bin is one `unit`."""
    font = size.font
    step, top = axis_steps(max(bin_.count for bin_ in bins))
    left = text_width(locale.number(top), font) + 8
    high, base = font * 2.2, font * 2.2 + (170 if size.is_narrow else 220)
    width = (size.width - left) / len(bins)

    def y(value: float) -> float:
        return base - (base - high) * value / top

    gap = max(min(2.0, width * 0.18), width - _MAX_COLUMN)
    drawn = (
        block(
            left + at * width + min(gap / 2, 1.0),
            y(bin_.count),
            width - gap,
            base - y(bin_.count),
            tip=_column_tooltip(bin_, size, locale),
        )
        for at, bin_ in enumerate(bins)
        if bin_.count
    )
    grid = Markup().join(
        line(left, y(value), size.width, y(value))
        + text_at(left - 8, y(value) + font * 0.35, locale.number(value), "", "end")
        for value in range(0, top + 1, step)
    )
    span = TimeRange([bin_.first for bin_ in bins], bins[-1].last, unit)
    axis = _time_axis(span, (left, size.width), base, locale, size)
    shapes = text_at(0, font, locale[f"per_{unit}"]) + grid + grouped("mark", drawn) + axis
    return Drawing(size, base + font * 2, shapes)


def hours(counts: Sequence[Sequence[int]], days: Sequence[int], locale: Locale, size: Size) -> Drawing:
    """The hours of a week as squares, darker for more; `counts` starts on Monday, `days` is the drawn order."""
    font, names = size.font, locale.short_week
    cell = (size.width - ceil(max(text_width(name, font) for name in names) + 8)) // _HOURS
    left, top, high = size.width - cell * _HOURS, ceil(font * 1.8), 22 if size.is_narrow else cell
    highest = max(map(max, counts))
    shapes = [_hour_labels(left, cell, size)]
    for at, day in enumerate(days):
        y = top + at * high
        tips = (
            [""] * _HOURS
            if size.is_narrow
            else [_square_tooltip(names[day], hour, n, locale) for hour, n in enumerate(counts[day])]
        )
        shapes.append(text_at(left - 8, y + high / 2 + font * 0.3, names[day], "", "end"))
        shapes.append(grouped("wash", [block(left, y, cell * _HOURS - 2, high - 2)]))
        shapes.append(grouped("mark", _squares(counts[day], highest, (left, y, cell, high), tips)))
    bottom = top + len(days) * high
    shapes += [_peak(counts, days, highest, (left, top, cell, high)), _scale(left, bottom + font, highest, locale)]
    return Drawing(size, bottom + font * 2.4, Markup().join(shapes))


def rows(items: Sequence[ChartRow], span: TimeRange, locale: Locale, size: Size) -> Drawing:
    """Counts over time, a row for each name; with few bins, bars of the totals."""
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
    axis = _time_axis(span, (left, size.width - right), bottom, locale, size)
    return Drawing(size, bottom + font * 1.8, Markup().join(shapes) + axis)


def shares(items: Sequence[ChartRow], span: TimeRange, locale: Locale, size: Size) -> Drawing:
    """The share of each name in each bin; an empty bin stays empty."""
    if len(span.starts) < FEW_BINS:
        return _bars(items, size)
    font = size.font
    left, top = text_width(locale.percent(1), font) + 8, font * 2.4
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
        shapes.append(text_at(left - 8, y + font * 0.35, locale.percent(percent / 100), "", "end"))
    return Drawing(
        size, base + font * 2, Markup().join(shapes) + _time_axis(span, (left, size.width), base, locale, size)
    )


def _bars(items: Sequence[ChartRow], size: Size) -> Drawing:
    """The totals as horizontal bars."""
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


def _labels(item: ChartRow, y: float, size: Size) -> Markup:
    """A row's name and label: beside the row, or above it on narrow charts."""
    label = text_at(size.width, y + (0 if size.is_narrow else size.font * 0.35), item.label, "", "end")
    room = size.width - text_width(item.label, size.font) - 16 if size.is_narrow else 156
    name = fit_text(item.name, room, size.font)
    return text_at(0, y + (0 if size.is_narrow else size.font * 0.35), name, "strong") + label


def _widest(items: Iterable[ChartRow], font: int) -> float:
    return max((text_width(item.label, font) for item in items), default=0.0)


def _time_axis(span: TimeRange, ends: tuple[float, float], base: float, locale: Locale, size: Size) -> Markup:
    """Labels with ticks under `base`, each at the start of its bin."""
    left, right = ends
    width = (right - left) / len(span.starts)
    most = int((right - left) / (size.font * 4.6))
    shapes = Markup()
    for at, text in time_labels(span.starts, span.end, span.unit, locale, max(2, most)):
        x = left + at * width
        wide = text_width(text, size.font)
        if x + wide <= right + size.font:
            shapes += line(x, base, x, base + 5) + text_at(x, base + size.font * 1.5, text)
    return shapes


def _column_tooltip(bin_: Bin, size: Size, locale: Locale) -> str:
    """The tooltip of a column; "" on narrow charts, which are for touch screens."""
    if size.is_narrow:
        return ""
    first, last = short_day(bin_.first, locale), short_day(bin_.last, locale)
    days = last if first == last else f"{first} \u2013 {last}"
    return f"{days} {bin_.last.year}: {locale.number(bin_.count)}"


def _squares(
    counts: Sequence[int], highest: int, grid: tuple[float, float, float, float], tips: Sequence[str]
) -> Iterable[Markup]:
    """The squares of a day, for each hour with messages."""
    left, y, cell, high = grid
    for hour, count in enumerate(counts):
        if count:
            opacity = f"{_MIN_OPACITY + (1 - _MIN_OPACITY) * count / highest:.2f}"
            yield block(left + hour * cell, y, cell - 2, high - 2, tip=tips[hour], opacity=opacity)


def _square_tooltip(day: str, hour: int, count: int, locale: Locale) -> str:
    """The tooltip of a square."""
    return f"{day} {hour:02}:00: {locale.number(count)}"


def _hour_labels(left: float, cell: float, size: Size) -> Markup:
    every = 6 if size.is_narrow else 3
    return Markup().join(text_at(left + hour * cell, size.font, f"{hour:02}:00") for hour in range(0, _HOURS, every))


def _peak(
    counts: Sequence[Sequence[int]], days: Sequence[int], highest: int, grid: tuple[float, float, float, float]
) -> Markup:
    """A frame around the largest value."""
    left, top, cell, high = grid
    row, hour = next(
        (row, hour) for row, day in enumerate(days) for hour in range(_HOURS) if counts[day][hour] == highest
    )
    return grouped("peak", [block(left + hour * cell, top + row * high, cell - 2, high - 2)])


def _scale(left: float, y: float, highest: int, locale: Locale) -> Markup:
    """The legend: how many messages each shade means."""
    wide = 18.0
    x = left + 14
    steps = [f"{_MIN_OPACITY + (1 - _MIN_OPACITY) * step / 4:.2f}" for step in range(5)]
    squares = (block(x + at * wide, y, wide - 2, 10, opacity=step) for at, step in enumerate(steps))
    ends = text_at(left, y + 10, "0") + text_at(x + 5 * wide + 5, y + 10, locale.number(highest))
    return grouped("mark", squares) + ends


def _legend(items: Sequence[ChartRow], size: Size) -> Markup:
    shapes, x = Markup(), 0.0
    for item in items:
        text = f"{item.name} {item.label}"
        shapes += grouped(f"t {item.kind}", [block(x, size.font * 0.15, 11, 11)]) + text_at(x + 16, size.font, text)
        x += 16 + text_width(text, size.font) + 14
    return shapes
