"""Rows to pages: which pages the site has, and what each of them shows."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from markupsafe import Markup

from egregora.core.fingerprint import digest
from egregora.publication.charts.timeline import Plot, counted, plots
from egregora.publication.model.blog import Blog, Entry
from egregora.publication.model.queries import Media, Person
from egregora.publication.text.html import ALT, unmarked
from egregora.publication.text.markdown_plugin import host_of

CARDS = 9  # the latest posts on the home page: one large, the others in a grid
FEATURED = 3  # posts of the busiest windows on the home page
TAGS = 30  # on the home page
MOST = 300  # rows of a page that is not about one year: pictures, links
BARS = 120  # windows in the picture of the group's rhythm
MONTHS = 36  # months in the picture of a person's activity
FEED = 30  # posts in the feeds
_LINK = re.compile(rf"!?\[({ALT})\]\([^)\s]*\)")
_MARKS = re.compile(r"(?<!\\)[>*`!¶]|^\s*#+ ", re.MULTILINE)


class _Dated(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def window(self) -> str: ...


_Row = TypeVar("_Row", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site, not rendered yet."""

    path: str  # below the site's folder
    template: str
    values: Mapping[str, Any]
    key: str = ""  # a digest of all that it shows beside what every page may; "" for a page that is made each time
    post_id: str = ""  # the post whose page it is

    @property
    def root(self) -> str:
        """The way up from the page to the site's folder."""
        return "../" * self.path.count("/")


def pages(blog: Blog) -> Iterator[Page]:
    """Every page of the site."""
    numbers = (len(blog.posts), blog.message_count, len(blog.people), blog.picture_count)
    yield _home(blog, numbers)
    yield from _archive(blog)
    yield from _plotted([*plots(blog)], _key(counted(blog)))
    yield Page("tags.html", "tags.html", {}, key=_key([(tag.name, tag.path, len(tag.entries)) for tag in blog.tags]))
    yield from _tags(blog)
    yield Page("people.html", "people.html", {}, key=_key(blog.people))
    yield from (_profile(blog, person) for person in blog.people)
    yield from _yearly(blog, "gallery", [*blog.media.values()], {"kinds": _kinds(blog.media.values())})
    yield from _yearly(blog, "links", blog.links, {"hosts": _hosts(blog)})
    counts = (numbers, len(blog.tags), len(blog.media), len(blog.links), blog.redacted, blog.left_out)
    yield Page("about.html", "about.html", {}, key=_key(counts))
    yield Page("404.html", "404.html", {}, key="404")
    yield from _search(blog)
    yield from _posts(blog)
    yield from _feeds(blog)


def moved(path: str, entry: Entry) -> Page:
    """The page that stands where a post's page was before the post got another name."""
    return Page(path, "moved.html", {"entry": entry}, key=digest(entry.path, entry.title), post_id=entry.post.post_id)


def _home(blog: Blog, numbers: tuple[int, ...]) -> Page:
    latest = blog.entries[:CARDS]
    featured = [entry for entry in blog.busiest if entry not in latest][:FEATURED]
    bars = _bars(blog)
    cards = [_card(entry) for entry in (*latest, *featured)]
    tags = [(tag.name, tag.path) for tag in blog.tags[:TAGS]]
    drawn = [(bar["span"], bar["height"], bar["entry"] and bar["entry"].path) for bar in bars]
    people = [(person.author, person.messages) for person in blog.people]
    values = {"entries": latest, "featured": featured, "bars": bars, "tags": blog.tags[:TAGS]}
    span = (blog.spans[:1], max((span.ends_at for span in blog.spans), default=None))
    return Page("index.html", "home.html", values, key=_key((numbers, span, cards, tags, drawn, people)))


def _archive(blog: Blog) -> Iterator[Page]:
    """The archive with its latest year, and a page for each year."""
    years = _by_month(blog.entries)
    counts = {year: {month.month: len(items) for month, items in months.items()} for year, months in years.items()}
    latest = next(iter(years), None)
    shown = {"archive.html": latest} | {f"archive/{year}.html": year for year in years}
    for path, year in shown.items():
        months = years.get(year or 0, {})
        listed = [_listed(entry) for items in months.values() for entry in items]
        values = {"counts": counts, "year": year, "months": months}
        yield Page(path, "archive.html", values, key=_key((counts, listed)))


def _tags(blog: Blog) -> Iterator[Page]:
    for tag in blog.tags:
        key = _key((tag.name, [_listed(entry) for entry in tag.entries]))
        yield Page(tag.path, "tag.html", {"tag": tag}, key=key)


def _profile(blog: Blog, person: Person) -> Page:
    entries = blog.entries_by_author.get(person.author, ())
    months = _months(blog, person)
    key = _key((person, months, [_listed(entry) for entry in entries]))
    values = {"person": person, "entries": entries, "months": months}
    return Page(f"people/{person.author}.html", "profile.html", values, key=key)


def _posts(blog: Blog) -> Iterator[Page]:
    around = [None, *blog.entries, None]
    for number, entry in enumerate(blog.entries):
        newer, older, related = around[number], around[number + 2], blog.related[entry.post.post_id]
        key = _key((entry.key, [other and _card(other) for other in (newer, older, *related)]))
        values: dict[str, Any] = {"entry": entry, "newer": newer, "older": older, "related": related}
        yield Page(f"posts/{entry.name}.html", "post.html", values, key=key, post_id=entry.post.post_id)


