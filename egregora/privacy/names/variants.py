"""What a text may call a person by, from the name in the chat."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

from egregora.core.names import fold, words_of
from egregora.privacy.names.nicknames import diminutives

DATA_FILES = ("name_words.toml",)

_SHORT, _SHORTER = 3, 2  # letters a part of a name has at least, and a first name
_IN_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_FROM_ASCII = re.compile(r"(?<=[^\W\d_aeioqu])([aou])e(?=[^\W\d_aeiou]{2})")  # "Juergen", and not "Daniel"
_SIGNS = re.compile("[\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]+")  # Chinese characters, Hangul
_FAMILY = {3: (1,), 4: (1, 2), 5: (2, 3)}  # signs of a family name, by those of the whole
_APART = re.compile(r"([^\W\d_]+)'([^\W\d_]+)")


def phrases_of(name: str) -> Iterator[tuple[str, ...]]:
    """What a text may call a person by, as folded words: the whole name, runs of its words, and each that is a name.

    A word has three letters, the first one two; particles and what people write in their contacts ("de", "vizinho")
    are none, but may stand inside a run, as may a single letter. A name of one letter is found where it is mentioned,
    and nowhere else.
    """
    for written in _spellings(name):
        folded = fold(written)
        yield from _phrases(words_of(folded))
        if "'" in folded:  # "O'Brien" is "OBrien" too
            yield from _APART.findall(folded)
            yield from _phrases(words_of(folded.replace("'", "")))


def _spellings(name: str) -> Iterator[str]:
    """`name`, and as those write it who lack its letters, or have them: "Jürgen", "Juergen"."""
    composed = unicodedata.normalize("NFC", name.casefold())
    yield from dict.fromkeys((composed, composed.translate(_IN_ASCII), _FROM_ASCII.sub(r"\1", composed)))


def short_forms(name: str) -> Iterator[tuple[str, ...]]:
    """The diminutives of a name's first word, as `phrases_of` gives phrases."""
    own = [word for word in words_of(fold(name)) if word not in name_words("particles", "labels")]
    yield from ((short,) for word in own[:1] for short in diminutives(word))


def _phrases(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if len("".join(words)) > 1:
        yield tuple(words)
    own = [word for word in words if word not in name_words("particles", "labels")]
    yield from _runs(words, own)
    yield from _runs(own, own)
    for index, word in enumerate(own):
        if len(word) >= (_SHORTER if index == 0 else _SHORT) and len(words) > 1:
            yield (word,)
    if len(words) == 1 and _SIGNS.fullmatch(words[0]):
        for end in _FAMILY.get(len(words[0]), ()):  # the family name stands in front
            yield from ((part,) for part in (words[0][:end], words[0][end:]) if len(part) > 1)


def _runs(words: Sequence[str], own: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The runs of `words` that begin and end with one of `own`, and the first with the last."""
    ends = [place for place, word in enumerate(words) if word in own and len(word) > 1]
    yield from (tuple(words[first : last + 1]) for first, last in combinations(ends, 2))
    if len(ends) > 1:
        yield words[ends[0]], words[ends[-1]]


def needs_capital(words: tuple[str, ...]) -> bool:
    """Whether this name is an ordinary word too, or so short that it may be one: then "Rosa" is taken and "rosa" left.

    So a lower-case "rosa" that means the person stays; the lists are in `name_words.toml`.
    """
    return len(words) == 1 and (len(words[0]) < _SHORT or words[0] in name_words("particles", "labels", "words"))


@cache
def name_words(*lists: str) -> frozenset[str]:
    """The words of these lists of name_words.toml."""
    words = tomllib.loads(Path(__file__).with_name("name_words.toml").read_text("utf-8"))
    return frozenset(word for name in lists for word in words[name].split())
