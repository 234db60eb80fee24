"""Whether somebody's name is in a text or in a file: looked for apart from what takes names out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from egregora.core.names import Name, fold, is_phone, names_pattern, words_of
from egregora.privacy.roster import Roster, read_roster

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PIECE = 16 << 20
_FEWEST_BYTES = 6  # of what is looked for among bytes: vectors are as good as chance, and have any shorter word
_FEWEST_DIGITS = 10
_ENDING = 8  # digits of a phone that tell whose it is
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Leaks:
    """The names and phones of one roster.

    Names that are words as well ("Rosa") are not looked for: those that mean a person are taken out by their capital,
    and others stay.
    """

    _names: re.Pattern[str] | None
    _letters: frozenset[str]
    _phones: re.Pattern[str] | None
    _written: tuple[str, ...]  # names, their parts and phones as they may stand in a file

    @classmethod
    def of(cls, messages: "ir.Table", secret: bytes, people: str) -> "Leaks":
        """Those of `ingested_messages`."""
        roster = read_roster(messages, secret, people)
        authors = messages.filter(messages.author.notnull()).select("author").distinct().to_pyarrow()["author"]
        return cls.among(roster, authors.to_pylist())

    @classmethod
    def among(cls, roster: Roster, authors: Iterable[str]) -> "Leaks":
        """Those of `roster`; `authors` are as the chat writes them."""
        names = [name for name in roster.names() if not name.with_capital]
        phones = sorted(person for person in roster.codes if is_phone(person))
        return cls(
            names_pattern(names),
            frozenset(name.letters for name in names),
            re.compile("|".join(r"\D{0,2}".join(phone[-_ENDING:]) for phone in phones)) if phones else None,
            tuple(sorted({*_spellings(names, authors), *phones})),
        )

    def in_texts(self, texts: Iterable[str | None]) -> int:
        """How many of `texts` name somebody."""
        return sum(text is not None and self._named(text) for text in texts)

    def in_bytes(self, path: Path, *, spared: str = "") -> int:
        """How often one of the longer names, or a phone, stands in a file; words of `spared` do not count."""
        pattern = _bytes_pattern(self._written, set(words_of(fold(spared))) | _own_words())
        return sum(len(pattern.findall(piece)) for piece in _pieces(path)) if pattern else 0

    def _named(self, text: str) -> bool:
        folded = fold(text)
        found = self._names.finditer(folded) if self._names else ()
        if any("".join(words_of(match[0])) in self._letters for match in found):
            return True
        return self._phones is not None and self._phones.search(folded) is not None


def _spellings(names: Sequence[Name], authors: Iterable[str]) -> Iterator[str]:
    """How names may be written: as in the chat, or folded and with any kind of capitals."""
    letters = {name.letters for name in names}
    for author in authors:
        for written in (author, *author.split()):
            if "".join(words_of(fold(written))) in letters:
                yield from (written, written.lower(), written.upper(), written.title())
    for name in names:
        plain = " ".join(name.words)
        yield from (plain, plain.upper(), plain.title())


def _bytes_pattern(written: Iterable[str], spared: set[str]) -> re.Pattern[bytes] | None:
    kept = {text for text in written if _is_telling(text) and not spared.issuperset(words_of(fold(text)) or [""])}
    listed = b"|".join(re.escape(text.encode()) for text in sorted(kept, key=lambda text: (-len(text), text)))
    return re.compile(rb"(?<![A-Za-z\x80-\xff])(?:" + listed + rb")(?![A-Za-z\x80-\xff])") if kept else None


def _is_telling(text: str) -> bool:
    if is_phone(text):
        return sum(char.isdigit() for char in text) >= _FEWEST_DIGITS
    return len(text.encode()) >= _FEWEST_BYTES


def _own_words() -> set[str]:
    """The words that a file has from us: the names of tables and columns."""
    from egregora.core.database_schema import SCHEMAS

    return {word for table, schema in SCHEMAS.items() for name in (table, *schema.names) for word in words_of(name)}


def _pieces(path: Path) -> Iterator[bytes]:
    """A file in pieces that overlap by more than a name."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield before + piece
            before = piece[-_LONGEST:]
