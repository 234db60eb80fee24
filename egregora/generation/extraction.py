"""What a window says, found by counting: its conversations, their key phrases, and the lines that tell most."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from egregora.core.words import folded, is_common, plain_text, words_of

_PAUSE = timedelta(minutes=45)
_LONGEST_CONVERSATION = 40  # messages; a longer one is cut at its longest pause
_SHORTEST_CONVERSATION = 3
_CLAUSE = re.compile(r"[.,;:!?…()\[\]{}<>\"“”«»*~_/|\n]+|\s[-\u2013\u2014]\s")
_LONGEST_PHRASE = 4  # words
_WORTH = (0.0, 1.0, 1.7, 2.0, 2.1)  # of a phrase of so many words, beside one word said equally often
_UNNAMED = 0.3  # what counts of a phrase that never follows an article and is never written as a name
_PHRASES = 12  # kept of a conversation
_QUOTES = (3, 8)  # fewest and most of a conversation
_SHORTEST_QUOTE = 3  # words

Phrase = tuple[str, ...]  # folded words
Clause = list[tuple[str, str]]  # words as written and folded


@dataclass(frozen=True, slots=True)
class Grammar:
    """What little we know of a language; words are folded."""

    before_noun: frozenset[str]
    joining: frozenset[str]  # may stand inside a phrase; not folded, "e" is not "é"
    verb: re.Pattern[str]  # how words end that are verbs, unless they follow an article
    decision: frozenset[str]


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


@dataclass(frozen=True, slots=True)
class Conversation:
    """Lines without a long pause between them."""

    lines: tuple[Line, ...]
    phrases: tuple[KeyPhrase, ...]  # the most telling first; none shares a word with another
    weights: Mapping[str, float]  # how telling a folded word is
    score: float

    @property
    def people(self) -> int:
        """How many wrote."""
        return len({line.author for line in self.lines})


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of a message."""

    line: Line
    text: str


@dataclass(slots=True)
class _Use:
    """How a phrase is used in a conversation."""

    messages: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    named: int = 0  # times it follows an article or the like, or is written as a name

    @property
    def form(self) -> str:
        """How it is mostly written."""
        return min(self.forms, key=lambda form: (-self.forms[form], form))


def conversations_of(lines: Sequence[Line], grammar: Grammar) -> list[Conversation]:
    """The conversations of `lines`, in their order, with what each is about."""
    pieces = [piece for whole in _between_pauses(lines) for piece in _cut(whole)]
    sizeable = [piece for piece in pieces if len(piece) >= _SHORTEST_CONVERSATION] or [list(lines)]
    clauses = {line: _clauses(line.text) for line in lines}
    things = {word for said in clauses.values() for clause in said for word in _named(clause, grammar)}
    uses = [_uses(piece, clauses, things, grammar) for piece in sizeable]
    spread = Counter(phrase for used in uses for phrase in used)
    return [_described(piece, used, spread, len(sizeable)) for piece, used in zip(sizeable, uses, strict=True)]


def _between_pauses(lines: Sequence[Line]) -> Iterator[list[Line]]:
    piece = [lines[0]]
    for earlier, later in pairwise(lines):
        if later.chat != earlier.chat or later.at - earlier.at > _PAUSE:
            yield piece
            piece = []
        piece.append(later)
    yield piece


def _cut(piece: list[Line]) -> Iterator[list[Line]]:
    if len(piece) <= _LONGEST_CONVERSATION:
        yield piece
        return
    margin = len(piece) // 4  # both halves stay conversations
    places = range(margin, len(piece) - margin)
    longest = max(places, key=lambda place: (piece[place].at - piece[place - 1].at, -place))
    yield from _cut(piece[:longest])
    yield from _cut(piece[longest:])


def _clauses(text: str) -> list[Clause]:
    """The words between the punctuation of `text`, as written and folded."""
    words = (words_of(clause) for clause in _CLAUSE.split(plain_text(text)))
    return [[(word, folded(word)) for word in clause] for clause in words if clause]


def _named(clause: Clause, grammar: Grammar) -> Iterator[str]:
    """The words that follow an article or the like, or are written as names."""
    for (_, before), (word, plain) in pairwise(clause):
        if before in grammar.before_noun or word[0].isupper():
            yield plain


def _uses(
    lines: Sequence[Line], clauses: Mapping[Line, Sequence[Clause]], things: Set[str], grammar: Grammar
) -> dict[Phrase, _Use]:
    uses: dict[Phrase, _Use] = {}
    for line in lines:
        for clause in clauses[line]:
            named = set(_named(clause, grammar))
            for start, end in _runs(clause, things, grammar):
                phrase = tuple(plain for _, plain in clause[start:end])
                use = uses.setdefault(phrase, _Use())
                use.messages.add(line.message_id)
                use.authors.add(line.author)
                use.forms[" ".join(word for word, _ in clause[start:end])] += 1
                use.named += phrase[0] in named
    return uses


