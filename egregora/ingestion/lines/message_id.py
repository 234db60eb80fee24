"""The published id of a message, from its minute, its author, its content, and its number among equal ones."""

import hashlib
from collections.abc import Iterable

import numpy as np

from egregora.ingestion.lines.arrays import ByteArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import in_sorted

_BLOCK = 1 << 14  # rows at a time, so that the arrays stay in the processor's cache
_HEX_PAIRS = np.frombuffer("".join(f"{octet:02x}" for octet in range(256)).encode(), dtype=np.uint16)
_INITIAL_STATE = tuple(int.from_bytes(b"somepseudorandomlygeneratedbytes"[i : i + 8], "big") for i in (0, 8, 16, 24))


def message_ids(key: bytes, columns: Iterable[UInt64Array]) -> UInt64Array:
    """An id of 64 bits for each row of `columns`: SipHash-2-4 of its numbers with the first 16 bytes of `key`.

    The ids are published. Without the key nobody can test guessed authors and texts against an id.
    Source: Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012.
    """
    words = [np.asarray(column, dtype=np.uint64) for column in columns]
    length = np.uint64(len(words) * 8 << 56)
    first, second = (int.from_bytes(key[offset : offset + 8], "little") for offset in (0, 8))
    ids = np.empty(len(words[0]), dtype=np.uint64)
    for start in range(0, len(ids), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = len(ids[block])
        seeds = [seed ^ half for seed, half in zip(_INITIAL_STATE, (first, second) * 2, strict=True)]
        state: list[UInt64Array] = [np.full(rows, seed, dtype=np.uint64) for seed in seeds]
        for word in [*(column[block] for column in words), np.full(rows, length, dtype=np.uint64)]:
            state[3] ^= word
            _round(state, 2)
            state[0] ^= word
        state[2] ^= np.uint64(0xFF)
        _round(state, 4)
        ids[block] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return ids


def _round(state: list[UInt64Array], times: int) -> None:
    """`times` SipHash rounds on the four columns of `state`, in place."""
    a, b, c, d = state
    scratch = np.empty_like(a)
    for _ in range(times):
        a += b
        c += d
        _rotate_left(b, 13, scratch)
        b ^= a
        _rotate_left(d, 16, scratch)
        d ^= c
        _rotate_left(a, 32, scratch)
        c += b
        a += d
        _rotate_left(b, 17, scratch)
        b ^= c
        _rotate_left(d, 21, scratch)
        d ^= a
        _rotate_left(c, 32, scratch)


def _rotate_left(word: UInt64Array, bits: int, scratch: UInt64Array) -> None:
    """Rotate each number left by `bits`, in place; `scratch` is overwritten."""
    np.left_shift(word, np.uint64(bits), out=scratch)
    word >>= np.uint64(64 - bits)
    word |= scratch


def to_hex(ids: UInt64Array) -> ByteArray:
    """The 16 hexadecimal digits of each id as ASCII, all ids one after the other."""
    return _HEX_PAIRS[ids.astype(">u8").view(np.uint8)].view(np.uint8)


def id_key(key: bytes, chat_id: str) -> bytes:
    """The key for the message ids of one chat, derived from the project's `key`."""
    return hashlib.blake2b(chat_id.encode(), key=key, digest_size=16).digest()


class OccurrenceCounter:
    """Counts, for numbers that arrive in pieces, how many equal ones came before each.

    Each number has a time. `forget` drops the pieces that lie before all times still to come, so that memory does not
    grow with the chat.
    """

    def __init__(self) -> None:
        self._earlier: list[tuple[int, UInt64Array]] = []  # per earlier piece: its latest time, its numbers sorted

    def count(self, times: Int64Array, numbers: UInt64Array) -> Int64Array:
        """For each of `numbers`, how many equal ones came before it. Shape: (len(numbers),)."""
        sorted_numbers = np.sort(numbers)
        repeated = [sorted_numbers[1:][sorted_numbers[1:] == sorted_numbers[:-1]]]
        repeated += [_intersection(sorted_numbers, earlier) for _, earlier in self._earlier]
        counts = np.zeros(len(numbers), dtype=np.int64)
        repeated_numbers = np.unique(np.concatenate(repeated))
        if len(repeated_numbers):  # few messages occur twice in one minute
            rows = np.flatnonzero(in_sorted(numbers, repeated_numbers))
            counts[rows] = self._counts_of_repeated(numbers[rows])
        if len(times):
            self._earlier.append((int(times.max()), sorted_numbers))
        return counts

    def _counts_of_repeated(self, numbers: UInt64Array) -> Int64Array:
        """The same, computed by sorting; for numbers that occur more than once."""
        order = np.argsort(numbers, kind="stable")
        sorted_numbers = numbers[order]
        run_starts = np.flatnonzero(np.concatenate([[True], sorted_numbers[1:] != sorted_numbers[:-1]]))
        lengths = np.diff(run_starts, append=len(order))
        before = np.zeros(len(run_starts), dtype=np.int64)
        for _, earlier in self._earlier:
            before += np.searchsorted(earlier, sorted_numbers[run_starts], side="right")
            before -= np.searchsorted(earlier, sorted_numbers[run_starts], side="left")
        counts = np.empty(len(order), dtype=np.int64)
        counts[order] = np.arange(len(order)) - np.repeat(run_starts - before, lengths)
        return counts

    def forget(self, until: int) -> None:
        """Drop the pieces whose times are all before `until`. Their numbers must not come again."""
        self._earlier = [(latest, numbers) for latest, numbers in self._earlier if latest >= until]


def _intersection(numbers: UInt64Array, earlier: UInt64Array) -> UInt64Array:
    """The elements of `numbers` that are also in `earlier`."""
    return numbers[in_sorted(numbers, earlier)]
