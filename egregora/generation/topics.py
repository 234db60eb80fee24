"""Key phrases of a conversation: phrases that are frequent in it and rare in the others."""

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
_NAME_AFTER = re.compile(rf"{PERSON}(?P<words>(?: {_NAME_WORD}){{2,3}})")
_NAME_BEFORE = re.compile(rf"(?P<words>(?:{_NAME_WORD} ){{2,3}}){PERSON}")
_MAX_WORDS = 4  # of a phrase
_LENGTH_WEIGHTS = (0.0, 1.0, 1.7, 2.0, 2.1)  # by number of words
_NOT_A_NOUN = 0.3  # weight of a phrase that never follows an article and never has a capital
_MIN_MESSAGES = 2  # that use a phrase; a phrase in one message is no topic
_MAX_PHRASES = 12  # of a conversation
_MIN_FULL_NAME = 2  # words

Phrase = tuple[str, ...]  # folded words
Clause = list[tuple[str, str]]  # each word as written, and folded


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message with words; its time is local."""

    chat: str
    message_id: str
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class KeyPhrase:
    """A phrase that a conversation is about."""

    words: frozenset[str]  # its content words, folded
    form: str  # its most frequent spelling
    score: float
    is_specific: bool  # a proper noun, or a noun phrase of several words: clear without context


@dataclass(slots=True)
class Usage:
    """How a phrase is used in a conversation."""

    messages: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    named: int = 0  # times it follows an article or the like, or has a capital
    # Messages where the capital marks a proper noun: neither a sentence nor a longer name begins there.
    proper: set[str] = field(default_factory=set)

    @property
    def form(self) -> str:
        """The most frequent spelling."""
        return min(self.forms, key=lambda form: (-self.forms[form], form))


def phrase_usage(pieces: Sequence[Sequence[Utterance]], grammar: Grammar) -> list[dict[Phrase, Usage]]:
    """How each phrase is used, for each of `pieces`; names of people are never phrases."""
    utterances = [utterance for piece in pieces for utterance in piece]
    clauses = {utterance: _clauses(utterance.text) for utterance in utterances}
    nouns = {word for parts in clauses.values() for clause in parts for word in _nouns(clause, grammar)}
    people = {word for utterance in utterances for word in _people(utterance.text, clauses[utterance], grammar)}
    return [_usage(piece, clauses, nouns - people, people, grammar) for piece in pieces]


def relevance(phrase: Phrase, use: Usage, pieces_with_it: int, pieces: int) -> float:
    """The score of a phrase: used often, by many authors, as a noun, and rarely in other conversations."""
    frequency = len(use.messages)
    named = _NOT_A_NOUN + (1 - _NOT_A_NOUN) * use.named / use.forms.total()
    rarity = math.log((1 + pieces) / pieces_with_it) / math.log(1 + pieces)
    return frequency * (1 + math.log(len(use.authors))) * named * (0.3 + 0.7 * rarity) * _LENGTH_WEIGHTS[len(phrase)]


def key_phrases(usage: Mapping[Phrase, Usage], scores: Mapping[Phrase, float]) -> tuple[KeyPhrase, ...]:
    """The phrases of two messages or more, specific ones first; no two share a word."""
    often = [phrase for phrase, use in usage.items() if len(use.messages) >= _MIN_MESSAGES]
    specific = {phrase: _is_specific(phrase, usage[phrase]) for phrase in often}
    ordered = sorted(often, key=lambda phrase: (not specific[phrase], -round(scores[phrase], 9), phrase))
    return tuple(
        KeyPhrase(_content_words(phrase), usage[phrase].form, scores[phrase], specific[phrase])
        for phrase in _without_overlap(ordered)
    )


def _is_specific(phrase: Phrase, use: Usage) -> bool:
    """Whether a phrase is a proper noun, or a noun phrase of several words."""
    if use.form[0].isupper() and len(use.proper) >= _MIN_MESSAGES:
        return True
    return len(phrase) > 1 and 2 * use.named >= use.forms.total()  # "cry on the bus" is no noun phrase


def _clauses(text: str) -> list[Clause]:
    """The words of each clause of `text`; punctuation separates clauses."""
    words = (words_of(clause) for clause in _CLAUSE.split(plain_text(text)))
    return [[(word, folded(word)) for word in clause] for clause in words if clause]


def _nouns(clause: Clause, grammar: Grammar) -> Iterator[str]:
    """The folded words that follow an article or the like, or have a capital."""
    for (_, before), (word, plain) in pairwise(clause):
        if before in grammar.before_noun or word[0].isupper():
            yield plain


def _people(text: str, clauses: Sequence[Clause], grammar: Grammar) -> Iterator[str]:
    """Words of names: after a word for kin or trade ("roofer Kyle Collins"), or beside a person's placeholder."""
    for clause in clauses:
        for index, (_, plain) in enumerate(clause):
            if plain in grammar.before_name:
                yield from _capitalized_words(clause[index + 1 :])
    sides = [_fold_words(match["words"]) for match in _NAME_AFTER.finditer(text)]
    sides += [_fold_words(match["words"])[::-1] for match in _NAME_BEFORE.finditer(text)]
    for side in sides:
        name = list(_capitalized_words(side))
        if len(name) >= _MIN_FULL_NAME:
            yield from name