def _runs(clause: Clause, things: Set[str], grammar: Grammar) -> Iterator[tuple[int, int]]:
    """Where phrases begin and end: words that say something, with nothing but joining words between them."""
    telling = [
        not is_common(word) and (plain in things or grammar.verb.search(word.lower()) is None) for word, plain in clause
    ]
    for start in range(len(clause)):
        for end in range(start, min(start + _LONGEST_PHRASE, len(clause))):
            if not telling[end] and (end == start or clause[end][0].lower() not in grammar.joining):
                break
            if telling[end]:
                yield start, end + 1


def _described(lines: list[Line], uses: Mapping[Phrase, _Use], spread: Counter[Phrase], pieces: int) -> Conversation:
    scores = {phrase: _telling(phrase, use, spread[phrase], pieces) for phrase, use in uses.items()}
    weights = {phrase[0]: score for phrase, score in scores.items() if len(phrase) == 1}
    ordered = sorted(scores, key=lambda phrase: (-round(scores[phrase], 9), phrase))
    chosen = tuple(KeyPhrase(_telling_words(phrase), uses[phrase].form, scores[phrase]) for phrase in _apart(ordered))
    density = sum(phrase.score for phrase in chosen[:3]) / len(lines)
    score = math.log1p(len(lines)) * math.sqrt(len({line.author for line in lines})) * (1 + density)
    return Conversation(tuple(lines), chosen, weights, score)


def _telling(phrase: Phrase, use: _Use, pieces_with_it: int, pieces: int) -> float:
    """How much `phrase` says of its conversation: used often, by many, as a name, and here more than elsewhere."""
    often = len(use.messages)
    if len(phrase) > 1 and often == 1 and not use.form.istitle():
        return 0.0  # words that met once are no phrase
    named = _UNNAMED + (1 - _UNNAMED) * use.named / use.forms.total()
    rare = math.log((1 + pieces) / pieces_with_it) / math.log(1 + pieces)
    return often * (1 + math.log(len(use.authors))) * named * (0.3 + 0.7 * rare) * _WORTH[len(phrase)]


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


def telling_quotes(conversation: Conversation, grammar: Grammar) -> list[Quote]:
    """What to quote, in order: each quote says something new that matters, and many people are heard."""
    fewest, most = _QUOTES
    wanted = min(most, max(fewest, len(conversation.lines) // 3))
    contents = {quote: _content(quote.text) for quote in _candidates(conversation)}
    telling = {quote: sorted(words & conversation.weights.keys()) for quote, words in contents.items()}
    worth = {quote: _worth(words, grammar) for quote, words in contents.items()}
    heard: set[str] = set()
    voices: Counter[str] = Counter()
    chosen: list[Quote] = []
    while worth and len(chosen) < wanted:
        gains = {
            quote: each * _news(telling[quote], conversation.weights, heard) * 0.8 ** voices[quote.line.author]
            for quote, each in worth.items()
        }
        best = max(gains, key=lambda quote: round(gains[quote], 9))
        del worth[best]
        if len(chosen) < fewest or not heard.issuperset(telling[best]):
            heard.update(telling[best])
            voices[best.line.author] += 1
            chosen.append(best)
    return sorted(chosen, key=lambda quote: conversation.lines.index(quote.line))


def _candidates(conversation: Conversation) -> Iterator[Quote]:
    """The most telling line of each message; what was said before in the same words is left out."""
    said: set[tuple[str, ...]] = set()
    for line in conversation.lines:
        text = telling_line(line.text, conversation.weights)
        words = tuple(map(folded, words_of(text)))
        if words not in said:
            said.add(words)
            yield Quote(line, text)


def _content(text: str) -> frozenset[str]:
    return frozenset(map(folded, words_of(text)))


def _worth(words: frozenset[str], grammar: Grammar) -> float:
    """Short and long lines lose, a decision wins."""
    settled = 1.0 if words.isdisjoint(grammar.decision) else 1.5
    brief = 1.0 if len(words) >= _SHORTEST_QUOTE else 0.2
    return settled * brief / math.sqrt(8 + len(words))


def _news(telling: Sequence[str], weights: Mapping[str, float], heard: Set[str]) -> float:
    """What a line's `telling` words add to what was heard."""
    return 0.01 + sum(weights[word] / (8 if word in heard else 1) for word in telling)


def telling_line(text: str, weights: Mapping[str, float]) -> str:
    """The line of `text` that has most to do with `weights`; the first of equals, and "" when none has words."""
    lines = [line for line in text.split("\n") if words_of(line)]
    if len(lines) == 1:
        return lines[0]
    told = {line: sum(weights.get(word, 0.0) for word in sorted(_content(line))) for line in lines}
    return max(told, key=lambda line: round(told[line], 9), default="")
