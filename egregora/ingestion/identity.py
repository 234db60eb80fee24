"""What makes a message the one it is: its minute, its author, its content, and its number among equal ones."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import xxhash

from egregora.ingestion.scanner import Bytes, Whole

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

content_hash: Callable[[bytes], int] = xxhash.xxh3_64_intdigest

_BLOCK = 1 << 14  # rows at a time, so that the columns stay in the processor's cache
_PAIRS = np.frombuffer("".join(f"{octet:02x}" for octet in range(256)).encode(), dtype=np.uint16)
_START = tuple(int.from_bytes(b"somepseudorandomlygeneratedbytes"[at : at + 8], "big") for at in (0, 8, 16, 24))
WORDS_TELL = 24
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)  # masks
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


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
            state[3] = state[3] ^ word
            _round(state, 2)
            state[0] = state[0] ^ word
        state[2] = state[2] ^ np.uint64(0xFF)
        _round(state, 4)
        ids[block] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return ids


def _round(state: list[Hashes], times: int) -> None:
    a, b, c, d = state
    for _ in range(times):
        a += b
        c += d
        b[:] = _turned(b, 13) ^ a
        d[:] = _turned(d, 16) ^ c
        a[:] = _turned(a, 32)
        c += b
        a += d
        b[:] = _turned(b, 17) ^ c
        d[:] = _turned(d, 21) ^ a
        c[:] = _turned(c, 32)


def _turned(word: Hashes, bits: int) -> Hashes:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


def hexadecimal(ids: Hashes) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """The 16 digits of each id, as one run of bytes."""
    return _PAIRS[ids.astype(">u8").view(np.uint8)].view(np.uint8)


def id_key(key: bytes, chat_id: str) -> bytes:
    """The key under which the messages of one chat get their ids."""
    return hashlib.blake2b(chat_id.encode(), key=key, digest_size=16).digest()


def mixed(*columns: Hashes) -> Hashes:
    """One number for each row of `columns`, different for different rows but for one chance in 2^64 for each pair."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        total = (total ^ column) * _GOLDEN
        total ^= total >> np.uint64(29)
        total = total * np.uint64(0xBF58476D1CE4E5B9)
        total ^= total >> np.uint64(32)
    return total


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


def unaligned(data: Bytes) -> Hashes:
    """The eight bytes at each place of `data` but the last seven, as a number; nothing is copied."""
    return np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))


class Occurrences:
    """Counts equal numbers that come in pieces: how many of each came before.

    Numbers come with the time they belong to. What is behind `until`, the earliest time that is still to come, is
    forgotten, so that memory does not grow with the chat.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Whole, Hashes]] = []  # times and numbers of earlier pieces, sorted by number

    def count(self, times: Whole, numbers: Hashes) -> Whole:
        """For each of `numbers`, how many equal ones came before it."""
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        within = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
        counts = np.empty(len(order), dtype=np.int64)
        counts[order] = within
        for _, earlier in self._kept:
            places = np.searchsorted(earlier, ordered[begins], side="left")
            behind = np.searchsorted(earlier, ordered[begins], side="right")
            if (behind > places).any():
                counts[order] += np.repeat(behind - places, np.diff(begins, append=len(order)))
        self._kept.append((times[order], ordered))
        return counts

    def forget(self, until: int) -> None:
        """Let go of what belongs to a time before `until`: it does not come again."""
        kept = []
        for times, numbers in self._kept:
            late = times >= until
            if late.any():
                kept.append((times[late], numbers[late]))
        self._kept = kept
