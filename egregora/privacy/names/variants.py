"""The variants of a name: every form in which a text may mention the person."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

from egregora.core.names import fold, words_of
from egregora.privacy.names.nicknames import nicknames

DATA_FILES = ("name_words.toml",)

_MIN_PART, _MIN_FIRST_NAME = 3, 2  # letters
_IN_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_FROM_ASCII = re.compile(r"(?<=[^\W\d_aeioqu])([aou])e(?=[^\W\d_aeiou]{2})")  # "Juergen", and not "Daniel"
_CJK = re.compile("[\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]+")  # Chinese characters, Hangul
_FAMILY_LENGTHS = {3: (1,), 4: (1, 2), 5: (2, 3)}  # characters of the family name, by length of the whole name
_APOSTROPHE = re.compile(r"([^\W\d_]+)'([^\W\d_]+)")


def name_variants(name: str) -> Iterator[tuple[str, ...]]:
    """The variants of `name` as tuples of folded words: the whole name, runs of its words, and its single words.

    A single word has three letters or more, a first name two. Particles and labels of contact lists ("de", "vizinho")
    and single letters occur only inside a run. A name of one letter is redacted only where it is mentioned with @.
    """
    for written in _spellings(name):
        folded = fold(written)
        yield from _variants(words_of(folded))
        if "'" in folded:  # "O'Brien" is "OBrien" too
            yield from _APOSTROPHE.findall(folded)
            yield from _variants(words_of(folded.replace("'", "")))


def _spellings(name: str) -> Iterator[str]:
    """`name` and its spellings with and without umlauts and the like: "Jürgen", "Juergen"."""
    composed = unicodedata.normalize("NFC", name.casefold())
    yield from dict.fromkeys((composed, composed.translate(_IN_ASCII), _FROM_ASCII.sub(r"\1", composed)))


def nickname_variants(name: str) -> Iterator[tuple[str, ...]]:
    """The nicknames of the first word of `name`, each as a tuple of one word."""
    name_parts = [word for word in words_of(fold(name)) if word not in name_words("particles", "labels")]
    yield from ((short,) for word in name_parts[:1] for short in nicknames(word))


def _variants(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The variants of a name with these folded words."""
    if len("".join(words)) > 1:
        yield tuple(words)
    name_parts = [word for word in words if word not in name_words("particles", "labels")]
    yield from _word_runs(words, name_parts)
    yield from _word_runs(name_parts, name_parts)
    for index, word in enumerate(name_parts):
        if len(word) >= (_MIN_FIRST_NAME if index == 0 else _MIN_PART) and len(words) > 1:
            yield (word,)
    if len(words) == 1 and _CJK.fullmatch(words[0]):
        for end in _FAMILY_LENGTHS.get(len(words[0]), ()):  # the family name comes first
            yield from ((part,) for part in (words[0][:end], words[0][end:]) if len(part) > 1)


def _word_runs(words: Sequence[str], name_parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Runs of `words` that start and end with one of `name_parts`; then the first with the last."""
    ends = [index for index, word in enumerate(words) if word in name_parts and len(word) > 1]
    yield from (tuple(words[first : last + 1]) for first, last in combinations(ends, 2))
    if len(ends) > 1:
        yield words[ends[0]], words[ends[-1]]


def is_ambiguous(words: tuple[str, ...]) -> bool:
    """Whether this name is also an ordinary word, or too short: then it is redacted only with a capital letter.

    "Rosa" is redacted and "rosa" stays, even if it means the person. The words are in `name_words.toml`.
    """
    return len(words) == 1 and (len(words[0]) < _MIN_PART or words[0] in name_words("particles", "labels", "words"))


@cache
def name_words(*lists: str) -> frozenset[str]:
    """The words of these lists of `name_words.toml`."""
    words = tomllib.loads(Path(__file__).with_name("name_words.toml").read_text("utf-8"))
    return frozenset(word for name in lists for word in words[name].split())
