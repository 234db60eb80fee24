"""The body of a post as Markdown; times in it are ISO dates, which the site tells in its own language."""

from collections import Counter
from collections.abc import Iterator, Set

from egregora.core.text import person
from egregora.generation import markdown_text as markdown
from egregora.generation.phrases import Phrases, capital, counted
from egregora.generation.quotes import alike, content, telling_sentence
from egregora.generation.window import SPOKEN, Section, Window

MOST_NAMED = 3  # topics and authors named in a sentence
_MOST_PICTURES = 6
_MOST_LINKS = 12


def body_of(window: Window) -> str:
    """Who wrote most; then the sections in their order in time, pictures, links, and what was said earlier."""
    in_time = sorted(
        window.sections, key=lambda section: (section.conversation.lines[0].at, section.conversation.lines[0].chat)
    )
    most = ", ".join(f"{person(author)} ({count})" for author, count in window.authors[:MOST_NAMED])
    told = [part for section in in_time for part in _told(section, window.phrases)]
    opening = window.phrases["most"].format(authors=most)
    return "\n\n".join([opening, *told, *_pictures(window), *_links(window), *_earlier(window)]) + "\n"


def _told(section: Section, phrases: Phrases) -> Iterator[str]:
    lines, people = section.conversation.lines, section.conversation.people
    yield f"## {capital(', '.join(topic.form for topic in section.topics)) or phrases['conversation']}"
    size = f"{counted(len(lines), 'message', phrases)}, {counted(people, 'person', phrases)}"
    yield f"*{lines[0].at:%Y-%m-%dT%H:%M}/{lines[-1].at:%Y-%m-%dT%H:%M} · {size}*"
    yield "\n>\n".join(
        markdown.quoted(quote.line.author, quote.text, quote.line.text, quote.line.message_id)
        for quote in section.quotes
    )


def _pictures(window: Window) -> Iterator[str]:
    pictures = window.pictures[:_MOST_PICTURES]
    if pictures:
        yield f"## {window.phrases['pictures']}"
    for row in pictures:
        description = row["media_description"] or window.phrases["picture"]
        yield markdown.picture(description, row["site_relative_path"])


def _links(window: Window) -> Iterator[str]:
    items: dict[str, str] = {}
    for row in (row for row in window.people if row["kind"] in SPOKEN):
        for url, description in zip(row["links"] or (), row["link_descriptions"] or (), strict=True):
            if markdown.is_web(url) and url not in items:
                items[url] = markdown.link(description, url, row["message_id"])
    if items:
        yield f"## {window.phrases['links']}"
        yield "\n".join(list(items.values())[:_MOST_LINKS])


def _earlier(window: Window) -> Iterator[str]:
    """A sentence of each earlier stretch of talk that is near to what this window is about."""
    weights: Counter[str] = Counter()
    for section in window.sections:
        weights.update(section.conversation.weights)
    said: list[Set[str]] = [content(quote.text) for section in window.sections for quote in section.quotes]
    items = []
    for row in window.earlier:
        author, words = telling_sentence(row["content"], weights)
        if words and not any(alike(content(words), other) for other in said):
            said.append(content(words))
            items.append(
                f"- {row['at']:%Y-%m-%d}: {person(author)}: “{markdown.escaped(markdown.excerpt(words, words))}”"
            )
    if items:
        yield f"## {window.phrases['earlier']}"
        yield "\n".join(items)
