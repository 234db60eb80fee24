"""Who is to be forgotten: kept as keyed digests, by which their messages and names are found without a name in it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from egregora.config.key import keyed_digest
from egregora.core.errors import PrivacyError
from egregora.core.names import UNSPACED, digits_of, is_phone, person_key
from egregora.utils.files import write_atomically

_HEAD = "egregora-forgotten-1"
_LINE = re.compile(r"(?:person|author|words|capital|first|number|unspaced) [0-9a-f]{32}")
_MENTION = re.compile("@\u2068([^\u2068\u2069\n]{1,100})\u2069")
_NUMBER = re.compile(r"\d(?:[\s().\u00b7\u2010-\u2012-]{0,2}\d){7,}")
_ENDING = 8  # digits that tell whose number it is
_MOST_WORDS = 8
_ONE_WORD = 7  # letters of a name from which its words may be written as one
_ISOLATES = range(0x2066, 0x206A)  # the marks around a mention
_GAP = 4  # characters between two words of a name


class Called(NamedTuple):
    """What somebody may be called in a text."""

    words: tuple[str, ...]  # folded or not: they are folded again
    with_capital: bool  # only so, since they are words as well


class Forgotten:
    """Those who are to be forgotten in one project."""

    def __init__(self, secret: bytes, lines: Iterable[str] = ()) -> None:
        self._secret = secret
        self._lines = frozenset(lines)
        self._firsts: dict[str, bool] = {}  # of words that were met
        self._unspaced = self._has("unspaced", "yes")

    def __bool__(self) -> bool:
        return bool(self._lines)

    @property
    def people(self) -> int:
        """How many there are."""
        return sum(line.startswith("person ") for line in self._lines)

    def is_author(self, name: str) -> bool:
        """Whether somebody of this name is to be forgotten."""
        return self._has("author", person_key(name))

    def cleaned(self, text: str) -> str:
        """`text` with placeholders for their names and numbers."""
        text = _MENTION.sub(self._mention, text) if "\u2068" in text else text
        text = _NUMBER.sub(lambda match: "[phone]" if self._is_theirs(match[0]) else match[0], text)
        spans = list(self._spans(text))
        for start, end in reversed(spans):
            text = f"{text[:start]}[person]{text[end:]}"
        return text

    def with_person(self, names: Iterable[str], called: Iterable[Called]) -> "Forgotten":
        """The same and one more, who has these names as an author and may be called so in texts."""
        return Forgotten(self._secret, self._lines | set(self._lines_of(list(names), called)))

    def write(self, path: Path) -> None:
        """Keep them in `path`, mode 0600: there whole, or as it was. Errors: PrivacyError when it cannot be written."""
        try:
            self._write(path)
        except OSError as error:
            what = f"who is to be forgotten could not be written down: {error.strerror}"
            raise PrivacyError(what, where=str(path), fix="make room, or the folder writable, and try again") from error

    # inside

    def _write(self, path: Path) -> None:
        lines = (_first_line(self._secret, self._lines), *sorted(self._lines))
        write_atomically(path, "".join(f"{line}\n" for line in lines))

    def _digest(self, kind: str, *parts: str) -> str:
        return f"{kind} {keyed_digest(self._secret, 'forgotten', kind, *parts)[:32]}"

    def _has(self, kind: str, *parts: str) -> bool:
        return bool(self._lines) and self._digest(kind, *parts) in self._lines

    def _lines_of(self, names: Sequence[str], called: Iterable[Called]) -> Iterator[str]:
        yield self._digest("person", *sorted(map(person_key, names)))
        for name in names:
            yield self._digest("author", person_key(name))
            if is_phone(name):
                yield self._digest("number", digits_of(name)[-_ENDING:])
        for words, with_capital in called:
            folded = tuple(filter(None, map(_folded, words)))
            kind = "capital" if with_capital else "words"
            for written in {folded, ("".join(folded),)} if len("".join(folded)) >= _ONE_WORD else {folded}:
                yield self._digest(kind, *written)
                yield self._digest("first", *written[:1])
            if UNSPACED.search("".join(words)):
                yield self._digest("unspaced", "yes")

    def _mention(self, match: re.Match[str]) -> str:
        return "[person]" if self.is_author(match[1]) else match[0]

    def _is_theirs(self, number: str) -> bool:
        digits = digits_of(number)
        return any(self._has("number", digits[at : at + _ENDING]) for at in range(len(digits) - _ENDING + 1))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where their names are, in order; of two that begin alike the longer one."""
        words = [(match[0], *match.span()) for match in _word_pattern().finditer(text)]
        done = 0
        for at, (word, start, _) in enumerate(words):
            if start < done:
                continue
            found = self._name_at(text, words[at : at + _MOST_WORDS]) if self._begins(word) else None
            if found is None and self._unspaced and UNSPACED.search(word):
                yield from self._inside(word, start)
            elif found is not None:
                done = found
                yield start, done

    def _begins(self, word: str) -> bool:
        if word not in self._firsts:
            self._firsts[word] = any(self._has("first", form) for form in _forms(word))
        return self._firsts[word]

    def _name_at(self, text: str, words: Sequence[tuple[str, int, int]]) -> int | None:
        """Where a name ends that begins with the first of `words`; None when none does."""
        for count in range(len(words), 0, -1):
            taken = words[:count]
            gaps = (after[1] - before[2] for before, after in pairwise(taken))
            capital = text[words[0][1]].isupper()
            if all(gap <= _GAP for gap in gaps) and self._is_name([word for word, _, _ in taken], capital=capital):
                return taken[-1][2]
        return None

    def _is_name(self, words: Sequence[str], *, capital: bool) -> bool:
        folded = [_folded(word) for word in words[:-1]]
        return any(
            self._has("words", *folded, last) or (capital and self._has("capital", *folded, last))
            for last in _forms(words[-1])
        )

    def _inside(self, word: str, start: int) -> Iterator[tuple[int, int]]:
        """Names inside a run of letters of a script that writes no spaces."""
        at = 0
        while at < len(word):
            ends = (at + size for size in range(min(_MOST_WORDS, len(word) - at), 0, -1))
            end = next((end for end in ends if self._has("words", _folded(word[at:end]))), None)
            if end is not None:
                yield start + at, start + end
            at = end or at + 1


