"""Renders the body of a post as Markdown. Times are ISO dates; the site shows them in its language."""

from collections import Counter
from collections.abc import Iterator, Set

from egregora.core.text import person
from egregora.generation import markdown_text as markdown
from egregora.generation.phrases import Phrases, capitalized, count_with_noun
from egregora.generation.quotes import content, is_similar, most_relevant_sentence
from egregora.generation.window import SPOKEN_KINDS, Section, Window

MAX_NAMED = 3  # topics or authors in one sentence
_MAX_PICTURES = 6
_MAX_LINKS = 12


def render_body(window: Window) -> str:
    """The opening sentence, the sections by time, pictures, links, and quotes from earlier windows."""
    in_time = sorted(
        window.sections,
        key=lambda section: (section.conversation.utterances[0].at, section.conversation.utterances[0].chat),
    )
    most = ", ".join(f"{person(author)} ({count})" for author, count in window.authors[:MAX_NAMED])
    parts = [part for section in in_time for part in _section_parts(section, window.phrases)]
    opening = window.phrases["most"].format(authors=most)
    return "\n\n".join([opening, *parts, *_pictures(window), *_links(window), *_earlier(window)]) + "\n"


def _section_parts(section: Section, phrases: Phrases) -> Iterator[str]:
    """The heading, the time range and the quotes of a section."""
    utterances, people = section.conversation.utterances, section.conversation.people
    yield f"## {capitalized(', '.join(topic.form for topic in section.topics)) or phrases['conversation']}"
    size = f"{count_with_noun(len(utterances), 'message', phrases)}, {count_with_noun(people, 'person', phrases)}"
    yield f"*{utterances[0].at:%Y-%m-%dT%H:%M}/{utterances[-1].at:%Y-%m-%dT%H:%M} · {size}*"
    yield "\n>\n".join(
        markdown.quoted(quote.utterance.author, quote.text, quote.utterance.text, quote.utterance.message_id)
        for quote in section.quotes
    )


def _pictures(window: Window) -> Iterator[str]:
    """A heading and up to six pictures; nothing without pictures."""
    pictures = window.pictures[:_MAX_PICTURES]
    if pictures:
        yield f"## {window.phrases['pictures']}"
    for row in pictures:
        description = row["media_description"] or window.phrases["picture"]
        yield markdown.picture(description, row["site_relative_path"])


def _links(window: Window) -> Iterator[str]:
    """A heading and up to twelve links, each once; nothing without links."""
    items: dict[str, str] = {}
    for row in (row for row in window.authored_rows if row["kind"] in SPOKEN_KINDS):
        for url, description in zip(row["links"] or (), row["link_descriptions"] or (), strict=True):
            if markdown.is_web_url(url) and url not in items:
                items[url] = markdown.link(description, url, row["message_id"])
    if items:
        yield f"## {window.phrases['links']}"
        yield "\n".join(list(items.values())[:_MAX_LINKS])


def _earlier(window: Window) -> Iterator[str]:
    """A sentence from each earlier chunk that is related to this window and not similar to a quote."""
    weights: Counter[str] = Counter()
    for section in window.sections:
        weights.update(section.conversation.weights)
    quoted: list[Set[str]] = [content(quote.text) for section in window.sections for quote in section.quotes]
    items = []
    for row in window.earlier:
        author, words = most_relevant_sentence(row["content"], weights)
        if words and not any(is_similar(content(words), other) for other in quoted):
            quoted.append(content(words))
            items.append(
                f"- {row['at']:%Y-%m-%d}: {person(author)}: “{markdown.escaped(markdown.excerpt(words, words))}”"
            )
    if items:
        yield f"## {window.phrases['earlier']}"
        yield "\n".join(items)
