"""Matches headers in which every part has a fixed length, such as "31/12/2024, 23:59 - ", eight bytes at a time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from egregora.ingestion.header.format import Token
from egregora.ingestion.lines.arrays import BoolArray, ByteArray, Int64Array, UInt64Array, unaligned_words

_ZERO, _DIGIT = 0x30, 0xF0
_WORD = 8  # bytes
_DIGITS = np.uint64(0x0F0F0F0F0F0F0F0F)
_TEN = np.uint64(10)
_BYTE = np.uint64(_WORD)


class _WordPattern(NamedTuple):
    """Pattern for eight bytes of a header."""

    mask: np.uint64  # which bits are compared: all of a fixed byte, the upper four of a digit, none behind the header
    value: np.uint64  # expected bits under the mask
    digit_addends: np.uint64  # 6 at each digit: added to a value above 9 it overflows into the upper four bits
    overflow: np.uint64  # the bits that such an overflow sets


class FixedWidthMatches(NamedTuple):
    """The headers that were found."""

    rows: BoolArray  # which of the lines match
    ends: Int64Array  # end offset of each header
    numbers: dict[str, Int64Array]  # the numbers of each header, by role


class FixedWidthHeader:
    """Matcher for one fixed-width header format.

    Every number must have its maximal number of digits, every space is U+0020, and no direction mark stands inside.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        template = list(_byte_template(tokens))
        self._length = len(template)
        self._words = [_word_pattern(template[offset : offset + _WORD]) for offset in range(0, len(template), _WORD)]
        self._numbers = dict(_number_offsets(tokens))

    def match(self, data: ByteArray, lines: Int64Array) -> FixedWidthMatches:
        """Headers at the offsets `lines`. A line that does not match may still have a header with other lengths."""
        all_words = unaligned_words(data)
        words = [all_words[lines + _WORD * number] for number in range(len(self._words))]
        rows = self._rows(words)
        starts = lines
        if not rows.all():
            starts, words = lines[rows], [word[rows] for word in words]
        two_digits = [_two_digit_numbers(word) for word in words]
        numbers = {role: self._number(all_words, starts, two_digits, *span) for role, span in self._numbers.items()}
        return FixedWidthMatches(rows, starts + self._length, numbers)

    def _rows(self, words: Sequence[UInt64Array]) -> BoolArray:
        """Which lines match, from the words of each line."""
        differences = np.zeros(len(words[0]), dtype=np.uint64)
        for word, pattern in zip(words, self._words, strict=True):
            differences |= (word & pattern.mask) ^ pattern.value
            if pattern.digit_addends:
                differences |= ((word & _DIGITS) + pattern.digit_addends) & pattern.overflow
        matches: BoolArray = differences == 0
        return matches

    @staticmethod
    def _number(
        all_words: UInt64Array, starts: Int64Array, two_digits: Sequence[UInt64Array], begin: int, count: int
    ) -> Int64Array:
        """The number of `count` digits that begins `begin` bytes behind each of `starts`."""
        value = np.zeros(len(starts), dtype=np.int64)
        for offset in range(begin, begin + count - 1, 2):
            word, byte = divmod(offset, _WORD)
            pair = (
                two_digits[word] >> np.uint64(8 * byte)
                if byte < _WORD - 1
                else _two_digit_numbers(all_words[starts + offset])
            )
            value = value * 100 + (pair & np.uint64(0xFF)).view(np.int64)
        if count % 2:
            value = value * 10 + (all_words[starts + begin + count - 1] & np.uint64(0x0F)).view(np.int64)
        return value


def _two_digit_numbers(word: UInt64Array) -> UInt64Array:
    """For each byte of `word`, read as a digit, the two-digit number that it forms with the next byte."""
    digits = word & _DIGITS
    return digits * _TEN + (digits >> _BYTE)


def fixed_width_header(tokens: Sequence[Token], zero: str) -> FixedWidthHeader | None:
    """The matcher for a header format. None when the format has words or non-ASCII digits."""
    known = all(token.kind in {"marks", "text", "space", "number"} for token in tokens)
    return FixedWidthHeader(tokens) if known and zero == "0" else None


def _byte_template(tokens: Sequence[Token]) -> Iterator[int | None]:
    """The bytes of a header; None stands for a digit."""
    for token in tokens:
        if token.kind == "number":
            yield from [None] * token.max_digits
        elif token.kind == "space":
            yield ord(" ")
        elif token.kind == "text":
            yield from token.texts[0].encode()


def _number_offsets(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[int, int]]]:
    """For each number its role, its offset in the header and its count of digits."""
    offset = 0
    for token in tokens:
        if token.kind == "number":
            yield token.role, (offset, token.max_digits)
        offset += len(list(_byte_template([token])))


def _word_pattern(template: Sequence[int | None]) -> _WordPattern:
    def packed(values: Sequence[int]) -> np.uint64:
        return np.uint64(int.from_bytes(bytes(values), "little"))

    return _WordPattern(
        packed([_DIGIT if byte is None else 0xFF for byte in template]),
        packed([_ZERO if byte is None else byte for byte in template]),
        packed([6 if byte is None else 0 for byte in template]),
        packed([0x10 if byte is None else 0 for byte in template]),
    )
