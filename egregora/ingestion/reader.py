"""Second pass over a chat: turns records into rows with author, kind, text and attachment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from egregora.ingestion.content.app_phrases import ATTACHED
from egregora.ingestion.content.author_names import closes_quote, display_name, has_open_quote
from egregora.ingestion.content.body_columns import BodyColumns
from egregora.ingestion.content.kinds import LOCATION, SYSTEM
from egregora.ingestion.content.unusual_rows import UnusualRows
from egregora.ingestion.lines.arrays import BoolArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import (
    SIGNATURE_EXACT_BYTES,
    combine_hashes,
    hash_spans,
    hash_texts,
    span_signatures,
)
from egregora.ingestion.lines.records import FieldSpans, Records, text_ends_without_cr
from egregora.ingestion.lines.text_column import TextColumn
from egregora.ingestion.survey import Survey

NO_AUTHOR = 0  # author number of events
_DAY = 86_400  # seconds
_MARKS = ("\u200e".encode(), "\u200f".encode())
_MARK_BYTES = 3
_SIGNATURE_COLUMNS = 4
_MAX_COLON_NAMES = 200  # each of them is compared with all names
_FILE_ON_ANDROID = re.compile(rf"([^<\n]{{1,200}}) \((?:{'|'.join(map(re.escape, sorted(ATTACHED)))})\)".encode())
_FILE_ON_IOS = re.compile(rb"<[^:<>\n]{0,40}: ?+([^<>\n]{1,200})>")
_NEEDS_PARSING = b"\xe2\x80"  # begins direction marks, and the bullet before a number of pages
_MAY_DIFFER = re.compile(rb"\xe2\x80[\x8e\x8f\xaa-\xaf]|\xe2\x81[\xa6-\xa9]|\xc2\xa0|\s\Z")
_DIFFERS_BETWEEN_PHONES = re.compile(
    "(?:@\u2068[^\u2069\n]*\u2069|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|[ \u00a0\u202f])+"
)
_AFTER_NAME = (b": ", b":")


@dataclass(frozen=True, slots=True)
class MessageRows:
    """The messages of one piece of a chat, in the order of the file. All columns have the same length."""

    local_seconds: Int64Array  # wall-clock time as seconds since 1970-01-01 00:00
    authors: Int64Array  # indexes into the reader's `names`
    kinds: Int64Array  # indexes into KINDS
    texts: TextColumn
    attachments: Mapping[int, str]  # file name by row, for the rows that have one
    edited: BoolArray
    content_hashes: UInt64Array  # of text and attachment
    preamble: int  # number of lines before the first header of the file

    def normalized_content_hashes(self) -> UInt64Array:
        """Hash of each message ignoring what differs between phones. Shape: (rows,), uint64.

        Ignored: direction marks, kinds of space, @-mention names, and the words before the link of a location.
        """
        normalized: dict[int, bytes] = {}
        for row, text in enumerate(self.texts):
            if _MAY_DIFFER.search(text):
                plain = _DIFFERS_BETWEEN_PHONES.sub(" ", text.decode()).strip()
                normalized[row] = plain.encode() + b"\0" + self.attachments.get(row, "").encode()
        for row in np.flatnonzero(self.kinds == LOCATION).tolist():
            normalized[row] = self.texts[row].partition(b"http")[2].strip()
        hashes = self.content_hashes.copy()
        hashes[list(normalized)] = hash_texts(list(normalized.values()))
        return hashes


class Reader:
    """Reads the records of one chat, piece by piece in the order of the file.

    `names` has the display name of each author number. The first is None: it belongs to events.
    """

    def __init__(self, survey: Survey, aliases: Mapping[str, str]) -> None:
        self._survey = survey
        self._aliases = aliases
        self._colon_names = _split_colon_names(survey.names_with_colons)
        self._unusual_rows = UnusualRows(survey.learned_phrases, ios=survey.ios)
        self._numbers = _AuthorNumbers(self)
        self._short_names = _ShortNameIndex()
        self._number_of_name: dict[str, int] = {}  # by display name
        self._open_quote_numbers: set[int] = set()  # authors whose name opens a quotation and does not close it
        self.names: list[str | None] = [None]

    def read(self, records: Records) -> MessageRows:
        """The rows of `records`, in the same order."""
        headers, fields = records.headers, self._own_fields(records)
        authors = self._find_authors(records, fields)
        if self._colon_names:
            self._complete_colon_names(records, fields, authors)
        content_hashes = hash_spans(records.data, fields.text_starts, fields.text_ends)
        body = BodyColumns(TextColumn(records.raw, fields.text_starts, fields.text_ends), content_hashes)
        unusual = self._unusual_rows.find(records, fields, content_hashes)
        self._parse_bodies(records, fields, self._set_plain_files(records, fields, unusual, body), body)
        self._make_events(records, fields, authors, body)
        return MessageRows(
            local_seconds=self._survey.days(headers) * _DAY + headers.seconds,
            authors=authors,
            kinds=body.kinds,
            texts=body.texts,
            attachments=body.attachments,
            edited=body.edited,
            content_hashes=body.content_hashes(),
            preamble=records.preamble,
        )

    def _own_fields(self, records: Records) -> FieldSpans:
        """A copy of the fields of `records` that may be changed, with the text ends of this chat."""
        fields = records.fields
        ends = fields.text_ends if self._survey.line_end == "\n" else text_ends_without_cr(records)
        return FieldSpans(
            fields.has_author.copy(), fields.author_ends, fields.text_starts.copy(), ends, fields.marked.copy()
        )

    def number(self, name: bytes) -> int:
        """The author number for a name as it stands in the file. A new name gets the next number."""
        raw = name.decode()
        readable = display_name(raw)
        readable = self._aliases.get(readable, readable)
        if has_open_quote(raw):
            self.names.append(readable)
            self._open_quote_numbers.add(len(self.names) - 1)
            return len(self.names) - 1
        if readable not in self._number_of_name:
            self._number_of_name[readable] = len(self.names)
            self.names.append(readable)
        return self._number_of_name[readable]

    def _find_authors(self, records: Records, fields: FieldSpans) -> Int64Array:
        """The author number of each row."""
        rows = np.flatnonzero(fields.has_author)
        starts, ends = records.headers.ends[rows], fields.author_ends[rows]
        authors = np.full(len(fields.has_author), NO_AUTHOR, dtype=np.int64)
        signatures = span_signatures(records.data, starts, ends)
        numbers = self._short_names.find(signatures)
        unknown = np.flatnonzero(numbers < 0)
        names = records.slices(starts[unknown], ends[unknown])
        numbers[unknown] = [self._numbers[name] for name in names]
        self._short_names.add([column[unknown] for column in signatures], numbers[unknown])
        authors[rows] = numbers
        return authors

    def _complete_colon_names(self, records: Records, fields: FieldSpans, authors: Int64Array) -> None:
        """Move the rest of a name with a colon from the text back to the name.

        "Bia added Ana: home" is an event when "Ana: home" is a name.
        """
        present = np.unique(authors).tolist()
        for colon_name in self._colon_names:
            for number in present:
                if (self.names[number] or "").endswith(colon_name.before):
                    self._complete_name(records, fields, authors, number, colon_name)

    def _complete_name(
        self, records: Records, fields: FieldSpans, authors: Int64Array, number: int, colon_name: "_ColonName"
    ) -> None:
        raw, is_whole_name = records.raw, self.names[number] == colon_name.before
        for row in np.flatnonzero((authors == number) & ~fields.marked).tolist():
            start, end = int(fields.text_starts[row]), int(fields.text_ends[row])
            rest_end = start + len(colon_name.rest)
            if raw[start:rest_end] != colon_name.rest:
                continue
            if not is_whole_name or raw[rest_end : rest_end + 2].rstrip(b"\r\n") not in _AFTER_NAME:
                fields.has_author[row] = False
                continue
            start = min(rest_end + 1 + (raw[rest_end + 1 : rest_end + 2] == b" "), end)
            marked = raw[start : start + _MARK_BYTES] in _MARKS
            authors[row], fields.marked[row] = self._numbers[colon_name.name.encode()], marked
            fields.text_starts[row] = start + _MARK_BYTES * marked

    def _set_plain_files(self, records: Records, fields: FieldSpans, rows: Int64Array, body: BodyColumns) -> list[int]:
        """Store those of `rows` that are only a file without a caption, as most files are. Returns the other rows."""
        raw, match_file = records.raw, (_FILE_ON_IOS if self._survey.ios else _FILE_ON_ANDROID).fullmatch
        marked = fields.marked[rows] & records.headers.marked[rows] if self._survey.ios else fields.marked[rows]
        marked_rows = rows[marked]
        spans = zip(fields.text_starts[marked_rows].tolist(), fields.text_ends[marked_rows].tolist(), strict=True)
        matches = [match_file(raw, start, end) for start, end in spans]
        is_file = [match is not None and _NEEDS_PARSING not in match[0] for match in matches]
        names = [match[1] for match, chosen in zip(matches, is_file, strict=True) if match and chosen]
        body.set_files(marked_rows[is_file], names)
        others: list[int] = np.setdiff1d(rows, marked_rows[is_file], assume_unique=True).tolist()
        return others

    def _parse_bodies(self, records: Records, fields: FieldSpans, rows: Sequence[int], body: BodyColumns) -> None:
        """Parse the texts of `rows` one by one."""
        for row in rows:
            start = int(fields.text_starts[row])
            text_mark = records.raw[start - _MARK_BYTES : start].decode() if fields.marked[row] else ""
            if self._survey.ios:
                body.parse_ios(row, "\u200e" * bool(records.headers.marked[row]), text_mark)
            else:
                body.parse_android(row, text_mark, self._survey.learned_phrases)

    def _make_events(self, records: Records, fields: FieldSpans, authors: Int64Array, body: BodyColumns) -> None:
        """Mark the lines that have no author as events. On iOS the name before an event is dropped."""
        for number in self._open_quote_numbers:
            name = self.names[number] or ""
            rows = np.flatnonzero(authors == number)
            closed = [row for row in rows.tolist() if closes_quote(body.texts[row].decode(), name)]
            fields.has_author[closed] = False
        is_event = ~fields.has_author
        if self._survey.ios:
            is_event |= body.kinds == SYSTEM
        for row in np.flatnonzero(is_event).tolist():
            if not self._survey.ios or not fields.has_author[row]:
                body.replace_text(row, records.raw[int(records.headers.ends[row]) : int(fields.text_ends[row])])
            body.make_event(row)
        authors[is_event] = NO_AUTHOR


class _AuthorNumbers(dict[bytes, int]):
    """The author number by name as it stands in the file, computed on first use."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, name: bytes) -> int:
        self[name] = number = self._reader.number(name)
        return number


