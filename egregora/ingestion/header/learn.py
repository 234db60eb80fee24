"""Learns from a chat file how its message headers, such as "12/03/2025, 10:42 - ", are built."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from egregora.ingestion.header.calendars import NO_ERA, DateKey
from egregora.ingestion.header.clock_words import DIRECTION_MARKS, PERIODS, SPACES, normalized_word, time_of_day
from egregora.ingestion.header.day_periods import TimedWord, learn_day_periods
from egregora.ingestion.header.format import DATE_ROLES, HeaderFormat, Token, header_signature, merge_formats
from egregora.ingestion.header.split import HeaderSplit, header_splits

__all__ = [
    "DIRECTION_MARKS", "PERIODS", "SPACES", "Header", "HeaderFormat", "Token", "learn_header_format", "looks_american",
    "read_header", "time_of_day",
]  # fmt: skip

_INSIDE = r"[^\[\]<>{}\"«»“”!?=@*_~|+&%$\\\n\r]"
_AUTHOR = rf"[^:\n]{{1,100}}:(?:[{SPACES}{DIRECTION_MARKS}\r]|$)"
_OPENING = f"[{DIRECTION_MARKS}]*()"
_BRACKET = re.compile(rf"[{DIRECTION_MARKS}]*(\[)({_INSIDE}{{8,90}})(\])[{SPACES}]?")
_HEADER_PATTERNS = (
    re.compile(rf"{_OPENING}({_INSIDE}{{8,90}}?)([{SPACES}][{DIRECTION_MARKS}]*[-\u2013\u2014][{SPACES}])"),
    re.compile(rf"{_OPENING}({_INSIDE}{{8,90}}?)(:[{SPACES}])(?={_AUTHOR})"),
    re.compile(rf"{_OPENING}({_INSIDE}{{6,70}}?\d[:.]\d\d[:.]\d\d)([{SPACES}])(?={_AUTHOR})"),
)
_HAS_AUTHOR = re.compile(_AUTHOR)
_HAS_FOUR_NUMBERS = re.compile(
    rf"[{DIRECTION_MARKS}]*+\[?(?:[^\d{_INSIDE[2:]}{{0,40}}+\d++){{4}}"
)  # the fewest that a header has
_NUMBER = re.compile(r"\d+")
_ASCII_DIGITS = str.maketrans("123456789", "0" * 9)
_AMERICAN = re.compile("\\d\u202f[AP]M")
_OLDEST_YEAR, _LAST_YEAR = 1300, 2700  # in any calendar that is read
_MAX_SPLITS = 1000  # months, day periods and digit counts give some hundreds; more would only cost time
_MAX_FORMATS = 200  # enough for all months with all day periods
_LAST_DAY, _LAST_MONTH, _TWO_DIGITS, _YEAR_DIGITS = 31, 12, 100, 4


class Header(NamedTuple):
    """The values of one message header."""

    header_format: HeaderFormat
    date: DateKey
    seconds: int  # since midnight
    end: int  # offset in the line, behind the header


class _ParsedHeader(NamedTuple):
    """One header with its split into date and time."""

    header_split: HeaderSplit
    date: DateKey
    seconds: int
    end: int


def read_header(line: str) -> Header | None:
    """The header at the beginning of `line`, in any format. None when there is none."""
    parsed = _parse(line)
    return Header(parsed.header_split.header_format, parsed.date, parsed.seconds, parsed.end) if parsed else None


def learn_header_format(text: str) -> HeaderFormat | None:
    """The format shared by most of the lines that have a header. A header followed by an author counts twice.

    Ties: the format seen first wins. None when no line has a header.
    """
    sample = _sample(text)
    groups = [*_groups_with_unknown_periods(sample), *_by_signature(sample).values()]
    best = max(groups, key=lambda group: sum(group.values()), default=None)
    return merge_formats(nlargest(_MAX_FORMATS, best, key=best.__getitem__)) if best else None


def looks_american(header_format: HeaderFormat, times: Iterable[str]) -> bool:
    """Whether headers look like those of the United States: "3/6/18, 1:55 PM" with a narrow no-break space before PM.

    `times` are texts with the times of the file, such as whole lines. At least two must match: with an ordinary space
    many countries write times so, and otherwise day first is likelier.
    """
    slashes = sum(token.texts == ("/",) for token in header_format.tokens)
    long_years = any(token.role in DATE_ROLES and token.min_digits == _YEAR_DIGITS for token in header_format.tokens)
    signs = islice((time for time in times if _AMERICAN.search(time)), 2)
    return slashes == len(DATE_ROLES) - 1 and not long_years and len(list(signs)) > 1


class _HeaderSample(NamedTuple):
    """The headers of a text, and how often each way to split them occurs."""

    headers: list[_ParsedHeader]
    weights: dict[int, int]  # of each split, by `id`: comparing all its tokens is slow
    splits: dict[int, HeaderSplit]


def _sample(text: str) -> _HeaderSample:
    """All headers of `text`, up to `_MAX_SPLITS` different splits."""
    sample = _HeaderSample([], {}, {})
    for line in text.split("\n"):
        header = _parse(line)
        if header is None:
            continue
        sample.headers.append(header)
        key = id(header.header_split)
        sample.splits[key] = header.header_split
        sample.weights[key] = sample.weights.get(key, 0) + 1 + (_HAS_AUTHOR.match(line, header.end) is not None)
        if len(sample.splits) > _MAX_SPLITS:
            break
    return sample


def _by_signature(sample: _HeaderSample) -> dict[tuple[Token, ...], dict[HeaderFormat, int]]:
    """The formats that share a signature, with their weights."""
    groups: dict[tuple[Token, ...], dict[HeaderFormat, int]] = {}
    for key, header_split in sample.splits.items():
        group = groups.setdefault(header_split.signature, {})
        group[header_split.header_format] = group.get(header_split.header_format, 0) + sample.weights[key]
    return groups


def _groups_with_unknown_periods(sample: _HeaderSample) -> Iterator[dict[HeaderFormat, int]]:
    """The same, where headers differ in a word beside the time that must be a day period in an unknown language."""
    by_signature: dict[
        tuple[Token, ...], dict[int, int]
    ] = {}  # for each split the index of its unknown word, -1 for none
    for key, header_split in sample.splits.items():
        by_signature.setdefault(header_split.signature, {})[key] = -1
        for index in header_split.unknown_words:
            by_signature.setdefault(header_signature(_with_period(header_split.header_format, index, 0)), {})[key] = (
                index
            )
    for word_indexes in by_signature.values():
        if max(word_indexes.values()) >= 0:
            yield from _with_learned_period(sample, word_indexes)


def _with_learned_period(sample: _HeaderSample, word_indexes: Mapping[int, int]) -> Iterator[dict[HeaderFormat, int]]:
    """The formats of one group, the unknown word replaced by a day period. Nothing when the word is none.

    `word_indexes` has for each split the index of the unknown word among its tokens, -1 for none.
    """
    some_known = any(index < 0 and sample.splits[key].period is not None for key, index in word_indexes.items())
    headers = [header for header in sample.headers if id(header.header_split) in word_indexes]
    words = {key: _word_at(sample.splits[key], index) for key, index in word_indexes.items()}
    timed_words = [TimedWord(header.date, header.seconds, words[id(header.header_split)]) for header in headers]
    meanings_by_word = learn_day_periods(timed_words, some_known=some_known)
    if not meanings_by_word:
        return
    group: dict[HeaderFormat, int] = {}
    for key, index in word_indexes.items():
        header_format = sample.splits[key].header_format
        header_format = (
            _with_period(header_format, index, meanings_by_word[words[key]]) if index >= 0 else header_format
        )
        group[header_format] = group.get(header_format, 0) + sample.weights[key]
    yield group


def _word_at(header_split: HeaderSplit, index: int) -> str:
    """The normalized word at a token index; "" for index -1."""
    return normalized_word(header_split.header_format.tokens[index].texts[0]) if index >= 0 else ""


def _with_period(header_format: HeaderFormat, index: int, value: int) -> HeaderFormat:
    """The format with the token at `index` as a day period that means `value`."""
    word = Token("word", "period", texts=header_format.tokens[index].texts, values=(value,))
    return header_format._replace(tokens=(*header_format.tokens[:index], word, *header_format.tokens[index + 1 :]))


def _parse(line: str) -> _ParsedHeader | None:
    """The header of a line with its split; None when there is none."""
    if _HAS_FOUR_NUMBERS.match(line) is None:
        return None
    for match in _candidate_matches(line):
        for header_split in header_splits(match[1], _mask_digits(match[2]), match[3]):
            header = _parsed(header_split, match)
            if header:
                return header
    return None


def _candidate_matches(line: str) -> Iterator[re.Match[str]]:
    """The ways in which the start of `line` may be cut into opening, date and time, and closing."""
    bracket = _BRACKET.match(line)
    for match in [bracket] if bracket else (pattern.match(line) for pattern in _HEADER_PATTERNS):
        if match:
            yield match


def _mask_digits(text: str) -> str:
    """`text` with every digit replaced by the zero of its script."""
    if text.isascii():
        return text.translate(_ASCII_DIGITS)
    return re.sub(r"\d", lambda digit: chr(ord(digit[0]) - unicodedata.decimal(digit[0])), text)


def _parsed(header_split: HeaderSplit, match: re.Match[str]) -> _ParsedHeader | None:
    """The values of one header. None when no calendar or no clock can show them."""
    values = dict(zip(header_split.roles, map(int, _NUMBER.findall(match[2])), strict=True))
    time = time_of_day(values["hour"], values["minute"], values.get("second_of_minute", 0), header_split.period)
    numbers = [values[role] for role in DATE_ROLES if role in values]
    if time is None or not _plausible(numbers, header_split):
        return None
    if header_split.month:
        numbers.insert(header_split.month[0], -header_split.month[1])
    first, second, third = numbers
    return _ParsedHeader(header_split, (first, second, third, header_split.era), time, match.end())


def _plausible(numbers: list[int], header_split: HeaderSplit) -> bool:
    """Whether the numbers of a date can be read as day, month and year at all."""
    *rest, year = sorted(numbers)
    year_fits = year < _TWO_DIGITS or header_split.era != NO_ERA or _OLDEST_YEAR <= year <= _LAST_YEAR
    day_fits = rest[-1] <= _LAST_DAY and year > 0
    return year_fits and day_fits and (header_split.month is not None or rest[0] <= _LAST_MONTH)
