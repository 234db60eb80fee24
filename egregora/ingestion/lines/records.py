"""A chat cut at its heads, piece by piece: where each message's name and text lie among the bytes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from egregora.core.errors import ExportError
from egregora.ingestion.lines.arrays import Bytes, Flags, Whole
from egregora.ingestion.lines.scanner import PADDING, Heads, Scanner

MESSAGE_LIMIT = 4 << 20  # bytes; the app allows 65,536 characters
_LF, _CR, _SPACE, _COLON = 10, 13, 32, 58
_MARK = b"\xe2\x80"  # of U+200E and U+200F; the last byte tells which
_MARK_LAST = (0x8E, 0x8F)
_PADDING = bytes(PADDING)

Accept = Callable[[Heads, Flags], Flags]  # which heads are real, from the heads and whether CRLF stands before each


@dataclass(frozen=True, slots=True)
class Parts:
    """Where names and texts lie; all arrays have a place for each record."""

    named: Flags
    name_ends: Whole  # a name begins where its head ends
    text_starts: Whole
    text_ends: Whole  # a CR before the line end is still part of the text
    marked: Flags  # whether a direction mark stands before the text


@dataclass(frozen=True, slots=True)
class Records:
    """The messages that a piece of a chat holds whole."""

    bytes_: bytes  # with padding behind it
    data: Bytes  # the same
    end: int  # of what was read; the rest comes again with the next piece
    heads: Heads
    after_crlf: Flags  # whether CRLF, and not LF alone, stands before each head; true of the first line of a file
    breaks: Whole  # where the line ends are
    before: int  # lines that stand before the first head of the file
    lines: int
    parts: Parts

    def slices(self, starts: Whole, ends: Whole) -> list[bytes]:
        """Parts of the piece."""
        whole = self.bytes_
        return [whole[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


@dataclass(slots=True)
class _Piece:
    """A piece of a chat, with what was left of the one before."""

    bytes_: bytes
    data: Bytes
    size: int
    breaks: Whole
    is_last: bool
    begun: bool  # whether a head came before
    crlf: bool  # whether CRLF stands before it

    @property
    def ends_in_break(self) -> bool:
        return bool(len(self.breaks)) and bool(self.breaks[-1] == self.size - 1)


def cut(pieces: Iterable[bytes], scanner: Scanner, accept: Accept, *, where: str) -> Iterator[Records]:
    """The records of a chat, in the order of the file; lines before the first head are counted and left out.

    Errors: ExportError when one message is longer than any app writes.
    """
    held, begun, crlf = b"", False, True
    for more, is_last in _with_last(pieces):
        size = len(held) + len(more)
        whole = b"".join((held, more, _PADDING))
        data = np.frombuffer(whole, dtype=np.uint8)
        piece = _Piece(whole, data, size, np.flatnonzero(data[:size] == _LF), is_last, begun, crlf)
        heads, after_crlf = _heads(piece, scanner, accept)
        end = _end(piece, heads)
        _check_lengths(heads.starts, end, size, where)
        begun = begun or len(heads.starts) > 0
        crlf = (end > 1 and bool(data[end - 2] == _CR)) if end else crlf
        held = whole[end:size]
        yield _until(end, piece, heads, after_crlf)


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one."""
    waiting = iter(pieces)
    piece = next(waiting, b"")
    for following in waiting:
        yield piece, False
        piece = following
    yield piece, True


def _heads(piece: _Piece, scanner: Scanner, accept: Accept) -> tuple[Heads, Flags]:
    """The heads of the lines that are there to their end."""
    lines = np.concatenate([[0], piece.breaks + 1])
    if not piece.is_last or piece.ends_in_break:
        lines = lines[:-1]
    heads = scanner.scan(piece.data, lines)
    starts = heads.starts
    after_crlf: Flags = (starts > 1) & (piece.data[np.maximum(starts - 2, 0)] == _CR)
    after_crlf[starts == 0] = piece.crlf
    kept = accept(heads, after_crlf)
    return heads.select(kept), after_crlf[kept]


