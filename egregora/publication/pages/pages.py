"""Lists the pages of the site, each with its template and the data that the template needs."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from markupsafe import Markup

from egregora.core.fingerprint import digest
from egregora.publication.charts.timeline import Plot, build_plots, chart_inputs
from egregora.publication.model.blog import Blog, PostView
from egregora.publication.model.queries import Media, Person
from egregora.publication.text.html import ALT, unmarked
from egregora.publication.text.markdown_plugin import host_of

CARDS = 9  # latest posts on the home page: one large, the others in a grid
FEATURED = 3  # posts of the busiest windows on the home page
TAGS = 30  # on the home page
MAX_ROWS = 300  # of a page that is not about one year: pictures, links
BARS = 120  # windows in the chart on the home page
MONTHS = 36  # in the activity chart of a profile
FEED = 30  # posts in the feeds
_LINK = re.compile(rf"!?\[({ALT})\]\([^)\s]*\)")
_MARKS = re.compile(r"(?<!\\)[>*`!¶]|^\s*#+ ", re.MULTILINE)


class _Dated(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def window(self) -> str: ...


_RowT = TypeVar("_RowT", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the site that is not rendered yet."""

    path: str  # below the site's folder
    template: str
    values: Mapping[str, Any]
    content_digest: str = ""  # of all that only this page shows; "" for a page that is always rendered again
    post_id: str = ""  # the post whose page it is

    @property
    def root(self) -> str:
        """The relative path from the page to the site's folder."""
        return "../" * self.path.count("/")


def pages(blog: Blog) -> Iterator[Page]:
    """Every page of the site."""
    numbers = (len(blog.posts), blog.message_count, len(blog.people), blog.picture_count)
    yield _home(blog, numbers)
    yield from _archive(blog)
    yield from _timeline([*build_plots(blog)], _digest(chart_inputs(blog)))
    yield Page(
        "tags.html",
        "tags.html",
        {},
        content_digest=_digest([(tag.name, tag.path, len(tag.entries)) for tag in blog.tags]),
    )
    yield from _tags(blog)
    yield Page("people.html", "people.html", {}, content_digest=_digest(blog.people))
    yield from (_profile(blog, person) for person in blog.people)
    yield from _yearly(blog, "gallery", [*blog.media.values()], {"kinds": _kinds(blog.media.values())})
    yield from _yearly(blog, "links", blog.links, {"hosts": _hosts(blog)})
    counts = (numbers, len(blog.tags), len(blog.media), len(blog.links), blog.redacted, blog.excluded)
    yield Page("about.html", "about.html", {}, content_digest=_digest(counts))
    yield Page("404.html", "404.html", {}, content_digest="404")
    yield from _search(blog)
    yield from _posts(blog)
    yield from _feeds(blog)


def moved(path: str, entry: PostView) -> Page:
    """A page at an old path of a post that redirects to its new one."""
    return Page(
        path, "moved.html", {"entry": entry}, content_digest=digest(entry.path, entry.title), post_id=entry.post.post_id
    )


def _home(blog: Blog, numbers: tuple[int, ...]) -> Page:
    latest = blog.entries[:CARDS]
    featured = [entry for entry in blog.busiest if entry not in latest][:FEATURED]
    bars = _bars(blog)
    cards = [_card(entry) for entry in (*latest, *featured)]
    tags = [(tag.name, tag.path) for tag in blog.tags[:TAGS]]
    bar_data = [(bar["span"], bar["height"], bar["entry"] and bar["entry"].path) for bar in bars]
    people = [(person.author, person.messages) for person in blog.people]
    values = {"entries": latest, "featured": featured, "bars": bars, "tags": blog.tags[:TAGS]}
    span = (blog.spans[:1], max((span.ends_at for span in blog.spans), default=None))
    return Page(
        "index.html", "home.html", values, content_digest=_digest((numbers, span, cards, tags, bar_data, people))
    )


def _archive(blog: Blog) -> Iterator[Page]:
    """The archive with the latest year, and a page for each year."""
    years = _by_month(blog.entries)
    counts = {year: {month.month: len(items) for month, items in months.items()} for year, months in years.items()}
    latest = next(iter(years), None)
    by_path = {"archive.html": latest} | {f"archive/{year}.html": year for year in years}
    for path, year in by_path.items():
        months = years.get(year or 0, {})
        items_shown = [_list_item(entry) for items in months.values() for entry in items]
        values = {"counts": counts, "year": year, "months": months}
        yield Page(path, "archive.html", values, content_digest=_digest((counts, items_shown)))


def _tags(blog: Blog) -> Iterator[Page]:
    for tag in blog.tags:
        page_digest = _digest((tag.name, [_list_item(entry) for entry in tag.entries]))
        yield Page(tag.path, "tag.html", {"tag": tag}, content_digest=page_digest)


def _profile(blog: Blog, person: Person) -> Page:
    entries = blog.entries_by_author.get(person.author, ())
    months = _months(blog, person)
    page_digest = _digest((person, months, [_list_item(entry) for entry in entries]))
    values = {"person": person, "entries": entries, "months": months}
    return Page(f"people/{person.author}.html", "profile.html", values, content_digest=page_digest)


def _posts(blog: Blog) -> Iterator[Page]:
    neighbours = [None, *blog.entries, None]
    for number, entry in enumerate(blog.entries):
        newer, older, related = neighbours[number], neighbours[number + 2], blog.related[entry.post.post_id]
        page_digest = _digest((entry.content_digest, [other and _card(other) for other in (newer, older, *related)]))
        values: dict[str, Any] = {"entry": entry, "newer": newer, "older": older, "related": related}
        yield Page(
            f"posts/{entry.name}.html", "post.html", values, content_digest=page_digest, post_id=entry.post.post_id
        )


