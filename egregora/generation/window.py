"""What there is to write about in a window: its sections, each with its topics and quotes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from egregora.core.text import words_of
from egregora.generation.conversations import Conversation, conversations_of
from egregora.generation.phrases import Grammar, Phrases, grammar_of, phrases_for
from egregora.generation.quotes import Quote, telling_quotes
from egregora.generation.topics import KeyPhrase, Line

SPOKEN = ("text", "media")  # a link to where somebody is has no place in a post
_MOST_SECTIONS = 5
_TOPICS = 2  # of a section

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A conversation as the post tells it."""

    conversation: Conversation
    topics: tuple[KeyPhrase, ...]  # one or two, or none
    quotes: Sequence[Quote]


@dataclass(frozen=True, slots=True)
class Window:
    """What there is to write about."""

    name: str
    rows: Sequence[Row]
    people: Sequence[Row]  # the rows that somebody wrote
    sections: Sequence[Section]  # the most telling first
    earlier: Sequence[Row]
    phrases: Phrases
    grammar: Grammar

    @property
    def topics(self) -> list[KeyPhrase]:
        """The first topic of each section, those that name something first."""
        first = [section.topics[0] for section in self.sections if section.topics]
        return sorted(first, key=lambda topic: not topic.names)

    @property
    def authors(self) -> list[tuple[str, int]]:
        """Who wrote, and how many messages; who wrote most comes first."""
        counts = Counter(row["author"] for row in self.people)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    @property
    def pictures(self) -> list[Row]:
        """The rows with a picture to show, each picture once."""
        shown = [row for row in self.people if row["media_type"] == "image" and row["site_relative_path"]]
        return list({row["site_relative_path"]: row for row in reversed(shown)}.values())[::-1]


def lines_of(rows: Iterable[Row]) -> list[Line]:
    """What people said in words, chat by chat."""
    said = [
        Line(row["chat_id"], row["message_id"], row["author"], row["at"], row["message"])
        for row in rows
        if row["author"] is not None and row["kind"] in SPOKEN and words_of(row["message"] or "")
    ]
    return sorted(said, key=lambda line: line.chat)


def read(window: str, rows: Sequence[Row], lines: Sequence[Line], earlier: Sequence[Row]) -> Window:
    """The window that `rows` are: `lines` are what was said in it, and `earlier` is what is near to it."""
    phrases = phrases_for(word for line in lines for word in words_of(line.text))
    grammar = grammar_of(phrases)
    people = [row for row in rows if row["author"] is not None]
    found = conversations_of(lines, grammar)
    best = sorted(found, key=lambda conversation: (-round(conversation.score, 9), conversation.lines[0].message_id))
    return Window(window, rows, people, _sections(best[:_MOST_SECTIONS], grammar), earlier, phrases, grammar)


def _sections(conversations: Iterable[Conversation], grammar: Grammar) -> list[Section]:
    """The conversations with topics and quotes of their own: no word heads two sections, no line stands twice."""
    taken: set[str] = set()
    said: list[str] = []
    sections = []
    for conversation in conversations:
        quotes = telling_quotes(conversation, grammar, said)
        if not quotes:
            continue
        topics = _topics([phrase for phrase in conversation.phrases if taken.isdisjoint(phrase.words)])
        taken.update(word for topic in topics for word in topic.words)
        said += [quote.text for quote in quotes]
        sections.append(Section(conversation, topics, quotes))
    return sections


def _topics(phrases: Sequence[KeyPhrase]) -> tuple[KeyPhrase, ...]:
    """The first of `phrases`, and the next one when it says nearly as much."""
    named = (phrase for phrase in phrases[:_TOPICS] if phrase.names == phrases[0].names)
    return tuple(phrase for phrase in named if phrase.score >= phrases[0].score / 2)
