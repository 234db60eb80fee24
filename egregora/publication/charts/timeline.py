"""The timeline: charts of the chat, each with a sentence, its numbers as a table, and a file of its own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

from markupsafe import Markup

from egregora.publication.charts.axes import binned, by_year
from egregora.publication.charts.charts import FEW_BINS, Row, Span, columns, hours, rows, shares
from egregora.publication.charts.svg import NARROW, WIDE, Drawing, Size, alone, framed
from egregora.publication.model.blog import Blog
from egregora.publication.model.statistics import Activity, Line, Monthly, monthly
from egregora.publication.text.locale import Language
from egregora.publication.text.markdown_plugin import NO_TONE, TONES

TOPICS = 8
_DAYS = 62  # a longer table has a row a month
_LANGUAGE_TONES = {"en": 17, "pt": 9, "es": 3, "de": 21}


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a chart: heads of columns, and rows that begin with their own head."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class Plot:
    """One chart of the page; it is drawn when a page shows it."""

    name: str
    heading: str
    told: Markup  # the most interesting of it, in a sentence
    note: str  # how to read it
    draw: "partial[Drawing] | None"  # by size; nothing when one number says it all
    table: Table

    @cached_property
    def pictures(self) -> Sequence[Markup]:
        """For wide pages and for narrow ones."""
        return tuple(framed(drawn, self.name, self.heading, self._text) for drawn in self._drawn(WIDE, NARROW))

    @cached_property
    def file(self) -> Markup:
        """The chart as a file of its own."""
        return Markup().join(alone(drawn, self.name, self.heading, self._text) for drawn in self._drawn(WIDE))

    @property
    def path(self) -> str:
        """The chart's own file below the site's folder."""
        return f"plots/{self.name}.svg"

    @property
    def _text(self) -> str:
        return f"{self.told.striptags()} {self.note}".strip()

    def _drawn(self, *sizes: Size) -> "list[Drawing]":
        return [self.draw(size=size) for size in sizes] if self.draw else []


def counted(blog: Blog) -> object:
    """All numbers that the charts are drawn from, with what tells whether they are the same."""
    return blog.activity, [(tag.name, [entry.post.date for entry in tag.entries]) for tag in blog.tags[:TOPICS]]


def plots(blog: Blog) -> Iterator[Plot]:
    """The charts that the chat has numbers for."""
    activity = blog.activity
    if activity.days:
        yield _messages(activity, blog.say)
        yield _hours(activity, blog.say)
        yield _people(activity.people, blog)
    if activity.languages.lines:
        yield _languages(activity.languages, blog.say)
    if topics := _by_topic(blog):
        yield _topics(*topics, blog.say)


def _messages(activity: Activity, say: Language) -> Plot:
    unit, bins = binned(activity.days, say.first_weekday)
    best = max(activity.days, key=lambda day: (activity.days[day], day))
    many = say.count(activity.days[best], "message_n")
    told = say["told_days" if len(activity.days) > 1 else "told_one_day"].format(day=say.date(best), messages=many)
    draw = partial(columns, bins, unit, say)
    table = _table_of_days(activity.days, say)
    return _plot("messages", say["plot_days"], Markup(told), draw if len(bins) > 1 else None, table)


def _hours(activity: Activity, say: Language) -> Plot:
    counts, names = activity.hours, say.week
    days = [(say.first_weekday + number) % 7 for number in range(7)]
    best, day, hour = max((count, -day, -hour) for day, row in enumerate(counts) for hour, count in enumerate(row))
    day, hour = -day, -hour
    when = {"weekday": names[day], "hour": _hour(hour), "messages": say.count(best, "message_n")}
    told = Markup(say["told_hours"]).format(**when)
    table = Table([names[day] for day in days], [(_hour(at), [counts[day][at] for day in days]) for at in range(24)])
    return _plot("hours", say["plot_hours"], told, partial(hours, counts, days, say), table, note=say["hours_how"])


def _people(people: Monthly, blog: Blog) -> Plot:
    say = blog.say
    first = people.lines[0]
    name = Markup("<bdi>{}</bdi>").format(blog.prose.name(first.name))
    share = _percent(first.total, people.total, say)
    told = Markup(say["told_people" if len(people.lines) > 1 else "told_one_person"]).format(name=name, share=share)
    highest = max((max(line.counts) for line in people.lines if line.name), default=0)

    def row(line: Line) -> Row:
        said = say.number(line.total)
        if line.name is None:
            too_great = max(line.counts) > highest
            return Row(say["others"].format(n=say.number(people.others)), NO_TONE, line.counts, said, too_great)
        return Row(blog.prose.name(line.name), blog.prose.tone(line.name), line.counts, said)

    shown = by_year(people)
    items = [row(line) for line in shown.lines]
    note = say["other_scale" if any(item.own_scale for item in items) else "one_scale"]
    draw = partial(rows, items, _span(shown), say) if len(items) > 1 else None
    note = note if len(shown.months) >= FEW_BINS else ""
    return _plot("people", say["plot_people"], told, draw, _table(shown, [item.name for item in items], say), note=note)


def _languages(languages: Monthly, say: Language) -> Plot:
    shown = by_year(languages)

    def row(line: Line) -> Row:
        name = say["other_languages"] if line.name is None else say.language(line.name)
        tone = NO_TONE if line.name is None else f"tone-{_LANGUAGE_TONES[line.name] % TONES}"
        return Row(name, tone, line.counts, _percent(line.total, shown.total, say))

    items = [row(line) for line in shown.lines]
    told = Markup(say["told_languages"]).format(language=items[0].name, share=items[0].said)
    table = _table(shown, [item.name for item in items], say)
    draw = partial(shares, items, _span(shown), say)
    return _plot("languages", say["plot_languages"], told, draw, table, note=say["languages_how"])


def _topics(topics: Monthly, names: Mapping[str, str], say: Language) -> Plot:
    shown = by_year(topics)
    items = [Row(names[line.name or ""], "mark", line.counts, say.number(line.total)) for line in shown.lines]
    posts = say.count(topics.lines[0].total, "post_n")
    told = Markup(say["told_topics"]).format(topic=Markup("<bdi>{}</bdi>").format(items[0].name), posts=posts)
    draw = partial(rows, items, _span(shown), say)
    table = _table(shown, [item.name for item in items], say)
    return _plot("topics", say["plot_topics"], told, draw, table, note=say["topics_how"])


def _by_topic(blog: Blog) -> tuple[Monthly, Mapping[str, str]] | None:
    """Posts by month and tag, the most frequent tags only, and the tags' names."""
    tags = blog.tags[:TOPICS]
    counts = Counter((entry.post.date.replace(day=1), tag.path) for tag in tags for entry in tag.entries)
    return (monthly(counts, TOPICS), {tag.path: tag.name for tag in tags}) if counts else None


