"""What makes a message the one it is: its minute, its author, its content, and its number among equal ones."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import xxhash

from egregora.ingestion.lines.arrays import Bytes, Flags, Hashes, Whole, unaligned

_BLOCK = 1 << 14  # rows at a time, so that the columns stay in the processor's cache
_PAIRS = np.frombuffer("".join(f"{octet:02x}" for octet in range(256)).encode(), dtype=np.uint16)
_START = tuple(int.from_bytes(b"somepseudorandomlygeneratedbytes"[at : at + 8], "big") for at in (0, 8, 16, 24))
WORDS_TELL = 24
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)  # masks
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xBF58476D1CE4E5B9)
_FIRST, _SECOND = np.uint64(29), np.uint64(32)  # by which bits go down
_LONG = 256  # bytes: texts beyond are few, and hashed one by one


def message_ids(key: bytes, columns: Iterable[Hashes]) -> Hashes:
    """An id of 64 bits for each row of `columns`: SipHash-2-4 of the row's numbers, under the first 16 bytes of `key`.

    Keyed: ids are published, and without the key nobody can try authors and texts against one.
    Source: Aumasson and Bernstein, SipHash: a fast short-input PRF, 2012.
    """
    words = [np.asarray(column, dtype=np.uint64) for column in columns]
    length = np.uint64(len(words) * 8 << 56)
    first, second = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    ids = np.empty(len(words[0]), dtype=np.uint64)
    for start in range(0, len(ids), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = len(ids[block])
        seeds = [seed ^ half for seed, half in zip(_START, (first, second) * 2, strict=True)]
        state: list[Hashes] = [np.full(rows, seed, dtype=np.uint64) for seed in seeds]
        for word in [*(column[block] for column in words), np.full(rows, length, dtype=np.uint64)]:
            state[3] ^= word
            _round(state, 2)
            state[0] ^= word
        state[2] ^= np.uint64(0xFF)
        _round(state, 4)
        ids[block] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return ids


def _round(state: list[Hashes], times: int) -> None:
    a, b, c, d = state
    room = np.empty_like(a)
    for _ in range(times):
        a += b
        c += d
        _turn(b, 13, room)
        b ^= a
        _turn(d, 16, room)
        d ^= c
        _turn(a, 32, room)
        c += b
        a += d
        _turn(b, 17, room)
        b ^= c
        _turn(d, 21, room)
        d ^= a
        _turn(c, 32, room)


def _turn(word: Hashes, bits: int, room: Hashes) -> None:
    """Rotate to the left, in place."""
    np.left_shift(word, np.uint64(bits), out=room)
    word >>= np.uint64(64 - bits)
    word |= room


def hexadecimal(ids: Hashes) -> Bytes:
    """The 16 digits of each id, as one run of bytes."""
    return _PAIRS[ids.astype(">u8").view(np.uint8)].view(np.uint8)


def id_key(key: bytes, chat_id: str) -> bytes:
    """The key under which the messages of one chat get their ids."""
    return hashlib.blake2b(chat_id.encode(), key=key, digest_size=16).digest()


def mixed(*columns: Hashes) -> Hashes:
    """One number for each row of `columns`, different for different rows but for one chance in 2^64 for each pair."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        _stir(total, column)
    return total


def _stir(total: Hashes, column: Hashes) -> None:
    """Take `column` in, so that each bit of it changes about half of those of `total`."""
    total ^= column
    total *= _GOLDEN
    total ^= total >> _FIRST
    total *= _STIR
    total ^= total >> _SECOND


