"""Who is who: names under which different phones exported the same messages."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from egregora.ingestion.content.author_names import clean
from egregora.ingestion.lines.arrays import Hashes, Whole
from egregora.ingestion.lines.message_id import mixed

LEAST_BYTES = 12  # of a text that two people hardly write in the same minute
_ENOUGH = 5  # messages that two names share
_MOST = (9, 10)  # the part of what both exports have of either name
_NUMBER = re.compile(r"\+?[\d\s().\-\u2010\u2011]{6,}")
_PUSHED = ("~", "\u223c")  # before a name that somebody gave to himself
_Pair = tuple[str, str]


class Said(NamedTuple):
    """The longer texts of one export; the arrays have a place for each."""

    minutes: Whole
    contents: Hashes
    authors: Whole  # numbers into `names`
    names: Sequence[str]


class Proposal(NamedTuple):
    """Names that are one person's."""

    person: str
    others: tuple[str, ...]  # sorted
    messages: int  # that two exports have under different ones of these names


def same_people(exports: Iterable[Said], known: Collection[str] = ()) -> list[Proposal]:
    """Who is who in exports of different phones, told by texts that two of them have in the same minute.

    Two names are one person's when they share at least five texts that are alone in their minute, and nine of ten
    that both exports have of either name. The person's name is one of `known`, or else one that is neither a number
    nor what somebody called himself, then the one used most, then the first by letters.
    Order: by person.
    """
    every = list(exports)
    shared: Counter[_Pair] = Counter()
    for one, other in combinations(every, 2):
        shared.update(_pairs(one, other))
    used = Counter[str]()
    for said in every:
        counts = np.bincount(said.authors, minlength=len(said.names)).tolist()
        used.update(dict(zip(said.names, counts, strict=True)))
    proposals = [_proposal(group, shared, used, known) for group in _groups(shared)]
    return sorted(proposals, key=lambda proposal: proposal.person)


def aliases_of(people: str) -> dict[str, str]:
    """The setting `people` as what readers of chats take: each other name as they read it, and the person's."""
    return {clean(name): clean(person) for name, person in json.loads(people).items()}


def looks_saved(name: str) -> bool:
    """Whether somebody saved a contact under it: it is no number, and nothing that a stranger calls himself."""
    return not (_NUMBER.fullmatch(name) or name.startswith(_PUSHED))


def _pairs(one: Said, other: Said) -> Mapping[_Pair, int]:
    """The pairs of different names that are one person's in two exports, with the number of shared texts."""
    (ours, our_places), (theirs, their_places) = _alone(one), _alone(other)
    _, at, their_at = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    authors, others = one.authors[our_places[at]], other.authors[their_places[their_at]]
    totals = np.bincount(authors, minlength=len(one.names)), np.bincount(others, minlength=len(other.names))
    pairs, counts = np.unique(authors * len(other.names) + others, return_counts=True)
    lefts, rights = np.divmod(pairs, max(1, len(other.names)))
    part, whole = _MOST
    enough = (counts >= _ENOUGH) & (whole * counts >= part * np.maximum(totals[0][lefts], totals[1][rights]))
    told = zip(lefts[enough].tolist(), rights[enough].tolist(), counts[enough].tolist(), strict=True)
    named = ((one.names[left], other.names[right], count) for left, right, count in told)
    return {(min(pair), max(pair)): count for *pair, count in named if pair[0] != pair[1]}


def _alone(said: Said) -> tuple[Hashes, Whole]:
    """The texts that come once in their minute, as numbers of both, and where they stand."""
    numbers = mixed(said.minutes.astype(np.uint64), said.contents)
    distinct, places, counts = np.unique(numbers, return_index=True, return_counts=True)
    return distinct[counts == 1], places[counts == 1]


def _groups(pairs: Iterable[_Pair]) -> list[set[str]]:
    """The names that hang together."""
    groups: dict[str, set[str]] = {}
    for one, other in sorted(pairs):
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    return list({id(group): group for group in groups.values()}.values())


def _proposal(group: set[str], shared: Counter[_Pair], used: Counter[str], known: Collection[str]) -> Proposal:
    ranked = sorted(group, key=lambda name: (name not in known, not looks_saved(name), -used[name], name))
    messages = sum(count for (one, _), count in shared.items() if one in group)
    return Proposal(ranked[0], tuple(sorted(ranked[1:])), messages)
