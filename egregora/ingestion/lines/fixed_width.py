"""Heads whose parts have one length each, such as "31/12/2024, 23:59 - ": compared eight bytes at a time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from egregora.ingestion.header.format import Token
from egregora.ingestion.lines.arrays import Bytes, Flags, Hashes, Whole, unaligned

_ZERO, _DIGIT = 0x30, 0xF0
_WORD = 8  # bytes
_DIGITS = np.uint64(0x0F0F0F0F0F0F0F0F)
_TEN = np.uint64(10)
_BYTE = np.uint64(_WORD)


class _Word(NamedTuple):
    """Eight bytes of a head."""

    mask: np.uint64  # all bits of a sign, the upper half of a digit, none of what is behind the head
    value: np.uint64  # what stands under the mask
    digits: np.uint64  # six for each digit: added to one above nine it reaches the upper half
    beyond: np.uint64  # where that shows


class Matched(NamedTuple):
    """The heads found."""

    rows: Flags  # which of the lines have one
    ends: Whole  # of each head
    read: dict[str, Whole]  # the numbers of each head, by role


class FixedHeads:
    """One such head: its numbers all have their most digits, its spaces are plain ones, and no mark is inside."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        signs = list(_signs(tokens))
        self._length = len(signs)
        self._words = [_word(signs[at : at + _WORD]) for at in range(0, len(signs), _WORD)]
        self._numbers = dict(_places(tokens))

    def match(self, data: Bytes, lines: Whole) -> Matched:
        """The heads at `lines`; what does not match may still be a head, written otherwise."""
        every = unaligned(data)
        words = [every[lines + _WORD * number] for number in range(len(self._words))]
        rows = self._rows(words)
        at = lines
        if not rows.all():
            at, words = lines[rows], [word[rows] for word in words]
        pairs = [_pairs(word) for word in words]
        read = {role: self._number(every, at, pairs, *place) for role, place in self._numbers.items()}
        return Matched(rows, at + self._length, read)

    def _rows(self, words: Sequence[Hashes]) -> Flags:
        wrong = np.zeros(len(words[0]), dtype=np.uint64)
        for word, sign in zip(words, self._words, strict=True):
            wrong |= (word & sign.mask) ^ sign.value
            if sign.digits:
                wrong |= ((word & _DIGITS) + sign.digits) & sign.beyond
        right: Flags = wrong == 0
        return right

    @staticmethod
    def _number(every: Hashes, at: Whole, pairs: Sequence[Hashes], begin: int, digits: int) -> Whole:
        """The number of `digits` digits that begins `begin` bytes behind the start of each head."""
        value = np.zeros(len(at), dtype=np.int64)
        for place in range(begin, begin + digits - 1, 2):
            number, byte = divmod(place, _WORD)
            pair = pairs[number] >> np.uint64(8 * byte) if byte < _WORD - 1 else _pairs(every[at + place])
            value = value * 100 + (pair & np.uint64(0xFF)).view(np.int64)
        if digits % 2:
            value = value * 10 + (every[at + begin + digits - 1] & np.uint64(0x0F)).view(np.int64)
        return value


def _pairs(word: Hashes) -> Hashes:
    """For each byte of `word`, as a digit, the number that it makes with the next one."""
    digits = word & _DIGITS
    return digits * _TEN + (digits >> _BYTE)


def fixed_heads(tokens: Sequence[Token], zero: str) -> FixedHeads | None:
    """Those of a shape; None when it has words or other digits in it."""
    known = all(token.kind in {"marks", "text", "space", "number"} for token in tokens)
    return FixedHeads(tokens) if known and zero == "0" else None


def _signs(tokens: Sequence[Token]) -> Iterator[int | None]:
    """The bytes of a head, None for a digit."""
    for token in tokens:
        if token.kind == "number":
            yield from [None] * token.most
        elif token.kind == "space":
            yield ord(" ")
        elif token.kind == "text":
            yield from token.texts[0].encode()


def _places(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each number begins, and how many digits it has."""
    at = 0
    for token in tokens:
        if token.kind == "number":
            yield token.role, (at, token.most)
        at += len(list(_signs([token])))


def _word(signs: Sequence[int | None]) -> _Word:
    def joined(values: Sequence[int]) -> np.uint64:
        return np.uint64(int.from_bytes(bytes(values), "little"))

    return _Word(
        joined([_DIGIT if sign is None else 0xFF for sign in signs]),
        joined([_ZERO if sign is None else sign for sign in signs]),
        joined([6 if sign is None else 0 for sign in signs]),
        joined([0x10 if sign is None else 0 for sign in signs]),
    )
