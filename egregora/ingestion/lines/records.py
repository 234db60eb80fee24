"""Cuts a chat into message records at its headers, one piece of the file at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from egregora.core.errors import ExportError
from egregora.ingestion.lines.arrays import BoolArray, ByteArray, Int64Array
from egregora.ingestion.lines.scanner import PADDING, Headers, Scanner

MESSAGE_LIMIT = 4 << 20  # bytes; the app allows 65,536 characters
_LF, _CR, _SPACE, _COLON = 10, 13, 32, 58
_MARK_PREFIX = b"\xe2\x80"  # first two bytes of the direction marks U+200E and U+200F
_MARK_LAST_BYTES = (0x8E, 0x8F)
_PADDING = bytes(PADDING)

HeaderFilter = Callable[[Headers, BoolArray], BoolArray]  # (headers, after_crlf) -> which headers are real


@dataclass(frozen=True, slots=True)
class FieldSpans:
    """Byte offsets of the author and text of each record. Every array has one element per record."""

    has_author: BoolArray  # whether the line names an author
    author_ends: Int64Array  # the author's name begins where the message header ends
    text_starts: Int64Array
    text_ends: Int64Array  # a CR before the line end still counts as text
    marked: BoolArray  # whether a direction mark stands before the text; it is not part of the text


@dataclass(frozen=True, slots=True)
class Records:
    """All complete messages in one piece of a chat."""

    raw: bytes  # the piece, with `PADDING` zero bytes behind it
    data: ByteArray  # the same bytes as an array
    end: int  # offset behind the last record; the bytes after it come again with the next piece
    headers: Headers
    after_crlf: BoolArray  # whether CRLF, not LF alone, precedes each header; true for the first line of a file
    newlines: Int64Array  # offsets of all LF bytes before `end`
    preamble: int  # number of lines before the first header of the file
    lines: int  # number of lines, preamble included
    fields: FieldSpans

    def slices(self, starts: Int64Array, ends: Int64Array) -> list[bytes]:
        """The bytes from each start to its end."""
        raw = self.raw
        return [raw[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


@dataclass(slots=True)
class _Piece:
    """One piece of a chat, preceded by the bytes that the piece before could not use."""

    raw: bytes
    data: ByteArray
    size: int  # bytes, without the padding
    newlines: Int64Array
    is_last: bool
    header_seen: bool  # whether an earlier piece had a header
    crlf: bool  # whether CRLF stands before the piece

    @property
    def ends_in_newline(self) -> bool:
        return bool(len(self.newlines)) and bool(self.newlines[-1] == self.size - 1)


def split_records(pieces: Iterable[bytes], scanner: Scanner, accept: HeaderFilter, *, where: str) -> Iterator[Records]:
    """Split a chat into records, in the order of the file.

    Lines before the first header are counted and dropped. `accept` decides which header matches are real.
    Errors: ExportError when one message is longer than `MESSAGE_LIMIT`.
    """
    carried, header_seen, crlf = b"", False, True
    for next_bytes, is_last in _with_last(pieces):
        size = len(carried) + len(next_bytes)
        joined = b"".join((carried, next_bytes, _PADDING))
        data = np.frombuffer(joined, dtype=np.uint8)
        piece = _Piece(joined, data, size, np.flatnonzero(data[:size] == _LF), is_last, header_seen, crlf)
        headers, after_crlf = _complete_headers(piece, scanner, accept)
        end = _readable_end(piece, headers)
        _check_lengths(headers.starts, end, size, where)
        header_seen = header_seen or len(headers.starts) > 0
        crlf = (end > 1 and bool(data[end - 2] == _CR)) if end else crlf
        carried = joined[end:size]
        yield _records_until(end, piece, headers, after_crlf)


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one."""
    waiting = iter(pieces)
    piece = next(waiting, b"")
    for following in waiting:
        yield piece, False
        piece = following
    yield piece, True


def _complete_headers(piece: _Piece, scanner: Scanner, accept: HeaderFilter) -> tuple[Headers, BoolArray]:
    """Headers of the lines that are complete in this piece, and whether CRLF precedes each."""
    lines = np.concatenate([[0], piece.newlines + 1])
    if not piece.is_last or piece.ends_in_newline:
        lines = lines[:-1]
    headers = scanner.scan(piece.data, lines)
    starts = headers.starts
    after_crlf: BoolArray = (starts > 1) & (piece.data[np.maximum(starts - 2, 0)] == _CR)
    after_crlf[starts == 0] = piece.crlf
    kept = accept(headers, after_crlf)
    return headers.select(kept), after_crlf[kept]


