"""What a conversation is about: the phrases that are used again and again in it, and less elsewhere."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from egregora.core.text import PERSON, folded, is_common, plain_text, words_of
from egregora.generation.phrases import Grammar

_CLAUSE = re.compile(r"[.,;:!?…()\[\]{}<>\"“”«»*~_/|\n]+|\s[-\u2013\u2014]\s")
_NAME_WORD = r"[^\W\d_][\w'\u2019-]*"
_BEHIND = re.compile(rf"{PERSON}(?P<words>(?: {_NAME_WORD}){{2,3}})")
_BEFORE = re.compile(rf"(?P<words>(?:{_NAME_WORD} ){{2,3}}){PERSON}")
_LONGEST_PHRASE = 4  # words
_WORTH = (0.0, 1.0, 1.7, 2.0, 2.1)  # of a phrase of so many words, beside one word said equally often
_UNNAMED = 0.3  # what counts of a phrase that never follows an article and is never written as a name
_FEWEST_MESSAGES = 2  # that use a phrase; what one says alone is no topic
_PHRASES = 12  # kept of a conversation
_FULL_NAME = 2  # words

Phrase = tuple[str, ...]  # folded words
Clause = list[tuple[str, str]]  # words as written and folded


@dataclass(frozen=True, slots=True)
class Line:
    """A message with words in it, as clocks of the chat show its time."""

    chat: str
    message_id: str
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class KeyPhrase:
    """What a conversation is about, in its own words."""

    words: frozenset[str]  # those that say something, folded
    form: str  # how it is mostly written
    score: float
    names: bool  # a thing of several words, or a proper noun: it says by itself what it speaks of


@dataclass(slots=True)
class Use:
    """How a phrase is used in a conversation."""

    messages: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    named: int = 0  # times it follows an article or the like, or is written as a name
    proper: set[str] = field(
        default_factory=set
    )  # messages in which its capital is its own: no sentence or name gave it

    @property
    def form(self) -> str:
        """How it is mostly written."""
        return min(self.forms, key=lambda form: (-self.forms[form], form))


def uses_in(pieces: Sequence[Sequence[Line]], grammar: Grammar) -> list[dict[Phrase, Use]]:
    """How each phrase is used in each of `pieces`; names of people are no phrases anywhere."""
    lines = [line for piece in pieces for line in piece]
    clauses = {line: _clauses(line.text) for line in lines}
    things = {word for said in clauses.values() for clause in said for word in _named(clause, grammar)}
    people = {word for line in lines for word in _people(line.text, clauses[line], grammar)}
    return [_uses(piece, clauses, things - people, people, grammar) for piece in pieces]


def telling(phrase: Phrase, use: Use, pieces_with_it: int, pieces: int) -> float:
    """How much `phrase` says of its conversation: used often, by many, as a name, and here more than elsewhere."""
    often = len(use.messages)
    named = _UNNAMED + (1 - _UNNAMED) * use.named / use.forms.total()
    rare = math.log((1 + pieces) / pieces_with_it) / math.log(1 + pieces)
    return often * (1 + math.log(len(use.authors))) * named * (0.3 + 0.7 * rare) * _WORTH[len(phrase)]


def key_phrases(uses: Mapping[Phrase, Use], scores: Mapping[Phrase, float]) -> tuple[KeyPhrase, ...]:
    """The phrases that several messages use, those that name something first; none shares a word with another."""
    often = [phrase for phrase, use in uses.items() if len(use.messages) >= _FEWEST_MESSAGES]
    names = {phrase: _names(phrase, uses[phrase]) for phrase in often}
    ordered = sorted(often, key=lambda phrase: (not names[phrase], -round(scores[phrase], 9), phrase))
    return tuple(
        KeyPhrase(_telling_words(phrase), uses[phrase].form, scores[phrase], names[phrase])
        for phrase in _apart(ordered)
    )


def _names(phrase: Phrase, use: Use) -> bool:
    if use.form[0].isupper() and len(use.proper) >= _FEWEST_MESSAGES:
        return True
    return len(phrase) > 1 and 2 * use.named >= use.forms.total()  # "cry on the bus" is no thing


def _clauses(text: str) -> list[Clause]:
    """The words between the punctuation of `text`, as written and folded."""
    words = (words_of(clause) for clause in _CLAUSE.split(plain_text(text)))
    return [[(word, folded(word)) for word in clause] for clause in words if clause]


def _named(clause: Clause, grammar: Grammar) -> Iterator[str]:
    """The words that follow an article or the like, or are written as names."""
    for (_, before), (word, plain) in pairwise(clause):
        if before in grammar.before_noun or word[0].isupper():
            yield plain


def _people(text: str, clauses: Sequence[Clause], grammar: Grammar) -> Iterator[str]:
    """The words of names behind a kin or trade word ("roofer Kyle Collins") or beside a person's placeholder."""
    for clause in clauses:
        for place, (_, plain) in enumerate(clause):
            if plain in grammar.before_name:
                yield from _capitals(clause[place + 1 :])
    sides = [_words(match["words"]) for match in _BEHIND.finditer(text)]
    sides += [_words(match["words"])[::-1] for match in _BEFORE.finditer(text)]
    for side in sides:
        name = list(_capitals(side))
        if len(name) >= _FULL_NAME:
            yield from name


