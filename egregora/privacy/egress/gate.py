"""The egress gate: the last check of everything that leaves, with the detector that redaction uses.

Texts arrive here already redacted, so a find is an error of the program. The gate withholds that line, records it,
and goes on. A piece of text that was screened before is no find: what redaction left in a message may also stay in
what is made from the message.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path, PurePosixPath

import ibis.expr.types as ir
import pyarrow as pa

from egregora.config.key import keyed_digest, read_key
from egregora.core.egress import IN_SETTINGS, WITHHELD, EgressGate, ScreenedText, Withheld
from egregora.core.errors import PrivacyError
from egregora.core.fingerprint import bytes_digest
from egregora.core.names import Name, fold, words_of
from egregora.core.seal import mark_screened
from egregora.privacy.detect.columns.prefilter import Candidates
from egregora.privacy.detect.redactor import Redactor, Tried
from egregora.privacy.detect.spans import Span
from egregora.privacy.egress.file_text import SEPARATOR, IsBad, visible_text, withhold_lines
from egregora.privacy.egress.own_phrases import NUMBER, own_phrases
from egregora.privacy.egress.screened_pieces import Piece, find_pieces, make_piece, occurs_in
from egregora.privacy.roster import Roster, read_roster
from egregora.utils.image_metadata import DamagedError, kind_of, without_metadata

_GUESSED = frozenset({"address"})  # "Terrace 36": in text that we compose it means nothing
_TIME = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?"
_ID = r"(?=\d*[a-f])[0-9a-f]{16,64}|m-[0-9a-f]{16}|(?:chat|file)-[0-9a-f]{8,12}"  # digits only: maybe a card
_COUNT = r"\d[\d.,\u202f\u00a0 '\u2019]{0,20}"
_BRACKETS = "()[] "  # around descriptions of pictures and links
_TAKE_OUT = "run `doit forget media`, then `doit`; if it stays, take the file out of the export, or send it anew"


def open_gate(*, ingested_messages: ir.Table, key: Path, people: str) -> EgressGate:
    """The gate for everyone who wrote or is mentioned in these messages.

    `people` is JSON: an object from each alias to the main name. Errors: PrivacyError without a key.
    """
    secret = read_key(key)
    return RosterGate(read_roster(ingested_messages, secret, people), secret)


class RosterGate:
    """The gate for one roster; `secret` keys the digests of withheld lines."""

    def __init__(self, roster: Roster, secret: bytes = b"") -> None:
        self._roster, self._secret = roster, secret
        self._words: frozenset[str] = frozenset()  # folded words that are no names in files
        self._phrases: frozenset[str] = frozenset()
        self._screened: ir.StringColumn | None = None
        self._noted: dict[Withheld, None] = {}
        self._let_pass: set[str] = set()  # lines whose finds occur in their source text
        self._clean: set[str] = set()  # lines of files without finds; most lines are on many pages
        self._clean_pictures: set[str] = set()  # digests of checked pictures; each is in two folders

    @property
    def withheld(self) -> Sequence[Withheld]:
        """What was withheld so far."""
        return tuple(self._noted)

    def with_allowlist(
        self, words: Iterable[str] = (), phrases: Iterable[str] = (), *, screened: ir.StringColumn | None = None
    ) -> "RosterGate":
        """A gate that takes `words` for no names, and lets files hold `phrases` and pieces of the `screened` texts."""
        gate = RosterGate(self._roster, self._secret)
        gate._words = self._words.union(*(words_of(fold(word)) for word in words))
        gate._phrases = self._phrases.union(phrases) - {""}
        gate._screened = self._screened if screened is None else screened
        gate._noted, gate._let_pass = self._noted, self._let_pass
        return gate

    def screen(
        self, texts: Sequence[str], *, where: str | Sequence[str], beside: Sequence[str] = ()
    ) -> list[ScreenedText]:
        """`texts` with `WITHHELD` for each line with personal data that does not occur in its `beside`."""
        kept = [*texts]
        for row, spans in _detected(texts, self._text_detector) if any(texts) else ():
            location = where if isinstance(where, str) else where[row]
            kept[row] = self._without_lines(texts[row], spans, beside[row] if beside else "", location)
        return [mark_screened(text) for text in kept]

    def accepts(self, setting: str, value: str) -> bool:
        """Whether `value` contains no name of a member and no identifier; a refusal is recorded."""
        found = _detected([value], self._setting_detector) if value else []
        for _, spans in found:
            self._note(spans[0].kind, f"{setting}{IN_SETTINGS}", value)
        return not found

    def check_files(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files as they may be written: lines with personal data withheld, files with such a name dropped."""
        pictures = {path for path, data in files.items() if kind_of(data[:16])}
        for path in sorted(pictures):
            self._check_picture(path, files[path])
        texts = {path: files[path].decode("utf-8", errors="replace") for path in sorted(files.keys() - pictures)}
        visible = {path: {*map(str.strip, visible_text(path, text).split("\n"))} for path, text in texts.items()}
        names = {path: {*_path_parts(path)} for path in files}
        bad = self._bad_lines(set().union(*visible.values(), *names.values()) - self._clean)
        if not bad:
            return dict(files)
        checked = {}
        for path, data in files.items():
            in_name, in_text = bad.keys() & names[path], bad.keys() & visible.get(path, set())
            for line in sorted(in_name | in_text):
                self._note(bad[line], path if not in_name else f"a file in {PurePosixPath(path).parent}", line)
            if not in_name:
                checked[path] = withhold_lines(path, texts[path], _matcher_of(in_text)).encode() if in_text else data
        return checked

    def _bad_lines(self, lines: set[str]) -> dict[str, str]:
        """Kind of personal data for each of `lines` with some; the other lines are remembered as clean."""
        # All lines in one search: one search for each line is slower.
        parts = dict.fromkeys(self._without_known("\n".join(sorted(lines))).split("\n"))
        found = self._found_in_files([*filter(None, parts)])
        bad = {}
        if found:
            for line in lines:
                kinds = [found[part] for part in self._without_known(line).split("\n") if part in found]
                bad.update({line: min(kinds)} if kinds else {})
        self._clean |= lines - bad.keys()
        return bad

    def _found_in_files(self, parts: Sequence[str]) -> dict[str, str]:
        """Kind of personal data for each of `parts` with some that was never screened."""
        pieces: dict[str, dict[Piece, str]] = {}
        for row, _ in _detected(parts, self._file_detector):  # few: own sentences are slow to remove
            rest = self._own_sentences.sub("\n", parts[row]).split("\n")
            found = {
                make_piece(rest[number], span.start, span.end): span.kind
                for number, spans in _detected(rest, self._file_detector)
                for span in spans
            }
            if found:
                pieces[parts[row]] = found
        screened = self._screened_pieces({piece for found in pieces.values() for piece in found})
        left = {
            part: [kind for piece, kind in found.items() if piece not in screened] for part, found in pieces.items()
        }
        return {part: min(kinds) for part, kinds in left.items() if kinds}

    def _screened_pieces(self, pieces: set[Piece]) -> set[Piece]:
        """Those of `pieces` that occur in a screened text."""
        return find_pieces(pieces, self._screened) if pieces and self._screened is not None else set()

    def _without_lines(self, text: str, spans: Sequence[Span], beside: str, where: str) -> str:
        """`text` with `WITHHELD` for each line with spans, unless all its spans occur in `beside`."""
        lines, start = text.splitlines(keepends=True), 0
        for number, line in enumerate(lines):
            bare, end = "".join(line.splitlines()), start + len(line)
            own = [span for span in spans if start <= span.start < end]
            if own and bare.strip(_BRACKETS) not in self._let_pass:
                pieces = (make_piece(bare, span.start - start, span.end - start) for span in own)
                if beside and all(occurs_in(piece, beside) for piece in pieces):
                    self._let_pass.add(bare.strip(_BRACKETS))
                else:
                    self._note(min(span.kind for span in own), where, bare)
                    lines[number] = WITHHELD + line[len(bare) :]
            start = end
        return "".join(lines)

    def _note(self, kind: str, where: str, line: str) -> None:
        """Record a withheld line; the line itself is stored only as a keyed digest."""
        self._noted[Withheld(kind, where, keyed_digest(self._secret, "withheld", line)[:16])] = None

    def _without_known(self, text: str) -> str:
        """`text` without ids, times and allowed phrases; a line break replaces each."""
        without_codes = self._codes_and_times.sub("\n", text)
        return self._allowed.sub("\n", without_codes) if self._allowed else without_codes

    @cached_property
    def _text_detector(self) -> "_Detector":
        """The detector for texts: all that redaction looks for."""
        return _Detector(self._roster, self._roster.names())

    @cached_property
    def _setting_detector(self) -> "_Detector":
        """The detector for what a person wrote as a setting: members and identifiers, and nobody else."""
        return _Detector(self._roster, self._roster.names(), guessing=False)

    @cached_property
    def _file_detector(self) -> "_Detector":
        """The detector for files, without what only a sentence can tell: files hold more than sentences."""
        names = [name for name in self._roster.names() if not (name.with_capital or _is_word(name, self._words))]
        return _Detector(self._roster, names, guessing=False)

    @cached_property
    def _codes_and_times(self) -> re.Pattern[str]:
        """Pattern of pseudonyms, ids, digests and times: their digits are no personal data."""
        return re.compile(rf"(?<![0-9a-zA-Z])(?:{'|'.join([_ID, _TIME, *self._roster.codes.values()])})(?![0-9a-zA-Z])")

    @cached_property
    def _allowed(self) -> re.Pattern[str] | None:
        """Pattern of the allowed phrases, the longest first. None without phrases."""
        on_a_line = (text for text in self._phrases if "\n" not in text)
        longest_first = sorted(on_a_line, key=lambda text: (-len(text), text))
        return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    @cached_property
    def _own_sentences(self) -> re.Pattern[str]:
        """Pattern of the sentences that the program itself writes."""
        written = (re.escape(phrase).replace(re.escape(NUMBER), _COUNT) for phrase in own_phrases())
        return re.compile("|".join(rf"(?<!\w){phrase}(?!\w)" for phrase in written))

    def _check_picture(self, path: str, data: bytes) -> None:
        """Errors: PrivacyError for a picture with metadata."""
        digest = bytes_digest(data)
        if digest in self._clean_pictures:
            return
        try:
            clean = without_metadata(data).data == data
        except DamagedError:
            clean = False
        if not clean:
            raise PrivacyError(
                "a picture says more than it draws, such as where it was taken", where=path, fix=_TAKE_OUT
            )
        self._clean_pictures.add(digest)


