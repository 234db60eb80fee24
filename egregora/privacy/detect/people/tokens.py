"""The words of a text, what stands beside them, and how far a name goes."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from egregora.privacy.detect.people import lexicon
from egregora.privacy.detect.people.lexicon import (
    BETWEEN,
    CUE,
    CUE_END,
    FAMILY,
    GERMAN_FAMILY,
    GIVEN,
    NOBODY,
    PLACE,
    TITLE,
    VERB,
    WORDY,
)

_MOST_WORDS = 3  # of a family name, and of a cue
_MOST_BETWEEN = 4  # words up to what only people do
_MOST_PARTICLES = 2  # before a family name
_SHORTEST_FAMILY = 4  # letters of one that we do not know
_MOSTLY = 0.6  # of the words of a heading have capitals
_HEADING = 3  # words at least
_GERMAN = frozenset(
    {"ich", "und", "nicht", "ist", "wir", "auf", "eine", "einen", "einem", "auch", "habe", "haben", "sind", "heute"}
    | {"bitte", "aber", "schon", "wird", "kann", "uns", "mir", "zum", "zur", "nach", "vom", "beim", "kommt", "macht"}
    | {"gibt", "geht", "fur", "mit", "hast", "sie", "hat", "das", "der", "die", "ein", "morgen", "dem", "den", "mein"}
    | {"meine", "meinem", "meiner", "unser", "dein", "deine", "im", "bei", "war", "noch", "dass", "wie", "wenn", "wann"}
)
_LETTER = r"[^\W\d_]"
_NAME = rf"(?:o')?{_LETTER}{{1,40}}(?:-{_LETTER}{{2,40}}){{0,3}}(?!{_LETTER})"
_WORD = re.compile(rf"(?<!{_LETTER})({_NAME})")
_WORD_IN_ASCII = re.compile(_WORD.pattern.replace(_LETTER, "[a-z]"))  # the same there, and faster
BEHIND = re.compile(
    rf"(?:[ ][a-z][.](?=[ ]))?[ -](?:(?:d[aoei]s?|del|dell[ao]|du|van|von|de[rn]|ter|ten|le|la)[ ]){{0,2}}({_NAME})"
)
_INITIAL_BEHIND = re.compile(r" ([a-z])\.(?![a-z])")
_TOUCHING = re.compile(r"[ ]{1,2}[\"'“«„*_(]?|-")
_SENTENCE_GOES_ON = re.compile(r"[ ,;'\"“”«»„()*_&/+~-]{1,4}")


class Written(NamedTuple):
    """A text, folded, and how it was written: `origins` lead back to `original`."""

    original: str
    folded: str
    origins: Sequence[int]
    language: str = ""  # "" when the text is to tell it

    def is_large(self, place: int) -> bool:
        """Whether the letter at `place` is a capital."""
        return self.original[self.origins[place]].isupper()

    def is_capital(self, place: int) -> bool:
        """Whether a name may begin at `place`: with a capital, and the next letter small."""
        following = self.origins[place + 1]
        return self.is_large(place) and (following == len(self.original) or not self.original[following].isupper())


class Words:
    """The words of a text: where they begin and end, and what each may be; 0 for one that is not known."""

    def __init__(self, text: Written) -> None:
        pieces = (_WORD_IN_ASCII if text.folded.isascii() else _WORD).split(text.folded)
        ends = [*accumulate(map(len, pieces))]
        self.text, self.gaps, self.words = text, pieces[::2], pieces[1::2]
        self.spans: Sequence[tuple[int, int]] = [*zip(ends[::2], ends[1::2], strict=False)]
        self.kinds = _kinds(text.folded, self.words)

    def folded(self, index: int) -> str:
        """The word itself."""
        return self.words[index]

    def gap(self, index: int) -> str:
        """What stands between a word and the one before it."""
        return self.gaps[index]

    @cached_property
    def german(self) -> bool:
        """Whether nouns have capitals here, as far as a short text tells."""
        return self.text.language == "de" or (not self.text.language and len(_GERMAN.intersection(self.words)) > 1)

    @cached_property
    def heading(self) -> bool:
        """Whether most words have capitals, so that these say nothing."""
        original, origins = self.text.original, self.text.origins
        large = [original[origins[start]].isupper() for start, stop in self.spans if stop - start > _MOST_WORDS]
        return len(large) > _HEADING and sum(large) > _MOSTLY * len(large)


def _kinds(folded: str, words: Iterable[str]) -> list[int]:
    """The kinds of each word of `folded`; 0 for one that is not known."""
    known = lexicon.word_kinds()
    if "-" in folded:
        return [known.get(word) or _kind_of_parts(word) for word in words]
    return [known.get(word, 0) for word in words]


def _kind_of_parts(word: str) -> int:
    """What "anne-marie" is, by its first part or by a given name in it."""
    if word.isalpha():
        return 0
    known = lexicon.word_kinds().get
    first, *others = (known(part, 0) for part in word.split("-"))
    return first or (GIVEN if any(other & GIVEN for other in others) else 0)


def touches(words: Words, index: int) -> bool:
    """Whether a word stands directly behind the one before it, or behind its point: "Sr. Xavier"."""
    gap = words.gap(index)
    return _TOUCHING.fullmatch(gap) is not None or (gap in {". ", "."} and words.kinds[index - 1] & TITLE != 0)


def within_sentence(words: Words, index: int) -> bool:
    """Whether a word does not begin its sentence."""
    return index > 0 and _SENTENCE_GOES_ON.fullmatch(words.gap(index)) is not None


def ends_with(words: Words, index: int, phrases: frozenset[str]) -> bool:
    """Whether one of `phrases` stands directly before the word `index`."""
    if index == 0 or not words.kinds[index - 1] & (CUE | CUE_END) or not touches(words, index):
        return False
    end = words.spans[index - 1][1]
    starts = (start for start, _ in words.spans[max(0, index - _MOST_WORDS) : index])
    return any(words.text.folded[start:end] in phrases for start in starts)


def acts(words: Words, index: int) -> bool:
    """Whether what stands behind the word `index`, or behind "ha", "te" and the like, is what only people do."""
    allowed = lexicon.listed("people", "between")
    for following in range(index + 1, min(index + 1 + _MOST_BETWEEN, len(words.spans))):
        if words.gap(following) != " ":
            return False
        if words.kinds[following] & VERB:
            return True
        if words.folded(following) not in allowed:
            return False
        allowed = lexicon.listed("people", "between", "between_too")
    return False


def with_particles(words: Words, index: int) -> int:
    """Where a name begins whose family name is the word `index`: at "van der", or at a "Di" with a capital."""
    if words.kinds[index] & GIVEN:
        return index
    first, particles = index, lexicon.listed("people", "particles")
    while first and index - first < _MOST_PARTICLES and words.gap(first) == " ":
        if words.folded(first - 1) not in particles:
            break
        first -= 1
    alone = first == index - 1
    return index if alone and not (words.text.is_large(words.spans[first][0]) and first) else first


def with_family(text: Written, end: int, *, german: bool, has_family: bool) -> int:
    """Where a name ends that may go on at `end`."""
    for _ in range(_MOST_WORDS):
        behind = BEHIND.match(text.folded, end)
        if not behind or not _is_family(text, behind, german=german, has_family=has_family):
            break
        end = behind.end()
        if not text.is_capital(behind.start(1)):  # no more that we do not know: "DORIS ZORBIN GESEHEN"
            has_family |= lexicon.word_kinds().get(behind[1], 0) & GIVEN == 0
    initial = _INITIAL_BEHIND.match(text.folded, end)
    return initial.end() if initial and text.is_large(initial.start(1)) else end


def _may_be_family(word: str, kind: int) -> bool:
    """Whether a word of which no capital tells goes on with a name: it is a name and a word, or not known at all."""
    if len(word) < _SHORTEST_FAMILY or lexicon.is_ordinary(word):
        return False
    return kind & ~GERMAN_FAMILY == 0 or (kind & WORDY != 0 and not kind & (TITLE | PLACE | VERB | BETWEEN))


def _is_family(text: Written, behind: re.Match[str], *, german: bool, has_family: bool) -> bool:
    """Whether the word behind a name goes on with it; what no capital tells, only where the name `has_family` not."""
    word, start = behind[1], behind.start(1)
    kind = lexicon.word_kinds().get(word, 0)
    known = kind & FAMILY != 0 or word in lexicon.family_words()
    if not text.is_large(start) or not text.is_capital(start):  # in lower case, or shouted
        parted = behind[0][1:] != word  # "ana da escola"
        return known or kind & GIVEN != 0 or (not parted and not has_family and _may_be_family(word, kind))
    if kind & (NOBODY | TITLE) and not kind & (WORDY | FAMILY):
        return False
    return not german or lexicon.is_german_family(word)