def _readable_end(piece: _Piece, headers: Headers) -> int:
    """Offset up to which records are complete. The last message may go on in the next piece."""
    if piece.is_last:
        return piece.size
    if len(headers.starts):
        return int(headers.starts[-1])
    return 0 if piece.header_seen or not len(piece.newlines) else int(piece.newlines[-1]) + 1


def _check_lengths(starts: Int64Array, end: int, size: int, where: str) -> None:
    """Raise ExportError when a message, or the bytes carried over, are longer than any message can be."""
    longest = max(size - end, int(np.diff(starts, append=end).max(initial=0)))
    if longest > MESSAGE_LIMIT:
        raise ExportError(
            f"a single message has more than {MESSAGE_LIMIT >> 20} MB: this is no chat",
            where=where,
            fix="export the chat again in WhatsApp and take the file as it comes",
        )


def _records_until(end: int, piece: _Piece, headers: Headers, after_crlf: BoolArray) -> Records:
    """The records before offset `end`."""
    newlines = piece.newlines[: np.searchsorted(piece.newlines, end)]
    open_end = int(piece.is_last and end > 0 and not piece.ends_in_newline)  # 1 for a last line without a line end
    first = int(headers.starts[0]) if len(headers.starts) else end
    preamble = 0 if piece.header_seen else int(np.searchsorted(newlines, first)) + (open_end if first == end else 0)
    kept = headers.starts < end
    headers = headers.select(kept)
    fields = _field_spans(piece, headers, newlines, end)
    lines = len(newlines) + open_end
    return Records(piece.raw, piece.data, end, headers, after_crlf[kept], newlines, preamble, lines, fields)


def _field_spans(piece: _Piece, headers: Headers, newlines: Int64Array, end: int) -> FieldSpans:
    """Where names and texts lie. A name ends at the first colon that a space or the line's end follows."""
    data, header_ends = piece.data, headers.ends
    line_ends = np.append(newlines, end)[np.searchsorted(newlines, header_ends)]
    colons = _author_colons(data, end)
    author_ends = np.append(colons, end)[np.searchsorted(colons, header_ends)]
    has_author = (author_ends < line_ends) & (author_ends > header_ends)
    text_starts = np.where(has_author, author_ends + 1 + (data[author_ends + 1] == _SPACE), header_ends)
    text_ends = _text_ends(piece, headers, end)
    marked = (
        (text_ends - text_starts > len(_MARK_PREFIX))
        & (data[text_starts] == _MARK_PREFIX[0])
        & (data[text_starts + 1] == _MARK_PREFIX[1])
    )
    marked &= np.isin(data[text_starts + len(_MARK_PREFIX)], _MARK_LAST_BYTES)
    text_starts = np.minimum(text_starts + marked * (len(_MARK_PREFIX) + 1), text_ends)
    return FieldSpans(has_author, author_ends, text_starts, text_ends, marked)


def _author_colons(data: ByteArray, end: int) -> Int64Array:
    """Offsets of the colons that may end an author's name."""
    colons: Int64Array = np.flatnonzero(data[:end] == _COLON)
    behind = data[colons + 1]
    ending_names: Int64Array = colons[(behind == _SPACE) | (behind == _LF) | (behind == _CR) | (colons + 1 == end)]
    return ending_names


def _text_ends(piece: _Piece, headers: Headers, end: int) -> Int64Array:
    """End offset of each text: before the line end that precedes the next header, or the end of the file."""
    starts, data = headers.starts, piece.data
    if not len(starts):
        return starts
    ends = np.append(starts[1:], end) - 1
    if piece.is_last:
        if not piece.ends_in_newline:
            ends[-1] += 1
        elif data[ends[-1] - 1] == _CR:
            ends[-1] -= 1  # the last line end of a file is never text
    bounded: Int64Array = np.maximum(ends, headers.ends)
    return bounded


def text_ends_without_cr(records: Records) -> Int64Array:
    """Text end offsets in a file whose messages end in CRLF, without the CR."""
    fields, data = records.fields, records.data
    text_ends = fields.text_ends
    trimmed: Int64Array = text_ends - (
        (text_ends > fields.text_starts) & (data[np.maximum(text_ends - 1, 0)] == _CR) & (data[text_ends] == _LF)
    )
    return trimmed
