"""Scans texts and files for names and phones; independent of the redaction that removes them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from egregora.core.names import Name, fold, is_phone, names_pattern, words_of
from egregora.privacy.roster import Roster, read_roster

if TYPE_CHECKING:
    import ibis.expr.types as ir

_BLOCK = 16 << 20
_MIN_BYTES = 6  # shorter words occur by chance in the bytes of vectors
_MIN_DIGITS = 10
_LAST_DIGITS = 8  # of a phone number: enough to identify it
_OVERLAP = 512


@dataclass(frozen=True, slots=True)
class LeakScanner:
    """Finds the names and phones of one roster.

    Ambiguous names ("Rosa") are not searched. Redaction removes them only with a capital letter, so some stay.
    """

    _names: re.Pattern[str] | None
    _letters: frozenset[str]
    _phones: re.Pattern[str] | None
    _written: tuple[str, ...]  # spellings of names, their parts and phones

    @classmethod
    def from_messages(cls, messages: "ir.Table", secret: bytes, people: str) -> "LeakScanner":
        """A scanner for the people in `ingested_messages`."""
        roster = read_roster(messages, secret, people)
        authors = messages.filter(messages.author.notnull()).select("author").distinct().to_pyarrow()["author"]
        return cls.from_roster(roster, authors.to_pylist())

    @classmethod
    def from_roster(cls, roster: Roster, authors: Iterable[str]) -> "LeakScanner":
        """A scanner for `roster`; `authors` are their names as the chat writes them."""
        names = [name for name in roster.names() if not name.with_capital]
        phones = sorted(person for person in roster.codes if is_phone(person))
        return cls(
            names_pattern(names),
            frozenset(name.letters for name in names),
            re.compile("|".join(r"\D{0,2}".join(phone[-_LAST_DIGITS:]) for phone in phones)) if phones else None,
            tuple(sorted({*_spellings(names, authors), *phones})),
        )

    def count_texts(self, texts: Iterable[str | None]) -> int:
        """How many of `texts` contain a name or a phone."""
        return sum(text is not None and self._names_somebody(text) for text in texts)

    def count_in_file(self, path: Path, *, ignored: str = "") -> int:
        """How often a longer name or a phone occurs in the bytes of a file; words in `ignored` do not count."""
        pattern = _bytes_pattern(self._written, set(words_of(fold(ignored))) | _schema_words())
        return sum(len(pattern.findall(block)) for block in _blocks(path)) if pattern else 0

    def _names_somebody(self, text: str) -> bool:
        folded = fold(text)
        found = self._names.finditer(folded) if self._names else ()
        if any("".join(words_of(match[0])) in self._letters for match in found):
            return True
        return self._phones is not None and self._phones.search(folded) is not None


def _spellings(names: Sequence[Name], authors: Iterable[str]) -> Iterator[str]:
    """The spellings of names: as in the chat, and folded in lower, upper and title case."""
    letters = {name.letters for name in names}
    for author in authors:
        for written in (author, *author.split()):
            if "".join(words_of(fold(written))) in letters:
                yield from (written, written.lower(), written.upper(), written.title())
    for name in names:
        plain = " ".join(name.words)
        yield from (plain, plain.upper(), plain.title())


def _bytes_pattern(written: Iterable[str], ignored: set[str]) -> re.Pattern[bytes] | None:
    kept = {text for text in written if _is_distinctive(text) and not ignored.issuperset(words_of(fold(text)) or [""])}
    alternatives = b"|".join(re.escape(text.encode()) for text in sorted(kept, key=lambda text: (-len(text), text)))
    return re.compile(rb"(?<![A-Za-z\x80-\xff])(?:" + alternatives + rb")(?![A-Za-z\x80-\xff])") if kept else None


def _is_distinctive(text: str) -> bool:
    """Whether `text` is long enough to occur in a file only on purpose."""
    if is_phone(text):
        return sum(char.isdigit() for char in text) >= _MIN_DIGITS
    return len(text.encode()) >= _MIN_BYTES


def _schema_words() -> set[str]:
    """The words that every file has: the names of tables and columns."""
    from egregora.core.database_schema import SCHEMAS

    return {word for table, schema in SCHEMAS.items() for name in (table, *schema.names) for word in words_of(name)}


def _blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file in blocks; each overlaps the one before by more than a name."""
    before = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield before + block
            before = block[-_OVERLAP:]
