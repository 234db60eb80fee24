"""Finds the messages that may be more than plain text, by cheap tests on columns of bytes."""

from collections.abc import Iterable

import numpy as np

from egregora.ingestion.content.app_phrases import ATTACHED, DELETED_BY, OMITTED
from egregora.ingestion.content.learned_phrases import LearnedPhrases
from egregora.ingestion.content.message_body import WHOLE_PHRASES
from egregora.ingestion.lines.arrays import ByteArray, Int64Array, UInt64Array, unaligned_words
from egregora.ingestion.lines.hashing import hash_texts, in_sorted
from egregora.ingestion.lines.records import FieldSpans, Records

_WHOLE_PHRASE_HASHES = np.unique(hash_texts([text.encode() for text in sorted(WHOLE_PHRASES)]))
_DELETED_BY = np.unique([int.from_bytes(text.encode()[:8], "little") for text in DELETED_BY]).astype(np.uint64)
_LOCATION_HOSTS = np.sort(np.frombuffer(b"maps.goofoursqua", dtype="<u8"))  # first eight bytes of each host
_MAY_END_POLL = np.array([byte <= ord(" ") or byte == ord(")") or not chr(byte).isascii() for byte in range(256)])
_CLOSE_ANGLE, _CLOSE_PARENTHESIS, _COLON, _SLASH = b">):/"
_WIDE_FIRST, _WIDE_COLON_LAST = 0xEF, 0x9A  # first byte of full-width signs such as U+FF0F; last byte of U+FF1A


class UnusualRows:
    """Finds the rows of one chat whose text must be parsed."""

    def __init__(self, learned: LearnedPhrases, *, ios: bool) -> None:
        self._ios = ios
        attached = (f"({text})" for text in ATTACHED | learned.attached)
        self._phrase_ends = _last_words_of(attached, OMITTED, (f"<{text}>" for text in learned.omitted))

    def find(self, records: Records, fields: FieldSpans, content_hashes: UInt64Array) -> Int64Array:
        """Rows that may be more than plain text. All other rows are plain text for certain."""
        data, starts, ends = records.data, fields.text_starts, fields.text_ends
        first, last = data[starts], data[np.maximum(ends - 1, 0)]
        unusual = fields.marked | (starts == ends) | (first == _SLASH) | (first == _WIDE_FIRST) | (last == _CLOSE_ANGLE)
        unusual |= in_sorted(content_hashes, _WHOLE_PHRASE_HASHES)
        if self._ios:
            unusual |= records.headers.marked
        else:
            unusual |= in_sorted(_last_word(data, ends), self._phrase_ends)
            unusual |= in_sorted(unaligned_words(data)[starts], _DELETED_BY)
            unusual[self._with_unusual_line(records, starts, ends)] = True
        unusual &= fields.has_author
        return np.flatnonzero(unusual)

    def _with_unusual_line(self, records: Records, starts: Int64Array, ends: Int64Array) -> Int64Array:
        """Rows with a line that may end in the name of a file or begin a poll, or with a link to a location."""
        data, newlines = records.data, records.newlines
        before = data[newlines - 1]
        files = newlines[(before == _CLOSE_PARENTHESIS) | (before == _CLOSE_ANGLE)]
        files = files[in_sorted(_last_word(data, files), self._phrase_ends)]
        polls = _rows_at(newlines[(before == _COLON) | (before == _WIDE_COLON_LAST)], starts, ends)
        polls = polls[_MAY_END_POLL[data[ends[polls] - 1]]]
        links = _location_links(data, records.end)
        return np.concatenate([_rows_at(np.concatenate([files, links]), starts, ends), polls])


def _last_words_of(*phrases: Iterable[str]) -> UInt64Array:
    """The last eight bytes of each phrase as uint64, sorted."""
    ends = [text.encode()[-8:] for texts in phrases for text in texts]
    return np.array(sorted({int.from_bytes(end.rjust(8, b"\0"), "little") for end in ends}), dtype=np.uint64)


def _last_word(data: ByteArray, ends: Int64Array) -> UInt64Array:
    """The eight bytes before each of `ends` as uint64."""
    words: UInt64Array = unaligned_words(data)[np.maximum(ends - 8, 0)]
    return words


def _location_links(data: ByteArray, end: int) -> Int64Array:
    """Offsets of "://" before the hosts to which locations are linked."""
    colons: Int64Array = np.flatnonzero(data[:end] == _COLON)
    links = colons[(data[colons + 1] == _SLASH) & (data[colons + 2] == _SLASH)]
    locations: Int64Array = links[in_sorted(unaligned_words(data)[links + 3], _LOCATION_HOSTS)]
    return locations


def _rows_at(offsets: Int64Array, starts: Int64Array, ends: Int64Array) -> Int64Array:
    """Rows whose text contains one of `offsets`, sorted, each once."""
    if not len(offsets) or not len(starts):
        return np.zeros(0, dtype=np.int64)
    rows: Int64Array = np.searchsorted(starts, offsets, side="right") - 1
    matches: Int64Array = np.unique(rows[(rows >= 0) & (offsets < ends[np.maximum(rows, 0)])])
    return matches
