"""First pass over a chat: learns header format, dates, line ends, names and phrases before any message is read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import numpy as np

from egregora.core.errors import ExportError
from egregora.ingestion.content.author_names import NameEvidence, has_open_quote
from egregora.ingestion.content.learned_phrases import NO_LEARNED_PHRASES, LearnedPhrases, PhraseLearner
from egregora.ingestion.header.date_order import DateInterpretation, interpret_dates
from egregora.ingestion.header.learn import HeaderFormat, learn_header_format, looks_american
from egregora.ingestion.lines.arrays import BoolArray, Int64Array
from egregora.ingestion.lines.hashing import combine_hashes, span_signatures
from egregora.ingestion.lines.records import FieldSpans, Records, split_records
from egregora.ingestion.lines.scanner import Headers, Scanner, date_key, map_runs
from egregora.ingestion.source.archive import Chat
from egregora.utils.background import ahead

_FILE_DATE = re.compile(
    rb"(?:IMG|VID|AUD|PTT|DOC|STK)-(\d{4})(\d\d)(\d\d)-WA|\d-[A-Z]{3,8}-(\d{4})-(\d\d)-(\d\d)-\d\d-\d\d-\d\d"
)
_LONGEST_FILE_DATE = 30
_CR = 13
_MAX_PASTED = 20  # at most so many pasted headers per message
_CLOSE_ANGLE = ord(">")
_FILE_NAME_BYTES = (
    (3, ord("-")),
    (12, ord("-")),
    (13, ord("W")),
    (14, ord("A")),
)  # offsets and bytes of "IMG-20240101-WA0001.jpg"
_NO_DAY = np.iinfo(np.int64).min
_TEXT_START = 600  # bytes at the start of a text that are examined
_MAX_KEPT_BYTES = (
    100 << 20
)  # bytes; records of a smaller chat are kept for the second pass. A million messages have about 80 MB


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that decides how one chat is read."""

    header_format: HeaderFormat
    dates: DateInterpretation
    line_end: str  # line end after a message: "\n", "\r\n", or "\r?\n" for both
    all_crlf: bool  # the file was saved again with CRLF for every line end, also inside messages
    names_with_colons: tuple[str, ...]  # names that contain a colon and a space
    title: str | None  # the chat's title, as the app gives it inside the chat; None when it does not
    earliest_later_days: tuple[int, ...]  # for each piece, the earliest day in all later pieces
    lines: int
    learned_phrases: LearnedPhrases  # the app's phrases in a language that is not in `app_phrases`
    kept_records: list[Records]  # records of a chat that is not too large; the first reading takes them

    @property
    def ios(self) -> bool:
        """Whether WhatsApp for iOS wrote the chat."""
        return self.header_format.platform == "ios"

    def days(self, headers: Headers) -> Int64Array:
        """The day of each header since 1970, `_NO_DAY` for a date that does not exist."""
        return map_runs(headers.dates, lambda code: self.dates.days.get(date_key(code), _NO_DAY))

    def accepts(self, headers: Headers, after_crlf: BoolArray) -> BoolArray:
        """Which headers are real. On iOS a header behind LF alone was pasted into a message."""
        real: BoolArray = (headers.seconds >= 0) & (self.days(headers) != _NO_DAY)
        return real & after_crlf if self.line_end == "\r\n" and not self.all_crlf else real

    def records(self, chat: Chat) -> Iterator[Records]:
        """The records of `chat`, piece by piece."""
        remaining = self.kept_records[::-1]
        self.kept_records.clear()  # a reading that stops half-way starts again from the file
        if remaining:
            while remaining:
                yield remaining.pop()
            return
        pieces = ahead(plain_line_ends(chat.pieces()) if self.all_crlf else chat.pieces())
        yield from split_records(pieces, Scanner(self.header_format), self.accepts, where=str(chat.path))


def survey_chat(chat: Chat, *, order: str | None = None) -> Survey:
    """Read the whole of `chat` once and learn how to read it. `order` is the order of its dates, None when unknown.

    Errors: ExportError when no line at its beginning has a message header.
    """
    header_format = learn_header_format(chat.beginning())
    if header_format is None:
        raise no_chat(chat)
    evidence = _Evidence(header_format, keep=chat.size <= _MAX_KEPT_BYTES)
    for records in split_records(ahead(chat.pieces()), Scanner(header_format), _has_valid_time, where=str(chat.path)):
        evidence.add(records)
    return evidence.result(chat, order)


