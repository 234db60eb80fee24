"""What to quote of a conversation: the lines that tell most, and none twice."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from egregora.core.text import folded, words_of
from egregora.generation.conversations import Conversation
from egregora.generation.phrases import Grammar
from egregora.generation.topics import Line

_QUOTES = (3, 8)  # fewest and most of a conversation
_SHORTEST_QUOTE = 3  # words
_ALIKE = 0.6  # of the words of two quotes, from which they say the same
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\u2028")  # and where a message breaks its line
_DESCRIPTION = re.compile(r"\(.*\)|\[(?!person)[^\]]*\]")  # of a picture or a link, which nobody said
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

    line: Line
    text: str


def telling_quotes(conversation: Conversation, grammar: Grammar, said: Sequence[str] = ()) -> list[Quote]:
    """What to quote, in order: each quote says something new that matters, and many people are heard.

    A line that holds somebody's address is never quoted, nor one that says what another, or one of `said`, says.
    """
    fewest, most = _QUOTES
    wanted = min(most, max(fewest, len(conversation.lines) // 3))
    contents = {quote: content(quote.text) for quote in _candidates(conversation)}
    telling = {quote: sorted(words & conversation.weights.keys()) for quote, words in contents.items()}
    worth = {quote: _worth(words, grammar) for quote, words in contents.items()}
    before = [content(text) for text in said]
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
        new = len(chosen) < fewest or not heard.issuperset(telling[best])
        if new and not any(alike(contents[best], other) for other in before):
            heard.update(telling[best])
            voices[best.line.author] += 1
            before.append(contents[best])
            chosen.append(best)
    return sorted(chosen, key=lambda quote: conversation.lines.index(quote.line))


def telling_line(text: str, weights: Mapping[str, float]) -> str:
    """The line of `text` that has most to do with `weights`; the first of equals, and "" when none has words."""
    lines = [line for line in text.split("\n") if words_of(line) and not _ADDRESS.search(line)]
    if len(lines) == 1:
        return lines[0]
    told = {line: sum(weights.get(word, 0.0) for word in sorted(content(line))) for line in lines}
    return max(told, key=lambda line: round(told[line], 9), default="")


def telling_sentence(chunk: str, weights: Mapping[str, float]) -> tuple[str, str]:
    """Of the lines "author: words" of a chunk, the author and the one sentence that tells most; short ones win."""
    told: dict[tuple[str, str], float] = {}
    for line in chunk.split("\n"):
        author, _, words = line.partition(": ")
        for sentence in _SENTENCE_END.split(words):
            said = content(sentence)
            if len(said) >= _SHORTEST_QUOTE and not _DESCRIPTION.fullmatch(sentence) and not _ADDRESS.search(words):
                told[author, sentence] = sum(weights.get(word, 0.0) for word in sorted(said)) / (8 + len(said))
    return max(told, key=lambda key: round(told[key], 9), default=("", ""))


def content(text: str) -> frozenset[str]:
    """The words of a line, as they are compared."""
    return frozenset(map(folded, words_of(text)))


def alike(one: Set[str], other: Set[str]) -> bool:
    """Whether two lines have most of their words in common."""
    return bool(one or other) and len(one & other) >= _ALIKE * len(one | other)


def _candidates(conversation: Conversation) -> Iterator[Quote]:
    """The most telling line of each message."""
    for line in conversation.lines:
        text = telling_line(line.text, conversation.weights)
        if text:
            yield Quote(line, text)


def _worth(words: frozenset[str], grammar: Grammar) -> float:
    """Short and long lines lose, a decision wins."""
    settled = 1.0 if words.isdisjoint(grammar.decision) else 1.5
    brief = 1.0 if len(words) >= _SHORTEST_QUOTE else 0.2
    return settled * brief / math.sqrt(8 + len(words))


def _news(telling: Sequence[str], weights: Mapping[str, float], heard: Set[str]) -> float:
    """What a line's `telling` words add to what was heard."""
    return 0.01 + sum(weights[word] / (8 if word in heard else 1) for word in telling)
