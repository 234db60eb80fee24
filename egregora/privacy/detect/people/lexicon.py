"""What a folded word may be in a text that speaks of people, from the tables of names beside it.

given_names.toml    given names; those that are words or places too
family_names.toml   family names, and how German ones end
people_words.toml   what stands before and behind a name, and capitalised words that are nobody
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from egregora.core.names import fold, words_of
from egregora.privacy.names.nicknames import listed_nicknames
from egregora.privacy.names.variants import name_words

DATA_FILES = ("given_names.toml", "family_names.toml", "people_words.toml")

# Kinds of words; a word may be of several.
GIVEN = 1  # a given name and nothing else: a capital makes it somebody
SMALL = 2  # one that is somebody in lower case too
SHORT = 4  # said for a given name: with a capital
WORDY = 8  # a name, and a word or a place too
BETWEEN = 16384  # "te", "ha": may stand before what only people do
WITHIN = 8192  # one of these that is somebody within a sentence, with a capital
FAMILY = 16  # a family name and nothing else
GERMAN_FAMILY = 32  # a family name, and perhaps a German noun
TITLE = 64  # "cousin", "Frau": a name follows
CUE = 128  # "tell", "com": a name may follow
CUE_START = 256  # a word of "fala pra", "dile a", but the last
CUE_END = 512  # the last
VERB = 1024  # "said", "ligou": what only people do
PLACE = 2048  # "São", "Rua": what follows is no person
NOBODY = 4096  # "Netflix", "Montag", "Mãe"

_TABLES = {"titles": TITLE, "places": PLACE, "nobody": NOBODY, "verbs": VERB, "between": BETWEEN}
_SMALL_LENGTH = 4  # letters of a name that is found in lower case
_SHORTEST_GENITIVE = 4  # letters of a name that may have an s behind it: "Annas"


@cache
def word_kinds() -> Mapping[str, int]:
    """The kinds of each word of the tables."""
    kinds: dict[str, int] = {}

    def add(words: Iterable[str], kind: int) -> None:
        for word in words:
            kinds[word] = kinds.get(word, 0) | kind

    capital = listed("given", "capital") - listed("given", "words")
    within = listed("given", "within") | listed("family", "within")
    wordy = (listed("given", "words") | listed("family", "words") | name_words("words") | within) - capital
    wordy |= listed("family", "german") - listed("given", "given")
    nobody = listed("people", "nobody")
    given = (listed("given", "given") | capital) - wordy - listed("people", "places", "titles")
    wordy = (wordy | (given & nobody)) - listed("people", "places")
    given -= wordy
    add(given, GIVEN)
    add((name for name in given - capital if len(name) >= _SMALL_LENGTH), SMALL)
    add(within & wordy, WITHIN)
    no_names = listed("people", "nobody", "places", "openers", "between")
    add(listed_nicknames() - given - wordy - no_names, SHORT)
    add(wordy, WORDY)
    add(listed("family", "family") - wordy - given - no_names, FAMILY)
    add(listed("family", "german") | listed("family", "family"), GERMAN_FAMILY)
    for table, kind in (
        ("titles", TITLE),
        ("places", PLACE),
        ("nobody", NOBODY),
        ("verbs", VERB),
        ("between", BETWEEN),
    ):
        add(listed("people", table), kind)
    for *others, last in map(words_of, cues() | phrases("introductions")):
        add(others, CUE_START)
        add([last], CUE_END if others else CUE)
    add(name_words("particles", "labels"), NOBODY)
    add((f"{name}s" for name in given if len(name) >= _SHORTEST_GENITIVE and f"{name}s" not in kinds), SHORT)
    return kinds


def is_german_family(word: str) -> bool:
    """Whether `word` behind a given name is a family name where nouns have capitals: known, or of no noun's ending."""
    known = word_kinds().get(word, 0) & GERMAN_FAMILY != 0
    return known or not word.endswith(tuple(listed("family", "german_nouns")))


@cache
def family_words() -> frozenset[str]:
    """Family names that are words too."""
    return listed("family", "words", "within", "german")


@cache
def given_words() -> frozenset[str]:
    """Given names that are words too."""
    return listed("given", "within", "words")


@cache
def german_nouns() -> frozenset[str]:
    """Names that are nouns of German."""
    return listed("family", "german", "nouns")


@cache
def cues() -> frozenset[str]:
    """Behind which somebody may follow."""
    return phrases("cues") | phrases("personal")


@lru_cache(maxsize=4096)
def is_ordinary(word: str) -> bool:
    """Whether `word` is one of those that often follow a name, or ends like one."""
    return word in listed("people", "ordinary") or word.endswith(tuple(listed("people", "ordinary_endings")))


@cache
def english_verbs() -> frozenset[str]:
    """Of the words for what only people do, those of English."""
    return frozenset(_tables()["people"]["verbs"]["en"].split())


@cache
def listed(table: str, *keys: str) -> frozenset[str]:
    """The words under `keys` of a table, in all their languages."""
    return frozenset(word for key in keys for text in _texts(_tables()[table][key]) for word in fold(text).split())


@cache
def phrases(key: str, language: str = "") -> frozenset[str]:
    """The lines under `key` of people_words.toml, of one language or of all."""
    entry = _tables()["people"][key]
    texts = _texts(entry[language] if language else entry)
    return frozenset(fold(line.strip()) for text in texts for line in text.strip().splitlines())


def _texts(entry: str | Mapping[str, str]) -> Iterable[str]:
    return [entry] if isinstance(entry, str) else entry.values()


@cache
def _tables() -> Mapping[str, Any]:
    files = dict(zip(("given", "family", "people"), DATA_FILES, strict=True))
    return {name: tomllib.loads(Path(__file__).with_name(file).read_text("utf-8")) for name, file in files.items()}
