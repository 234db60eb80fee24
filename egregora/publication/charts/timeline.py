"""The timeline: charts of the chat, each with a summary, a table of its numbers, and a file."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

from markupsafe import Markup

from egregora.publication.charts.axes import bin_days, by_year
from egregora.publication.charts.charts import FEW_BINS, ChartRow, TimeRange, columns, hours, rows, shares
from egregora.publication.charts.svg import NARROW, WIDE, Drawing, Size, framed, standalone
from egregora.publication.model.blog import Blog
from egregora.publication.model.statistics import Activity, Monthly, Series, monthly
from egregora.publication.text.locale import Locale
from egregora.publication.text.palette import COLOURS, NO_COLOUR, colour_class

TOPICS = 8
_DAYS = 62  # a longer table has a row a month
_LANGUAGE_COLOURS = {"en": 17, "pt": 9, "es": 3, "de": 21}  # far from each other; others have one by their tag


@dataclass(frozen=True, slots=True)
class NumberTable:
    """The numbers of a chart: column heads, and rows that begin with their head."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class Plot:
    """A chart; it is drawn only when a page shows it."""

    name: str
    heading: str
    told: Markup  # a summary in one sentence; templates use this name
    note: str  # how to read it
    draw: "partial[Drawing] | None"  # by size; nothing when one number says it all
    table: NumberTable

    @cached_property
    def pictures(self) -> Sequence[Markup]:
        """The chart for wide and for narrow pages."""
        return tuple(framed(drawn, self.name, self.heading, self._text) for drawn in self._drawn(WIDE, NARROW))

    @cached_property
    def file(self) -> Markup:
        """The chart as a standalone file."""
        return Markup().join(standalone(drawn, self.name, self.heading, self._text) for drawn in self._drawn(WIDE))

    @property
    def path(self) -> str:
        """The path of the standalone file, relative to the site."""
        return f"plots/{self.name}.svg"

    @property
    def _text(self) -> str:
        return f"{self.told.striptags()} {self.note}".strip()

    def _drawn(self, *sizes: Size) -> "list[Drawing]":
        return [self.draw(size=size) for size in sizes] if self.draw else []


def chart_inputs(blog: Blog) -> object:
    """All numbers that the charts are drawn from, to detect changes."""
    return blog.activity, [(tag.name, [entry.post.date for entry in tag.entries]) for tag in blog.tags[:TOPICS]]


def build_plots(blog: Blog) -> Iterator[Plot]:
    """The charts for which the chat has data."""
    activity = blog.activity
    if activity.days:
        yield _messages(activity, blog.locale)
        yield _hours(activity, blog.locale)
        yield _people(activity.people, blog)
    if activity.languages.series:
        yield _languages(activity.languages, blog.locale)
    if topics := _by_topic(blog):
        yield _topics(*topics, blog.locale)


def _messages(activity: Activity, locale: Locale) -> Plot:
    unit, bins = bin_days(activity.days, locale.first_weekday)
    best = max(activity.days, key=lambda day: (activity.days[day], day))
    many = locale.count(activity.days[best], "message_n")
    summary = locale["told_days" if len(activity.days) > 1 else "told_one_day"].format(
        day=locale.date(best), messages=many
    )
    draw = partial(columns, bins, unit, locale)
    table = _table_of_days(activity.days, locale)
    return _plot("messages", locale["plot_days"], Markup(summary), draw if len(bins) > 1 else None, table)


def _hours(activity: Activity, locale: Locale) -> Plot:
    counts, names = activity.hours, locale.week
    days = [(locale.first_weekday + number) % 7 for number in range(7)]
    best, day, hour = max((count, -day, -hour) for day, row in enumerate(counts) for hour, count in enumerate(row))
    day, hour = -day, -hour
    when = {"weekday": names[day], "hour": _hour(hour), "messages": locale.count(best, "message_n")}
    summary = Markup(locale["told_hours"]).format(**when)
    table = NumberTable(
        [names[day] for day in days], [(_hour(at), [counts[day][at] for day in days]) for at in range(24)]
    )
    return _plot(
        "hours", locale["plot_hours"], summary, partial(hours, counts, days, locale), table, note=locale["hours_how"]
    )


