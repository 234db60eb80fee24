"""What is learned from a whole chat before a message of it is read: heads, dates, line ends, names."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

import numpy as np

from egregora.core.errors import ExportError
from egregora.ingestion.content.author_names import Roster, unclosed
from egregora.ingestion.content.learned_phrases import NOTHING_LEARNED, Learned, Tails
from egregora.ingestion.header.date_order import Dating, decide_dates
from egregora.ingestion.header.learn import Shape, learn_shape, looks_american
from egregora.ingestion.lines.arrays import Flags, Whole
from egregora.ingestion.lines.message_id import mixed, words_of
from egregora.ingestion.lines.records import Parts, Records, cut
from egregora.ingestion.lines.scanner import Heads, Scanner, by_run, date_key
from egregora.ingestion.source.archive import Chat
from egregora.utils.background import ahead

_FILE_DATE = re.compile(
    rb"(?:IMG|VID|AUD|PTT|DOC|STK)-(\d{4})(\d\d)(\d\d)-WA|\d-[A-Z]{3,8}-(\d{4})-(\d\d)-(\d\d)-\d\d-\d\d-\d\d"
)
_LONGEST_FILE_DATE = 30
_CR = 13
_PASTED = 20  # heads in a message at the most
_CLOSE = ord(">")
_FILE_SIGNS = ((3, ord("-")), (12, ord("-")), (13, ord("W")), (14, ord("A")))  # of "IMG-20240101-WA0001.jpg"
_NO_DAY = np.iinfo(np.int64).min
_ROW_OF_TEXT = 600  # bytes that tell how a text begins
_KEPT = 100 << 20  # bytes of a chat that is not cut twice: a million messages have about 80 MB


@dataclass(frozen=True, slots=True)
class Survey:
    """All that decides how one chat is read."""

    shape: Shape
    dating: Dating
    line_end: str  # what ends a message: "\n", "\r\n", or "\r?\n" for both
    all_crlf: bool  # the file was saved again with CRLF for every line end, also inside messages
    with_colons: tuple[str, ...]  # names that have a colon and a space in them
    title: str | None  # what the app calls the chat inside it
    earliest: tuple[int, ...]  # for each piece the earliest day of what comes after it
    lines: int
    learned: Learned  # words of the app in a language that we do not know
    kept: list[Records]  # what was cut already, of a chat that is not too large; taken away by the first reading

    @property
    def ios(self) -> bool:
        """Whether WhatsApp for iOS wrote it."""
        return self.shape.platform == "ios"

    def days(self, heads: Heads) -> Whole:
        """The day of each head, since 1970; `NO_DAY` for a date that does not exist."""
        return by_run(heads.dates, lambda code: self.dating.days.get(date_key(code), _NO_DAY))

    def accepts(self, heads: Heads, after_crlf: Flags) -> Flags:
        """Which heads are real: on iOS one behind LF alone was pasted into a message."""
        real: Flags = (heads.seconds >= 0) & (self.days(heads) != _NO_DAY)
        return real & after_crlf if self.line_end == "\r\n" and not self.all_crlf else real

    def records(self, chat: Chat) -> Iterator[Records]:
        """The messages of `chat`, as they lie in its pieces."""
        kept = self.kept[::-1]
        self.kept.clear()  # who stops reading half-way begins anew
        if kept:
            while kept:
                yield kept.pop()
            return
        pieces = ahead(plain_line_ends(chat.pieces()) if self.all_crlf else chat.pieces())
        yield from cut(pieces, Scanner(self.shape), self.accepts, where=str(chat.path))


def survey(chat: Chat, *, order: str | None = None) -> Survey:
    """What the whole of `chat` tells about itself, in one pass; `order` is the order of its dates if somebody knows.

    Errors: ExportError when no line at its beginning has the head of a message.
    """
    shape = learn_shape(chat.beginning())
    if shape is None:
        raise no_chat(chat)
    seen = _Seen(shape, keep=chat.size <= _KEPT)
    for records in cut(ahead(chat.pieces()), Scanner(shape), _on_a_clock, where=str(chat.path)):
        seen.add(records)
    return seen.result(chat, order)


def no_chat(chat: Chat) -> ExportError:
    """The error that a file has no message in it."""
    return ExportError(
        "no line looks like a message of a WhatsApp chat",
        where=str(chat.path),
        fix="check that this is the file that WhatsApp's “Export chat” wrote",
    )


def plain_line_ends(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same with LF for every CRLF."""
    held = b""
    for piece in pieces:
        whole = held + piece
        held = b"\r" if whole.endswith(b"\r") else b""
        yield (whole[:-1] if held else whole).replace(b"\r\n", b"\n")
    if held:
        yield held


