"""Whether a piece of text stands in a text that was screened: what was left there may stand elsewhere too.

A piece is compared by its letters and digits. So a title made of a line, a part of an address, a line whose break
became a space, and the words made of a link are all found where they come from.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.names import fold
from egregora.privacy.detect.folded_columns import folded

_ROWS = 50_000
_TOGETHER = 200  # pieces in one pattern
_MOST_BETWEEN = 8  # signs between two letters or digits of a piece


class Piece(NamedTuple):
    """A part of a line: its letters and digits, and whether the line may have been cut at its ends."""

    letters: str
    cut_before: bool
    cut_behind: bool


def piece_of(line: str, start: int, end: int) -> Piece:
    """The piece of `line` from `start` to `end`; where nothing stands beyond it, it may have been cut."""
    return Piece(_letters(line[start:end]), not _letters(line[:start]), not _letters(line[end:]))


def stands_in(piece: Piece, text: str) -> bool:
    """Whether `piece` stands in `text`, and not as a part of a longer word or number."""
    return piece.letters != "" and _pattern(piece).search(fold(text)) is not None


def standing_in(pieces: Collection[Piece], texts: ir.StringColumn) -> set[Piece]:
    """Those of `pieces` that stand in one of `texts`, read in batches on a cursor of its own."""
    found: set[Piece] = set()
    listed = sorted(piece for piece in pieces if piece.letters)
    for first in range(0, len(listed), _TOGETHER):
        wanted = listed[first : first + _TOGETHER]
        for text in _texts_with(wanted, texts):
            found.update(piece for piece in wanted if piece not in found and stands_in(piece, text))
    return found


def _texts_with(wanted: Iterable[Piece], texts: ir.StringColumn) -> Iterator[str]:
    """The texts that may hold one of `wanted`."""
    pattern = f"(?i){'|'.join(_loose(piece.letters) for piece in wanted)}"
    for batch in texts.name("text").as_table().to_pyarrow_batches(chunk_size=_ROWS):
        column = batch.column(0)
        if len(column) and isinstance(column, pa.Array):
            held = pc.match_substring_regex(folded(column).to_arrow(), pattern)
            yield from filter(None, column.filter(held).to_pylist())


def _loose(letters: str) -> str:
    """For RE2, whose signs include letters beyond ASCII: it finds more than `_pattern`."""
    return rf"[\W_]{{0,{_MOST_BETWEEN * 4}}}".join(map(re.escape, letters))


@lru_cache(maxsize=4096)
def _pattern(piece: Piece) -> re.Pattern[str]:
    before, behind = (
        "" if cut else around for cut, around in zip(piece[1:], (r"(?<![^\W_])", r"(?![^\W_])"), strict=True)
    )
    return re.compile(before + rf"[\W_]{{0,{_MOST_BETWEEN}}}".join(map(re.escape, piece.letters)) + behind)


def _letters(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())