def _words(text: str) -> Clause:
    return [(word, folded(word)) for word in words_of(text)]


def _capitals(words: Clause) -> Iterator[str]:
    """The words at the beginning that are written as names."""
    for word, plain in words:
        if not word[0].isupper():
            return
        yield plain


def _uses(
    lines: Sequence[Line],
    clauses: Mapping[Line, Sequence[Clause]],
    things: Set[str],
    people: Set[str],
    grammar: Grammar,
) -> dict[Phrase, Use]:
    uses: dict[Phrase, Use] = {}
    for line in lines:
        for clause in clauses[line]:
            named = set(_named(clause, grammar))
            for start, end in _runs(clause, things, grammar):
                phrase = tuple(plain for _, plain in clause[start:end])
                if people.isdisjoint(phrase):
                    _note(uses.setdefault(phrase, Use()), line, clause, start, end, named=phrase[0] in named)
    return uses


def _note(use: Use, line: Line, clause: Clause, start: int, end: int, *, named: bool) -> None:  # noqa: PLR0913 — a place
    use.messages.add(line.message_id)
    use.authors.add(line.author)
    use.forms[" ".join(word for word, _ in clause[start:end])] += 1
    use.named += named
    capitals = [word[0].isupper() for word, _ in (*clause[max(start - 1, 0) : start + 1], *clause[end : end + 1])]
    if start > 0 and capitals[:2] == [False, True] and capitals[2:] != [True]:
        use.proper.add(line.message_id)


def _runs(clause: Clause, things: Set[str], grammar: Grammar) -> Iterator[tuple[int, int]]:
    """Where phrases begin and end: words that say something, with nothing but joining words between them."""
    says = [
        not is_common(word) and (plain in things or grammar.verb.search(word.lower()) is None) for word, plain in clause
    ]
    for start in range(len(clause)):
        for end in range(start, min(start + _LONGEST_PHRASE, len(clause))):
            if not says[end] and (end == start or clause[end][0].lower() not in grammar.joining):
                break
            if says[end]:
                yield start, end + 1


def _apart(ordered: Sequence[Phrase]) -> list[Phrase]:
    """The first of `ordered` that share no word."""
    chosen: list[Phrase] = []
    taken: set[str] = set()
    for phrase in ordered:
        words = _telling_words(phrase)
        if taken.isdisjoint(words):
            chosen.append(phrase)
            taken.update(words)
        if len(chosen) == _PHRASES:
            break
    return chosen


def _telling_words(phrase: Phrase) -> frozenset[str]:
    return frozenset(word for word in phrase if not is_common(word))
