"""Draws the preview image of a post: its title on paper, in the typeface of the blog."""

from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from egregora.publication.model.blog import Blog, PostView

SIZE = (1200, 630)  # the size that previews show uncropped
_MARGIN = 80
_SIZES = (76, 66, 56, 46)  # of the title, in pixels; the largest in which it has at most four lines
_MAX_LINES = 4
_LEADING = 1.16
_PAPER, _INK, _SOFT, _ACCENT = range(4)
_COLOURS = (0xFDFBF7, 0x211D19, 0x6B625A, 0x96471C)


def texts_of(blog: Blog, entry: PostView) -> tuple[str, str, str] | None:
    """The three texts of a post's image. None if the typeface lacks a character."""
    below = f"{blog.locale.date(entry.post.date)} · {blog.locale.count(entry.post.messages, 'message_n')}"
    texts = (entry.title, blog.title, below)
    return texts if has_glyphs("".join(texts)) else None


def has_glyphs(text: str) -> bool:
    """Whether the typeface has every character of `text`."""
    return all(_has_glyph(char) for char in set(text) if not char.isspace())


def draw(title: str, above: str, below: str) -> bytes:
    """A PNG of `title` with a small line above and below. The same texts give the same bytes."""
    image = Image.new("P", SIZE, _PAPER)
    image.putpalette([part for colour in _COLOURS for part in colour.to_bytes(3, "big")])
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"  # without greys: four colours pack into a fifth
    pen.rectangle((0, 0, 18, SIZE[1]), fill=_ACCENT)
    pen.text((_MARGIN, _MARGIN - 14), _cut(above, 32), font=_font(32), fill=_SOFT)
    font, lines = _fit_title(title)
    height = font.size * _LEADING
    top = (SIZE[1] - height * len(lines)) / 2
    for number, line in enumerate(lines):
        pen.text((_MARGIN, round(top + number * height)), line, font=font, fill=_INK)
    pen.text((_MARGIN, SIZE[1] - _MARGIN - 26), _cut(below, 32), font=_font(32), fill=_ACCENT)
    data = BytesIO()
    image.save(data, "PNG", optimize=False, compress_level=6)
    return data.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # A layout engine of our choice: the other one is there on some machines only, and would give other bytes.
    type_ = files("font_source_serif_pro") / "files" / "SourceSerifPro-Semibold.ttf"
    return ImageFont.truetype(BytesIO(type_.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1 << 12)
def _has_glyph(char: str) -> bool:
    """Whether the typeface draws `char` and not the sign for a missing character."""
    font = _font(32)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


def _fit_title(title: str) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest font in which the title fits on four lines, and the lines; a longer title is cut."""
    for size in _SIZES:
        lines = _wrap(title, size)
        if len(lines) <= _MAX_LINES:
            return _font(size), lines
    return _font(_SIZES[-1]), [*lines[: _MAX_LINES - 1], _cut(f"{lines[_MAX_LINES - 1]} …", _SIZES[-1])]


def _wrap(text: str, size: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _font(size).getlength(longer) > SIZE[0] - 2 * _MARGIN:
            lines.append(_cut(word, size))
        else:
            lines[-1] = _cut(longer, size)
    return lines


def _cut(text: str, size: int) -> str:
    """`text`, cut with an ellipsis to fit on a line."""
    if _font(size).getlength(text) <= SIZE[0] - 2 * _MARGIN:
        return text
    while text and _font(size).getlength(f"{text}…") > SIZE[0] - 2 * _MARGIN:
        text = text[:-1]
    return f"{text}…"
