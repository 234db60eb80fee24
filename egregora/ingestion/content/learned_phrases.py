"""The app's own phrases in a chat from Android, learned where `words` does not know the language.

The app writes one and the same phrase in brackets wherever it means the same; people do not, or not as often. On iOS
direction marks tell it instead.
"""

import re
from collections import Counter
from typing import NamedTuple

_LEAST = 3  # times, or different texts or files beside a phrase
_AUTHORS = 2
_OMITTED_AMONG = 200  # messages: where files were left out, more than one in so many was a file
_EDITED_AMONG = 500
_ELSEWHERE = 10  # a phrase of the app is in another place at most once in so many times
_PHRASES = 10_000  # kept; a file with a million of them was made to hurt
_BESIDE = 16  # texts and authors kept of one phrase
_SHORTEST, _LONGEST = 3, 64
_LRM, _RLM = "\u200e".encode(), "\u200f".encode()
_FILE = re.compile(r"([A-Z]{3}-\d{8}-WA\d{4,6}\.\w{0,8}) \(([^()\n]{3,60})\)(?:\n|\Z)")  # a name as the app gives it
_NO_PHRASE = re.compile(r"[\n!-&(-,/-@\[-`{-~]")  # as in tags, faces, numbers: ASCII but for letters and "'-. "


class Learned(NamedTuple):
    """Phrases without their brackets: in place of a file, behind an edited text, and behind the name of a file."""

    omitted: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    attached: frozenset[str] = frozenset()


NOTHING_LEARNED = Learned()


class Tails:
    """What stands in brackets at the end of texts."""

    def __init__(self) -> None:
        self._whole = _Phrases()
        self._behind = _Phrases()
        self._files = _Phrases()

    def note(self, author: bytes, text: bytes) -> None:
        """Note a text that ends in ">", or one that begins with the name of a file and not with a direction mark."""
        if text.endswith(b">"):
            at = text.rfind(b"<", -4 * _LONGEST)  # a character has four bytes at most
            phrase = text[max(at, 0) + 1 : -1].decode(errors="ignore")
            before = text[: max(at, 0)].removesuffix(_LRM).removesuffix(_RLM)
            if at >= 0 and _is_phrase(phrase) and before[-1:] in {b"", b" "}:
                (self._behind if before else self._whole).add(phrase, author, before)
        elif file := _FILE.match(text[: 4 * _LONGEST].decode(errors="ignore")):
            self._files.add(file[2], author, file[1].encode())

    def learned(self, messages: int) -> Learned:
        """What is told by the phrases of a chat of `messages`.

        In place of a file, and behind an edited text, the app has one phrase for a whole chat. So it is the commonest
        of its place, at least as common as all others together; several people have it; and it is not in the other
        place. A joke that runs among friends fails by its share of the messages.
        """
        omitted = self._whole.of_app(self._behind, least=messages // _OMITTED_AMONG)
        edited = self._behind.of_app(self._whole, least=messages // _EDITED_AMONG)
        edited = frozenset(phrase for phrase in edited if self._behind.beside(phrase) >= _LEAST)
        # Few people type such a name, and with words of another script behind it none does.
        attached = (one for one in self._files.times if not one.isascii() or self._files.beside(one) >= _LEAST)
        return Learned(omitted, edited, frozenset(attached))


class _Phrases:
    """The phrases of one place: how often each was there, whose, and beside what."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self._authors: dict[str, set[bytes]] = {}
        self._beside: dict[str, set[bytes]] = {}

    def add(self, phrase: str, author: bytes, beside: bytes) -> None:
        if phrase not in self.times and len(self.times) >= _PHRASES:
            return
        self.times[phrase] += 1
        for of_phrase, value in ((self._authors, author), (self._beside, beside[-_LONGEST:])):
            values = of_phrase.setdefault(phrase, set())
            if len(values) < _BESIDE:
                values.add(value)

    def beside(self, phrase: str) -> int:
        return len(self._beside[phrase])

    def of_app(self, elsewhere: "_Phrases", *, least: int) -> frozenset[str]:
        phrase, times = next(iter(self.times.most_common(1)), ("", 0))
        often = times >= max(_LEAST, least) and 2 * times >= self.times.total()
        apart = elsewhere.times[phrase] * _ELSEWHERE <= times
        shared = len(self._authors.get(phrase, ())) >= _AUTHORS
        return frozenset({phrase} if often and apart and shared else ())


def _is_phrase(text: str) -> bool:
    """Whether `text` may be the app's: words, and no single one in plain Latin letters, as of "<b>" and "<grin>"."""
    words = text[:1].isalpha() and (" " in text or not text.isascii())
    return words and _SHORTEST <= len(text) < _LONGEST and not _NO_PHRASE.search(text)