def _on_a_clock(heads: Heads, _after_crlf: Flags) -> Flags:
    return heads.seconds >= 0


class _Seen:
    """What was seen so far of a chat."""

    def __init__(self, shape: Shape, *, keep: bool) -> None:
        self.shape = shape
        self.keep = keep
        self.ios = shape.platform == "ios"
        self.roster = Roster()
        self.tails = Tails()
        self.dates: Counter[int] = Counter()
        self.dates_of_pieces: list[list[int]] = []
        self.crlf_heads = self.lf_heads = self.crlf_breaks = self.lf_breaks = self.lines = 0
        self.first_app_name: str | None = None
        self.first = True
        self.settled: set[int] = set()  # likenesses of names of which there is nothing to find out
        self.kept: list[Records] = []

    def add(self, records: Records) -> None:
        """Take in the records of a piece."""
        heads = records.heads
        if self.keep:
            self.kept.append(records)
        self.lines += records.lines
        lf_breaks = int(np.count_nonzero(records.data[records.breaks - 1] != _CR))
        self.lf_breaks += lf_breaks
        self.crlf_breaks += len(records.breaks) - lf_breaks
        if not len(heads.starts):
            self.dates_of_pieces.append([])
            return
        self.crlf_heads += int(np.count_nonzero(records.after_crlf))
        self.lf_heads += int(np.count_nonzero(~records.after_crlf))
        self._count_dates(heads.dates)
        self._note_names(records, records.parts)
        if not self.ios:
            self._note_tails(records, records.parts)

    def _count_dates(self, dates: Whole) -> None:
        begins = np.flatnonzero(np.diff(dates, prepend=dates[0] - 1))
        runs = dates[begins].tolist()
        for code, length in zip(runs, np.diff(begins, append=len(dates)).tolist(), strict=True):
            self.dates[code] += length
        self.dates_of_pieces.append(list(dict.fromkeys(runs)))

    def _note_names(self, records: Records, parts: Parts) -> None:
        rows = np.flatnonzero(parts.named)
        by_app = parts.marked & ~records.heads.marked if self.ios else np.zeros(len(parts.named), dtype=bool)
        starts, ends = records.heads.ends, parts.name_ends
        likeness = mixed(*words_of(records.data, starts[rows], ends[rows]))
        open_ = rows[by_app[rows] | ~np.isin(likeness, list(self.settled))]
        for row, name in zip(open_.tolist(), records.slices(starts[open_], ends[open_]), strict=True):
            if by_app[row] or name not in self.roster.plain_bytes:
                self._note(records, parts, row, name, by_app=bool(by_app[row]))
        if self.first:
            self.first = False
            named = parts.named[0] and by_app[0]
            self.first_app_name = records.slices(starts[:1], ends[:1])[0].decode() + ": " if named else None

    def _note_tails(self, records: Records, parts: Parts) -> None:
        """Take in the texts that may end in words of the app, in whatever language."""
        data, starts, ends = records.data, parts.text_starts, parts.text_ends
        named_file = ~parts.marked
        for offset, byte in _FILE_SIGNS:
            named_file &= data[starts + offset] == byte
        rows = np.flatnonzero(parts.named & (named_file | (data[ends - 1] == _CLOSE)))
        names = records.slices(records.heads.ends[rows], parts.name_ends[rows])
        for name, text in zip(names, records.slices(starts[rows], ends[rows]), strict=True):
            self.tails.note(name, text)

    def _note(self, records: Records, parts: Parts, row: int, name: bytes, *, by_app: bool) -> None:
        raw = name.decode() + ": "
        start = int(parts.text_starts[row])
        text = records.bytes_[start : min(int(parts.text_ends[row]), start + _ROW_OF_TEXT)].decode(errors="ignore")
        if by_app:
            self.roster.app_wrote(raw, text)
        elif not unclosed(raw):
            # a mark begins a text, so the name ends before it
            said = "" if parts.marked[row] else text
            self.roster.typed(raw, said, marked_by_app=self.ios and not records.heads.marked[row])
            if raw in self.roster.plain:
                self.roster.plain_bytes.add(name)
                self.settled.add(_likeness(name))

    def result(self, chat: Chat, order: str | None) -> Survey:
        """What all of it means together. Errors: ExportError when nothing was there."""
        if not self.dates:
            raise no_chat(chat)
        dating = self._dating(chat, order)
        line_end = self._line_end()
        found = Survey(
            shape=self.shape,
            dating=dating,
            line_end=line_end,
            all_crlf=line_end == "\r\n" and self.lf_breaks == 0,
            with_colons=self.roster.with_colons(),
            title=self.roster.title(self.first_app_name) if self.ios else None,
            earliest=self._earliest(dating),
            lines=self.lines,
            learned=NOTHING_LEARNED if self.ios else self.tails.learned(self.dates.total()),
            kept=self.kept,
        )
        if found.all_crlf or not all(found.accepts(piece.heads, piece.after_crlf).all() for piece in self.kept):
            self.kept.clear()
        return found

    def _dating(self, chat: Chat, order: str | None) -> Dating:
        counts = {date_key(code): count for code, count in self.dates.items()}
        american = looks_american(self.shape, chat.beginning().split("\n"))
        return decide_dates(
            counts,
            american=american,
            not_after=chat.written_on,
            named=lambda: _named_days(chat),
            forced=order,
            zero=self.shape.zero,
        )

    def _line_end(self) -> str:
        """What ends a message: on iOS CRLF, with LF inside, so that a head behind LF was pasted into a message."""
        after_crlf = self.crlf_heads - 1  # the first head counts as one
        if after_crlf <= 0:
            return "\n"
        # Each CRLF ends a message, and the last one the file: whatever stands behind LF was pasted.
        whole = self.ios and self.crlf_breaks == self.crlf_heads and self.lf_heads <= _PASTED * after_crlf
        return "\r\n" if whole or after_crlf >= self.lf_heads else "\r?\n"

    def _earliest(self, dating: Dating) -> tuple[int, ...]:
        """For each piece the earliest day of all pieces after it."""
        far = np.iinfo(np.int64).max
        days = [min((self._day(code, dating) for code in codes), default=far) for codes in self.dates_of_pieces]
        return tuple(list(accumulate(reversed([*days[1:], far]), min))[::-1])

    @staticmethod
    def _day(code: int, dating: Dating) -> int:
        return dating.days.get(date_key(code), np.iinfo(np.int64).max)


def _likeness(name: bytes) -> int:
    data = np.frombuffer(name + bytes(8), dtype=np.uint8)
    return int(mixed(*words_of(data, np.array([0]), np.array([len(name)])))[0])


def _named_days(chat: Chat) -> frozenset[date]:
    """The days that the names of attachments tell; years, months and days are in one order there."""
    days = set()
    tail = b""
    for piece in chat.pieces():
        text = tail + piece
        tail = text[-_LONGEST_FILE_DATE:]
        for found in _FILE_DATE.findall(text):
            year, month, day = (int(number) for number in found if number)
            if 1 <= month <= 12 and 1 <= day <= 28:  # noqa: PLR2004  # the few days at the end of months do not matter
                days.add(date(year, month, day))
    return frozenset(days)