class _ShortNameIndex:
    """Author numbers by the signature of the name, for names of up to `SIGNATURE_EXACT_BYTES` bytes."""

    def __init__(self) -> None:
        self._hashes = np.zeros(0, dtype=np.uint64)  # of the signatures, sorted
        self._signatures = [np.zeros(0, dtype=np.uint64)] * _SIGNATURE_COLUMNS
        self._numbers = np.zeros(0, dtype=np.int64)

    def find(self, signatures: Sequence[UInt64Array]) -> Int64Array:
        """The author number of each name, -1 where the name is unknown."""
        if not len(self._hashes):
            return np.full(len(signatures[0]), -1, dtype=np.int64)
        indexes = np.minimum(np.searchsorted(self._hashes, combine_hashes(*signatures)), len(self._hashes) - 1)
        same = np.ones(len(indexes), dtype=bool)
        for known, column in zip(self._signatures, signatures, strict=True):
            same &= known[indexes] == column
        return np.where(same, self._numbers[indexes], -1)

    def add(self, signatures: Sequence[UInt64Array], numbers: Int64Array) -> None:
        """Store the numbers of new names; longer names are left out."""
        short = signatures[0] <= SIGNATURE_EXACT_BYTES
        hashes, first = np.unique(combine_hashes(*signatures)[short], return_index=True)
        new = ~np.isin(hashes, self._hashes)
        first = first[new]
        all_hashes = np.concatenate([self._hashes, hashes[new]])
        order = np.argsort(all_hashes)
        self._hashes = all_hashes[order]
        self._signatures = [
            np.concatenate([known, column[short][first]])[order]
            for known, column in zip(self._signatures, signatures, strict=True)
        ]
        self._numbers = np.concatenate([self._numbers, numbers[short][first]])[order]


class _ColonName(NamedTuple):
    """A name that contains a colon and a space."""

    before: str  # display name of the part before the colon
    rest: bytes  # the part behind the colon and the space
    name: str  # the whole name


def _split_colon_names(names: Sequence[str]) -> list[_ColonName]:
    """The first `_MAX_COLON_NAMES` of `names`, split at the colon."""
    parts = (name.partition(": ") for name in names[:_MAX_COLON_NAMES])
    return [_ColonName(display_name(before), rest.encode(), f"{before}: {rest}") for before, _, rest in parts]
