"""Detects aliases: names under which different phones exported the same person."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from egregora.ingestion.content.author_names import display_name
from egregora.ingestion.lines.arrays import Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import combine_hashes

LEAST_BYTES = 12  # UTF-8 length from which two people hardly write the same text in one minute
_MIN_SHARED = 5  # messages that two names must share
_MIN_SHARE = (9, 10)  # share (9 of 10) of the messages of either name in both exports
_NUMBER = re.compile(r"\+?[\d\s().\-\u2010\u2011]{6,}")
_SELF_GIVEN = ("~", "\u223c")  # before a name that a person chose for themselves
_Pair = tuple[str, str]


class Utterances(NamedTuple):
    """The longer texts of one export. Every array has one element per text."""

    minutes: Int64Array
    contents: UInt64Array
    authors: Int64Array  # indexes into `names`
    names: Sequence[str]


class Proposal(NamedTuple):
    """Names that belong to one person."""

    person: str
    others: tuple[str, ...]  # sorted
    messages: int  # number that two exports have under different ones of these names


def same_people(exports: Iterable[Utterances], known: Collection[str] = ()) -> list[Proposal]:
    """Names of the same person in exports of different phones, found by texts that two exports have in the same minute.

    Two names are one person's when they share at least five texts that are unique in their minute, and nine of ten that
    both exports have of either name. The person's name is one of `known`; else one that is neither a phone number nor
    self-given; then the one used most; then the first alphabetically.
    Order: by person.
    """
    all_exports = list(exports)
    shared: Counter[_Pair] = Counter()
    for one, other in combinations(all_exports, 2):
        shared.update(_pairs(one, other))
    used = Counter[str]()
    for utterances in all_exports:
        counts = np.bincount(utterances.authors, minlength=len(utterances.names)).tolist()
        used.update(dict(zip(utterances.names, counts, strict=True)))
    proposals = [_proposal(group, shared, used, known) for group in _groups(shared)]
    return sorted(proposals, key=lambda proposal: proposal.person)


def aliases_of(people: str) -> dict[str, str]:
    """The setting `people` as a mapping from every other name to the person's name, both as display names."""
    return {display_name(name): display_name(person) for name, person in json.loads(people).items()}


def looks_saved(name: str) -> bool:
    """Whether a name looks like a saved contact: no phone number, and not self-given."""
    return not (_NUMBER.fullmatch(name) or name.startswith(_SELF_GIVEN))


def _pairs(one: Utterances, other: Utterances) -> Mapping[_Pair, int]:
    """Pairs of different names that belong to one person in two exports, with the number of shared texts."""
    (hashes, rows), (other_hashes, other_rows) = _unique_texts(one), _unique_texts(other)
    _, matches, other_matches = np.intersect1d(hashes, other_hashes, assume_unique=True, return_indices=True)
    authors, others = one.authors[rows[matches]], other.authors[other_rows[other_matches]]
    totals = np.bincount(authors, minlength=len(one.names)), np.bincount(others, minlength=len(other.names))
    pairs, counts = np.unique(authors * len(other.names) + others, return_counts=True)
    lefts, rights = np.divmod(pairs, max(1, len(other.names)))
    part, whole = _MIN_SHARE
    enough = (counts >= _MIN_SHARED) & (whole * counts >= part * np.maximum(totals[0][lefts], totals[1][rights]))
    enough_pairs = zip(lefts[enough].tolist(), rights[enough].tolist(), counts[enough].tolist(), strict=True)
    named = ((one.names[left], other.names[right], count) for left, right, count in enough_pairs)
    return {(min(pair), max(pair)): count for *pair, count in named if pair[0] != pair[1]}


def _unique_texts(utterances: Utterances) -> tuple[UInt64Array, Int64Array]:
    """The texts that occur once in their minute: a hash of minute and text, and the row of each."""
    hashes = combine_hashes(utterances.minutes.astype(np.uint64), utterances.contents)
    distinct, first_rows, counts = np.unique(hashes, return_index=True, return_counts=True)
    return distinct[counts == 1], first_rows[counts == 1]


def _groups(pairs: Iterable[_Pair]) -> list[set[str]]:
    """Groups of names that are connected by pairs."""
    groups: dict[str, set[str]] = {}
    for one, other in sorted(pairs):
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    return list({id(group): group for group in groups.values()}.values())


def _proposal(group: set[str], shared: Counter[_Pair], used: Counter[str], known: Collection[str]) -> Proposal:
    ranked = sorted(group, key=lambda name: (name not in known, not looks_saved(name), -used[name], name))
    messages = sum(count for (one, _), count in shared.items() if one in group)
    return Proposal(ranked[0], tuple(sorted(ranked[1:])), messages)
