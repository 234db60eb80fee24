"""What is learned from a whole chat before a message of it is read: heads, the order of dates, names, the span."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from egregora.core.errors import ExportError
from egregora.ingestion.archive import Chat
from egregora.ingestion.headers import Shape, decide_order, learn_shape, read_date, read_time
from egregora.ingestion.names import Roster, unclosed
from egregora.ingestion.records import STRIDE, Fields, cut, record_pattern

_FILE_DATE = re.compile(
    r"(?:IMG|VID|AUD|PTT|DOC|STK)-(\d{4})(\d\d)(\d\d)-WA|\d-[A-Z]{3,8}-(\d{4})-(\d\d)-(\d\d)-\d\d-\d\d-\d\d"
)
_AMERICAN = re.compile(r"\d\u202f[AP]M")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Survey:
    """All that decides how one chat is read."""

    shape: Shape
    order: str  # dmy, mdy, ymd
    pattern: re.Pattern[str]
    crlf_inside: bool  # the file was saved again with CRLF for every line end
    days: dict[str, int]  # days since 1970, by the date as it stands
    seconds: dict[str, int]  # seconds since midnight, by the time as it stands
    last_piece: dict[str, int]  # the last piece of the file that has a date, by the date as it stands
    title: str | None  # what the app calls the chat inside it
    span: tuple[int, int] | None  # wall seconds of the first and the last person's message, in the order of the file
    messages: int
    lines: int


def survey(chat: Chat) -> Survey:
    """What the whole of `chat` tells about itself, in one pass.

    Errors: ExportError when no line at its beginning has the head of a message.
    """
    shape = learn_shape(chat.beginning())
    if shape is None:
        raise no_chat(chat)
    seen = _Seen(shape)
    for number, fields in enumerate(cut(chat, record_pattern(r"\n", shape.pattern()))):
        seen.add(number, fields)
    return seen.result(chat)


def no_chat(chat: Chat) -> ExportError:
    """The error that a file has no message in it."""
    return ExportError(
        "no line looks like a message of a WhatsApp chat",
        where=str(chat.path),
        fix="check that this is the file that WhatsApp's “Export chat” wrote",
    )


class _Seen:
    """What was seen so far of a chat."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.ios = shape.platform == "ios"
        self.date_at, self.time_at = (2, 1) if shape.time_first else (1, 2)
        self.roster = Roster()
        self.heads: Counter[str] = Counter()
        self.times: set[str] = set()
        self.last_piece: dict[str, int] = {}
        self.after_crlf = 0
        self.lf_inside = False
        self.messages = self.lines = 0
        self.first: tuple[str, str] | None = None
        self.last: tuple[str, str] | None = None
        self.first_app_name: str | None = None

    def add(self, number: int, fields: Fields) -> None:
        """Take in the records of piece `number`."""
        if fields and not fields[1]:
            self.lines += fields[5].count("\n")
            fields = fields[STRIDE:]
        if self.messages == 0 and fields and self._by_app(fields, 0):
            self.first_app_name = fields[3]
        dates = fields[self.date_at :: STRIDE]
        self.heads.update(dates)
        self.last_piece.update(dict.fromkeys(dates, number))
        self.times.update(fields[self.time_at :: STRIDE])
        self._count_lines(fields[5::STRIDE])
        self._note_names(fields)
        self._note_span(fields)

    def _count_lines(self, texts: Fields) -> None:
        self.after_crlf += len([1 for text in texts if text[-1:] == "\r"])
        inside = [text for text in texts if "\n" in text]
        self.lf_inside = self.lf_inside or any(text.count("\n") > text.count("\r\n") for text in inside)
        self.messages += len(texts)
        self.lines += len(texts) + sum(text.count("\n") for text in inside)

    def _note_names(self, fields: Fields) -> None:
        roster, plain = self.roster, self.roster.plain
        raws, marks, texts = fields[3::STRIDE], fields[4::STRIDE], fields[5::STRIDE]
        if self.ios:
            for row in [row for row, mark in enumerate(marks) if mark and self._by_app(fields, row * STRIDE)]:
                roster.app_wrote(raws[row], texts[row])
        for row in [row for row, raw in enumerate(raws) if raw and raw not in plain]:
            if not (self._by_app(fields, row * STRIDE) or unclosed(raws[row])):
                text = "" if marks[row] else texts[row]  # a mark begins a text, so the name ends before it
                roster.typed(raws[row], text, marked_by_app=self.ios and not fields[row * STRIDE])

    def _note_span(self, fields: Fields) -> None:
        rows = range(0, len(fields), STRIDE)
        if self.first is None:
            self.first = next((self._when(fields, row) for row in rows if self._is_person(fields, row)), None)
        self.last = next((self._when(fields, row) for row in reversed(rows) if self._is_person(fields, row)), self.last)

    def _when(self, fields: Fields, row: int) -> tuple[str, str]:
        return fields[row + self.date_at], fields[row + self.time_at]

    def _by_app(self, fields: Fields, row: int) -> bool:
        lead, raw, mark = fields[row], fields[row + 3], fields[row + 4]
        return self.ios and bool(raw and mark) and not lead

    def _is_person(self, fields: Fields, row: int) -> bool:
        raw = fields[row + 3]
        return bool(raw) and not self._by_app(fields, row) and not unclosed(raw)

    def result(self, chat: Chat) -> Survey:
        """What all of it means together."""
        order = self._order(chat)
        days = {text: day.toordinal() - _EPOCH for text in self.heads if (day := read_date(text, order))}
        seconds = {text: at for text in self.times if (at := read_time(text)) is not None}
        line_end = self._line_end()
        return Survey(
            shape=self.shape,
            order=order,
            pattern=self._pattern(line_end, days, seconds),
            crlf_inside=line_end == r"\r\n" and not self.lf_inside,
            days=days,
            seconds=seconds,
            last_piece=self.last_piece,
            title=self.roster.title(self.first_app_name) if self.ios else None,
            span=self._span(days, seconds),
            messages=self.messages,
            lines=self.lines,
        )

    def _order(self, chat: Chat) -> str:
        american = any(_AMERICAN.search(time) for time in self.times)
        return decide_order(self.heads, american=american, not_after=chat.written_on, named=lambda: _named_days(chat))

    def _line_end(self) -> str:
        """What ends a message: on iOS CRLF, with LF inside, so that a head behind LF was pasted into a message."""
        if self.after_crlf == 0:
            return r"\n"
        after_lf = self.messages - 1 - self.after_crlf
        return r"\r\n" if self.after_crlf >= after_lf else r"\r?\n"

    def _pattern(self, line_end: str, days: dict[str, int], seconds: dict[str, int]) -> re.Pattern[str]:
        """The pattern for the second reading, which passes over heads with a day or time that does not exist."""
        wrong = {text for text in self.heads if text not in days} | (self.times - seconds.keys())
        return record_pattern(line_end, self.shape.pattern(wrong), self.roster.with_colons())

    def _span(self, days: dict[str, int], seconds: dict[str, int]) -> tuple[int, int] | None:
        if self.first is None or self.last is None:
            return None
        first, last = (days.get(day, 0) * 86_400 + seconds.get(time, 0) for day, time in (self.first, self.last))
        return first, last


def _named_days(chat: Chat) -> frozenset[date]:
    """The days that the names of attachments tell; years, months and days are in one order there."""
    days = set()
    for text in chat.pieces():
        for found in _FILE_DATE.findall(text):
            year, month, day = (int(number) for number in found if number)
            if 1 <= month <= 12 and 1 <= day <= 28:  # noqa: PLR2004  # the few days at the end of months do not matter
                days.add(date(year, month, day))
    return frozenset(days)
