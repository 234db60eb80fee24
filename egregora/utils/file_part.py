"""A part of a file, as a file of its own."""

import io
from pathlib import Path
from typing import Any


class FilePart(io.RawIOBase):
    """The `size` bytes from `start` on of the file at `path`, to be read."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file = path.open("rb")
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place in the part; it may lie behind its end. Errors: OSError before its start."""
        at = offset + (0, self._at, self._size)[whence]
        if at < 0:
            raise OSError("a place before the start")
        self._at = at
        return at

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as the part goes, and say how far that was."""
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()
