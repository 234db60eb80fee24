"""Whether a piece of text occurs in a text that was screened before: then it may be published elsewhere too.

Pieces are compared by their letters and digits only. So a title made from a line, a part of an address, a line whose
break became a space, and the words of a link are all found in the text they come from.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.names import fold
from egregora.privacy.detect.columns.folded_columns import folded

_ROWS = 50_000
_PIECES_PER_PATTERN = 200
_MAX_GAP = 8  # other characters between two letters or digits of a piece


class Piece(NamedTuple):
    """A part of a line: its letters and digits, and whether the line may have been cut at the part's ends."""

    letters: str
    cut_at_start: bool
    cut_at_end: bool


def make_piece(line: str, start: int, end: int) -> Piece:
    """The piece of `line` from `start` to `end`. At an end of the line, and inside a word, it may have been cut."""
    before, behind = fold(line[:start]), fold(line[end:])
    return Piece(
        _alphanumerics(line[start:end]),
        not _alphanumerics(before) or before[-1:].isalnum(),
        not _alphanumerics(behind) or behind[:1].isalnum(),
    )


def occurs_in(piece: Piece, text: str) -> bool:
    """Whether `piece` occurs in `text` as whole words and numbers."""
    return piece.letters != "" and _pattern(piece).search(fold(text)) is not None


def find_pieces(pieces: Collection[Piece], texts: ir.StringColumn) -> set[Piece]:
    """Those of `pieces` that occur in one of `texts`; the texts are read in batches."""
    found: set[Piece] = set()
    ordered = sorted(piece for piece in pieces if piece.letters)
    for first in range(0, len(ordered), _PIECES_PER_PATTERN):
        wanted = ordered[first : first + _PIECES_PER_PATTERN]
        for text in _candidate_texts(wanted, texts):
            found.update(piece for piece in wanted if piece not in found and occurs_in(piece, text))
    return found


def _candidate_texts(wanted: Iterable[Piece], texts: ir.StringColumn) -> Iterator[str]:
    """The texts that may contain one of `wanted`."""
    pattern = f"(?i){'|'.join(_re2_pattern(piece.letters) for piece in wanted)}"
    for batch in texts.name("text").as_table().to_pyarrow_batches(chunk_size=_ROWS):
        column = batch.column(0)
        if len(column) and isinstance(column, pa.Array):
            mask = pc.match_substring_regex(folded(column).to_arrow(), pattern)
            yield from filter(None, column.filter(mask).to_pylist())


def _re2_pattern(letters: str) -> str:
    """A pattern for RE2, where a non-word character may be letters beyond ASCII: it matches more than `_pattern`."""
    return rf"[\W_]{{0,{_MAX_GAP * 4}}}".join(map(re.escape, letters))


@lru_cache(maxsize=4096)
def _pattern(piece: Piece) -> re.Pattern[str]:
    """The pattern of a piece: few other characters between, and no letter or digit beside it unless it was cut."""
    before, after = (
        "" if cut else around for cut, around in zip(piece[1:], (r"(?<![^\W_])", r"(?![^\W_])"), strict=True)
    )
    return re.compile(before + rf"[\W_]{{0,{_MAX_GAP}}}".join(map(re.escape, piece.letters)) + after)


def _alphanumerics(text: str) -> str:
    """The letters and digits of `text`, folded."""
    return "".join(char for char in fold(text) if char.isalnum())
