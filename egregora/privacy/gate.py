"""The gate: the last look at whatever leaves, by somebody who knows every member's name.

Texts come here without names already; what the gate finds is a mistake, so it stops and mends nothing. It minds names
that can be nothing else, and identifiers; a word that is also a name ("Rosa") it leaves to `redaction`, which sees the
sentence.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import ibis.expr.types as ir
import pyarrow as pa

from egregora.config.key import read_key
from egregora.core.egress import ScreenedText, Gate
from egregora.core.errors import PrivacyError
from egregora.core.fingerprint import bytes_digest
from egregora.core.names import Name, fold, words_of
from egregora.core.seal import mark_screened
from egregora.privacy.detect.prefilter import Candidates
from egregora.privacy.roster import Roster, read_roster
from egregora.utils.metadata import DamagedError, kind_of, without_metadata

_GUESSED = frozenset({"address"})  # "Terrace 36": in what we put together ourselves it means nothing
_MARKED_UP = frozenset({".html", ".xml", ".svg"})
# The policy of a page is for browsers; a member may be called "img src", and it would stop every page.
_POLICY = '<meta http-equiv="Content-Security-Policy"[^<>]*>'
_NO_TEXT = re.compile(rf"<style\b.*?</style>|<!--.*?-->|{_POLICY}", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"""\s([A-Za-z-]+)=(?:"([^"]*)"|'([^']*)')""")
_SAYING = frozenset({"alt", "title", "content", "label", "placeholder", "value"})  # "aria-label", "data-title" as well
_LEADING = frozenset({"href", "src", "action"})
_ELSEWHERE = ("http:", "https:", "mailto:", "tel:")
_TIME = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?"
_ID = r"(?=\d*[a-f])[0-9a-f]{16,64}|m-[0-9a-f]{16}|(?:chat|file)-[0-9a-f]{8,12}"  # digits alone may be a card
_MEND = "this is a mistake of egregora: nothing was written; please report it, without the text"


def open_gate(*, ingested_messages: ir.Table, key: Path, people: str) -> Gate:
    """The gate for everybody who wrote or is mentioned in these messages; `people` says who has several names.

    Errors: PrivacyError without a key.
    """
    return RosterGate(read_roster(ingested_messages, read_key(key), people))


class RosterGate:
    """The gate for one roster; `spared` are folded words that are no names here, `asked` what members ask to show."""

    def __init__(
        self, roster: Roster, spared: frozenset[str] = frozenset(), asked: frozenset[str] = frozenset()
    ) -> None:
        self._roster, self._spared, self._asked = roster, spared, asked
        names = [name for name in roster.names() if not (name.with_capital or _is_spared(name, spared))]
        self._redactor, self._candidates = roster.redactor(names), Candidates(names)
        on_a_line = (text for text in asked if text and "\n" not in text)
        longest_first = sorted(on_a_line, key=lambda text: (-len(text), text))
        self._said = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        # Pseudonyms, ids of messages, chats and files, digests and times have runs of digits that are nobody's number.
        self._ours = re.compile(rf"(?<![0-9a-zA-Z])(?:{'|'.join([_ID, _TIME, *roster.codes.values()])})(?![0-9a-zA-Z])")
        self._seen: set[str] = set()  # lines of files that were looked at: pages share most of theirs
        self._seen_pictures: set[str] = set()  # by digest: each lies in two folders

    def with_allowlist(self, words: Iterable[str], asked: Iterable[str] = ()) -> "RosterGate":
        """The same, without minding `words`, nor in files what members `asked` to have said."""
        spared = self._spared.union(*(words_of(fold(word)) for word in words))
        return RosterGate(self._roster, spared, self._asked.union(asked))

    def clear(self, texts: Sequence[str], *, where: str) -> list[ScreenedText]:
        """`texts`, as they are. Errors: PrivacyError when one holds a name or an identifier."""
        for _, kinds in self._found(texts):
            raise _stopped(kinds, where)
        return [mark_screened(text) for text in texts]

    def check_files(self, files: Mapping[str, bytes]) -> None:
        """Look at what the files show. Errors: PrivacyError when one shows a name, an identifier, or metadata."""
        shown = {path: self._unseen(path, data) for path, data in files.items()}
        lines = set().union(*shown.values())
        # All together: what we ask of a pattern line by line takes longer than what it does.
        for found, kinds in self._found(sorted({*self._unasked("\n".join(sorted(lines))).split("\n")} - {""})):
            raise _stopped(kinds, next(path for path, own in shown.items() if self._in(found, own)))
        self._seen |= lines

    def _unseen(self, path: str, data: bytes) -> set[str]:
        """The lines that a file shows and no file before it, its path among them."""
        if not kind_of(data[:16]):
            return {*map(str.strip, _shown(path, data).split("\n"))} - self._seen
        picture = bytes_digest(data)
        if picture not in self._seen_pictures:
            _check_picture(path, data)
            self._seen_pictures.add(picture)
        return {path} - self._seen

    def _in(self, found: str, lines: Iterable[str]) -> bool:
        return any(self._unasked(line) == found for line in lines)

    def _unasked(self, text: str) -> str:
        without_ours = self._ours.sub(" ", text)
        return self._said.sub(" ", without_ours) if self._said else without_ours

    def _found(self, texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Texts that must not leave, with the kinds of what is in them."""
        if not texts:
            return  # the tables of words take their time
        for row, tried in self._candidates.among(pa.array(texts, pa.string())).items():
            sure = [rule for rule in tried.rules if rule.kind not in _GUESSED]
            _, counts = self._redactor.redact_once(texts[row], tried=tried._replace(rules=sure, people=False))
            if counts:
                yield texts[row], sorted(counts)


def _is_spared(name: Name, spared: frozenset[str]) -> bool:
    return len(name.words) == 1 and name.words[0] in spared


def _stopped(kinds: Sequence[str], where: str) -> PrivacyError:
    return PrivacyError(f"personal data ({', '.join(kinds)}) was about to leave", where=where, fix=_MEND)


def _shown(path: str, data: bytes) -> str:
    """What a file that is no picture shows or says, and its path."""
    if PurePosixPath(path).suffix == ".css":
        return path  # it shows nothing
    text = data.decode("utf-8", errors="replace")
    if PurePosixPath(path).suffix in _MARKED_UP:
        drawn = _NO_TEXT.sub("\n", text)
        text = html.unescape("\n".join([_TAG.sub("\n", drawn), *_said_in_tags(drawn)]))
    elif PurePosixPath(path).suffix == ".md":
        text = html.unescape(text.replace("\\", ""))  # both only keep signs from being marks
    return f"{path}\n{text}"


def _said_in_tags(text: str) -> Iterator[str]:
    """What tags say to readers, and where they lead, if that is elsewhere."""
    for name, double, single in _ATTRIBUTE.findall(text):
        kind, value = name.rpartition("-")[2].lower(), double or single
        if kind in _SAYING or (kind in _LEADING and value.lower().startswith(_ELSEWHERE)):
            yield value


def _check_picture(path: str, data: bytes) -> None:
    try:
        if without_metadata(data).data == data:
            return
    except DamagedError:
        pass
    raise PrivacyError("a picture was about to leave with more than what draws it", where=path, fix=_MEND)
