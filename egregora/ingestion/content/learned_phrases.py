"""Learns the app's own phrases in an Android chat whose language is not in `app_phrases`.

The app writes the same phrase in brackets wherever it means the same. People do so rarely. On iOS direction marks show
what the app wrote.
"""

import re
from collections import Counter
from typing import NamedTuple

_MIN_COUNT = 3  # occurrences, or different texts or files beside a phrase
_MIN_AUTHORS = 2
_MESSAGES_PER_OMITTED = 200  # in a chat without its files, more than one in so many messages was a file
_MESSAGES_PER_EDITED = 500
_MAX_ELSEWHERE_RATIO = 10  # a phrase of the app is elsewhere at most once for so many occurrences
_MAX_PHRASES = 10_000  # a file with a million of them is an attack
_MAX_CONTEXTS = 16  # contexts and authors kept for one phrase
_SHORTEST, _LONGEST = 3, 64
_LRM, _RLM = "\u200e".encode(), "\u200f".encode()
_FILE = re.compile(r"([A-Z]{3}-\d{8}-WA\d{4,6}\.\w{0,8}) \(([^()\n]{3,60})\)(?:\n|\Z)")  # a file name in the app's form
_NO_PHRASE = re.compile(r"[\n!-&(-,/-@\[-`{-~]")  # ASCII but for letters and "'-. ", as in tags, emoticons, numbers


class LearnedPhrases(NamedTuple):
    """Phrases without their brackets: in place of a file, behind an edited text, behind the name of a file."""

    omitted: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    attached: frozenset[str] = frozenset()


NO_LEARNED_PHRASES = LearnedPhrases()


class PhraseLearner:
    """Counts the phrases in brackets at the end of texts."""

    def __init__(self) -> None:
        self._in_place_of_file = _PhraseStatistics()
        self._behind_text = _PhraseStatistics()
        self._behind_file_name = _PhraseStatistics()

    def add_text(self, author: bytes, text: bytes) -> None:
        """Record a text that ends in ">", or that begins with a file name and has no direction mark."""
        if text.endswith(b">"):
            bracket = text.rfind(b"<", -4 * _LONGEST)  # a character has at most four bytes
            phrase = text[max(bracket, 0) + 1 : -1].decode(errors="ignore")
            before = text[: max(bracket, 0)].removesuffix(_LRM).removesuffix(_RLM)
            if bracket >= 0 and _is_phrase(phrase) and before[-1:] in {b"", b" "}:
                (self._behind_text if before else self._in_place_of_file).add(phrase, author, before)
        elif file := _FILE.match(text[: 4 * _LONGEST].decode(errors="ignore")):
            self._behind_file_name.add(file[2], author, file[1].encode())

    def result(self, messages: int) -> LearnedPhrases:
        """The app's phrases in a chat of `messages` messages.

        In place of a file, and behind an edited text, the app has one phrase for a whole chat. So the phrase must be
        the most common one there and as common as all others together, several authors must have it, and it must be
        rare in the other place. A running joke among friends is excluded by its small share of the messages.
        """
        omitted = self._in_place_of_file.likely_app_phrase(
            self._behind_text, min_count=messages // _MESSAGES_PER_OMITTED
        )
        edited = self._behind_text.likely_app_phrase(self._in_place_of_file, min_count=messages // _MESSAGES_PER_EDITED)
        edited = frozenset(phrase for phrase in edited if self._behind_text.context_count(phrase) >= _MIN_COUNT)
        # Few people type such a name, and nobody adds words of another script to it.
        attached = (
            one
            for one in self._behind_file_name.counts
            if not one.isascii() or self._behind_file_name.context_count(one) >= _MIN_COUNT
        )
        return LearnedPhrases(omitted, edited, frozenset(attached))


class _PhraseStatistics:
    """The phrases in one position: how often each occurs, with which authors, and in which contexts."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._authors: dict[str, set[bytes]] = {}
        self._contexts: dict[str, set[bytes]] = {}

    def add(self, phrase: str, author: bytes, context: bytes) -> None:
        if phrase not in self.counts and len(self.counts) >= _MAX_PHRASES:
            return
        self.counts[phrase] += 1
        for values_by_phrase, value in ((self._authors, author), (self._contexts, context[-_LONGEST:])):
            values = values_by_phrase.setdefault(phrase, set())
            if len(values) < _MAX_CONTEXTS:
                values.add(value)

    def context_count(self, phrase: str) -> int:
        """Number of different texts beside `phrase`, up to `_MAX_CONTEXTS`."""
        return len(self._contexts[phrase])

    def likely_app_phrase(self, elsewhere: "_PhraseStatistics", *, min_count: int) -> frozenset[str]:
        """The one phrase of the app, if there is one."""
        phrase, count = next(iter(self.counts.most_common(1)), ("", 0))
        often = count >= max(_MIN_COUNT, min_count) and 2 * count >= self.counts.total()
        apart = elsewhere.counts[phrase] * _MAX_ELSEWHERE_RATIO <= count
        shared = len(self._authors.get(phrase, ())) >= _MIN_AUTHORS
        return frozenset({phrase} if often and apart and shared else ())


def _is_phrase(text: str) -> bool:
    """Whether `text` may be the app's: words, and not a single one in plain Latin letters, as in "<b>" or "<grin>"."""
    words = text[:1].isalpha() and (" " in text or not text.isascii())
    return words and _SHORTEST <= len(text) < _LONGEST and not _NO_PHRASE.search(text)
