"""The texts of a piece of a chat: most of them as they lie there, some put right."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from egregora.ingestion.lines.arrays import Whole


class Texts(Sequence[bytes]):
    """Parts of a piece, in the order of the file, of which any may be replaced.

    None is copied before it is asked for.
    """

    def __init__(self, whole: bytes, starts: Whole, ends: Whole) -> None:
        self._whole, self._starts, self._ends = whole, starts, ends.copy()
        self._replaced: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, row: int) -> bytes: ...
    @overload
    def __getitem__(self, row: slice) -> list[bytes]: ...
    def __getitem__(self, row: int | slice) -> bytes | list[bytes]:
        if isinstance(row, slice):
            return list(self)[row]
        found = self._replaced.get(row)
        return self._whole[self._starts[row] : self._ends[row]] if found is None else found

    def __iter__(self) -> Iterator[bytes]:
        for row, (start, end) in enumerate(zip(self._starts.tolist(), self._ends.tolist(), strict=True)):
            found = self._replaced.get(row)
            yield self._whole[start:end] if found is None else found

    def replace(self, row: int, text: bytes) -> None:
        """Put another text."""
        self._replaced[row] = text

    def clear(self, rows: Whole) -> None:
        """Put no text in place of those of `rows`."""
        self._ends[rows] = self._starts[rows]

    def column(self) -> pa.Array:
        """All of them as a column of strings."""
        size = len(self)
        offsets = np.empty(2 * size + 1, dtype=np.int32)  # of each text, and of what is between two
        offsets[:-1:2], offsets[1::2], offsets[-1] = self._starts, self._ends, len(self._whole)
        both = pa.StringArray.from_buffers(2 * size, pa.py_buffer(offsets), pa.py_buffer(self._whole))
        column = both.take(pa.array(np.arange(0, 2 * size, 2)))
        if not self._replaced:
            return column
        changed = np.zeros(size, dtype=bool)
        changed[list(self._replaced)] = True
        rows = np.flatnonzero(changed).tolist()
        return pc.replace_with_mask(column, changed, string_column([self._replaced[row] for row in rows]))


def string_column(texts: Sequence[bytes]) -> pa.Array:
    """Texts as a column."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int32, count=len(texts)), out=offsets[1:])
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(texts)))
