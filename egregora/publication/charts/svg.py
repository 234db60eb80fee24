"""SVG shapes and text for charts, and the colours of standalone files."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import NamedTuple
from unicodedata import east_asian_width

from markupsafe import Markup

from egregora.publication.text.html import cleaned
from egregora.publication.text.palette import COLOURS, NO_COLOUR, colour_class

_CHAR_WIDTH = 0.56  # average width of a character, in font sizes
_MARGIN, _HEAD = 20, 34  # of a standalone file
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Size:
    """The width of a chart and its font size, in SVG units."""

    name: str
    width: int
    font: int

    @property
    def is_narrow(self) -> bool:
        """Whether labels are above what they name instead of beside it."""
        return self is NARROW


class Scheme(NamedTuple):
    """Colours of paper, ink, secondary text, lines and accent; lightness and chroma of hued colours."""

    colours: tuple[str, str, str, str, str]
    hued: tuple[float, float]


_LIGHT = Scheme(("#fdfbf7", "#211d19", "#6b625a", "#e6dfd5", "#96471c"), (0.45, 0.13))
_DARK = Scheme(("#171513", "#ece5db", "#a79c8f", "#36302a", "#eba66f"), (0.78, 0.11))
WIDE = Size("wide", 720, 13)
NARROW = Size("narrow", 340, 12)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The content of a chart without its SVG element."""

    size: Size
    height: float
    shapes: Markup


def framed(drawing: Drawing, name: str, title: str, text: str) -> Markup:
    """The chart inside a page, coloured by style.css. `title` and `text` are for screen readers."""
    key = f"{name}-{drawing.size.name}"
    box = f"0 0 {drawing.size.width} {decimal(drawing.height)}"
    return _svg(drawing, key, box, _title_and_description(key, title, text) + drawing.shapes)


def standalone(drawing: Drawing, name: str, title: str, text: str) -> Markup:
    """The chart as a file of its own, with heading and colours for light and dark mode."""
    width, height = drawing.size.width + 2 * _MARGIN, drawing.height + _HEAD + 2 * _MARGIN
    box = f"{-_MARGIN} {-_MARGIN - _HEAD} {width} {decimal(height)}"
    paper = Markup('<rect class="paper" x="{}" y="{}" width="{}" height="{}"/>').format(
        -_MARGIN, -_MARGIN - _HEAD, width, decimal(height)
    )
    heading = text_at(0, drawing.size.font + 4 - _HEAD, title, "heading")
    style = Markup("<style>\n{}</style>").format(Markup("\n").join(map(Markup, _rules(drawing.shapes))) + "\n")
    return (
        _svg(drawing, name, box, _title_and_description(name, title, text) + style + paper + heading + drawing.shapes)
        + "\n"
    )


