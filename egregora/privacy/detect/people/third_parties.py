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

from collections.abc import Iterator
from itertools import count

from egregora.privacy.detect.people import lexicon
from egregora.privacy.detect.people.lexicon import (
    BETWEEN,
    CUE,
    CUE_END,
    FAMILY,
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
from egregora.privacy.detect.people.tokens import (
    BEHIND,
    Words,
    Written,
    acts,
    ends_with,
    touches,
    with_family,
    with_particles,
    within_sentence,
)

_SOMETHING = GIVEN | SHORT | FAMILY  # with a capital, enough
_NAMES, _TELLING, _ACTING = _SOMETHING | WORDY, TITLE | CUE | CUE_END, VERB | BETWEEN


def outsiders(text: Written) -> Iterator[tuple[int, int]]:
    """Where somebody is named."""
    words = Words(text)
    original, origins = text.original, text.origins
    kinds, end, before = words.kinds, 0, 0
    for (start, stop), kind, behind, index in zip(words.spans, kinds, [*kinds[1:], 0], count(), strict=False):
        # A word that is no name, beside one that speaks of people, must have a capital.
        may = kind & _NAMES or ((before & _TELLING or behind & _ACTING) and original[origins[start]].isupper())
        if may and start >= end and stop > start + 1 and _is_somebody(words, index):
            has_family = kind & GIVEN == 0 and text.is_capital(start)
            first = max(end, words.spans[with_particles(words, index)][0])
            end = with_family(text, stop, german=words.german, has_family=has_family)
            yield first, end
        before = kind


def _is_somebody(words: Words, index: int) -> bool:
    """Whether the word `index` names somebody."""
    text, kind, start = words.text, words.kinds[index], words.spans[index][0]
    before = words.kinds[index - 1] if index else 0
    if before and not touches(words, index):
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


def _is_somebody_small(words: Words, index: int, before: int) -> bool:
    """The same for a word in lower case, or shouted, that is not enough by itself."""
    kind = words.kinds[index]
    if index == 0 and kind & WITHIN and _is_given_word(words, index) and acts(words, index):
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


def _is_given_word(words: Words, index: int) -> bool:
    """Whether the word is a given name too, and none of those that often stand there."""
    word = words.folded(index)
    return word in lexicon.given_words() and not lexicon.is_ordinary(word)


def _is_somebody_capital(words: Words, index: int, before: int) -> bool:
    """The same for a word with a capital."""
    kind = words.kinds[index]
    nobody = kind & (NOBODY | TITLE) != 0
    if before & TITLE or _is_introduced(words, index):
        noun = words.german and words.folded(index) in lexicon.german_nouns()
        return (kind & WORDY != 0 or not nobody) and (not noun or _is_formal(words, index, before))
    if kind & WORDY and (acts(words, index) or _family_behind(words, index) or _is_listed(words, index)):
        return True
    if nobody:
        return False
    if not within_sentence(words, index) or words.heading:
        return _is_told(words, index)
    return _is_somebody_within(words, index)


def _is_somebody_within(words: Words, index: int) -> bool:
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


def _known_family_behind(words: Words, index: int) -> bool:
    """Whether a given name, in lower case or shouted, is followed by another or a family name that is no word."""
    following = index + 1
    if following == len(words.spans) or words.gap(following) != " ":
        return False
    if words.kinds[following] & SMALL:
        return _is_given_word(words, index)
    known = words.kinds[following] & FAMILY != 0
    return known and (words.kinds[index] & GIVEN != 0 or words.folded(index) in lexicon.given_words())


def _family_behind(words: Words, index: int) -> bool:
    """Whether a given name that is a word is followed by what is known for a family name."""
    behind = BEHIND.match(words.text.folded, words.spans[index][1])
    if not behind or not words.text.is_large(behind.start(1)) or words.folded(index) not in lexicon.given_words():
        return False
    known = lexicon.word_kinds().get(behind[1], 0) & _SOMETHING != 0 or behind[1] in lexicon.family_words()
    return known and (not words.german or lexicon.is_german_family(behind[1]))


def _is_listed(words: Words, index: int) -> bool:
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


def _opens_title(words: Words, index: int) -> bool:
    """Whether the word is the first of several with capitals that are no names: "Ouro Preto"."""
    following = index + 1
    if following == len(words.spans) or words.gap(following) != " " or words.kinds[following] & _SOMETHING:
        return False
    return words.text.is_capital(words.spans[following][0]) and words.folded(following) not in lexicon.family_words()


def _is_told(words: Words, index: int) -> bool:
    """Whether a word that we do not know does what only people do, or stands where German has no noun."""
    if words.german and ends_with(words, index, lexicon.phrases("personal", "de")):
        return True
    openers = lexicon.listed("people", "openers")
    if words.folded(index) in openers or not acts(words, index):
        return False
    if index == 0 or not touches(words, index):
        return words.folded(index + 1) not in lexicon.english_verbs()  # "Guide says": English, no article
    alone = not words.text.is_large(words.spans[index - 1][0]) or words.kinds[index - 1] & _NAMES != 0
    return alone and words.folded(index - 1) not in openers


def _stands_as_name(words: Words, index: int) -> bool:
    """Whether the word goes with those around it as a name does, and not as in "Hyde Park" or "so, Will you"."""
    if "," in words.gap(index):
        return not words.text.folded[words.spans[index][1] :][:1].isspace()
    start = words.spans[index - 1][0]
    return (
        words.kinds[index - 1] & _NAMES != 0 or not words.text.is_large(start) or not within_sentence(words, index - 1)
    )


def _is_formal(words: Words, index: int, before: int) -> bool:
    return before & TITLE != 0 and words.folded(index - 1) in lexicon.listed("people", "formal")


def _is_cued(words: Words, index: int) -> bool:
    return ends_with(words, index, lexicon.cues())


def _is_personal(words: Words, index: int) -> bool:
    """Whether only somebody may follow what stands before the word `index`."""
    return not words.german and ends_with(words, index, lexicon.phrases("personal"))


def _is_introduced(words: Words, index: int) -> bool:
    return ends_with(words, index, lexicon.phrases("introductions"))
