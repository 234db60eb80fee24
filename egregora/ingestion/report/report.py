"""Counts what is in a chat while it is read. Every line is accounted for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from egregora.config.key import attachment_token
from egregora.ingestion.content.kinds import KINDS, SYSTEM
from egregora.ingestion.header.learn import read_header
from egregora.ingestion.lines.arrays import Int64Array
from egregora.ingestion.lines.records import Records
from egregora.ingestion.lines.scanner import Scanner
from egregora.ingestion.reader import NO_AUTHOR, MessageRows, Reader
from egregora.ingestion.report.render import app_language
from egregora.ingestion.source.archive import Chat
from egregora.ingestion.survey import Survey, no_chat, survey_chat

_MAX_LISTED = 20  # line numbers that are listed; the others are only counted
_MAX_HEADER_BYTES = 200  # a header must end within so many bytes
_MAX_APP_TEXTS = 50  # texts of the app from which its language is told
_KEY = b"report"  # any key will do: the tokens are only compared


@dataclass(slots=True)
class LineNumbers:
    """Line numbers: how many there are, and the first ones."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, lines: Int64Array) -> None:
        """Add more line numbers."""
        self.count += len(lines)
        self.first += lines[: _MAX_LISTED - len(self.first)].tolist()


@dataclass(slots=True)
class Attachments:
    """The files that messages name."""

    found: int = 0
    missing: int = 0
    first_missing: list[tuple[str, int]] = field(default_factory=list)  # file name and line number

    def add(self, name: str, line: int, *, is_there: bool) -> None:
        """Add one file."""
        if is_there:
            self.found += 1
            return
        self.missing += 1
        if len(self.first_missing) < _MAX_LISTED:
            self.first_missing.append((name, line))


@dataclass(frozen=True, slots=True)
class Piece:
    """Some messages of a chat, with the line number at which each begins."""

    rows: MessageRows
    lines: Int64Array