def _search(blog: Blog) -> Iterator[Page]:
    """The page that searches, and for each quarter of a year a script that holds the words of its posts."""
    quarters: dict[str, list[Entry]] = {}
    for entry in blog.entries:
        day = entry.post.date
        quarters.setdefault(f"{day.year}-{(day.month + 2) // 3}", []).append(entry)
    yield Page("search.html", "search.html", {"quarters": list(quarters)}, key=_key(list(quarters)))
    for quarter, entries in quarters.items():
        key = digest("search", *(entry.key for entry in entries))
        yield Page(f"search/{quarter}.js", "search-index.js", {"entries": entries}, key=key)


def _feeds(blog: Blog) -> Iterator[Page]:
    latest = blog.entries[:FEED]
    key = _key([(entry.key, blog.updated) for entry in latest])
    yield Page("feed.xml", "feed.xml", {"entries": latest}, key=key)
    yield Page("feed.json", "feed.json", {"entries": latest}, key=key)
    if blog.address:  # a sitemap has whole addresses
        yield Page("sitemap.xml", "sitemap.xml", {})


def _yearly(blog: Blog, name: str, rows: Sequence[_Row], values: Mapping[str, Any]) -> Iterator[Page]:
    """A page with the latest rows, and when those are not all, one for each year."""
    years: dict[int, list[_Row]] = {}
    for row in reversed(rows):
        years.setdefault(row.at.year, []).append(row)
    listed = list(years) if len(rows) > MOST else []
    common = {**values, "years": listed, "total": len(rows)}
    shown: dict[str, tuple[int | None, Sequence[_Row]]] = {f"{name}.html": (None, rows[: -MOST - 1 : -1])}
    shown |= {f"{name}/{year}.html": (year, years[year]) for year in listed}
    for path, (year, some) in shown.items():
        led = [entry and entry.path for entry in map(blog.entry_by_window.get, (row.window for row in some))]
        key = _key((common, year, some, led))
        yield Page(path, f"{name}.html", {**common, "year": year, "rows": some}, key=key)


def _listed(entry: Entry) -> tuple[str, str, str, date]:
    """What lists show of a post."""
    return entry.path, entry.title, entry.summary, entry.post.date


def _card(entry: Entry) -> tuple[str, str]:
    """What tells whether a card of a post looks as before."""
    return entry.path, entry.key


def _key(shown: object) -> str:
    """A digest of what a page shows: rows, texts, numbers, in an order that does not change."""
    return digest(repr(shown))


def _plotted(charts: Sequence[Plot], key: str) -> Iterator[Page]:
    """The timeline, and each of its charts as a file of its own."""
    yield Page("timeline.html", "timeline.html", {"plots": charts}, key=key)
    yield from (Page(chart.path, "plot.svg", {"plot": chart}, key=key) for chart in charts if chart.draw)


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


def _months(blog: Blog, person: Person) -> list[tuple[date, int, int]]:
    """The group's latest months, each with the person's messages and the height of their bar, up to 100."""
    counted = blog.months.get(person.author, {})
    last = max((month for months in blog.months.values() for month in months), default=date(1970, 1, 1))
    number = last.year * 12 + last.month - 1
    shown = [date(month // 12, month % 12 + 1, 1) for month in range(number - MONTHS + 1, number + 1)]
    first = min((month for months in blog.months.values() for month in months), default=last)
    highest = max(counted.values(), default=1)
    return [
        (month, counted.get(month, 0), round(100 * counted.get(month, 0) / highest))
        for month in shown
        if month >= first
    ]


def _kinds(media: Iterator[Media] | Any) -> list[str]:
    """The kinds of files there are, the most frequent first."""
    counted = Counter(item.kind for item in media)
    return sorted(counted, key=lambda kind: (-counted[kind], kind))


def _hosts(blog: Blog) -> list[tuple[str, int]]:
    """The sites that are linked to most, and how often: at most ten, and none that is linked to once."""
    counted = Counter(host_of(link.url) for link in blog.links)
    often = [(host, times) for host, times in counted.items() if times > 1 and host]
    return sorted(often, key=lambda pair: (-pair[1], pair[0]))[:10]


def search_row(blog: Blog, entry: Entry) -> Markup:
    """A post as the search knows it, in JSON that holds nothing but text: where it is, its title, day and words."""
    row = [entry.path, entry.title, blog.say.date(entry.post.date), _words_of(blog, entry)]
    return inert_json(row)


def inert_json(value: Any) -> Markup:
    """`value` as JSON in which no tag stands: a file of it may be opened as a page, or lie in one."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}))


def _words_of(blog: Blog, entry: Entry) -> str:
    names = [blog.prose.name(author) for author in entry.post.authors]
    tags = [name for name, _ in entry.tags]
    lines = map(blog.prose.plain, _unlinked(blog.body(entry)).splitlines())
    return "\n".join([entry.summary, *tags, *names, *filter(None, lines)])


def _unlinked(body: str) -> str:
    """A body without the targets of its links and its marks of Markdown."""
    return unmarked(_MARKS.sub(" ", _LINK.sub(r"\1", body)))