class _Detector:
    """A redactor with its prefilter. `guessing`: also look for what only the sentence suggests."""

    def __init__(self, roster: Roster, names: Sequence[Name], *, guessing: bool = True) -> None:
        self.redactor: Redactor = roster.redactor(names)
        self.candidates, self.guessing = Candidates(names), guessing


def _detected(texts: Sequence[str], detector: _Detector) -> list[tuple[int, list[Span]]]:
    """The index and the spans of each text that holds personal data."""
    if not texts:
        return []  # do not load the word lists for nothing
    found = []
    for row, tried in detector.candidates.among(pa.array(texts, pa.string())).items():
        if spans := detector.redactor.detect(texts[row], tried=tried if detector.guessing else _without_guesses(tried)):
            found.append((row, spans))
    return found


def _without_guesses(tried: Tried) -> Tried:
    """`tried` without guessed rules and without the search for third parties."""
    return tried._replace(rules=[rule for rule in tried.rules if rule.kind not in _GUESSED], people=False)


def _is_word(name: Name, words: frozenset[str]) -> bool:
    return len(name.words) == 1 and name.words[0] in words


def _path_parts(path: str) -> Iterable[str]:
    """The names of a file and its folders, without the suffix."""
    *folders, name = PurePosixPath(path).parts
    return (*folders, PurePosixPath(name).stem)


def _matcher_of(bad: AbstractSet[str]) -> IsBad:
    """A function: whether a text has one of the lines `bad`."""

    def is_bad(text: str) -> bool:
        return not bad.isdisjoint(map(str.strip, text.replace(SEPARATOR, "\n").split("\n")))

    return is_bad