def _end(piece: _Piece, heads: Heads) -> int:
    """Where the part ends that can be read: a message may go on in the next piece."""
    if piece.is_last:
        return piece.size
    if len(heads.starts):
        return int(heads.starts[-1])
    return 0 if piece.begun or not len(piece.breaks) else int(piece.breaks[-1]) + 1


def _check_lengths(starts: Whole, end: int, size: int, where: str) -> None:
    longest = max(size - end, int(np.diff(starts, append=end).max(initial=0)))
    if longest > MESSAGE_LIMIT:
        raise ExportError(
            f"a single message has more than {MESSAGE_LIMIT >> 20} MB: this is no chat",
            where=where,
            fix="export the chat again in WhatsApp and take the file as it comes",
        )


def _until(end: int, piece: _Piece, heads: Heads, after_crlf: Flags) -> Records:
    """The records of the part that ends at `end`."""
    breaks = piece.breaks[: np.searchsorted(piece.breaks, end)]
    open_end = int(piece.is_last and end > 0 and not piece.ends_in_break)  # a last line without a line end
    first = int(heads.starts[0]) if len(heads.starts) else end
    before = 0 if piece.begun else int(np.searchsorted(breaks, first)) + (open_end if first == end else 0)
    kept = heads.starts < end
    heads = heads.select(kept)
    parts = _parts(piece, heads, breaks, end)
    lines = len(breaks) + open_end
    return Records(piece.bytes_, piece.data, end, heads, after_crlf[kept], breaks, before, lines, parts)


def _parts(piece: _Piece, heads: Heads, breaks: Whole, end: int) -> Parts:
    """Where names and texts lie: a name ends at the first colon of its line that a space or the line's end follows."""
    data, begins = piece.data, heads.ends
    line_ends = np.append(breaks, end)[np.searchsorted(breaks, begins)]
    colons = _colons(data, end)
    name_ends = np.append(colons, end)[np.searchsorted(colons, begins)]
    named = (name_ends < line_ends) & (name_ends > begins)
    starts = np.where(named, name_ends + 1 + (data[name_ends + 1] == _SPACE), begins)
    ends = _text_ends(piece, heads, end)
    marked = (ends - starts > len(_MARK)) & (data[starts] == _MARK[0]) & (data[starts + 1] == _MARK[1])
    marked &= np.isin(data[starts + len(_MARK)], _MARK_LAST)
    starts = np.minimum(starts + marked * (len(_MARK) + 1), ends)
    return Parts(named, name_ends, starts, ends, marked)


def _colons(data: Bytes, end: int) -> Whole:
    found: Whole = np.flatnonzero(data[:end] == _COLON)
    behind = data[found + 1]
    named: Whole = found[(behind == _SPACE) | (behind == _LF) | (behind == _CR) | (found + 1 == end)]
    return named


def _text_ends(piece: _Piece, heads: Heads, end: int) -> Whole:
    """Where each text ends: before the line end that precedes the next head, or the end of the file."""
    starts, data = heads.starts, piece.data
    if not len(starts):
        return starts
    ends = np.append(starts[1:], end) - 1
    if piece.is_last:
        if not piece.ends_in_break:
            ends[-1] += 1
        elif data[ends[-1] - 1] == _CR:
            ends[-1] -= 1  # the last line end of a file is no text, whatever ends the others
    longest: Whole = np.maximum(ends, heads.ends)
    return longest


def without_cr(records: Records) -> Whole:
    """Where the texts end in a file whose messages end in CRLF."""
    parts, data = records.parts, records.data
    ends = parts.text_ends
    cr: Whole = ends - ((ends > parts.text_starts) & (data[np.maximum(ends - 1, 0)] == _CR) & (data[ends] == _LF))
    return cr