def no_chat(chat: Chat) -> ExportError:
    """The error for a file without a message."""
    return ExportError(
        "no line looks like a message of a WhatsApp chat",
        where=str(chat.path),
        fix="check that this is the file that WhatsApp's “Export chat” wrote",
    )


def plain_line_ends(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text, with LF for every CRLF."""
    carried = b""
    for piece in pieces:
        joined = carried + piece
        carried = b"\r" if joined.endswith(b"\r") else b""
        yield (joined[:-1] if carried else joined).replace(b"\r\n", b"\n")
    if carried:
        yield carried


def _has_valid_time(headers: Headers, _after_crlf: BoolArray) -> BoolArray:
    """Which headers have a possible time."""
    return headers.seconds >= 0


class _Evidence:
    """What the pieces of a chat have shown so far."""

    def __init__(self, header_format: HeaderFormat, *, keep: bool) -> None:
        self.header_format = header_format
        self.keep = keep
        self.ios = header_format.platform == "ios"
        self.names = NameEvidence()
        self.learner = PhraseLearner()
        self.date_counts: Counter[int] = Counter()
        self.date_codes_of_pieces: list[list[int]] = []
        self.headers_after_crlf = self.headers_after_lf = self.crlf_count = self.lf_count = self.lines = 0
        self.first_app_name: str | None = None
        self.is_first_piece = True
        self.resolved_names: set[int] = set()  # signature hashes of names that need no more evidence
        self.kept_records: list[Records] = []

    def add(self, records: Records) -> None:
        """Add the records of a piece."""
        headers = records.headers
        if self.keep:
            self.kept_records.append(records)
        self.lines += records.lines
        lf_count = int(np.count_nonzero(records.data[records.newlines - 1] != _CR))
        self.lf_count += lf_count
        self.crlf_count += len(records.newlines) - lf_count
        if not len(headers.starts):
            self.date_codes_of_pieces.append([])
            return
        self.headers_after_crlf += int(np.count_nonzero(records.after_crlf))
        self.headers_after_lf += int(np.count_nonzero(~records.after_crlf))
        self._count_dates(headers.dates)
        self._add_names(records, records.fields)
        if not self.ios:
            self._add_phrases(records, records.fields)

    def _count_dates(self, date_codes: Int64Array) -> None:
        """Add the date codes of a piece, counted by run."""
        run_starts = np.flatnonzero(np.diff(date_codes, prepend=date_codes[0] - 1))
        runs = date_codes[run_starts].tolist()
        for code, length in zip(runs, np.diff(run_starts, append=len(date_codes)).tolist(), strict=True):
            self.date_counts[code] += length
        self.date_codes_of_pieces.append(list(dict.fromkeys(runs)))

    def _add_names(self, records: Records, fields: FieldSpans) -> None:
        """Record the authors of a piece, as far as their names may still contain a colon."""
        rows = np.flatnonzero(fields.has_author)
        by_app = fields.marked & ~records.headers.marked if self.ios else np.zeros(len(fields.has_author), dtype=bool)
        starts, ends = records.headers.ends, fields.author_ends
        hashes = combine_hashes(*span_signatures(records.data, starts[rows], ends[rows]))
        unresolved = rows[by_app[rows] | ~np.isin(hashes, list(self.resolved_names))]
        for row, name in zip(unresolved.tolist(), records.slices(starts[unresolved], ends[unresolved]), strict=True):
            if by_app[row] or name not in self.names.resolved_bytes:
                self._add_name(records, fields, row, name, by_app=bool(by_app[row]))
        if self.is_first_piece:
            self.is_first_piece = False
            is_by_app = fields.has_author[0] and by_app[0]
            self.first_app_name = records.slices(starts[:1], ends[:1])[0].decode() + ": " if is_by_app else None

    def _add_phrases(self, records: Records, fields: FieldSpans) -> None:
        """Record the texts that may end in a phrase of the app, in any language."""
        data, starts, ends = records.data, fields.text_starts, fields.text_ends
        begins_with_file = ~fields.marked
        for offset, byte in _FILE_NAME_BYTES:
            begins_with_file &= data[starts + offset] == byte
        rows = np.flatnonzero(fields.has_author & (begins_with_file | (data[ends - 1] == _CLOSE_ANGLE)))
        names = records.slices(records.headers.ends[rows], fields.author_ends[rows])
        for name, text in zip(names, records.slices(starts[rows], ends[rows]), strict=True):
            self.learner.add_text(name, text)

    def _add_name(self, records: Records, fields: FieldSpans, row: int, name: bytes, *, by_app: bool) -> None:
        """Record one message as evidence about its author's name."""
        raw = name.decode() + ": "
        start = int(fields.text_starts[row])
        text = records.raw[start : min(int(fields.text_ends[row]), start + _TEXT_START)].decode(errors="ignore")
        if by_app:
            self.names.add_app_line(raw, text)
        elif not has_open_quote(raw):
            # a direction mark begins a text, so the name ends before it
            own_text = "" if fields.marked[row] else text
            self.names.add_message(raw, own_text, marked_by_app=self.ios and not records.headers.marked[row])
            if raw in self.names.resolved:
                self.names.resolved_bytes.add(name)
                self.resolved_names.add(_signature_hash(name))

    def result(self, chat: Chat, order: str | None) -> Survey:
        """The survey. Errors: ExportError when the chat has no message."""
        if not self.date_counts:
            raise no_chat(chat)
        dates = self._dates(chat, order)
        line_end = self._line_end()
        survey = Survey(
            header_format=self.header_format,
            dates=dates,
            line_end=line_end,
            all_crlf=line_end == "\r\n" and self.lf_count == 0,
            names_with_colons=self.names.names_with_colons(),
            title=self.names.title(self.first_app_name) if self.ios else None,
            earliest_later_days=self._earliest_later_days(dates),
            lines=self.lines,
            learned_phrases=NO_LEARNED_PHRASES if self.ios else self.learner.result(self.date_counts.total()),
            kept_records=self.kept_records,
        )
        if survey.all_crlf or not all(
            survey.accepts(piece.headers, piece.after_crlf).all() for piece in self.kept_records
        ):
            self.kept_records.clear()
        return survey

    def _dates(self, chat: Chat, order: str | None) -> DateInterpretation:
        """How the dates of the chat are read."""
        counts = {date_key(code): count for code, count in self.date_counts.items()}
        american = looks_american(self.header_format, chat.beginning().split("\n"))
        return interpret_dates(
            counts,
            american=american,
            not_after=chat.written_on,
            attachment_days=lambda: _attachment_days(chat),
            given_order=order,
            zero=self.header_format.zero,
        )

    def _line_end(self) -> str:
        """What ends a message. On iOS it is CRLF, with LF inside messages: there a header behind LF was pasted."""
        after_crlf = self.headers_after_crlf - 1  # the first header counts as one
        if after_crlf <= 0:
            return "\n"
        # Every CRLF ends a message, and the last one the file. So headers behind LF were pasted.
        pasted_after_lf = (
            self.ios
            and self.crlf_count == self.headers_after_crlf
            and self.headers_after_lf <= _MAX_PASTED * after_crlf
        )
        return "\r\n" if pasted_after_lf or after_crlf >= self.headers_after_lf else "\r?\n"

    def _earliest_later_days(self, dates: DateInterpretation) -> tuple[int, ...]:
        """For each piece the earliest day in all later pieces."""
        never = np.iinfo(np.int64).max
        days = [min((self._day(code, dates) for code in codes), default=never) for codes in self.date_codes_of_pieces]
        return tuple(list(accumulate(reversed([*days[1:], never]), min))[::-1])

    @staticmethod
    def _day(code: int, dates: DateInterpretation) -> int:
        return dates.days.get(date_key(code), np.iinfo(np.int64).max)


def _signature_hash(name: bytes) -> int:
    """Hash of the signature of a name."""
    data = np.frombuffer(name + bytes(8), dtype=np.uint8)
    return int(combine_hashes(*span_signatures(data, np.array([0]), np.array([len(name)])))[0])


def _attachment_days(chat: Chat) -> frozenset[date]:
    """The days in names of attachments. There year, month and day always have the same order."""
    days = set()
    overlap = b""
    for piece in chat.pieces():
        text = overlap + piece
        overlap = text[-_LONGEST_FILE_DATE:]
        for match in _FILE_DATE.findall(text):
            year, month, day = (int(number) for number in match if number)
            if 1 <= month <= 12 and 1 <= day <= 28:  # noqa: PLR2004  # leaving out a few days at the end of months does no harm
                days.add(date(year, month, day))
    return frozenset(days)
