"""Hashes of whole columns of texts and numbers, computed with numpy. Unkeyed, so they are never published."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import xxhash

from egregora.ingestion.lines.arrays import BoolArray, ByteArray, Int64Array, UInt64Array, unaligned_words

SIGNATURE_EXACT_BYTES = 24  # texts up to this length are equal when their signatures are
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)  # mask of the first n bytes
_MULTIPLIER_1 = np.uint64(0x9E3779B97F4A7C15)  # odd constants of splitmix64
_MULTIPLIER_2 = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT_1, _SHIFT_2 = np.uint64(29), np.uint64(32)
_LONG = 256  # bytes; longer texts are rare and are hashed one by one


def combine_hashes(*columns: UInt64Array) -> UInt64Array:
    """One hash for each row of `columns`. Shape: (rows,), uint64.

    Two different rows share a hash with a probability of 1 in 2^64.
    """
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        _mix_in(total, column)
    return total


def _mix_in(total: UInt64Array, column: UInt64Array) -> None:
    """Add `column` to `total` in place, so that each bit of it changes about half of the bits of `total`."""
    total ^= column
    total *= _MULTIPLIER_1
    total ^= total >> _SHIFT_1
    total *= _MULTIPLIER_2
    total ^= total >> _SHIFT_2


def hash_spans(data: ByteArray, starts: Int64Array, ends: Int64Array) -> UInt64Array:
    """Hash of each span `data[start:end]`, eight bytes at a time over all spans. Shape: (spans,), uint64.

    `data` must have at least eight more bytes behind the last span. Spans of more than `_LONG` bytes get their XXH3.
    Not secure: somebody could construct two texts with the same hash.
    """
    lengths = ends - starts
    word_counts = np.minimum(lengths, _LONG) >> 3
    order = np.argsort(word_counts.astype(np.int16), kind="stable")[
        ::-1
    ]  # numpy sorts 16-bit integers fastest (radix sort)
    sorted_lengths, offsets, words = lengths[order], starts[order], unaligned_words(data)
    totals = sorted_lengths.astype(np.uint64)
    for count in _counts_above(word_counts[order]):
        _mix_in(totals[:count], words[offsets[:count]])
        offsets[:count] += 8
    _mix_in(totals, words[offsets] & _FIRST_BYTES[sorted_lengths & 7])
    hashes = np.empty_like(totals)
    hashes[order] = totals
    for row in np.flatnonzero(lengths > _LONG).tolist():
        hashes[row] = xxhash.xxh3_64_intdigest(data[starts[row] : ends[row]].tobytes())
    return hashes


def _counts_above(descending: Int64Array) -> list[int]:
    """How many numbers are above 0, above 1, and so on up to the largest. `descending` is sorted downwards."""
    most = int(descending[0]) if len(descending) else 0
    counts: list[int] = np.searchsorted(-descending, -np.arange(most), side="left").tolist()
    return counts


def hash_texts(texts: Sequence[bytes]) -> UInt64Array:
    """Hash of each of `texts`, equal to that of `hash_spans`. Shape: (len(texts),), uint64."""
    ends = np.fromiter(accumulate(map(len, texts)), dtype=np.int64, count=len(texts))
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)[: len(ends)]
    return hash_spans(np.frombuffer(b"".join(texts) + bytes(8), dtype=np.uint8), starts, ends)


def span_signatures(data: ByteArray, starts: Int64Array, ends: Int64Array) -> list[UInt64Array]:
    """Length of each span of `data`, and its first, middle and last eight bytes: four columns of uint64.

    Spans of up to `SIGNATURE_EXACT_BYTES` bytes are equal exactly when their signatures are.
    `data` must have at least eight more bytes behind the last span.
    """
    words = unaligned_words(data)
    lengths = ends - starts
    masks = _FIRST_BYTES[np.minimum(lengths, 8)]
    middles = starts + np.maximum(lengths // 2 - 4, 0)
    samples = [words[offsets] & masks for offsets in (starts, middles, np.maximum(ends - 8, starts))]
    return [lengths.astype(np.uint64), *samples]


def in_sorted(values: UInt64Array, known: UInt64Array) -> BoolArray:
    """Which of `values` occur in `known`, which must be sorted and not empty."""
    matches: BoolArray = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return matches
