"""People of whom a text speaks and who are in no roster.

The rule. Somebody is named by a given name with a capital, or small from four letters on where that is no word; by a
diminutive or a family name with a capital; by any capitalised word behind a title ("cousin", "Frau") or "my name is".
Within a sentence a capital is enough for a name that is a word too ("Rosa"), but not for one that is a place or often a
word, or for a word that we do not know: they need what speaks of people beside them ("tell", "com a"), a list with
somebody ("Luna, Tadeo") or a family name behind. In German, where nouns have capitals, names that are nouns need it
too; in a heading a capital says nothing. Who stands behind "São" or "Rua" is a place. What follows a name with a
capital is the family name, in German unless it ends like a noun; in lower case or shouted, what is known for one or is
no ordinary word. A given name that is a word counts in lower case behind what nobody but people follows ("avisa a"),
before what they do, and where a family name that is none stands behind it. Particles go with a family name where there
are two of them ("van der"), or one with a capital.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, count
from typing import NamedTuple

from egregora.privacy import lexicon
from egregora.privacy.lexicon import (
    BETWEEN,
    CUE,
    CUE_END,
    FAMILY,
    GERMAN_FAMILY,
    GIVEN,
    NOBODY,
    PLACE,
    SHORT,
    SMALL,
    TITLE,
    VERB,
    WITHIN,
    WORDY,
)

_SOMETHING = GIVEN | SHORT | FAMILY  # with a capital, enough
_NAMES, _TELLING, _ACTING = _SOMETHING | WORDY, TITLE | CUE | CUE_END, VERB | BETWEEN
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
_BEHIND = re.compile(
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

    def is_large(self, place: int) -> bool:
        """Whether the letter at `place` is a capital."""
        return self.original[self.origins[place]].isupper()

    def is_capital(self, place: int) -> bool:
        """Whether a name may begin at `place`: with a capital, and the next letter small."""
        following = self.origins[place + 1]
        return self.is_large(place) and (following == len(self.original) or not self.original[following].isupper())


class _Words:
    """The words of a text: where they begin and end, and what each may be; 0 for one that is not known."""

    def __init__(self, text: Written) -> None:
        pieces = (_WORD_IN_ASCII if text.folded.isascii() else _WORD).split(text.folded)
        ends = [*accumulate(map(len, pieces))]
        self.text, self.gaps, self.words = text, pieces[::2], pieces[1::2]
        self.spans: Sequence[tuple[int, int]] = [*zip(ends[::2], ends[1::2], strict=False)]
        self.kinds = _kinds(text.folded, self.words)

    def folded(self, index: int) -> str:
        return self.words[index]

    def gap(self, index: int) -> str:
        """What stands between a word and the one before it."""
        return self.gaps[index]

    @cached_property
    def german(self) -> bool:
        """Whether nouns have capitals here, as far as a short text tells."""
        return len(_GERMAN.intersection(self.words)) > 1

    @cached_property
    def heading(self) -> bool:
        """Whether most words have capitals, so that these say nothing."""
        original, origins = self.text.original, self.text.origins
        large = [original[origins[start]].isupper() for start, stop in self.spans if stop - start > _MOST_WORDS]
        return len(large) > _HEADING and sum(large) > _MOSTLY * len(large)


def outsiders(text: Written) -> Iterator[tuple[int, int]]:
    """Where somebody is named."""
    words = _Words(text)
    original, origins = text.original, text.origins
    kinds, end, before = words.kinds, 0, 0
    for (start, stop), kind, behind, index in zip(words.spans, kinds, [*kinds[1:], 0], count(), strict=False):
        # A word that is no name, beside one that speaks of people, must have a capital.
        may = kind & _NAMES or ((before & _TELLING or behind & _ACTING) and original[origins[start]].isupper())
        if may and start >= end and stop > start + 1 and _is_somebody(words, index):
            has_family = kind & GIVEN == 0 and text.is_capital(start)
            first = max(end, words.spans[_with_particles(words, index)][0])
            end = _with_family(text, stop, german=words.german, has_family=has_family)
            yield first, end
        before = kind


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


def _is_somebody(words: _Words, index: int) -> bool:
    """Whether the word `index` names somebody."""
    text, kind, start = words.text, words.kinds[index], words.spans[index][0]
    before = words.kinds[index - 1] if index else 0
    if before and not _touches(words, index):
        before = 0
    if before & PLACE and not before & TITLE:
        return False
    large = text.is_large(start)
    if kind & (SMALL | (_SOMETHING if large else 0)):
        return True
    if kind & (GIVEN | WORDY) and _known_family_behind(words, index):
        return True
    if large and text.is_capital(start):
        return _is_somebody_capital(words, index, before)
    return _is_somebody_small(words, index, before)


def _is_somebody_small(words: _Words, index: int, before: int) -> bool:
    """The same for a word in lower case, or shouted, that is not enough by itself."""
    kind = words.kinds[index]
    if index == 0 and kind & WITHIN and _is_given_word(words, index) and _acts(words, index):
        return True
    if not before & (TITLE | CUE | CUE_END):
        return False
    if kind & (GIVEN | SHORT):
        return before & TITLE != 0 or _is_cued(words, index)
    if not kind & (FAMILY | WORDY):
        return False
    if _is_formal(words, index, before) or (kind & FAMILY and _is_cued(words, index)):
        return True
    return _is_given_word(words, index) and ((before & TITLE != 0 and kind & WITHIN != 0) or _is_personal(words, index))


def _is_given_word(words: _Words, index: int) -> bool:
    """Whether the word is a given name too, and none of those that often stand there."""
    word = words.folded(index)
    return word in lexicon.given_words() and not lexicon.is_ordinary(word)


def _is_somebody_capital(words: _Words, index: int, before: int) -> bool:
    """The same for a word with a capital."""
    kind = words.kinds[index]
    nobody = kind & (NOBODY | TITLE) != 0
    if before & TITLE or _is_introduced(words, index):
        noun = words.german and words.folded(index) in lexicon.german_nouns()
        return (kind & WORDY != 0 or not nobody) and (not noun or _is_formal(words, index, before))
    if kind & WORDY and (_acts(words, index) or _family_behind(words, index) or _is_listed(words, index)):
        return True
    if nobody:
        return False
    if not _within_sentence(words, index) or words.heading:
        return _is_told(words, index)
    return _is_somebody_within(words, index)


def _is_somebody_within(words: _Words, index: int) -> bool:
    """The same for a word with a capital that does not begin its sentence."""
    kind = words.kinds[index]
    noun = words.german and words.folded(index) in lexicon.german_nouns()
    given = words.folded(index) in lexicon.given_words()
    if kind & WITHIN and not noun and _stands_as_name(words, index) and (given or not _opens_title(words, index)):
        return True
    if words.german:
        return _is_told(words, index) or (kind & WORDY != 0 and _is_cued(words, index))
    if _opens_title(words, index):
        return _is_personal(words, index)
    return _is_cued(words, index) or _is_told(words, index)


def _known_family_behind(words: _Words, index: int) -> bool:
    """Whether a given name, in lower case or shouted, is followed by another or a family name that is no word."""
    following = index + 1
    if following == len(words.spans) or words.gap(following) != " ":
        return False
    if words.kinds[following] & SMALL:
        return _is_given_word(words, index)
    known = words.kinds[following] & FAMILY != 0
    return known and (words.kinds[index] & GIVEN != 0 or words.folded(index) in lexicon.given_words())


def _family_behind(words: _Words, index: int) -> bool:
    """Whether a given name that is a word is followed by what is known for a family name."""
    behind = _BEHIND.match(words.text.folded, words.spans[index][1])
    if not behind or not words.text.is_large(behind.start(1)) or words.folded(index) not in lexicon.given_words():
        return False
    known = lexicon.word_kinds().get(behind[1], 0) & _SOMETHING != 0 or behind[1] in lexicon.family_words()
    return known and (not words.german or lexicon.is_german_family(behind[1]))


def _is_listed(words: _Words, index: int) -> bool:
    """Whether the word stands in a list beside somebody: "Luna, Tadeo, venís?"."""
    if words.kinds[index] & (NOBODY | PLACE) or words.heading:
        return False
    others = [other for other in (index - 1, index + 1) if 0 <= other < len(words.spans)]
    return any(
        words.kinds[other] & (SMALL | FAMILY)
        and not words.kinds[other] & WORDY
        and words.gap(max(index, other)) == ", "
        and words.text.is_capital(words.spans[other][0])
        for other in others
    )


def _opens_title(words: _Words, index: int) -> bool:
    """Whether the word is the first of several with capitals that are no names: "Ouro Preto"."""
    following = index + 1
    if following == len(words.spans) or words.gap(following) != " " or words.kinds[following] & _SOMETHING:
        return False
    return words.text.is_capital(words.spans[following][0]) and words.folded(following) not in lexicon.family_words()


def _is_told(words: _Words, index: int) -> bool:
    """Whether a word that we do not know does what only people do, or stands where German has no noun."""
    if words.german and _ends_with(words, index, lexicon.phrases("personal", "de")):
        return True
    openers = lexicon.listed("people", "openers")
    if words.folded(index) in openers or not _acts(words, index):
        return False
    if index == 0 or not _touches(words, index):
        return words.folded(index + 1) not in lexicon.english_verbs()  # "Guide says": English, no article
    alone = not words.text.is_large(words.spans[index - 1][0]) or words.kinds[index - 1] & _NAMES != 0
    return alone and words.folded(index - 1) not in openers


def _stands_as_name(words: _Words, index: int) -> bool:
    """Whether the word goes with those around it as a name does, and not as in "Hyde Park" or "so, Will you"."""
    if "," in words.gap(index):
        return not words.text.folded[words.spans[index][1] :][:1].isspace()
    start = words.spans[index - 1][0]
    return (
        words.kinds[index - 1] & _NAMES != 0 or not words.text.is_large(start) or not _within_sentence(words, index - 1)
    )


def _is_formal(words: _Words, index: int, before: int) -> bool:
    return before & TITLE != 0 and words.folded(index - 1) in lexicon.listed("people", "formal")


def _touches(words: _Words, index: int) -> bool:
    """Whether a word stands directly behind the one before it, or behind its point: "Sr. Xavier"."""
    gap = words.gap(index)
    return _TOUCHING.fullmatch(gap) is not None or (gap in {". ", "."} and words.kinds[index - 1] & TITLE != 0)


def _within_sentence(words: _Words, index: int) -> bool:
    return index > 0 and _SENTENCE_GOES_ON.fullmatch(words.gap(index)) is not None


def _is_cued(words: _Words, index: int) -> bool:
    return _ends_with(words, index, lexicon.cues())


def _is_personal(words: _Words, index: int) -> bool:
    """Whether only somebody may follow what stands before the word `index`."""
    return not words.german and _ends_with(words, index, lexicon.phrases("personal"))


def _is_introduced(words: _Words, index: int) -> bool:
    return _ends_with(words, index, lexicon.phrases("introductions"))


def _ends_with(words: _Words, index: int, phrases: frozenset[str]) -> bool:
    """Whether one of `phrases` stands directly before the word `index`."""
    if index == 0 or not words.kinds[index - 1] & (CUE | CUE_END) or not _touches(words, index):
        return False
    end = words.spans[index - 1][1]
    starts = (start for start, _ in words.spans[max(0, index - _MOST_WORDS) : index])
    return any(words.text.folded[start:end] in phrases for start in starts)


def _acts(words: _Words, index: int) -> bool:
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


def _with_particles(words: _Words, index: int) -> int:
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


def _with_family(text: Written, end: int, *, german: bool, has_family: bool) -> int:
    """Where a name ends that may go on at `end`."""
    for _ in range(_MOST_WORDS):
        behind = _BEHIND.match(text.folded, end)
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
