"""Analyses a window: its sections, each with topics and quotes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from egregora.core.text import words_of
from egregora.generation.conversations import Conversation, split_conversations
from egregora.generation.phrases import Grammar, Phrases, load_grammar, load_phrases
from egregora.generation.quotes import Quote, select_quotes
from egregora.generation.topics import KeyPhrase, Utterance

SPOKEN_KINDS = ("text", "media")  # without locations: they are never published
_MAX_SECTIONS = 5
_MAX_TOPICS = 2  # of a section

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A conversation as the post shows it."""

    conversation: Conversation
    topics: tuple[KeyPhrase, ...]  # one or two, or none
    quotes: Sequence[Quote]


@dataclass(frozen=True, slots=True)
class Window:
    """The content of one window."""

    name: str
    rows: Sequence[Row]
    authored_rows: Sequence[Row]  # without system messages
    sections: Sequence[Section]  # by score, the highest first
    earlier: Sequence[Row]  # related chunks of earlier windows
    phrases: Phrases
    grammar: Grammar

    @property
    def topics(self) -> list[KeyPhrase]:
        """The first topic of each section, specific ones first."""
        first = [section.topics[0] for section in self.sections if section.topics]
        return sorted(first, key=lambda topic: not topic.is_specific)

    @property
    def authors(self) -> list[tuple[str, int]]:
        """Each author with the number of messages, the highest number first."""
        counts = Counter(row["author"] for row in self.authored_rows)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    @property
    def pictures(self) -> list[Row]:
        """The rows with a published picture; each picture once."""
        with_picture = [row for row in self.authored_rows if row["media_type"] == "image" and row["site_relative_path"]]
        return list({row["site_relative_path"]: row for row in reversed(with_picture)}.values())[::-1]


def spoken_messages(rows: Iterable[Row]) -> list[Utterance]:
    """The messages with words that people wrote, chat by chat."""
    utterances = [
        Utterance(row["chat_id"], row["message_id"], row["author"], row["at"], row["message"])
        for row in rows
        if row["author"] is not None and row["kind"] in SPOKEN_KINDS and words_of(row["message"] or "")
    ]
    return sorted(utterances, key=lambda utterance: utterance.chat)


def analyse_window(name: str, rows: Sequence[Row], utterances: Sequence[Utterance], earlier: Sequence[Row]) -> Window:
    """The analysed window of `rows`; `earlier` has related chunks of earlier windows."""
    phrases = load_phrases(utterance.text for utterance in utterances)
    grammar = load_grammar(phrases)
    authored_rows = [row for row in rows if row["author"] is not None]
    found = split_conversations(utterances, grammar)
    best = sorted(
        found, key=lambda conversation: (-round(conversation.score, 9), conversation.utterances[0].message_id)
    )
    return Window(name, rows, authored_rows, _sections(best[:_MAX_SECTIONS], grammar), earlier, phrases, grammar)


def _sections(conversations: Iterable[Conversation], grammar: Grammar) -> list[Section]:
    """The conversations with topics and quotes; sections share no topic word and no similar quote."""
    taken: set[str] = set()
    quoted: list[str] = []
    sections = []
    for conversation in conversations:
        quotes = select_quotes(conversation, grammar, quoted)
        if not quotes:
            continue
        topics = _topics([phrase for phrase in conversation.phrases if taken.isdisjoint(phrase.words)])
        taken.update(word for topic in topics for word in topic.words)
        quoted += [quote.text for quote in quotes]
        sections.append(Section(conversation, topics, quotes))
    return sections


def _topics(phrases: Sequence[KeyPhrase]) -> tuple[KeyPhrase, ...]:
    """The first of `phrases`, and the second if its score is at least half as high."""
    same_kind = (phrase for phrase in phrases[:_MAX_TOPICS] if phrase.is_specific == phrases[0].is_specific)
    return tuple(phrase for phrase in same_kind if phrase.score >= phrases[0].score / 2)