def text_at(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> Markup:
    """A line of text in an element of its own, so that its writing direction affects nothing else."""
    css_class = Markup(' class="{}"').format(kind) if kind else Markup()
    alignment = Markup(' text-anchor="{}"').format(anchor) if anchor else Markup()
    return Markup('<text x="{}" y="{}"{}{}>{}</text>\n').format(
        decimal(x), decimal(y), css_class, alignment, cleaned(text)
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> Markup:
    """A straight line."""
    return Markup('<path class="{}" d="M{} {}L{} {}"/>\n').format(kind, *map(decimal, (x1, y1, x2, y2)))


def block(  # noqa: PLR0913 — a rectangle has four numbers
    x: float, y: float, width: float, height: float, *, tip: str = "", opacity: str = ""
) -> Markup:
    """A rectangle with an optional tooltip."""
    tooltip = Markup("<title>{}</title>").format(cleaned(tip)) if tip else Markup()
    transparency = Markup(' opacity="{}"').format(opacity.removeprefix("0")) if opacity else Markup()
    corners = (decimal(x), decimal(y), decimal(width), decimal(height), decimal(width))
    return Markup('<path{} d="M{} {}h{}v{}h-{}z">{}</path>').format(transparency, *corners, tooltip)


def skyline(x: float, base: float, width: float, heights: Sequence[float], lower: Sequence[float] = ()) -> str:
    """The path around steps of equal width that stand on `base` or on the steps `lower`."""
    lefts = [decimal(x + width * number) for number in range(len(heights) + 1)]
    tops = "".join(f"V{decimal(base - top)}H{lefts[at + 1]}" for at, top in enumerate(heights))
    below = range(len(lower) - 1, -1, -1)
    bottoms = "".join(f"V{decimal(base - lower[at])}H{lefts[at]}" for at in below) or f"V{decimal(base)}"
    return f"M{lefts[0]} {decimal(base)}{tops}{bottoms}Z"


def grouped(kind: str, shapes: Iterable[Markup]) -> Markup:
    """Shapes in a group with a class."""
    return Markup('<g class="{}">\n{}</g>\n').format(kind, Markup().join(shapes))


def fit_text(text: str, width: float, font: int) -> str:
    """`text` on one line, cut with an ellipsis to fit `width`."""
    shown = " ".join(cleaned(text).split())
    room = width / (font * _CHAR_WIDTH)
    if sum(map(_char_width, shown)) <= room:
        return shown
    kept, used = "", 1.0
    for char in shown:
        used += _char_width(char)
        if used > room:
            break
        kept += char
    return kept.rstrip() + "\u2026"


def text_width(text: str, font: int) -> float:
    """The approximate width of a text."""
    return sum(map(_char_width, text)) * font * _CHAR_WIDTH


def decimal(value: float) -> str:
    """A coordinate with one decimal: "12.5", "3"."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _char_width(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


def _svg(drawing: Drawing, key: str, box: str, content: Markup) -> Markup:
    # Time runs from left to right on pages of every writing direction, as numbers do.
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="plot {size}" viewBox="{box}" direction="ltr" font-size="{font}"'
        ' role="img" aria-labelledby="{key}-title {key}-text">\n{content}</svg>'
    ).format(size=drawing.size.name, box=box, font=drawing.size.font, key=key, content=content)


def _title_and_description(key: str, title: str, text: str) -> Markup:
    return Markup('<title id="{0}-title">{1}</title>\n<desc id="{0}-text">{2}</desc>\n').format(
        key, cleaned(title), cleaned(text)
    )


def _rules(shapes: str) -> Iterable[str]:
    """The style rules of a standalone file: the colours of style.css without CSS functions."""
    used = [n for n in range(COLOURS) if re.search(rf"\b{colour_class(n)}\b", shapes)]
    yield f".plot{{font-family:{_FONT}}}"
    yield ".heading{font-size:19px}.heading,.strong{font-weight:600}.grid,.peak{fill:none}.peak{stroke-width:1.5}"
    yield from _scheme(_LIGHT, used)
    yield "@media (prefers-color-scheme:dark){"
    yield from _scheme(_DARK, used)
    yield "}"


def _scheme(scheme: Scheme, used: Iterable[int]) -> Iterable[str]:
    paper, ink, soft, rule, accent = scheme.colours
    yield f".paper{{fill:{paper}}}text{{fill:{soft}}}.heading,.strong{{fill:{ink}}}.grid{{stroke:{rule}}}"
    yield f".mark{{fill:{accent}}}.wash{{fill:{rule};fill-opacity:.45}}.peak{{stroke:{ink}}}.{NO_COLOUR}{{fill:{soft}}}"
    yield "".join(f".{colour_class(n)}{{fill:{_colour(scheme.hued, hue=360 / COLOURS * n)}}}" for n in used)


def _colour(hued: tuple[float, float], *, hue: float) -> str:
    """An OKLCH colour as "#rrggbb", clipped to sRGB; the hue is in degrees."""
    lightness, chroma = hued
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long, middle, short = (
        (lightness + x * a + y * b) ** 3
        for x, y in ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.2914855480))
    )
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in linear)


def _gamma(linear: float) -> float:
    """The sRGB transfer function: linear light to an encoded value."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * float(linear ** (1 / 2.4)) - 0.055  # noqa: PLR2004 — the standard's
