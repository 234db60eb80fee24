"""Splits the messages of a window into conversations, and scores what each is about."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from egregora.generation.phrases import Grammar
from egregora.generation.topics import KeyPhrase, Phrase, Usage, Utterance, key_phrases, phrase_usage, relevance

_PAUSE = timedelta(minutes=45)
_MAX_LENGTH = 40  # utterances; a longer conversation is cut at its longest pause
_MIN_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Conversation:
    """Utterances of one chat without a long pause between them."""

    utterances: tuple[Utterance, ...]
    phrases: tuple[KeyPhrase, ...]  # by score, the highest first; no two share a word
    weights: Mapping[str, float]  # relevance of each folded word
    score: float

    @property
    def people(self) -> int:
        """The number of authors."""
        return len({utterance.author for utterance in self.utterances})


def split_conversations(utterances: Sequence[Utterance], grammar: Grammar) -> list[Conversation]:
    """The conversations of `utterances`, in their order, each with its key phrases."""
    pieces = [piece for run in _split_at_pauses(utterances) for piece in _cut(run)]
    long_enough = [piece for piece in pieces if len(piece) >= _MIN_LENGTH] or [list(utterances)]
    usages = phrase_usage(long_enough, grammar)
    spread = Counter(phrase for usage in usages for phrase in usage)
    return [_analysed(piece, usage, spread, len(long_enough)) for piece, usage in zip(long_enough, usages, strict=True)]


def _split_at_pauses(utterances: Sequence[Utterance]) -> Iterator[list[Utterance]]:
    """Runs of utterances of one chat without a long pause."""
    piece = [utterances[0]]
    for earlier, later in pairwise(utterances):
        if later.chat != earlier.chat or later.at - earlier.at > _PAUSE:
            yield piece
            piece = []
        piece.append(later)
    yield piece


def _cut(piece: list[Utterance]) -> Iterator[list[Utterance]]:
    """The run in parts of at most 40 utterances, cut at the longest pause near the middle."""
    if len(piece) <= _MAX_LENGTH:
        yield piece
        return
    margin = len(piece) // 4  # neither part gets too short
    cuts = range(margin, len(piece) - margin)
    longest = max(cuts, key=lambda index: (piece[index].at - piece[index - 1].at, -index))
    yield from _cut(piece[:longest])
    yield from _cut(piece[longest:])


def _analysed(
    utterances: list[Utterance], usage: Mapping[Phrase, Usage], spread: Counter[Phrase], pieces: int
) -> Conversation:
    """The conversation with key phrases and score; `spread` counts the pieces in which each phrase occurs."""
    scores = {phrase: relevance(phrase, use, spread[phrase], pieces) for phrase, use in usage.items()}
    weights = {phrase[0]: score for phrase, score in scores.items() if len(phrase) == 1}
    phrases = key_phrases(usage, scores)
    density = sum(phrase.score for phrase in phrases[:3]) / len(utterances)
    score = math.log1p(len(utterances)) * math.sqrt(len({utterance.author for utterance in utterances})) * (1 + density)
    return Conversation(tuple(utterances), phrases, weights, score)
