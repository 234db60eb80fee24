"""All heads of a piece of a chat at once: the tokens of its shape, matched over every line in columns."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from egregora.ingestion.header.learn import PERIODS, Shape, Token, time_of_day
from egregora.ingestion.lines.arrays import Bytes, Flags, Whole
from egregora.ingestion.lines.fixed_width import fixed_heads

PADDING = 256  # zero bytes behind a piece, so that a token may look ahead at its end
_LF, _CR = 10, 13
_FIELD = 20  # bits for each number of a date
_MIDDLE = 1 << 12  # so that a month that is a word, a negative number, has room
_SPACES = (" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\u2008", "\u200a", "\u3000")
_MARKS = tuple("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_DIRECTIONS = ("\u200e", "\u200f")
_MARK_LENGTH = 3
_MOST_MARKS = 8  # in one place; a line of a million is no head
_BEGINS_MARK = np.isin(np.arange(256), [mark.encode()[0] for mark in _MARKS])
_HOURS = 25
_MINUTES = 60


class Heads(NamedTuple):
    """The heads of a piece, in the order of the file; all arrays have the same length."""

    starts: Whole  # where the line begins
    ends: Whole  # where the head ends
    dates: Whole  # the date as it stands; `date_key` tells its numbers
    seconds: Whole  # since midnight, -1 for a time that no clock shows
    marked: Flags  # whether a direction mark stands before the head

    def select(self, kept: Flags) -> "Heads":
        """Those that are `kept`."""
        if kept.all():
            return self
        return Heads(self.starts[kept], self.ends[kept], self.dates[kept], self.seconds[kept], self.marked[kept])


class _Lines:
    """The lines that still match, each with the place reached in it and the numbers read so far."""

    def __init__(self, data: Bytes, starts: Whole) -> None:
        self.data = data
        self.rows = np.arange(len(starts))
        self.at = starts
        self.read: dict[str, Whole] = {}

    def byte(self, offset: int = 0) -> Bytes:
        return self.data[self.at + offset]

    def keep(self, matching: Flags) -> None:
        """Let go of the lines that do not match."""
        if matching.all():
            return
        self.rows, self.at = self.rows[matching], self.at[matching]
        self.read = {role: values[matching] for role, values in self.read.items()}

    def starts_with(self, text: bytes) -> Flags:
        found: Flags = self.byte() == text[0]
        for offset, byte in enumerate(text[1:], 1):
            found &= self.byte(offset) == byte
        return found


class Scanner:
    """Finds the heads of one shape."""

    def __init__(self, shape: Shape) -> None:
        self._tokens = shape.tokens
        self._zero = shape.zero.encode()
        self._hours = _hours()
        self._fixed = fixed_heads(shape.tokens, shape.zero)

    def scan(self, data: Bytes, lines: Whole) -> Heads:
        """The heads among the lines that begin at `lines`; `data` has `PADDING` more bytes than the piece."""
        if self._fixed is None:
            return self.by_token(data, lines)
        marked = _marked(data, lines) if self._tokens[0].kind == "marks" else np.zeros(len(lines), dtype=bool)
        matched = self._fixed.match(data, lines + _MARK_LENGTH * marked)
        starts, marks = lines[matched.rows], marked[matched.rows]
        heads = self._heads(starts, matched.ends, matched.read, marks)
        others = self.by_token(data, lines[~matched.rows])
        return _in_order(heads, others) if len(others.starts) else heads

    def by_token(self, data: Bytes, lines: Whole) -> Heads:
        """The same, a token after the other."""
        state = _Lines(data, lines)
        for token in self._tokens:
            _MATCHERS[token.kind](state, token, self._zero)
        starts = lines[state.rows]
        return self._heads(starts, state.at, state.read, _marked(data, starts))

    def _heads(self, starts: Whole, ends: Whole, numbers: Mapping[str, Whole], marked: Flags) -> Heads:
        nothing = np.zeros(len(starts), dtype=np.int64)
        read = {**dict.fromkeys(_ROLES, nothing), **numbers}
        return Heads(starts, ends, _dates(numbers, read), self._seconds(read), marked)

    def _seconds(self, read: Mapping[str, Whole]) -> Whole:
        hours = self._hours[read.get("period", -1), np.minimum(read["hour"], _HOURS)]
        minutes, seconds = read["minute"], read["second_of_minute"]
        wrong = (hours < 0) | (minutes >= _MINUTES) | (seconds >= _MINUTES)
        return np.where(wrong, -1, hours * 3600 + minutes * 60 + seconds)


_ROLES = ("first", "second", "third", "hour", "minute", "second_of_minute")


def date_key(code: int) -> tuple[int, int, int, int]:
    """The three numbers of a date as they stand, a month that is a word as a negative number, and its era or -1."""
    numbers = [(code >> shift & (1 << _FIELD) - 1) - _MIDDLE for shift in (2 * _FIELD, _FIELD, 0)]
    return numbers[0], numbers[1], numbers[2], (code >> 3 * _FIELD) - 1


def by_run(values: Whole, find: Callable[[int], int]) -> Whole:
    """`find` of each value, asked once for each run of equal ones: the dates of a chat come in runs."""
    if not len(values):
        return values
    begins = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    found = np.array([find(value) for value in values[begins].tolist()], dtype=np.int64)
    return np.repeat(found, np.diff(begins, append=len(values)))


def _in_order(heads: Heads, others: Heads) -> Heads:
    """Both as one."""
    order = np.argsort(np.concatenate([heads.starts, others.starts]), kind="stable")
    return Heads(*(np.concatenate(columns)[order] for columns in zip(heads, others, strict=True)))


def _hours() -> Whole:
    """The hour of the day by the index of a day period (the last row is for none) and the hour as it stands."""
    table = np.full((len(PERIODS) + 1, _HOURS + 1), -1, dtype=np.int64)
    for period in (*range(len(PERIODS)), None):
        for hour in range(_HOURS):
            seconds = time_of_day(hour, 0, 0, period)
            row = len(PERIODS) if period is None else period
            table[row, hour] = -1 if seconds is None else seconds // 3600
    return table


def _dates(numbers: Mapping[str, Whole], read: Mapping[str, Whole]) -> Whole:
    month = numbers.get("month")
    slots = [read["first"], read["second"], read["third"]]
    if month is not None:
        slots = [-month if role not in numbers else slot for role, slot in zip(_ROLES, slots, strict=False)]
    code = numbers["era"] + 1 if "era" in numbers else np.zeros(len(slots[0]), dtype=np.int64)
    for slot in slots:
        code = (code << _FIELD) + slot + _MIDDLE
    return code


def _marked(data: Bytes, starts: Whole) -> Flags:
    lines = _Lines(data, starts)
    found = np.zeros(len(starts), dtype=bool)
    if (lines.byte() == _DIRECTIONS[0].encode()[0]).any():
        for mark in _DIRECTIONS:
            found |= lines.starts_with(mark.encode())
    return found


def _match_text(lines: _Lines, token: Token, _zero: bytes) -> None:
    text = token.texts[0].encode()
    for offset, byte in enumerate(text):
        lines.keep(lines.byte(offset) == byte)
    lines.at = lines.at + len(text)


def _match_space(lines: _Lines, token: Token, _zero: bytes) -> None:
    _match_any(lines, _SPACES, optional=token.optional)


def _match_marks(lines: _Lines, _token: Token, _zero: bytes) -> None:
    for _ in range(_MOST_MARKS):
        if not _BEGINS_MARK[lines.byte()].any() or not (_match_any(lines, _MARKS, optional=True) >= 0).any():
            return


def _match_any(lines: _Lines, texts: tuple[str, ...], *, optional: bool) -> Whole:
    """Go behind the first of `texts` that stands in each line; its number, -1 for none."""
    found = np.full(len(lines.at), -1, dtype=np.int64)
    length = np.zeros(len(lines.at), dtype=np.int64)
    firsts = lines.byte()
    for number, text in enumerate(texts):
        encoded = text.encode()
        open_ = np.flatnonzero((firsts == encoded[0]) & (found < 0))
        for offset, byte in enumerate(encoded[1:], 1):
            open_ = open_[lines.data[lines.at[open_] + offset] == byte]
        found[open_], length[open_] = number, len(encoded)
    lines.at = lines.at + length
    if not optional:
        lines.keep(found >= 0)
        found = found[found >= 0]
    return found


def _match_word(lines: _Lines, token: Token, _zero: bytes) -> None:
    number = _match_any(lines, token.texts, optional=token.optional)
    values = np.array([*token.values, -1], dtype=np.int64)
    lines.read[token.role] = values[number]


def _match_number(lines: _Lines, token: Token, zero: bytes) -> None:
    value = np.zeros(len(lines.at), dtype=np.int64)
    count = np.zeros(len(lines.at), dtype=np.int64)
    going: Flags = np.ones(len(lines.at), dtype=bool)
    for place in range(token.most):
        digit, is_digit = _digit(lines, place * len(zero), zero)
        going = going & is_digit
        value = np.where(going, value * 10 + digit, value)
        count += going
    lines.at = lines.at + count * len(zero)
    lines.read[token.role] = value
    lines.keep(count >= token.least)


def _digit(lines: _Lines, offset: int, zero: bytes) -> tuple[Bytes, Flags]:
    """The digit at `offset` and whether there is one; the digits of a script differ in their last byte only."""
    digit = lines.byte(offset + len(zero) - 1) - np.uint8(zero[-1])
    found: Flags = digit < 10  # noqa: PLR2004  # ten digits
    for place, byte in enumerate(zero[:-1]):
        found = found & (lines.byte(offset + place) == byte)
    return digit, found


_MATCHERS: Mapping[str, Callable[[_Lines, Token, bytes], None]] = {
    "marks": _match_marks,
    "text": _match_text,
    "space": _match_space,
    "number": _match_number,
    "word": _match_word,
}
