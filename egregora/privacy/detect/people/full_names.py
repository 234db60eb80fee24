"""Whom a name in a text belongs to, when a word beside it says that it is nobody of the roster."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

_LETTER = r"[^\W\d_]"
_WORD = rf"(?:{_LETTER}(?:(?!'s(?!{_LETTER}))['-])?){{1,40}}(?<!['-])"  # "O'Hara", and of "Hara's" what is the name
_BEHIND = re.compile(rf"[ -]({_WORD})(?!{_LETTER})")
_BEFORE = re.compile(rf"(?<![^\W_])({_WORD})[ -]\Z")
_APART = frozenset(" -")
_LONGEST = 82  # a word with what parts it from the name
_ROOM = 5  # how far before a word we look for the end of a sentence
_MOST_WORDS = 3  # on each side


def full_name(
    text: str, folded: str, origins: Sequence[int], name: tuple[int, int], no_strangers: AbstractSet[str]
) -> tuple[int, int]:
    """The span of `name` in `folded` with the capitalised words that touch it: "Kyle Downs" where we know but a Kyle.

    What begins a sentence, and the words of `no_strangers`, do not count. `origins` lead from `folded` to `text`.
    """
    shouted = text[origins[name[0]] : origins[name[1]]].isupper()

    def is_name(start: int, end: int) -> bool:
        word = text[origins[start] : origins[end - 1] + 1]
        capital = len(word) > 1 and word[0].isupper() and (shouted or not word.isupper())
        return capital and no_strangers.isdisjoint({folded[start:end], *re.split("['-]", folded[start:end])})

    start, end = name
    for _ in range(_MOST_WORDS):
        known = start, end
        behind = _BEHIND.match(folded, end)
        if behind and is_name(*behind.span(1)):
            end = behind.end()
        before = (
            _BEFORE.match(folded, _word_before(folded, start), start) if folded[start - 1 : start] in _APART else None
        )
        if before and is_name(*before.span(1)) and _in_a_sentence(folded, before.start()):
            start = before.start()
        if known == (start, end):
            break
    return start, end


def _word_before(folded: str, place: int) -> int:
    """Where the word begins that ends one character before `place`."""
    start, earliest = place - 1, max(0, place - _LONGEST)
    while start > earliest and (folded[start - 1].isalpha() or folded[start - 1] in "'-"):
        start -= 1
    return start + len(folded[start:place]) - len(folded[start:place].lstrip("'-"))


def _in_a_sentence(folded: str, place: int) -> bool:
    before = folded[max(0, place - _ROOM) : place].rstrip(" ")[-1:]
    return before.isalnum() or (before != "" and before in ",;'-")
