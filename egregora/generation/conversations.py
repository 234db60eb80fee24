"""What a window says, found by counting: its conversations, and what each is about."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from egregora.generation.phrases import Grammar
from egregora.generation.topics import KeyPhrase, Line, Phrase, Use, key_phrases, telling, uses_in

_PAUSE = timedelta(minutes=45)
_LONGEST_CONVERSATION = 40  # messages; a longer one is cut at its longest pause
_SHORTEST_CONVERSATION = 3


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


def conversations_of(lines: Sequence[Line], grammar: Grammar) -> list[Conversation]:
    """The conversations of `lines`, in their order, with what each is about."""
    pieces = [piece for whole in _between_pauses(lines) for piece in _cut(whole)]
    sizeable = [piece for piece in pieces if len(piece) >= _SHORTEST_CONVERSATION] or [list(lines)]
    uses = uses_in(sizeable, grammar)
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


def _described(lines: list[Line], uses: Mapping[Phrase, Use], spread: Counter[Phrase], pieces: int) -> Conversation:
    scores = {phrase: telling(phrase, use, spread[phrase], pieces) for phrase, use in uses.items()}
    weights = {phrase[0]: score for phrase, score in scores.items() if len(phrase) == 1}
    phrases = key_phrases(uses, scores)
    density = sum(phrase.score for phrase in phrases[:3]) / len(lines)
    score = math.log1p(len(lines)) * math.sqrt(len({line.author for line in lines})) * (1 + density)
    return Conversation(tuple(lines), phrases, weights, score)
