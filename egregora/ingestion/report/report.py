"""What there is in a chat, counted while it is read: nothing of it is left out silently."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from egregora.config.key import attachment_token
from egregora.ingestion.header.learn import read_head
from egregora.ingestion.lines.arrays import Whole
from egregora.ingestion.lines.records import Records
from egregora.ingestion.lines.scanner import Scanner
from egregora.ingestion.reader import KINDS, NOBODY, SYSTEM, Reader, Rows
from egregora.ingestion.report.render import language_of
from egregora.ingestion.source.archive import Chat
from egregora.ingestion.survey import Survey, no_chat, survey

_SHOWN = 20  # line numbers; the rest is counted
_HEAD = 200  # bytes at the beginning of a line in which its head must end
_MARKERS = 50  # of the app, that tell its language
_KEY = b"report"  # the same file has the same token; nobody sees it


@dataclass(slots=True)
class Places:
    """Numbers of lines: how many, and the first ones."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, lines: Whole) -> None:
        """Take in more of them."""
        self.count += len(lines)
        self.first += lines[: _SHOWN - len(self.first)].tolist()


@dataclass(slots=True)
class Attachments:
    """The files that messages speak of."""

    found: int = 0
    missing: int = 0
    first_missing: list[tuple[str, int]] = field(default_factory=list)  # a name, and the line

    def add(self, name: str, line: int, *, is_there: bool) -> None:
        """Take in another one."""
        if is_there:
            self.found += 1
            return
        self.missing += 1
        if len(self.first_missing) < _SHOWN:
            self.first_missing.append((name, line))


@dataclass(frozen=True, slots=True)
class Piece:
    """Some messages of a chat, and on which line of the file each begins."""

    rows: Rows
    lines: Whole


class Report:
    """One chat, and what was found in it; whole when all `pieces` were read.

    Each line of the file begins a message, goes on with one, or stands before the first one, so
    `lines == beginning + going_on + before`; `alike` are among those that go on.
    """

    def __init__(self, chat: Chat, seen: Survey, aliases: Mapping[str, str]) -> None:
        self.chat = chat
        self.seen = seen
        self.head = ""  # the first one, as it stands
        self.span: tuple[int, int] | None = None  # wall seconds of the earliest and of the latest message
        self.kinds: Counter[str] = Counter()
        self.edited = 0
        self.attachments = Attachments()
        self.lines = self.beginning = self.before = 0
        self.not_understood = Places()  # lines before the first message
        self.alike = Places()  # lines that look like heads, and went on with a message
        self._authors: set[int] = set()
        self._markers: list[str] = []
        self._files = chat.files()
        self._tokens: set[str] = set()  # of the files, made when a name is spelled otherwise
        self._scanner = Scanner(seen.shape)
        self._reader = Reader(seen, aliases)

    @property
    def going_on(self) -> int:
        """Lines that go on with a message."""
        return self.lines - self.beginning - self.before

    @property
    def messages(self) -> int:
        """What people wrote."""
        return self.kinds.total() - self.kinds[KINDS[SYSTEM]]

    @property
    def system_lines(self) -> int:
        """What nobody wrote."""
        return self.kinds[KINDS[SYSTEM]]

    @property
    def names(self) -> list[str | None]:
        """The author by the number that stands in rows."""
        return self._reader.names

    @property
    def authors(self) -> list[str]:
        """Who wrote something, sorted."""
        return sorted({self.names[number] or "" for number in self._authors})

    @property
    def language(self) -> str | None:
        """The language of what the app wrote into the chat, None when nothing tells."""
        return language_of(self._markers)

    def pieces(self) -> Iterator[Piece]:
        """The messages in pieces, as in the file; what is found in each is counted.

        Errors: ExportError when there is no message, or the file is damaged.
        """
        for records in self.seen.records(self.chat):
            rows = self._reader.read(records)
            lines = self.lines + 1 + np.searchsorted(records.breaks, records.heads.starts, side="right")
            self._count_lines(records, lines)
            self._count_rows(rows, lines)
            self._note_markers(records, rows)
            self.lines += records.lines
            yield Piece(rows, lines)
        if not self.beginning:
            raise no_chat(self.chat)

    def read(self) -> "Report":
        """The report, whole."""
        for _ in self.pieces():
            pass
        return self

    def _count_lines(self, records: Records, lines: Whole) -> None:
        if not self.head and len(lines):
            self.head = records.bytes_[records.heads.starts[0] : records.heads.ends[0]].decode()
        self.beginning += len(lines)
        self.not_understood.add(np.arange(self.before, self.before + records.before) + 1)
        self.before += records.before
        starts = np.concatenate([[0], records.breaks + 1])[: records.lines]
        rest = np.flatnonzero(~np.isin(starts, records.heads.starts))
        rest = rest[rest >= records.before]
        own = np.isin(starts[rest], self._scanner.scan(records.data, starts[rest]).starts)
        alike = [at or _has_head(records, start) for at, start in zip(own, starts[rest].tolist(), strict=True)]
        self.alike.add(self.lines + 1 + rest[np.array(alike, dtype=bool)])

    def _count_rows(self, rows: Rows, lines: Whole) -> None:
        if not len(lines):
            return
        kinds, counts = np.unique(rows.kinds, return_counts=True)
        self.kinds.update(dict(zip((KINDS[kind] for kind in kinds.tolist()), counts.tolist(), strict=True)))
        self.edited += int(np.count_nonzero(rows.edited))
        self._authors.update(set(np.unique(rows.authors).tolist()) - {NOBODY})
        ends = int(rows.walls.min()), int(rows.walls.max())
        self.span = (min(self.span[0], ends[0]), max(self.span[1], ends[1])) if self.span else ends
        for row in sorted(rows.attachments):
            name = rows.attachments[row]
            self.attachments.add(name, int(lines[row]), is_there=self._is_there(name))

    def _is_there(self, name: str) -> bool:
        """Whether a file came along; in a zip its name may be written in other marks and accents."""
        if name in self._files or not self._files:
            return name in self._files
        self._tokens = self._tokens or {attachment_token(_KEY, other) for other in self._files}
        return attachment_token(_KEY, name) in self._tokens

    def _note_markers(self, records: Records, rows: Rows) -> None:
        wanted = _MARKERS - len(self._markers)
        if wanted > 0:
            told = np.flatnonzero(rows.edited | ~np.isin(rows.kinds, _WITHOUT_MARKERS))[:wanted]
            ends = np.append(records.heads.starts[1:], records.end)[told]
            texts = records.slices(records.heads.ends[told], ends)
            self._markers += [text.decode(errors="ignore") for text in texts]


_WITHOUT_MARKERS = [KINDS.index(kind) for kind in ("text", "system", "command", "empty", "poll", "location")]


def report_on(chat: Chat, *, order: str | None = None, aliases: Mapping[str, str] | None = None) -> Report:
    """A report on `chat`, to be read; `order` and `aliases` are those that somebody knows.

    Errors: ExportError when it has no message.
    """
    return Report(chat, survey(chat, order=order), aliases or {})


def _has_head(records: Records, start: int) -> bool:
    """Whether the line at `start` begins like a message, of whatever kind of phone."""
    line = records.bytes_[start : start + _HEAD].partition(b"\n")[0]
    return read_head(line.decode(errors="ignore")) is not None
