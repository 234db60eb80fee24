"""The words of a column of texts, and what they may be, without a Python object for any of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from egregora.privacy.detect.columns.folded_columns import LARGE, Bytes, Column, Places
from egregora.privacy.detect.people import lexicon
from egregora.privacy.detect.people.lexicon import (
    BETWEEN,
    CUE,
    CUE_END,
    CUE_START,
    FAMILY,
    GERMAN_FAMILY,
    GIVEN,
    NOBODY,
    PLACE,
    SHORT,
    SMALL,
    TITLE,
    VERB,
    WITHIN,
    WORDY,
)

Kinds = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]

_BITS = 20  # of a place in the tables of words
_WIDTH = 8  # bytes of a half of a word's key; what is longer than both is cut
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], np.uint64)
_LETTERS = np.isin(np.arange(256), [*b"abcdefghijklmnopqrstuvwxyz"])
_JOINING = np.isin(np.arange(256), [*b"-'"])
_LONGEST, _MOST_PARTS = 40, 4  # letters of a part of a name, parts of one with hyphens
_LONGEST_PARTICLE, _MOST_PARTICLES = 5, 2
_NAMES = GIVEN | SHORT | FAMILY | WORDY
_MOST_BETWEEN = 4  # words up to what only people do
# Kinds that are asked for here only, some in the place of one that is not.
_GIVEN_WORD = 32768  # a given name that is a word too
_SELDOM = PLACE  # one of these that is not ordinary
_BETWEEN_TOO = GERMAN_FAMILY  # what may stand behind what is BETWEEN, or is it
_MASKS = np.array([(1 << 8 * length) - 1 for length in range(_WIDTH + 1)], np.uint64)


def words_that_name(column: Column) -> list[int]:
    """The texts in which somebody may be named, by all that `outsiders` goes by."""
    small = column.lower()
    words = _whole_words(column, small, *_words(small))
    may = (words.ends - words.starts > 1) & _may_name(words)
    rows: list[int] = np.unique(np.searchsorted(column.offsets, words.starts[may], side="right") - 1).tolist()
    return rows


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a column, and what each may be."""

    content: Bytes
    starts: Places
    ends: Places
    firsts: Places  # of each text its first word; the number of words at the end
    kinds: Kinds  # of one with hyphens those of all its parts

    def behind(self, values: Kinds | Mask) -> Kinds:
        """For each word the value of the next one in the same text, or 0."""
        return _shifted(values, self.firsts, -1)

    def before(self, values: Kinds | Mask) -> Kinds:
        """For each word the value of the one before it in the same text, or 0."""
        return _shifted(values, self.firsts, 1)

    def large(self, place: int = 0) -> Mask:
        """Whether words have a capital there; of a word of one letter, what is behind it."""
        return LARGE[self.content[np.minimum(self.starts + place, len(self.content) - 1)]]

    def close(self) -> Mask:
        """Whether one space and no more stands behind words."""
        space = self.content[np.minimum(self.ends, len(self.content) - 1)] == ord(" ")
        space[:-1] &= self.starts[1:] - self.ends[:-1] == 1
        return np.asarray(space)

    def initials(self) -> Mask:
        """Whether words are a letter with a point."""
        point = self.content[np.minimum(self.ends, len(self.content) - 1)] == ord(".")
        return np.asarray(point & (self.ends - self.starts == 1))


def _may_name(words: _Words) -> Mask:
    """Whether a word may name somebody, at least where `outsiders` says so."""
    kinds, large, close = words.kinds, words.large(), words.close()
    before, behind = words.before(kinds), words.behind(kinds)
    cued = (before & CUE != 0) | (before & CUE_END != 0) & (words.before(before) & CUE_START != 0)
    titled = before & TITLE != 0
    small = (kinds & SMALL != 0) | (kinds & (GIVEN | SHORT | FAMILY | _SELDOM) != 0) & cued
    small |= titled & (kinds & (GIVEN | SHORT | FAMILY | WORDY) != 0)
    small |= (kinds & (GIVEN | _GIVEN_WORD) != 0) & (behind & FAMILY != 0) & close
    acts = _acts(words, close)
    small |= (kinds & WITHIN != 0) & (kinds & _SELDOM != 0) & acts
    nobody, wordy = (kinds & NOBODY != 0) & (kinds & WORDY == 0), kinds & WORDY != 0
    short = words.ends - words.starts <= _LONGEST  # a longer one is no word to `outsiders`
    alone = words.before(large & close & short & (kinds & _NAMES == 0)) == 0
    told = (titled | cued | acts & (alone | wordy)) & ~nobody
    family = _family_behind(words, large) | (behind & (NOBODY | FAMILY) != 0)
    capital = (kinds & WITHIN != 0) | told | (kinds & _GIVEN_WORD != 0) & family
    return np.asarray(small | large & (kinds & (GIVEN | SHORT | FAMILY) != 0) | large & ~words.large(1) & capital)


def _acts(words: _Words, close: Mask) -> Mask:
    """Whether what stands behind a word, or behind "ha", "te" and the like, is what only people do."""
    verb, between_too = words.kinds & VERB != 0, close & (words.kinds & _BETWEEN_TOO != 0)
    there = verb
    for _ in range(_MOST_BETWEEN - 2):
        there = verb | between_too & (words.behind(there) != 0)
    between = close & (words.kinds & BETWEEN != 0)
    return np.asarray(close & (words.behind(verb | between & (words.behind(there) != 0)) != 0))


def _family_behind(words: _Words, large: Mask) -> Mask:
    """Whether a family name may stand behind a word, or behind one or two short ones: "van den"."""
    first = large | words.initials()
    short, family = words.ends - words.starts <= _LONGEST_PARTICLE, first
    for _ in range(_MOST_PARTICLES):
        family = first | short & (words.behind(family) != 0)
    return np.asarray(words.behind(family) != 0)


