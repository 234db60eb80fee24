"""How names are written: what makes two writings alike, and one pattern for all names of a roster."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

# Scripts that write no space between words: a name in them has no boundary to look for.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)

_LETTER = r"[^\W\d_]"
_WORD = re.compile(f"{_LETTER}+")
_ONE_WORD = 7
_SHORTEST_NUMBER = 7
_NUMBER = re.compile(r"\+?[\d\s().-]{7,30}")
_TILDES = "~\u223c "  # before the name of who is in no contacts; the second is what some phones write
_HANGUL = range(0xAC00, 0xD7A4)  # composed: a syllable is one letter for us
_ALIKE = dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")


class Folding(dict[int, str]):
    """A table for `str.translate`, filled as it is used: case, accents, invisible marks and digits of any script.

    What is folded may be longer or shorter than the text; `origins` leads back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._uneven: set[str] = set()  # characters that are folded to none or several

    def __missing__(self, code: int) -> str:
        folded = self[code] = self._written(chr(code))
        if len(folded) != 1:
            self._uneven.add(chr(code))
        return folded

    def _written(self, char: str) -> str:
        return _folded(char)

    _latest: tuple[str, Sequence[int]] = "", (0,)  # asked for several times in a row

    def origins(self, text: str) -> Sequence[int]:
        """For each character of the folded text, where in `text` it comes from; the length of `text` at the end.

        `text` is one that was translated by this table.
        """
        if text is not self._latest[0]:
            self._latest = text, self._origins(text)
        return self._latest[1]

    def _origins(self, text: str) -> Sequence[int]:
        if self._uneven.isdisjoint(text):
            return range(len(text) + 1)
        return [index for index, char in enumerate(text) for _ in self[ord(char)]] + [len(text)]


class Dividing(Folding):
    """The same, but an invisible mark becomes a space: between two letters it may stand for one."""

    def _written(self, char: str) -> str:
        return " " if unicodedata.category(char) == "Cf" else super()._written(char)


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a part of one: folded words of letters, what stands for it, and whether only a capital makes it one."""

    words: tuple[str, ...]
    placeholder: str
    with_capital: bool

    @property
    def letters(self) -> str:
        """The words as one."""
        return "".join(self.words)


_FOLDING = Folding()


def fold(text: str) -> str:
    """`text` as names and rules are looked for in it."""
    return text.translate(_FOLDING)


@lru_cache(maxsize=4096)  # of authors there are few, of messages many
def person_key(name: str) -> str:
    """The same for all writings of a person's name: case, spaces, invisible marks and a tilde before it do not matter.

    A phone number counts by its digits.
    """
    visible = "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf")
    key = " ".join(visible.casefold().split()).lstrip(_TILDES)
    return digits_of(key) if is_phone(key) else key


def is_phone(name: str) -> bool:
    """Whether `name` is a phone number and nothing else."""
    return len(digits_of(name)) >= _SHORTEST_NUMBER and _NUMBER.fullmatch(fold(name)) is not None


def digits_of(text: str) -> str:
    """The decimal digits of `text`, of any script, as 0-9."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def words_of(folded: str) -> list[str]:
    """The words of a folded name: letters only."""
    return _WORD.findall(folded)


def names_pattern(names: Iterable[Name]) -> re.Pattern[str] | None:
    """One pattern for all names, the longest first; None without names."""
    phrases = sorted({name.words for name in names})
    unspaced = [words for words in phrases if UNSPACED.search("".join(words))]
    spaced = [words for words in phrases if words not in set(unspaced)]
    parts = [f"(?:{_alternatives(spaced, f'(?<!{_LETTER}.)')})s?(?!{_LETTER})"] if spaced else []
    parts += [f"(?:{_alternatives(unspaced, '')})"] if unspaced else []
    return re.compile("|".join(parts)) if parts else None


def _alternatives(phrases: Iterable[tuple[str, ...]], behind_first: str) -> str:
    """`phrases` by their first letter, so that a text is compared with few of them; the longest first.

    What must hold before a phrase is asked for behind its first letter: a pattern that begins with letters is fast.
    """
    ordered = sorted(phrases, key=lambda phrase: (phrase[0][0], -len("".join(phrase)), phrase))
    by_letter = groupby(ordered, key=lambda phrase: phrase[0][0])
    return "|".join(
        f"{letter}{behind_first}(?:{'|'.join(_written(phrase)[1:] for phrase in group)})" for letter, group in by_letter
    )


def _written(phrase: tuple[str, ...]) -> str:
    # Words may be written as one ("anasilva"), unless that is so short that it may be another word ("luisa").
    letters = "".join(phrase)
    as_one = len(letters) >= _ONE_WORD or UNSPACED.search(letters)
    return (r"[\W_]{0,4}" if as_one else r"[\W_]{1,4}").join(phrase)


@cache  # a table is begun anew for each redactor, and characters are few
def _folded(char: str) -> str:
    if char in _ALIKE or ord(char) in _HANGUL:
        return _ALIKE.get(char, char)
    if char.isspace():
        return "\n" if char == "\n" else " "
    upper = unicodedata.normalize("NFKD", char).upper()  # first, since a dotless i has the capital of an i
    plain = unicodedata.normalize("NFKD", upper.casefold())
    return "".join(_digit(part) for part in plain if unicodedata.category(part)[0] not in "MC")


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if unicodedata.decimal(char, None) is not None else char