def _fold_words(text: str) -> Clause:
    """The words of `text` as written and folded."""
    return [(word, folded(word)) for word in words_of(text)]


def _capitalized_words(words: Clause) -> Iterator[str]:
    """The folded words at the beginning that have a capital."""
    for word, plain in words:
        if not word[0].isupper():
            return
        yield plain


def _usage(
    utterances: Sequence[Utterance],
    clauses: Mapping[Utterance, Sequence[Clause]],
    nouns: Set[str],
    people: Set[str],
    grammar: Grammar,
) -> dict[Phrase, Usage]:
    """How each phrase is used in these utterances, without phrases that contain a name of `people`."""
    usage: dict[Phrase, Usage] = {}
    for utterance in utterances:
        for clause in clauses[utterance]:
            named = set(_nouns(clause, grammar))
            for start, end in _phrase_spans(clause, nouns, grammar):
                phrase = tuple(plain for _, plain in clause[start:end])
                if people.isdisjoint(phrase):
                    _record(usage.setdefault(phrase, Usage()), utterance, clause, start, end, named=phrase[0] in named)
    return usage


def _record(  # noqa: PLR0913 — one occurrence
    use: Usage, utterance: Utterance, clause: Clause, start: int, end: int, *, named: bool
) -> None:
    """Count one occurrence of a phrase: the words from `start` to `end` of a clause."""
    use.messages.add(utterance.message_id)
    use.authors.add(utterance.author)
    use.forms[" ".join(word for word, _ in clause[start:end])] += 1
    use.named += named
    capitals = [word[0].isupper() for word, _ in (*clause[max(start - 1, 0) : start + 1], *clause[end : end + 1])]
    if start > 0 and capitals[:2] == [False, True] and capitals[2:] != [True]:
        use.proper.add(utterance.message_id)


def _phrase_spans(clause: Clause, nouns: Set[str], grammar: Grammar) -> Iterator[tuple[int, int]]:
    """Start and end of each phrase: content words with only joining words between them."""
    is_content = [
        not is_common(word) and (plain in nouns or grammar.verb.search(word.lower()) is None) for word, plain in clause
    ]
    for start in range(len(clause)):
        for end in range(start, min(start + _MAX_WORDS, len(clause))):
            if not is_content[end] and (end == start or clause[end][0].lower() not in grammar.joining):
                break
            if is_content[end]:
                yield start, end + 1


def _without_overlap(ordered: Sequence[Phrase]) -> list[Phrase]:
    """The first of `ordered` that share no word, at most twelve."""
    chosen: list[Phrase] = []
    taken: set[str] = set()
    for phrase in ordered:
        words = _content_words(phrase)
        if taken.isdisjoint(words):
            chosen.append(phrase)
            taken.update(words)
        if len(chosen) == _MAX_PHRASES:
            break
    return chosen


def _content_words(phrase: Phrase) -> frozenset[str]:
    """The words of a phrase that are not common words."""
    return frozenset(word for word in phrase if not is_common(word))