def _shifted(values: Kinds | Mask, firsts: Places, by: int) -> Kinds:
    """For each word the value of the one before it (1) or behind it (-1) in the same text, or 0."""
    shifted = np.roll(values, by).astype(np.uint16, copy=False)
    edges = firsts[:-1] if by > 0 else firsts[1:] - 1
    shifted[edges[(edges >= 0) & (edges < len(values))]] = 0
    return shifted


def _words(column: Column) -> tuple[Places, Places]:
    """Where the words of a lower-case column begin and end."""
    letters = _LETTERS[column.content]
    edges = np.empty((2, len(letters) + 1), np.bool_)  # no letter before, no letter behind
    edges[:, [0, -1]] = True
    np.logical_not(letters, out=edges[0, 1:])
    edges[1] = edges[0]
    edges[1, :-1] = ~letters
    edges[:, column.offsets] = True
    return np.flatnonzero(letters & edges[0, :-1]), np.flatnonzero(letters & edges[1, 1:]) + 1


def _whole_words(column: Column, small: Column, starts: Places, ends: Places) -> _Words:
    """The words that the runs of letters from `starts` to `ends` make."""
    begins = _begins_word(small, starts, ends)
    kinds, firsts = _kinds(small.content, starts, ends - starts), np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(starts))[: len(firsts)] - 1
    several, parts = lasts > firsts, np.flatnonzero(~begins)
    starts, ends = starts[firsts], ends[lasts]
    whole = kinds[firsts]
    np.bitwise_or.at(whole, np.searchsorted(firsts, parts) - 1, kinds[parts])
    whole[several] &= ~np.uint16(NOBODY)  # said of one part it says nothing
    return _Words(column.content, starts, ends, np.searchsorted(starts, column.offsets), whole)


def _begins_word(column: Column, starts: Places, ends: Places) -> Mask:
    """Which runs of letters begin a word, as `outsiders` sees it: not those behind "o'" or one of three hyphens."""
    lengths, begins = ends - starts, np.ones(len(starts), np.bool_)
    between = column.content[np.maximum(starts - 1, 0)]
    maybe = np.flatnonzero(_JOINING[between])
    maybe = maybe[np.isin(maybe, np.searchsorted(starts, column.offsets), invert=True)]
    maybe = maybe[(starts[maybe] - ends[maybe - 1] == 1) & (lengths[maybe] <= _LONGEST)]
    hyphen = between[maybe] == ord("-")
    begins[maybe[hyphen & (lengths[maybe] > 1) & (lengths[maybe - 1] <= _LONGEST)]] = False
    places = np.arange(len(starts))
    begins |= (places - np.maximum.accumulate(np.where(begins, places, 0))) % _MOST_PARTS == 0
    begins[maybe[~hyphen & (lengths[maybe - 1] == 1) & (column.content[ends[maybe - 1] - 1] == ord("o"))]] = False
    return begins


def _kinds(content: Bytes, starts: Places, lengths: Places) -> Kinds:
    tables, slots = _tables(), _slots(*_keys(content, starts, lengths))
    return np.asarray(tables[0][slots[0]] & tables[1][slots[1]])


def _keys(content: Bytes, starts: Places, lengths: Places) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The halves of each word's key: its first eight bytes and the next, or zeros where it has none."""
    padded = np.concatenate([content, np.zeros(2 * _WIDTH, np.uint8)])
    eights = np.ndarray((len(padded) - _WIDTH + 1,), "<u8", padded, 0, (1,))  # the eight bytes from each place on
    first = eights[starts] & _MASKS[np.minimum(lengths, _WIDTH)]
    return first, eights[starts + _WIDTH] & _MASKS[np.clip(lengths - _WIDTH, 0, _WIDTH)]


def _slots(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> tuple[Places, Places]:
    """Two places of a word, which another word hardly shares both of."""
    mixed = first * _FACTORS[0] ^ (second * _FACTORS[1])
    mixed ^= mixed >> np.uint64(29)
    shift = np.uint64(64 - _BITS)
    return (mixed * _FACTORS[1] >> shift).astype(np.int64), (mixed * _FACTORS[2] >> shift).astype(np.int64)


@cache
def _tables() -> tuple[Kinds, Kinds]:
    """The kinds of all words, at both of their places."""
    words = chain(
        ((word, kind & ~(_SELDOM | _BETWEEN_TOO)) for word, kind in lexicon.word_kinds().items()),
        ((word, _GIVEN_WORD if lexicon.is_ordinary(word) else _GIVEN_WORD | _SELDOM) for word in lexicon.given_words()),
        ((word, _BETWEEN_TOO) for word in lexicon.listed("people", "between", "between_too")),
    )
    parts = [(part, kind) for word, kind in words for part in _parts(word)]
    kinds = np.array([kind for _, kind in parts], np.uint16)
    ends = np.cumsum([len(part) + 1 for part, _ in parts])
    content = np.frombuffer("\n".join([*(part for part, _ in parts), ""]).encode(), np.uint8)
    starts = np.concatenate([[0], ends[:-1]])
    tables = np.zeros((2, 1 << _BITS), np.uint16)
    for table, slots in zip(tables, _slots(*_keys(content, starts, ends - starts - 1)), strict=True):
        np.bitwise_or.at(table, slots, kinds)
    return tables[0], tables[1]


def _parts(word: str) -> Iterable[str]:
    if word.isascii() and word.isalpha():
        return (word,)
    parts = word.replace("'", "-").split("-") if word.isascii() else ()
    return [part for part in parts if len(part) > 1 or part == word]
