"""Rows to pages: which pages the site has, and what each of them shows."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from egregora.publication.blog import Blog, Entry
from egregora.publication.markdown import unmarked
from egregora.publication.timeline import Plot, plots

CARDS = 13  # posts on the home page: one large, the others in a grid
MOST = 1000  # rows of a long page: pictures, links
BARS = 120  # windows in the picture of the group's rhythm
FEED = 30  # posts in the feed
_MARKS = re.compile(r"\]\([^)\s]*\)|(?<!\\)[>*`!¶]|^\s*#+ ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site, not rendered yet."""

    path: str  # below the site's folder
    template: str
    values: Mapping[str, Any]

    @property
    def root(self) -> str:
        """The way up from the page to the site's folder."""
        return "../" * self.path.count("/")


def pages(blog: Blog) -> Iterator[Page]:
    """Every page of the site."""
    yield Page("index.html", "home.html", {"entries": blog.entries[:CARDS], "bars": _bars(blog)})
    yield Page("archive.html", "archive.html", {"years": _by_month(blog.entries)})
    yield from _plotted([*plots(blog)])
    yield Page("tags.html", "tags.html", {})
    yield Page("people.html", "people.html", {})
    yield Page("gallery.html", "gallery.html", {"media": [*blog.media.values()][: -MOST - 1 : -1]})
    yield Page("links.html", "links.html", {"links": blog.links[: -MOST - 1 : -1]})
    yield Page("about.html", "about.html", {})
    yield Page("404.html", "404.html", {})
    yield Page("feed.xml", "feed.xml", {"entries": blog.entries[:FEED]})
    yield Page("search-index.js", "search-index.js", {"index": _search_index(blog)})
    around = [None, *blog.entries, None]
    for number, entry in enumerate(blog.entries):
        values: dict[str, Any] = {"entry": entry, "newer": around[number], "older": around[number + 2]}
        yield Page(f"posts/{entry.name}.html", "post.html", values)
    for tag in blog.tags:
        yield Page(tag.path, "tag.html", {"tag": tag})
    for person in blog.people:
        values = {"person": person, "entries": blog.entries_by_author.get(person.author, ())}
        yield Page(f"people/{person.author}.html", "profile.html", values)


def _plotted(charts: Sequence[Plot]) -> Iterator[Page]:
    """The timeline, and each of its charts as a file of its own."""
    yield Page("timeline.html", "timeline.html", {"plots": charts})
    yield from (Page(chart.path, "plot.svg", {"plot": chart}) for chart in charts if chart.pictures)


def _by_month(entries: Sequence[Entry]) -> dict[int, dict[date, list[Entry]]]:
    """The posts by year and by month, the latest first."""
    years: dict[int, dict[date, list[Entry]]] = {}
    for entry in entries:
        month = entry.post.date.replace(day=1)
        years.setdefault(month.year, {}).setdefault(month, []).append(entry)
    return years


def _bars(blog: Blog) -> list[dict[str, Any]]:
    """The latest windows as bars, up to 100 high, each with the first post written about it."""
    spans = blog.spans[-BARS:]
    highest = max((span.messages for span in spans), default=1)
    return [
        {
            "span": span,
            "height": max(2, round(100 * span.messages / highest)),
            "entry": blog.entry_by_window.get(span.window),
        }
        for span in spans
    ]


def _search_index(blog: Blog) -> Markup:
    """For each post's page the words it can be found by, as a script that holds nothing but text."""
    index = {entry.path: _words_of(blog, entry) for entry in blog.entries}
    text = json.dumps(index, ensure_ascii=False, indent=0)
    # A file that is opened as a page must not hold a tag.
    return Markup(text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}))


def _words_of(blog: Blog, entry: Entry) -> str:
    names = [blog.prose.name(author) for author in entry.post.authors]
    tags = [name for name, _ in entry.tags]
    return " ".join([entry.title, entry.summary, *tags, *names, blog.prose.plain(_unlinked(entry.body))])


def _unlinked(body: str) -> str:
    """A body without the targets of its links and its marks of Markdown."""
    return unmarked(_MARKS.sub(" ", body))
