"""Splits one header into date and time: which numbers belong to which, and which words are known."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from egregora.ingestion.header import clock_words
from egregora.ingestion.header.calendars import NO_ERA
from egregora.ingestion.header.clock_words import DIRECTION_MARKS, SPACES, find_word, normalized_word
from egregora.ingestion.header.format import DATE_ROLES, TIME_ROLES, HeaderFormat, Token, header_signature, is_required

_NUMBER = re.compile(r"(\d+)")
_LITERALS = re.compile(rf"([{DIRECTION_MARKS}]+)|([{SPACES}])|([,\u060c]+|[^{DIRECTION_MARKS}{SPACES},\u060c]+)")
_MARKS_RUN = re.compile(f"[{DIRECTION_MARKS}]+")
_WORD_CHAR = r"[^\s\d/\-,\u060c:;.()]"
_WORD = re.compile(rf"{_WORD_CHAR}[^\s\d/\-,\u060c:;()]{{0,20}}")
_CLOCK_GAP = re.compile(rf"[:.\u066b]|[{SPACES}]?{_WORD_CHAR}{{1,12}}\.?[{SPACES}]?")
_DATE_GAP = re.compile(rf"[{SPACES}]?(?:[/.\-\u2010,]|{_WORD_CHAR}{{1,6}}\.?)?[{SPACES}]?")
_MONTH_GAP = re.compile(r"[^:;()]{1,30}")
_SEPARATOR = re.compile(rf"(?=.*[{SPACES},\u060c]|.*{_WORD_CHAR})[^:;]{{1,40}}")
_END_GAP = re.compile(r"[^:;]{0,32}")
_MAX_NUMBERS, _MIN_NUMBERS = 6, 4
_MAX_WORDS = 6
_YEAR_DIGITS, _ERA_DIGITS, _SHORT = 4, 3, 2


class HeaderSplit(NamedTuple):
    """How one header is split, from its letters and signs alone, whatever its digits."""

    header_format: HeaderFormat
    signature: tuple[Token, ...]  # what it shares with the other headers of its file
    roles: tuple[str, ...]  # of its numbers, in their order
    month: tuple[int, int] | None  # a month word: its index in the date, and which month
    era: int
    period: int | None
    unknown_words: tuple[int, ...]  # indexes of tokens beside the time that may be unknown day periods


class _NumberRanges(NamedTuple):
    """Which numbers of a header are the date and which are the time: half-open ranges of their indexes."""

    date: tuple[int, int]
    time: tuple[int, int]
    month_is_word: bool  # whether the month is a word

    @property
    def separator(self) -> int:
        """Index of the gap between date and time."""
        return max(self.date[0], self.time[0])


class _KnownWords:
    """The known words in a header, by the index of the gap between numbers that contains them."""

    def __init__(self, gaps: list[str]) -> None:
        self.gaps = gaps
        self.matches: dict[int, list[tuple[int, int, Token]]] = {}

    def find(self, index: int, role: str, words: clock_words.WordTable) -> int | None:
        """The meaning of a word of `words` in gap `index`. None when the gap has none."""
        gap = self.gaps[index]
        for start, end, _ in self.matches.get(index, []):
            gap = gap[:start] + "," * (end - start) + gap[end:]
        span = find_word(gap, words)
        text = gap[slice(*span)] if span else ""
        if span is None or (role == "era" and len(text) == 1 and text.islower()):  # "13/06/18 h 21:25" has no Heisei
            return None
        value = words.meaning(text)
        self.matches.setdefault(index, []).append((*span, Token("word", role, texts=(text,), values=(value,))))
        return value

    def tokens(self, index: int) -> list[Token]:
        """Gap `index` as tokens."""
        gap, tokens, position = self.gaps[index], list[Token](), 0
        for start, end, token in sorted(self.matches.get(index, [])):
            tokens += [*_literal_tokens(gap[position:start]), token]
            position = end
        return tokens + _literal_tokens(gap[position:])

    def only_known(self, index: int) -> bool:
        """Whether gap `index` has no other words and signs."""
        return not any(token.kind == "text" for token in self.tokens(index))


@lru_cache(maxsize=1024)
def header_splits(opening: str, inside: str, closing: str) -> tuple[HeaderSplit, ...]:
    """The ways to tell date and time apart in a header whose digits are masked, the likelier first.

    `inside` is the text between the opening, "" or "[", and the closing: " - ", "]", ": " or " ".
    """
    pieces = _NUMBER.split(inside)
    gaps, numbers = pieces[0::2], pieces[1::2]
    if not _MIN_NUMBERS <= len(numbers) <= _MAX_NUMBERS or len({run[0] for run in numbers}) != 1:
        return ()
    gaps_without_marks = [_MARKS_RUN.sub("", gap) for gap in gaps] if _MARKS_RUN.search(inside) else gaps
    lengths = [len(run) for run in numbers]
    eras, months = clock_words.eras(), clock_words.months()
    start_is_known = _is_known(
        gaps_without_marks[0], eras, months, clock_words.periods(before=True), clock_words.hour_prefixes()
    )
    end_is_known = not _needs_author(closing) or _is_known(gaps_without_marks[-1], eras, months, clock_words.periods())
    if not start_is_known or not end_is_known or max(len(gap.split()) for gap in gaps_without_marks) > _MAX_WORDS:
        return ()
    candidates = _possible_ranges(len(numbers), bracket=closing == "]")
    fitting = [
        ranges for ranges in candidates if _digits_fit(lengths, ranges) and _gaps_fit(gaps_without_marks, ranges)
    ]
    splits = (_split(opening, closing, gaps, numbers, ranges) for ranges in fitting)
    return tuple(split for split in splits if split)


def _needs_author(closing: str) -> bool:
    """Whether the closing is so common that an author must follow for the line to count as a header."""
    return closing.strip(SPACES) in {":", ""}


def _is_known(gap: str, *tables: clock_words.WordTable) -> bool:
    """Whether `gap` is empty or one known word."""
    word = gap.strip(SPACES)
    if not word:
        return True
    key = normalized_word(word)
    return word[0] not in "-/." and word[-1] not in "-/" and any(key in words.found_in for words in tables)


@cache
def _possible_ranges(count: int, *, bracket: bool) -> tuple[_NumberRanges, ...]:
    """All ranges that `count` numbers allow."""
    candidates = []
    for dates, time_first in ((3, False), (2, False), (3, True), (2, True)):
        times = count - dates
        copied = bracket and time_first and times == _SHORT  # "[10:42, 05/03/2021] Zoe: " is WhatsApp Web's
        if _SHORT <= times <= len(TIME_ROLES) and not copied:
            date, time = ((times, count), (0, times)) if time_first else ((0, dates), (dates, count))
            candidates.append(_NumberRanges(date, time, month_is_word=dates == _SHORT))
    return tuple(candidates)


def _split(
    opening: str, closing: str, gaps: list[str], numbers: list[str], ranges: _NumberRanges
) -> HeaderSplit | None:
    """The split for one choice of ranges. None when it does not fit the words."""
    words = _KnownWords(gaps)
    month = _find_month(words, ranges)
    if ranges.month_is_word and month is None:
        return None
    era, period = _find_era(words, ranges), _find_period(words, ranges)
    small_year = era == NO_ERA and _ERA_DIGITS in map(len, numbers)
    start_is_known = words.only_known(0) or (ranges.time[0] == 0 and _is_known(gaps[0], clock_words.hour_prefixes()))
    if small_year or not start_is_known or _is_log_timestamp(closing, gaps, numbers, ranges):
        return None
    roles = _number_roles(ranges, month)
    tokens = [Token("marks"), *_literal_tokens(opening), *words.tokens(0)]
    for index, (digits, role) in enumerate(zip(numbers, roles, strict=True)):
        tokens += [_number_token(digits, role), *words.tokens(index + 1)]
    tokens += _literal_tokens(closing)
    if closing == "]":
        tokens.append(Token("space", optional=True))
    platform = "ios" if closing == "]" or _needs_author(closing) else "android"
    seconds = ranges.time[1] - ranges.time[0] == len(TIME_ROLES)
    header_format = HeaderFormat(tuple(tokens), platform, numbers[0][0], seconds, _needs_author(closing))
    unknown_words = _unknown_words(header_format.tokens) if period is None else ()
    return HeaderSplit(header_format, header_signature(header_format), roles, month, era, period, unknown_words)


def _is_log_timestamp(closing: str, gaps: list[str], numbers: list[str], ranges: _NumberRanges) -> bool:
    """Whether it looks like the timestamp of a log file, "2025-01-01 10:00:00 INFO". No chat is dated so."""
    first = ranges.date[0]
    return not closing.strip(SPACES) and len(numbers[first]) == _YEAR_DIGITS and gaps[first + 1] in {"-", "/"}


def _unknown_words(tokens: tuple[Token, ...]) -> tuple[int, ...]:
    """Indexes of the tokens right before and behind the time that are words in no table."""
    required = [index for index, token in enumerate(tokens) if is_required(token)]
    times = [position for position, index in enumerate(required) if tokens[index].role in TIME_ROLES]
    beside = [required[position] for position in (times[0] - 1, times[-1] + 1) if 0 <= position < len(required)]
    return tuple(index for index in beside if _is_unknown_word(tokens[index]))


def _is_unknown_word(token: Token) -> bool:
    text = token.texts[0] if token.kind == "text" else ""
    return (
        _WORD.fullmatch(text) is not None
        and any(map(str.isalpha, text))
        and not _is_known(text, clock_words.hour_prefixes())
    )


def _gaps_fit(gaps: list[str], ranges: _NumberRanges) -> bool:
    """Whether the text between the numbers is allowed there. `gaps` must have no direction marks."""
    between_dates = _MONTH_GAP if ranges.month_is_word else _DATE_GAP
    return (
        _SEPARATOR.fullmatch(gaps[ranges.separator]) is not None
        and _END_GAP.fullmatch(gaps[-1]) is not None
        and all(_CLOCK_GAP.fullmatch(gap) for gap in gaps[ranges.time[0] + 1 : ranges.time[1]])
        and all(gap and between_dates.fullmatch(gap) for gap in gaps[ranges.date[0] + 1 : ranges.date[1]])
    )


def _find_month(words: _KnownWords, ranges: _NumberRanges) -> tuple[int, int] | None:
    """The month word: its index in the date, and the number of the month. None when there is none."""
    if ranges.month_is_word:
        for candidate, gap in enumerate((ranges.date[0] + 1, ranges.date[0], ranges.date[1])):
            month = words.find(gap, "month", clock_words.months())
            if month is not None:
                return (1, 0, 2)[candidate], month
    return None


def _find_era(words: _KnownWords, ranges: _NumberRanges) -> int:
    """The index of the era that is written beside the date, or `NO_ERA`."""
    for gap in ranges.date:
        era = words.find(gap, "era", clock_words.eras())
        if era is not None:
            return era
    return NO_ERA


def _find_period(words: _KnownWords, ranges: _NumberRanges) -> int | None:
    """The index of the day period that is written beside the time. None when there is none."""
    behind = words.find(ranges.time[1], "period", clock_words.periods())
    return behind if behind is not None else words.find(ranges.time[0], "period", clock_words.periods(before=True))


def _digits_fit(lengths: list[int], ranges: _NumberRanges) -> bool:
    """Whether no number but the year has more than two digits."""
    date = sorted(lengths[slice(*ranges.date)])
    return date.pop() <= _YEAR_DIGITS and max(*lengths[slice(*ranges.time)], *date) <= _SHORT


def _number_roles(ranges: _NumberRanges, month: tuple[int, int] | None) -> tuple[str, ...]:
    """The roles of the numbers, in their order."""
    date = tuple(role for index, role in enumerate(DATE_ROLES) if month is None or index != month[0])
    time = TIME_ROLES[: ranges.time[1] - ranges.time[0]]
    return time + date if ranges.time[0] == 0 else date + time


def _number_token(run: str, role: str) -> Token:
    """The token for a number.

    A year of four digits always has four. Other date numbers and the hour have one or two.
    """
    if role in DATE_ROLES and len(run) > _SHORT:
        return Token("number", role, _YEAR_DIGITS if len(run) == _YEAR_DIGITS else _SHORT, len(run))
    return Token("number", role, 1 if role in DATE_ROLES or role == "hour" else len(run), _SHORT)


def _literal_tokens(text: str) -> list[Token]:
    """`text` as tokens for direction marks, spaces and literal text."""
    return [
        Token("marks") if marks else Token("space") if space else Token("text", texts=(other,))
        for marks, space, other in _LITERALS.findall(text)
    ]