def _plot(  # noqa: PLR0913 — what a chart consists of
    name: str, heading: str, told: Markup, draw: "partial[Drawing] | None", table: Table, *, note: str = ""
) -> Plot:
    """A chart; how to read it is said when there is something to draw."""
    return Plot(name, heading, told, note if draw else "", draw, table)


def _table_of_days(days: Mapping[date, int], say: Language) -> Table:
    head = [say["messages"]]
    if len(days) <= _DAYS:
        return Table(head, [(say.date(day), [count]) for day, count in days.items()])
    counts = Counter[tuple[date, str]]()
    for day, count in days.items():
        counts[day.replace(day=1), ""] += count
    return _table(by_year(monthly(counts, 1)), head, say)


def _table(counts: Monthly, heads: Sequence[str], say: Language) -> Table:
    years = all(month.month == 1 for month in counts.months) and _has_years(counts)
    return Table(
        heads,
        [
            (str(month.year) if years else say.month(month), [line.counts[at] for line in counts.lines])
            for at, month in enumerate(counts.months)
        ],
    )


def _has_years(counts: Monthly) -> bool:
    return len(counts.months) > 1


def _span(counts: Monthly) -> Span:
    if _has_years(counts) and all(month.month == 1 for month in counts.months):
        return Span(counts.months, counts.months[-1].replace(month=12, day=31), "year")
    return Span(counts.months, counts.months[-1].replace(day=28), "month")


def _hour(hour: int) -> str:
    return f"{hour:02}:00\u2013{hour + 1:02}:00"


def _percent(part: int, whole: int, say: Language) -> str:
    return say.percent(part / max(1, whole))
