"""The texts of a piece of a chat as a column: slices of the file, of which some are replaced."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from egregora.ingestion.lines.arrays import Int64Array


class TextColumn(Sequence[bytes]):
    """Texts that are slices of one buffer, in the order of the file. Any of them may be replaced.

    A text is copied only when it is read.
    """

    def __init__(self, buffer: bytes, starts: Int64Array, ends: Int64Array) -> None:
        self._buffer, self._starts, self._ends = buffer, starts, ends.copy()
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
        replaced = self._replaced.get(row)
        return self._buffer[self._starts[row] : self._ends[row]] if replaced is None else replaced

    def __iter__(self) -> Iterator[bytes]:
        for row, (start, end) in enumerate(zip(self._starts.tolist(), self._ends.tolist(), strict=True)):
            replaced = self._replaced.get(row)
            yield self._buffer[start:end] if replaced is None else replaced

    def replace(self, row: int, text: bytes) -> None:
        """Set the text of one row."""
        self._replaced[row] = text

    def clear(self, rows: Int64Array) -> None:
        """Set the texts of `rows` to the empty text."""
        self._ends[rows] = self._starts[rows]

    def column(self) -> pa.Array:
        """All texts as an Arrow column of strings."""
        size = len(self)
        offsets = np.empty(2 * size + 1, dtype=np.int32)  # texts and the gaps between them, in turn
        offsets[:-1:2], offsets[1::2], offsets[-1] = self._starts, self._ends, len(self._buffer)
        both = pa.StringArray.from_buffers(2 * size, pa.py_buffer(offsets), pa.py_buffer(self._buffer))
        column = both.take(pa.array(np.arange(0, 2 * size, 2)))
        if not self._replaced:
            return column
        changed = np.zeros(size, dtype=bool)
        changed[list(self._replaced)] = True
        rows = np.flatnonzero(changed).tolist()
        return pc.replace_with_mask(column, changed, string_column([self._replaced[row] for row in rows]))


def string_column(texts: Sequence[bytes]) -> pa.Array:
    """An Arrow column of strings from UTF-8 `texts`."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int32, count=len(texts)), out=offsets[1:])
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(texts)))
