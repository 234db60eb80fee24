"""Finds all message headers of a piece of a chat at once, by matching the tokens of its header format on columns."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from egregora.ingestion.header.learn import PERIODS, HeaderFormat, Token, time_of_day
from egregora.ingestion.lines.arrays import BoolArray, ByteArray, Int64Array
from egregora.ingestion.lines.fixed_width import fixed_width_header

PADDING = 256  # zero bytes behind a piece, so that a token may look ahead at its end
_LF, _CR = 10, 13
_FIELD_BITS = 20  # bits for each number in a date code
_FIELD_BIAS = 1 << 12  # added to each number, because a month given as a word is negative
_SPACES = (" ", "\u00a0", "\u202f", "\u2009", "\u2007", "\u2008", "\u200a", "\u3000")
_DIRECTION_MARKS = tuple("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_APP_MARKS = ("\u200e", "\u200f")
_MARK_BYTES = 3
_MAX_MARKS = 8  # in one place; a line of a million marks is no header
_BEGINS_MARK = np.isin(np.arange(256), [mark.encode()[0] for mark in _DIRECTION_MARKS])
_HOURS = 25
_MINUTES = 60


class Headers(NamedTuple):
    """The headers of a piece, in the order of the file. All arrays have the same length."""

    starts: Int64Array  # offset of the line
    ends: Int64Array  # offset behind the header
    dates: Int64Array  # date codes; `date_key` decodes them
    seconds: Int64Array  # since midnight; -1 for an impossible time
    marked: BoolArray  # whether a direction mark stands before the header

    def select(self, kept: BoolArray) -> "Headers":
        """Only the headers where `kept` is true."""
        if kept.all():
            return self
        return Headers(self.starts[kept], self.ends[kept], self.dates[kept], self.seconds[kept], self.marked[kept])


class _LineCursor:
    """The lines that still match, with the current offset in each and the numbers read so far."""

    def __init__(self, data: ByteArray, starts: Int64Array) -> None:
        self.data = data
        self.rows = np.arange(len(starts))
        self.offsets = starts
        self.numbers: dict[str, Int64Array] = {}

    def byte(self, offset: int = 0) -> ByteArray:
        """The byte of each line at `offset` behind its current offset."""
        return self.data[self.offsets + offset]

    def keep(self, matching: BoolArray) -> None:
        """Drop the lines where `matching` is false."""
        if matching.all():
            return
        self.rows, self.offsets = self.rows[matching], self.offsets[matching]
        self.numbers = {role: values[matching] for role, values in self.numbers.items()}

    def starts_with(self, text: bytes) -> BoolArray:
        """Which lines go on with `text`."""
        matches: BoolArray = self.byte() == text[0]
        for offset, byte in enumerate(text[1:], 1):
            matches &= self.byte(offset) == byte
        return matches


class Scanner:
    """Finds the headers of one header format."""

    def __init__(self, header_format: HeaderFormat) -> None:
        self._tokens = header_format.tokens
        self._zero = header_format.zero.encode()
        self._hours = _hours()
        self._fixed_width = fixed_width_header(header_format.tokens, header_format.zero)

    def scan(self, data: ByteArray, lines: Int64Array) -> Headers:
        """Headers among the lines that begin at offsets `lines`. `data` has `PADDING` more bytes than the piece."""
        if self._fixed_width is None:
            return self.scan_tokens(data, lines)
        marked = _has_mark(data, lines) if self._tokens[0].kind == "marks" else np.zeros(len(lines), dtype=bool)
        matched = self._fixed_width.match(data, lines + _MARK_BYTES * marked)
        starts, starts_marked = lines[matched.rows], marked[matched.rows]
        headers = self._headers(starts, matched.ends, matched.numbers, starts_marked)
        others = self.scan_tokens(data, lines[~matched.rows])
        return _merged_by_start(headers, others) if len(others.starts) else headers

    def scan_tokens(self, data: ByteArray, lines: Int64Array) -> Headers:
        """The same result, found token by token instead of by the fixed-width matcher."""
        state = _LineCursor(data, lines)
        for token in self._tokens:
            _MATCHERS[token.kind](state, token, self._zero)
        starts = lines[state.rows]
        return self._headers(starts, state.offsets, state.numbers, _has_mark(data, starts))

    def _headers(
        self, starts: Int64Array, ends: Int64Array, numbers: Mapping[str, Int64Array], marked: BoolArray
    ) -> Headers:
        nothing = np.zeros(len(starts), dtype=np.int64)
        with_defaults = {**dict.fromkeys(_ROLES, nothing), **numbers}
        return Headers(starts, ends, _date_codes(numbers, with_defaults), self._seconds(with_defaults), marked)

    def _seconds(self, with_defaults: Mapping[str, Int64Array]) -> Int64Array:
        hours = self._hours[with_defaults.get("period", -1), np.minimum(with_defaults["hour"], _HOURS)]
        minutes, seconds = with_defaults["minute"], with_defaults["second_of_minute"]
        wrong = (hours < 0) | (minutes >= _MINUTES) | (seconds >= _MINUTES)
        return np.where(wrong, -1, hours * 3600 + minutes * 60 + seconds)


_ROLES = ("first", "second", "third", "hour", "minute", "second_of_minute")


def date_key(code: int) -> tuple[int, int, int, int]:
    """Decode a date code into its three numbers, as they stand, and its era. A month word is negative; no era is -1."""
    numbers = [(code >> shift & (1 << _FIELD_BITS) - 1) - _FIELD_BIAS for shift in (2 * _FIELD_BITS, _FIELD_BITS, 0)]
    return numbers[0], numbers[1], numbers[2], (code >> 3 * _FIELD_BITS) - 1


def map_runs(values: Int64Array, function: Callable[[int], int]) -> Int64Array:
    """`function` of each value, called once per run of equal values: the dates of a chat come in runs."""
    if not len(values):
        return values
    run_starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    results = np.array([function(value) for value in values[run_starts].tolist()], dtype=np.int64)
    return np.repeat(results, np.diff(run_starts, append=len(values)))


def _merged_by_start(headers: Headers, others: Headers) -> Headers:
    """Both sets of headers as one, ordered by start."""
    order = np.argsort(np.concatenate([headers.starts, others.starts]), kind="stable")
    return Headers(*(np.concatenate(columns)[order] for columns in zip(headers, others, strict=True)))


def _hours() -> Int64Array:
    """Hour of the day by day period and hour as written, -1 where impossible. The last row is for no period."""
    table = np.full((len(PERIODS) + 1, _HOURS + 1), -1, dtype=np.int64)
    for period in (*range(len(PERIODS)), None):
        for hour in range(_HOURS):
            seconds = time_of_day(hour, 0, 0, period)
            row = len(PERIODS) if period is None else period
            table[row, hour] = -1 if seconds is None else seconds // 3600
    return table


def _date_codes(numbers: Mapping[str, Int64Array], with_defaults: Mapping[str, Int64Array]) -> Int64Array:
    """Pack era and three numbers of each date into one integer."""
    month = numbers.get("month")
    slots = [with_defaults["first"], with_defaults["second"], with_defaults["third"]]
    if month is not None:
        slots = [-month if role not in numbers else slot for role, slot in zip(_ROLES, slots, strict=False)]
    code = numbers["era"] + 1 if "era" in numbers else np.zeros(len(slots[0]), dtype=np.int64)
    for slot in slots:
        code = (code << _FIELD_BITS) + slot + _FIELD_BIAS
    return code


def _has_mark(data: ByteArray, starts: Int64Array) -> BoolArray:
    """Which lines begin with U+200E or U+200F."""
    lines = _LineCursor(data, starts)
    marked = np.zeros(len(starts), dtype=bool)
    if (lines.byte() == _APP_MARKS[0].encode()[0]).any():
        for mark in _APP_MARKS:
            marked |= lines.starts_with(mark.encode())
    return marked


def _match_text(lines: _LineCursor, token: Token, _zero: bytes) -> None:
    text = token.texts[0].encode()
    for offset, byte in enumerate(text):
        lines.keep(lines.byte(offset) == byte)
    lines.offsets = lines.offsets + len(text)


def _match_space(lines: _LineCursor, token: Token, _zero: bytes) -> None:
    _match_one_of(lines, _SPACES, optional=token.optional)


def _match_marks(lines: _LineCursor, _token: Token, _zero: bytes) -> None:
    for _ in range(_MAX_MARKS):
        if (
            not _BEGINS_MARK[lines.byte()].any()
            or not (_match_one_of(lines, _DIRECTION_MARKS, optional=True) >= 0).any()
        ):
            return


def _match_one_of(lines: _LineCursor, texts: tuple[str, ...], *, optional: bool) -> Int64Array:
    """Advance each line behind the first of `texts` that stands there. Returns its index in `texts`, -1 for none."""
    matches = np.full(len(lines.offsets), -1, dtype=np.int64)
    length = np.zeros(len(lines.offsets), dtype=np.int64)
    firsts = lines.byte()
    for text_index, text in enumerate(texts):
        encoded = text.encode()
        candidates = np.flatnonzero((firsts == encoded[0]) & (matches < 0))
        for offset, byte in enumerate(encoded[1:], 1):
            candidates = candidates[lines.data[lines.offsets[candidates] + offset] == byte]
        matches[candidates], length[candidates] = text_index, len(encoded)
    lines.offsets = lines.offsets + length
    if not optional:
        lines.keep(matches >= 0)
        matches = matches[matches >= 0]
    return matches


def _match_word(lines: _LineCursor, token: Token, _zero: bytes) -> None:
    text_index = _match_one_of(lines, token.texts, optional=token.optional)
    values = np.array([*token.values, -1], dtype=np.int64)
    lines.numbers[token.role] = values[text_index]


def _match_number(lines: _LineCursor, token: Token, zero: bytes) -> None:
    value = np.zeros(len(lines.offsets), dtype=np.int64)
    count = np.zeros(len(lines.offsets), dtype=np.int64)
    still_digits: BoolArray = np.ones(len(lines.offsets), dtype=bool)
    for index in range(token.max_digits):
        digit, is_digit = _digit(lines, index * len(zero), zero)
        still_digits = still_digits & is_digit
        value = np.where(still_digits, value * 10 + digit, value)
        count += still_digits
    lines.offsets = lines.offsets + count * len(zero)
    lines.numbers[token.role] = value
    lines.keep(count >= token.min_digits)


def _digit(lines: _LineCursor, offset: int, zero: bytes) -> tuple[ByteArray, BoolArray]:
    """The digit at `offset`, and whether there is one. All digits of a script share their bytes but the last."""
    digit = lines.byte(offset + len(zero) - 1) - np.uint8(zero[-1])
    is_digit: BoolArray = digit < 10  # noqa: PLR2004  # ten digits
    for index, byte in enumerate(zero[:-1]):
        is_digit = is_digit & (lines.byte(offset + index) == byte)
    return digit, is_digit


_MATCHERS: Mapping[str, Callable[[_LineCursor, Token, bytes], None]] = {
    "marks": _match_marks,
    "text": _match_text,
    "space": _match_space,
    "number": _match_number,
    "word": _match_word,
}