def text_hashes(data: Bytes, starts: Whole, ends: Whole) -> Hashes:
    """A number for each part of `data`, eight bytes at a time over all parts; `data` goes on for eight bytes behind.

    Parts of more than `_LONG` bytes have their XXH3. No secret: members could make two texts that have the same one.
    """
    lengths = ends - starts
    words_in = np.minimum(lengths, _LONG) >> 3
    order = np.argsort(words_in.astype(np.int16), kind="stable")[::-1]  # 16 bits are sorted in one go
    ordered, at, words = lengths[order], starts[order], unaligned(data)
    found = ordered.astype(np.uint64)
    for count in _longer_than(words_in[order]):
        _stir(found[:count], words[at[:count]])
        at[:count] += 8
    _stir(found, words[at] & _FIRST_BYTES[ordered & 7])
    hashes = np.empty_like(found)
    hashes[order] = found
    for row in np.flatnonzero(lengths > _LONG).tolist():
        hashes[row] = xxhash.xxh3_64_intdigest(data[starts[row] : ends[row]].tobytes())
    return hashes


def _longer_than(descending: Whole) -> list[int]:
    """How many of these are more than 0, than 1, and so on."""
    most = int(descending[0]) if len(descending) else 0
    counts: list[int] = np.searchsorted(-descending, -np.arange(most), side="left").tolist()
    return counts


def content_hashes(texts: Sequence[bytes]) -> Hashes:
    """The same number for each of `texts`."""
    ends = np.fromiter(accumulate(map(len, texts)), dtype=np.int64, count=len(texts))
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)[: len(ends)]
    return text_hashes(np.frombuffer(b"".join(texts) + bytes(8), dtype=np.uint8), starts, ends)


def words_of(data: Bytes, starts: Whole, ends: Whole) -> list[Hashes]:
    """The length of each part of `data`, and its first, middle and last eight bytes, as numbers.

    Parts of up to `WORDS_TELL` bytes with the same numbers are equal. `data` goes on for eight bytes behind them.
    """
    words = unaligned(data)
    lengths = ends - starts
    masks = _FIRST_BYTES[np.minimum(lengths, 8)]
    middles = starts + np.maximum(lengths // 2 - 4, 0)
    parts = [words[places] & masks for places in (starts, middles, np.maximum(ends - 8, starts))]
    return [lengths.astype(np.uint64), *parts]


class Occurrences:
    """Counts equal numbers that come in pieces: how many of each came before.

    Numbers come with the time they belong to. A piece that is wholly behind `until`, the earliest time that is still to
    come, is forgotten, so that memory does not grow with the chat.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[int, Hashes]] = []  # of earlier pieces the latest time, and the numbers, sorted

    def count(self, times: Whole, numbers: Hashes) -> Whole:
        """For each of `numbers`, how many equal ones came before it."""
        ordered = np.sort(numbers)
        repeated = [ordered[1:][ordered[1:] == ordered[:-1]]]
        repeated += [_shared(ordered, earlier) for _, earlier in self._kept]
        counts = np.zeros(len(numbers), dtype=np.int64)
        again = np.unique(np.concatenate(repeated))
        if len(again):  # of people's messages few are said twice in a minute
            rows = np.flatnonzero(among(numbers, again))
            counts[rows] = self._counted(numbers[rows])
        if len(times):
            self._kept.append((int(times.max()), ordered))
        return counts

    def _counted(self, numbers: Hashes) -> Whole:
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        lengths = np.diff(begins, append=len(order))
        before = np.zeros(len(begins), dtype=np.int64)
        for _, earlier in self._kept:
            before += np.searchsorted(earlier, ordered[begins], side="right")
            before -= np.searchsorted(earlier, ordered[begins], side="left")
        counts = np.empty(len(order), dtype=np.int64)
        counts[order] = np.arange(len(order)) - np.repeat(begins - before, lengths)
        return counts

    def forget(self, until: int) -> None:
        """Let go of what belongs to a time before `until`: it does not come again."""
        self._kept = [(latest, numbers) for latest, numbers in self._kept if latest >= until]


def among(values: Hashes, known: Hashes) -> Flags:
    """Which of `values` are in `known`, which is sorted and not empty."""
    found: Flags = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def _shared(ordered: Hashes, earlier: Hashes) -> Hashes:
    return ordered[among(ordered, earlier)]