def _search(blog: Blog) -> Iterator[Page]:
    """The search page, and a script for each quarter of a year with the text of its posts."""
    quarters: dict[str, list[PostView]] = {}
    for entry in blog.entries:
        day = entry.post.date
        quarters.setdefault(f"{day.year}-{(day.month + 2) // 3}", []).append(entry)
    yield Page("search.html", "search.html", {"quarters": list(quarters)}, content_digest=_digest(list(quarters)))
    for quarter, entries in quarters.items():
        page_digest = digest("search", *(entry.content_digest for entry in entries))
        yield Page(f"search/{quarter}.js", "search-index.js", {"entries": entries}, content_digest=page_digest)


def _feeds(blog: Blog) -> Iterator[Page]:
    latest = blog.entries[:FEED]
    page_digest = _digest([(entry.content_digest, blog.updated) for entry in latest])
    yield Page("feed.xml", "feed.xml", {"entries": latest}, content_digest=page_digest)
    yield Page("feed.json", "feed.json", {"entries": latest}, content_digest=page_digest)
    if blog.address:  # a sitemap has whole addresses
        yield Page("sitemap.xml", "sitemap.xml", {})


def _yearly(blog: Blog, name: str, rows: Sequence[_RowT], values: Mapping[str, Any]) -> Iterator[Page]:
    """A page with the latest rows; if there are more rows, also a page for each year."""
    years: dict[int, list[_RowT]] = {}
    for row in reversed(rows):
        years.setdefault(row.at.year, []).append(row)
    listed = list(years) if len(rows) > MAX_ROWS else []
    common = {**values, "years": listed, "total": len(rows)}
    by_path: dict[str, tuple[int | None, Sequence[_RowT]]] = {f"{name}.html": (None, rows[: -MAX_ROWS - 1 : -1])}
    by_path |= {f"{name}/{year}.html": (year, years[year]) for year in listed}
    for path, (year, some) in by_path.items():
        targets = [entry and entry.path for entry in map(blog.entry_by_window.get, (row.window for row in some))]
        page_digest = _digest((common, year, some, targets))
        yield Page(path, f"{name}.html", {**common, "year": year, "rows": some}, content_digest=page_digest)


def _list_item(entry: PostView) -> tuple[str, str, str, date]:
    """The parts of a post that lists show."""
    return entry.path, entry.title, entry.summary, entry.post.date


def _card(entry: PostView) -> tuple[str, str]:
    """The path of a post and a digest of what its card shows."""
    return entry.path, entry.content_digest


def _digest(content: object) -> str:
    """A digest of a page's content: data with a stable order and `repr`."""
    return digest(repr(content))


def _timeline(charts: Sequence[Plot], page_digest: str) -> Iterator[Page]:
    """The timeline, and a file for each chart."""
    yield Page("timeline.html", "timeline.html", {"plots": charts}, content_digest=page_digest)
    yield from (
        Page(chart.path, "plot.svg", {"plot": chart}, content_digest=page_digest) for chart in charts if chart.draw
    )


def _by_month(entries: Sequence[PostView]) -> dict[int, dict[date, list[PostView]]]:
    """The posts by year and month, the latest first."""
    years: dict[int, dict[date, list[PostView]]] = {}
    for entry in entries:
        month = entry.post.date.replace(day=1)
        years.setdefault(month.year, {}).setdefault(month, []).append(entry)
    return years


def _bars(blog: Blog) -> list[dict[str, Any]]:
    """The latest windows as bars: height up to 100, and the first post about each window."""
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
    """The latest months, each with the person's message count and a bar height up to 100."""
    counts = blog.months.get(person.author, {})
    last = max((month for months in blog.months.values() for month in months), default=date(1970, 1, 1))
    number = last.year * 12 + last.month - 1
    shown = [date(month // 12, month % 12 + 1, 1) for month in range(number - MONTHS + 1, number + 1)]
    first = min((month for months in blog.months.values() for month in months), default=last)
    highest = max(counts.values(), default=1)
    return [
        (month, counts.get(month, 0), round(100 * counts.get(month, 0) / highest)) for month in shown if month >= first
    ]


def _kinds(media: Iterable[Media]) -> list[str]:
    """The kinds of files, the most frequent first."""
    counts = Counter(item.kind for item in media)
    return sorted(counts, key=lambda kind: (-counts[kind], kind))


def _hosts(blog: Blog) -> list[tuple[str, int]]:
    """The hosts of links with their counts: at most ten, and only those with two links or more."""
    counts = Counter(host_of(link.url) for link in blog.links)
    often = [(host, times) for host, times in counts.items() if times > 1 and host]
    return sorted(often, key=lambda pair: (-pair[1], pair[0]))[:10]


def search_row(blog: Blog, entry: PostView) -> Markup:
    """A post in the search index as inert JSON: path, title, date and text."""
    row = [entry.path, entry.title, blog.locale.date(entry.post.date), _search_text(blog, entry)]
    return inert_json(row)


def inert_json(value: Any) -> Markup:
    """`value` as JSON without characters that HTML could take for a tag."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}))


def _search_text(blog: Blog, entry: PostView) -> str:
    """The searchable text of a post: summary, tags, authors and body."""
    names = [blog.prose.name(author) for author in entry.post.authors]
    tags = [name for name, _ in entry.tags]
    lines = map(blog.prose.plain, _without_markup(blog.body(entry)).splitlines())
    return "\n".join([entry.summary, *tags, *names, *filter(None, lines)])


def _without_markup(body: str) -> str:
    """The text of a body: no link targets, no Markdown marks."""
    return unmarked(_MARKS.sub(" ", _LINK.sub(r"\1", body)))
