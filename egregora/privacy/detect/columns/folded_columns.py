"""Texts of a column folded, without a Python object for any of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.names import fold

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

TWO_BYTES, THREE_BYTES = range(0xA0, 0x180), range(0x2010, 0x2028)  # code points that are folded here
_FIRST_LEAD, _LAST_LEAD, _THREE_LEAD, _THREE_SECOND = 0xC2, 0xC5, 0xE2, 0x80
LARGE = np.isin(np.arange(256), [*b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
_LOWER = np.where(LARGE, np.arange(256) + 32, np.arange(256)).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Column:
    """Texts one behind the other: text `n` is `content[offsets[n]:offsets[n + 1]]`; a missing one is empty."""

    offsets: Places
    content: Bytes

    def lower(self) -> "Column":
        """The same with small letters, as far as ASCII goes."""
        return Column(self.offsets, _LOWER[self.content])

    def to_arrow(self) -> pa.Array:
        """The texts as a column of Arrow."""
        buffers = [None, pa.py_buffer(self.offsets.astype(np.int32)), pa.py_buffer(self.content)]
        return pa.Array.from_buffers(pa.string(), len(self.offsets) - 1, buffers)


def folded(texts: pa.Array) -> Column:
    """`texts` with plain letters, quotes and hyphens for those of `replacement`; capitals stay."""
    filled = pc.fill_null(texts, "")
    _, offsets, content = filled.buffers()
    places = np.frombuffer(offsets, np.int32)[filled.offset : filled.offset + len(filled) + 1].astype(np.int64)
    written = np.frombuffer(content or b"", np.uint8)[places[0] : places[-1]]
    return _replaced(places - places[0], written)


def replacement(char: str) -> str:
    """The ASCII character that is written for `char`; "" where there is none."""
    plain = fold(char)
    return ("", plain.upper() if char.isupper() else plain)[len(plain) == 1 and plain.isascii() and plain != char]


def _replaced(offsets: Places, content: Bytes) -> Column:
    out, kept = content.copy(), np.ones(len(content), np.bool_)
    two = np.flatnonzero((content >= _FIRST_LEAD) & (content <= _LAST_LEAD))
    three = np.flatnonzero(content[:-2] == _THREE_LEAD)
    three = three[content[three + 1] == _THREE_SECOND]
    codes = (content[two].astype(np.int64) - 0xC0 << 6) + content[two + 1] - 0x80
    for places, chars, length in ((two, codes, 2), (three, 0x2000 + content[three + 2].astype(np.int64) - 0x80, 3)):
        plain = _replacements()[chars]
        changed = places[plain > 0]
        out[changed] = plain[plain > 0]
        for further in range(1, length):
            kept[changed + further] = False
    if kept.all():
        return Column(offsets, out)
    shorter = np.concatenate([[0], np.cumsum(~kept)])
    return Column(offsets - shorter[offsets], out[kept])


@cache
def _replacements() -> Bytes:
    table = np.zeros(THREE_BYTES.stop + 64, np.uint8)
    for code in (*TWO_BYTES, *THREE_BYTES):
        table[code] = ord(replacement(chr(code)) or "\0")
    return table