def read_forgotten(path: Path, secret: bytes) -> Forgotten:
    """Those that `path` has; nobody when it is missing.

    Errors: PrivacyError when it cannot be read, is damaged, or was written with another key: then nobody in it would
    be found, and everybody would be back.
    """
    try:
        first, *lines = path.read_text("ascii").splitlines() or [""]
    except FileNotFoundError:
        return Forgotten(secret)
    except (OSError, UnicodeDecodeError) as error:
        raise PrivacyError("the list of who is to be forgotten cannot be read", where=str(path), fix=_FIX) from error
    if not all(map(_LINE.fullmatch, lines)) or first != _first_line(secret, lines):
        what = "the list of who is to be forgotten is damaged, or was written with another key"
        raise PrivacyError(what, where=str(path), fix=_FIX)
    return Forgotten(secret, lines)


_FIX = (
    "restore it, and the key beside it, from a backup; if that is lost, delete the file, say `egregora forget-person`"
    " for each of them again, and publish nothing before"
)


def _first_line(secret: bytes, lines: Iterable[str]) -> str:
    """What tells whether the list is whole, and of this key."""
    return f"{_HEAD} {keyed_digest(secret, _HEAD, *sorted(lines))[:32]}"


def _forms(word: str) -> tuple[str, ...]:
    """A word, and what it is of: "Annas"."""
    folded = _folded(word)
    return (folded, folded[:-1]) if folded.endswith("s") and word[:1].isupper() else (folded,)


def _folded(word: str) -> str:
    """A word without case, accents and marks that cannot be seen."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).upper().casefold())
    return "".join(char for char in plain if unicodedata.category(char)[0] not in "MC")


@cache
def _word_pattern() -> re.Pattern[str]:
    """Letters, and the marks between and behind them."""
    kinds = ("Mn", "Mc", "Me", "Cf")
    # Planes 2 and 3 of Unicode have ideographs, 4 to 13 nothing, 15 and 16 are private; of 14 the first rows are used.
    codes = chain(range(0x20000), range(0xE0000, 0xE1000))
    marks = [code for code in codes if unicodedata.category(chr(code)) in kinds and code not in _ISOLATES]
    runs = [[code for _, code in run] for _, run in groupby(enumerate(marks), lambda pair: pair[1] - pair[0])]
    listed = "".join(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}" for run in runs)
    return re.compile(rf"[^\W\d_](?:[^\W\d_]|[{listed}])*")