class Report:
    """One chat and what is in it. Complete once all `pieces` were read.

    Each line of the file begins a message, continues one, or precedes the first one, so `lines == message_lines +
    continuation_lines + preamble`. `header_like_lines` are among the continuation lines.
    """

    def __init__(self, chat: Chat, survey: Survey, aliases: Mapping[str, str]) -> None:
        self.chat = chat
        self.survey = survey
        self.first_header = ""  # the first message header, as it stands
        self.time_range: tuple[int, int] | None = (
            None  # local seconds of the earliest and the latest message; None before the first one
        )
        self.kind_counts: Counter[str] = Counter()
        self.edited = 0
        self.attachments = Attachments()
        self.lines = self.message_lines = self.preamble = 0
        self.preamble_lines = LineNumbers()  # numbers of the lines before the first message
        self.header_like_lines = LineNumbers()  # numbers of continuation lines that look like headers
        self._authors: set[int] = set()
        self._app_texts: list[str] = []
        self._files = chat.files()
        self._tokens: set[str] = set()  # tokens of the files; computed when a name is not found as it stands
        self._scanner = Scanner(survey.header_format)
        self._reader = Reader(survey, aliases)

    @property
    def continuation_lines(self) -> int:
        """Number of lines that continue a message."""
        return self.lines - self.message_lines - self.preamble

    @property
    def messages(self) -> int:
        """Number of messages that people wrote."""
        return self.kind_counts.total() - self.kind_counts[KINDS[SYSTEM]]

    @property
    def system_lines(self) -> int:
        """Number of events."""
        return self.kind_counts[KINDS[SYSTEM]]

    @property
    def names(self) -> list[str | None]:
        """The display name of each author number."""
        return self._reader.names

    @property
    def authors(self) -> list[str]:
        """The names of all authors of messages, sorted."""
        return sorted({self.names[number] or "" for number in self._authors})

    @property
    def language(self) -> str | None:
        """The language of the app's texts in the chat. None when unknown."""
        return app_language(self._app_texts)

    def pieces(self) -> Iterator[Piece]:
        """The messages in pieces, in the order of the file; the counts grow with each piece.

        Errors: ExportError when there is no message, or the file is damaged.
        """
        for records in self.survey.records(self.chat):
            rows = self._reader.read(records)
            lines = self.lines + 1 + np.searchsorted(records.newlines, records.headers.starts, side="right")
            self._count_lines(records, lines)
            self._count_rows(rows, lines)
            self._collect_app_texts(records, rows)
            self.lines += records.lines
            yield Piece(rows, lines)
        if not self.message_lines:
            raise no_chat(self.chat)

    def read(self) -> "Report":
        """Read the chat to its end and return the complete report."""
        for _ in self.pieces():
            pass
        return self

    def _count_lines(self, records: Records, lines: Int64Array) -> None:
        if not self.first_header and len(lines):
            self.first_header = records.raw[records.headers.starts[0] : records.headers.ends[0]].decode()
        self.message_lines += len(lines)
        self.preamble_lines.add(np.arange(self.preamble, self.preamble + records.preamble) + 1)
        self.preamble += records.preamble
        starts = np.concatenate([[0], records.newlines + 1])[: records.lines]
        others = np.flatnonzero(~np.isin(starts, records.headers.starts))
        others = others[others >= records.preamble]
        in_own_format = np.isin(starts[others], self._scanner.scan(records.data, starts[others]).starts)
        looks_like_header = [
            is_like or _has_header(records, start)
            for is_like, start in zip(in_own_format, starts[others].tolist(), strict=True)
        ]
        self.header_like_lines.add(self.lines + 1 + others[np.array(looks_like_header, dtype=bool)])

    def _count_rows(self, rows: MessageRows, lines: Int64Array) -> None:
        if not len(lines):
            return
        kinds, counts = np.unique(rows.kinds, return_counts=True)
        self.kind_counts.update(dict(zip((KINDS[kind] for kind in kinds.tolist()), counts.tolist(), strict=True)))
        self.edited += int(np.count_nonzero(rows.edited))
        self._authors.update(set(np.unique(rows.authors).tolist()) - {NO_AUTHOR})
        first_and_last = int(rows.local_seconds.min()), int(rows.local_seconds.max())
        self.time_range = (
            (min(self.time_range[0], first_and_last[0]), max(self.time_range[1], first_and_last[1]))
            if self.time_range
            else first_and_last
        )
        for row in sorted(rows.attachments):
            name = rows.attachments[row]
            self.attachments.add(name, int(lines[row]), is_there=self._is_there(name))

    def _is_there(self, name: str) -> bool:
        """Whether a file came with the chat. In a zip its name may have other marks and accents."""
        if name in self._files or not self._files:
            return name in self._files
        self._tokens = self._tokens or {attachment_token(_KEY, other) for other in self._files}
        return attachment_token(_KEY, name) in self._tokens

    def _collect_app_texts(self, records: Records, rows: MessageRows) -> None:
        missing = _MAX_APP_TEXTS - len(self._app_texts)
        if missing > 0:
            rows_by_app = np.flatnonzero(rows.edited | ~np.isin(rows.kinds, _KINDS_WITHOUT_APP_TEXT))[:missing]
            ends = np.append(records.headers.starts[1:], records.end)[rows_by_app]
            texts = records.slices(records.headers.ends[rows_by_app], ends)
            self._app_texts += [text.decode(errors="ignore") for text in texts]


_KINDS_WITHOUT_APP_TEXT = [KINDS.index(kind) for kind in ("text", "system", "command", "empty", "poll", "location")]


def report_on(chat: Chat, *, order: str | None = None, aliases: Mapping[str, str] | None = None) -> Report:
    """A report on `chat`, not yet read.

    `order` is the order of its dates, None when unknown. `aliases` maps names to people.
    Errors: ExportError when the chat has no message.
    """
    return Report(chat, survey_chat(chat, order=order), aliases or {})


def _has_header(records: Records, start: int) -> bool:
    """Whether the line at offset `start` begins with a message header of any format."""
    line = records.raw[start : start + _MAX_HEADER_BYTES].partition(b"\n")[0]
    return read_header(line.decode(errors="ignore")) is not None
