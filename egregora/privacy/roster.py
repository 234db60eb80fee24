"""Everybody who wrote or was mentioned: pseudonyms, and the names that a text may have for them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import ibis.expr.types as ir

from egregora.config.key import keyed_digest
from egregora.core.names import Name, is_phone, name_key
from egregora.privacy.detect.redactor import LONGEST_MENTION, Redactor
from egregora.privacy.names.variants import name_words, needs_capital, phrases_of, short_forms
from egregora.privacy.preferences import opted_out
from egregora.privacy.public_profile import Members

_CODE_LENGTHS = (8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who wrote or was mentioned."""

    codes: Mapping[str, str]  # the pseudonym of each, by `name_key`; who has several names has one pseudonym
    hidden: frozenset[str]  # who opted out: not even a pseudonym speaks of them

    def placeholder(self, people: Iterable[str]) -> str:
        """What stands for a name that `people` share."""
        known = [*people]
        codes = {self.codes[person] for person in known}
        return f"[person:{codes.pop()}]" if len(codes) == 1 and self.hidden.isdisjoint(known) else "[person]"

    def members(self) -> Members:
        """The same people, by what they may be called."""
        called: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for person, code in self.codes.items():
            called[code].update(() if is_phone(person) else phrases_of(person))
        return Members(called)

    def names(self) -> list[Name]:
        """What a text may call these people by."""
        owners: dict[str, set[str]] = defaultdict(set)
        named = [person for person in self.codes if not is_phone(person)]
        phrases = {(person, words) for person in named for words in chain(phrases_of(person), short_forms(person))}
        for person, words in phrases:
            owners["".join(words)].add(person)
        return [
            Name(words, self.placeholder(owners["".join(words)]), needs_capital(words))
            for words in sorted({words for _, words in phrases})
        ]

    def redactor(self, names: Sequence[Name] | None = None) -> Redactor:
        """What takes these people's names out of a text."""
        mentions = {person: self.placeholder([person]) for person in self.codes}
        ordinary = name_words("particles", "labels", "words")
        return Redactor(self.names() if names is None else names, mentions, ordinary)


def read_roster(messages: ir.Table, secret: bytes, people: str = "{}") -> Roster:
    """The roster of the whole table: authors, and who is mentioned in the app's own way.

    `people` is JSON: for each other name the one that counts. Both have the pseudonym of the latter.
    """
    others = {name_key(other): name_key(person) for other, person in json.loads(people).items()}
    authors = messages.filter(messages.author.notnull() & (messages.kind != "system")).select(name="author")
    found = {name_key(name) for table in (authors, _mentioned(messages)) for name in distinct(table)}
    codes = pseudonyms({key: keyed_digest(secret, "author", key) for key in {others.get(key, key) for key in found}})
    codes |= {other: codes[person] for other, person in others.items() if person in codes}
    hidden = {codes[key] for key in opted_out(messages)}
    return Roster(codes, frozenset(key for key, code in codes.items() if code in hidden))


def _mentioned(messages: ir.Table) -> ir.Table:
    """What stands between U+2068 and U+2069 behind an @, where it can be a name."""
    pieces = messages.filter(messages.message.contains("@\u2068")).select(
        piece=messages.message.split("@\u2068").unnest()
    )
    names = pieces.filter(pieces.piece.contains("\u2069")).select(name=pieces.piece.split("\u2069")[0])
    return names.filter((names.name.length() <= LONGEST_MENTION) & ~names.name.contains("\n"))


def distinct(names: ir.Table) -> list[str]:
    """The different values of the column `name`."""
    found: list[str] = names.distinct().to_pyarrow()["name"].to_pylist()
    return found


def pseudonyms(digests: Mapping[str, str]) -> dict[str, str]:
    """For each key of `digests` the first 8 digits of its digest, or more where two keys would have the same."""
    codes: dict[str, str] = {}
    for length in _CODE_LENGTHS:
        taken = Counter(digest[:length] for digest in digests.values())
        for key, digest in digests.items():
            if taken[digest[:length]] == 1:
                codes.setdefault(key, digest[:length])
    return codes