def _people(people: Monthly, blog: Blog) -> Plot:
    locale = blog.locale
    first = people.series[0]
    name = Markup("<bdi>{}</bdi>").format(blog.prose.name(first.name))
    share = _percent(first.total, people.total, locale)
    summary = Markup(locale["told_people" if len(people.series) > 1 else "told_one_person"]).format(
        name=name, share=share
    )
    highest = max((max(line.counts) for line in people.series if line.name), default=0)

    def row(line: Series) -> ChartRow:
        label = locale.number(line.total)
        if line.name is None:
            too_great = max(line.counts) > highest
            return ChartRow(
                locale["others"].format(n=locale.number(people.others)), NO_COLOUR, line.counts, label, too_great
            )
        return ChartRow(blog.prose.name(line.name), blog.prose.colour(line.name), line.counts, label)

    shown = by_year(people)
    items = [row(line) for line in shown.series]
    note = locale["other_scale" if any(item.own_scale for item in items) else "one_scale"]
    draw = partial(rows, items, _span(shown), locale) if len(items) > 1 else None
    note = note if len(shown.months) >= FEW_BINS else ""
    return _plot(
        "people", locale["plot_people"], summary, draw, _table(shown, [item.name for item in items], locale), note=note
    )


def _languages(languages: Monthly, locale: Locale) -> Plot:
    shown = by_year(languages)

    def row(line: Series) -> ChartRow:
        name = locale["other_languages"] if line.name is None else locale.language(line.name)
        colour = NO_COLOUR if line.name is None else colour_class(_language_colour(line.name))
        return ChartRow(name, colour, line.counts, _percent(line.total, shown.total, locale))

    items = [row(line) for line in shown.series]
    summary = Markup(locale["told_languages"]).format(language=items[0].name, share=items[0].label)
    table = _table(shown, [item.name for item in items], locale)
    draw = partial(shares, items, _span(shown), locale)
    return _plot("languages", locale["plot_languages"], summary, draw, table, note=locale["languages_how"])


def _topics(topics: Monthly, names: Mapping[str, str], locale: Locale) -> Plot:
    shown = by_year(topics)
    items = [ChartRow(names[line.name or ""], "mark", line.counts, locale.number(line.total)) for line in shown.series]
    posts = locale.count(topics.series[0].total, "post_n")
    summary = Markup(locale["told_topics"]).format(topic=Markup("<bdi>{}</bdi>").format(items[0].name), posts=posts)
    draw = partial(rows, items, _span(shown), locale)
    table = _table(shown, [item.name for item in items], locale)
    return _plot("topics", locale["plot_topics"], summary, draw, table, note=locale["topics_how"])


def _by_topic(blog: Blog) -> tuple[Monthly, Mapping[str, str]] | None:
    """Posts by month and tag for the most frequent tags, and the tags' names. None without tags."""
    tags = blog.tags[:TOPICS]
    counts = Counter((entry.post.date.replace(day=1), tag.path) for tag in tags for entry in tag.entries)
    return (monthly(counts, TOPICS), {tag.path: tag.name for tag in tags}) if counts else None


def _plot(  # noqa: PLR0913 — what a chart consists of
    name: str, heading: str, summary: Markup, draw: "partial[Drawing] | None", table: NumberTable, *, note: str = ""
) -> Plot:
    """A chart; the note is dropped if nothing is drawn."""
    return Plot(name, heading, summary, note if draw else "", draw, table)


def _table_of_days(days: Mapping[date, int], locale: Locale) -> NumberTable:
    head = [locale["messages"]]
    if len(days) <= _DAYS:
        return NumberTable(head, [(locale.date(day), [count]) for day, count in days.items()])
    counts = Counter[tuple[date, str]]()
    for day, count in days.items():
        counts[day.replace(day=1), ""] += count
    return _table(by_year(monthly(counts, 1)), head, locale)


def _table(counts: Monthly, heads: Sequence[str], locale: Locale) -> NumberTable:
    years = all(month.month == 1 for month in counts.months) and _has_years(counts)
    return NumberTable(
        heads,
        [
            (str(month.year) if years else locale.month(month), [line.counts[at] for line in counts.series])
            for at, month in enumerate(counts.months)
        ],
    )


def _has_years(counts: Monthly) -> bool:
    return len(counts.months) > 1


def _span(counts: Monthly) -> TimeRange:
    if _has_years(counts) and all(month.month == 1 for month in counts.months):
        return TimeRange(counts.months, counts.months[-1].replace(month=12, day=31), "year")
    return TimeRange(counts.months, counts.months[-1].replace(day=28), "month")


def _hour(hour: int) -> str:
    return f"{hour:02}:00\u2013{hour + 1:02}:00"


def _percent(part: int, whole: int, locale: Locale) -> str:
    return locale.percent(part / max(1, whole))


def _language_colour(tag: str) -> int:
    """The same colour for a language in every chart."""
    return _LANGUAGE_COLOURS.get(tag, int.from_bytes(tag.encode()) % COLOURS)
