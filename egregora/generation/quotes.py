"""Selects the quotes of a conversation: the most relevant lines, without repetitions."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from egregora.core.text import folded, words_of
from egregora.generation.conversations import Conversation
from egregora.generation.phrases import Grammar
from egregora.generation.topics import Utterance

_QUOTES = (3, 8)  # minimum and maximum for a conversation
_MIN_WORDS = 3  # of a quote
_SIMILARITY = 0.6  # share of common words from which two quotes are similar
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\u2028")  # or a line break of a message
_DESCRIPTION = re.compile(r"\(.*\)|\[(?!person)[^\]]*\]")  # a description of a picture or link, which nobody wrote
_NUMBER = r",?\s*(?:n[º°o.]*\s*)?\d{1,5}(?!\d|\s*(?:h\b|h\d|min\b|:\d))"
_ADDRESS = re.compile(
    r"\b(?i:rua|avenida|avda?\.?|travessa|alameda|praça|estrada|rodovia|calle|carrera|paseo|plaza)\s+"
    rf"(?:[^\W\d_][\w.'-]*\s+){{0,4}}[^\W\d_][\w.'-]*{_NUMBER}"
    rf"|\b(?:\w+(?i:straße|strasse|str\.|weg|platz|allee|gasse)|(?i:straße|allee|gasse)){_NUMBER}"
    rf"|\b(?i:street|road|avenue|lane|square|boulevard){_NUMBER}"
    r"|\b\d{1,5}[a-z]?,?\s+(?:[A-Z][\w'-]+\s+){1,3}"
    r"(?i:street|st|road|rd|avenue|ave|lane|drive|close|court|crescent|terrace|gardens|square|boulevard|blvd)\b"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of a message."""

    utterance: Utterance
    text: str


def select_quotes(conversation: Conversation, grammar: Grammar, quoted: Sequence[str] = ()) -> list[Quote]:
    """Three to eight quotes in order of time. Each adds relevant words, and many authors are quoted.

    A line with a postal address is never quoted, nor one that is similar to another quote or to one of `quoted`.
    """
    fewest, most = _QUOTES
    limit = min(most, max(fewest, len(conversation.utterances) // 3))
    contents = {quote: content(quote.text) for quote in _candidates(conversation)}
    relevant = {quote: sorted(words & conversation.weights.keys()) for quote, words in contents.items()}
    quality = {quote: _quality(words, grammar) for quote, words in contents.items()}
    chosen_contents = [content(text) for text in quoted]
    covered: set[str] = set()
    quotes_by_author: Counter[str] = Counter()
    chosen: list[Quote] = []
    while quality and len(chosen) < limit:
        gain = {
            quote: each
            * _new_content(relevant[quote], conversation.weights, covered)
            * 0.8 ** quotes_by_author[quote.utterance.author]
            for quote, each in quality.items()
        }
        best = max(gain, key=lambda quote: round(gain[quote], 9))
        del quality[best]
        new = len(chosen) < fewest or not covered.issuperset(relevant[best])
        if new and not any(is_similar(contents[best], other) for other in chosen_contents):
            covered.update(relevant[best])
            quotes_by_author[best.utterance.author] += 1
            chosen_contents.append(contents[best])
            chosen.append(best)
    return sorted(chosen, key=lambda quote: conversation.utterances.index(quote.utterance))


def most_relevant_line(text: str, weights: Mapping[str, float]) -> str:
    """The line of `text` with the highest sum of `weights`. On a tie the first; "" if no line has words."""
    lines = [line for line in text.split("\n") if words_of(line) and not _ADDRESS.search(line)]
    if len(lines) == 1:
        return lines[0]
    scores = {line: sum(weights.get(word, 0.0) for word in sorted(content(line))) for line in lines}
    return max(scores, key=lambda line: round(scores[line], 9), default="")


def most_relevant_sentence(chunk: str, weights: Mapping[str, float]) -> tuple[str, str]:
    """The author and the sentence of `chunk` with the highest average weight; ("", "") if none is long enough."""
    scores: dict[tuple[str, str], float] = {}
    for line in chunk.split("\n"):
        author, _, words = line.partition(": ")
        for sentence in _SENTENCE_END.split(words):
            sentence_words = content(sentence)
            if len(sentence_words) < _MIN_WORDS or _DESCRIPTION.fullmatch(sentence) or _ADDRESS.search(words):
                continue
            score = sum(weights.get(word, 0.0) for word in sorted(sentence_words))
            scores[author, sentence] = score / (8 + len(sentence_words))
    return max(scores, key=lambda key: round(scores[key], 9), default=("", ""))


def content(text: str) -> frozenset[str]:
    """The folded words of a line, for comparison."""
    return frozenset(map(folded, words_of(text)))


def is_similar(one: Set[str], other: Set[str]) -> bool:
    """Whether two lines share most of their words."""
    return bool(one or other) and len(one & other) >= _SIMILARITY * len(one | other)


def _candidates(conversation: Conversation) -> Iterator[Quote]:
    """The most relevant line of each message."""
    for utterance in conversation.utterances:
        text = most_relevant_line(utterance.text, conversation.weights)
        if text:
            yield Quote(utterance, text)


def _quality(words: frozenset[str], grammar: Grammar) -> float:
    """A factor: lower for short and for long lines, higher for a decision."""
    decision = 1.0 if words.isdisjoint(grammar.decision) else 1.5
    length = 1.0 if len(words) >= _MIN_WORDS else 0.2
    return decision * length / math.sqrt(8 + len(words))


def _new_content(relevant: Sequence[str], weights: Mapping[str, float], covered: Set[str]) -> float:
    """The weight of a line's `relevant` words; words in `covered` count for an eighth."""
    return 0.01 + sum(weights[word] / (8 if word in covered else 1) for word in relevant)
