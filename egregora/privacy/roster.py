"""Everyone who wrote or was mentioned: their pseudonyms, and the names to redact."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import ibis.expr.types as ir

from egregora.config.key import keyed_digest
from egregora.core.names import Name, is_phone, person_key
from egregora.privacy.detect.redactor import LONGEST_MENTION, Redactor
from egregora.privacy.names.variants import is_ambiguous, name_variants, name_words, nickname_variants
from egregora.privacy.preferences import opted_out
from egregora.privacy.public_profile import Members

_CODE_LENGTHS = (8, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everyone who wrote or was mentioned."""

    codes: Mapping[str, str]  # pseudonym by `person_key`; all names of one person have the same one
    hidden: frozenset[str]  # `person_key` of who opted out: nothing shows them, not even a pseudonym

    def placeholder(self, people: Iterable[str]) -> str:
        """The label that replaces a name: with the pseudonym if `people` are one person, else "[person]"."""
        known = [*people]
        codes = {self.codes[person] for person in known}
        return f"[person:{codes.pop()}]" if len(codes) == 1 and self.hidden.isdisjoint(known) else "[person]"

    def members(self) -> Members:
        """The same people with all variants of their names, to check what members publish."""
        variants: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for person, code in self.codes.items():
            variants[code].update(() if is_phone(person) else name_variants(person))
        return Members(variants)

    def names(self) -> list[Name]:
        """Every variant of every name, with the placeholder that replaces it."""
        owners: dict[str, set[str]] = defaultdict(set)
        named = [person for person in self.codes if not is_phone(person)]
        phrases = {
            (person, words) for person in named for words in chain(name_variants(person), nickname_variants(person))
        }
        for person, words in phrases:
            owners["".join(words)].add(person)
        return [
            Name(words, self.placeholder(owners["".join(words)]), is_ambiguous(words))
            for words in sorted({words for _, words in phrases})
        ]

    def redactor(self, names: Sequence[Name] | None = None) -> Redactor:
        """A redactor for these people; `names` defaults to all their names."""
        mentions = {person: self.placeholder([person]) for person in self.codes}
        ordinary = name_words("particles", "labels", "words")
        return Redactor(self.names() if names is None else names, mentions, ordinary)


def read_roster(messages: ir.Table, secret: bytes, people: str = "{}") -> Roster:
    """The roster of `messages`: authors, and people mentioned with the app's own `@`.

    `people` is JSON: an object from each alias to the main name. Both get the pseudonym of the main name.
    """
    aliases = {person_key(alias): person_key(person) for alias, person in json.loads(people).items()}
    authors = messages.filter(messages.author.notnull() & (messages.kind != "system")).select(name="author")
    people_keys = {
        person_key(name) for table in (authors, _mentioned_names(messages)) for name in distinct_names(table)
    }
    codes = pseudonyms(
        {key: keyed_digest(secret, "author", key) for key in {aliases.get(key, key) for key in people_keys}}
    )
    codes |= {alias: codes[person] for alias, person in aliases.items() if person in codes}
    hidden = {codes[key] for key in opted_out(messages)}
    return Roster(codes, frozenset(key for key, code in codes.items() if code in hidden))


def _mentioned_names(messages: ir.Table) -> ir.Table:
    """The names of mentions: the text between U+2068 and U+2069 after an @, if it is short enough for a name."""
    pieces = messages.filter(messages.message.contains("@\u2068")).select(
        piece=messages.message.split("@\u2068").unnest()
    )
    names = pieces.filter(pieces.piece.contains("\u2069")).select(name=pieces.piece.split("\u2069")[0])
    return names.filter((names.name.length() <= LONGEST_MENTION) & ~names.name.contains("\n"))


def distinct_names(names: ir.Table) -> list[str]:
    """The distinct values of the column `name`."""
    values: list[str] = names.distinct().to_pyarrow()["name"].to_pylist()
    return values


def pseudonyms(digests: Mapping[str, str]) -> dict[str, str]:
    """A pseudonym for each key: the first 8 digits of its digest, or more if two keys would share them."""
    codes: dict[str, str] = {}
    for length in _CODE_LENGTHS:
        taken = Counter(digest[:length] for digest in digests.values())
        for key, digest in digests.items():
            if taken[digest[:length]] == 1:
                codes.setdefault(key, digest[:length])
    return codes
