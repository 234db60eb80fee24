"""The words, dates and numbers of the pages in one language.

Words are in `words.toml`; formats come from CLDR. All times are local times. Nothing depends on the language or the
time zone of the machine.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from babel import Locale as CldrLocale
from markupsafe import Markup

from egregora.core.language import language_of
from egregora.publication.text.cldr import (
    FALLBACK,
    THIN_SPACE,
    date_time_pattern,
    find_locale,
    format_compact,
    format_date,
    format_fraction,
    format_number,
    format_share,
    format_time,
    long_date_pattern,
    month_pattern,
    plural_category,
    select_names,
    time_pattern,
    with_full_months,
)

DATA_FILES = ("words.toml",)

AUTO = "auto"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SAMPLE = 5000  # messages that decide the language: the first ones, so a new week does not change it
_DAY_FIRST = re.compile(r"(?P<head>d\b.*?MMMM)(?=.*y)")


@dataclass(frozen=True, slots=True, eq=False)
class Locale:
    """A language of `words.toml`, the tag for the attribute `lang`, and the formats of its country.

    A language that `words.toml` lacks has English words with its own formats. One that CLDR lacks has English formats
    too. Templates see it as `say`.
    """

    tag: str
    words: Mapping[str, str]
    nouns: Mapping[str, Mapping[str, str]]  # by plural category
    unnumbered: frozenset[str]  # plural categories whose noun contains the number
    cldr: CldrLocale

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    @property
    def direction(self) -> str:
        """The writing direction, as in HTML's `dir`: "ltr" or "rtl"."""
        return self.cldr.text_direction

    @property
    def months(self) -> Sequence[str]:
        """The month names from January, in the form used inside a date."""
        return select_names(self.cldr.months["format"]["wide"], range(1, 13))

    @property
    def short_months(self) -> Sequence[str]:
        """The short month names from January."""
        return select_names(self.cldr.months["format"]["abbreviated"], range(1, 13))

    @property
    def first_weekday(self) -> int:
        """The first day of the week: 0 is Monday."""
        return self.cldr.first_week_day

    @property
    def week(self) -> Sequence[str]:
        """The names of the weekdays from Monday."""
        return select_names(self.cldr.days["format"]["wide"], range(7))

    @property
    def short_week(self) -> Sequence[str]:
        """The short names of the weekdays from Monday."""
        return select_names(self.cldr.days["format"]["abbreviated"], range(7))

    def language(self, code: str) -> str:
        """The name of the language with this code; the code itself if it is unknown."""
        return str(self.cldr.languages.get(code, code))

    def day(self, day: dt.date) -> str:
        """A short date without the year: "6 Jan"."""
        return format_date(self.cldr, day.year, day.month, day.day, str(self.cldr.datetime_skeletons["MMMd"].pattern))

    def date(self, day: dt.date) -> str:
        """A full date: "6 January 2025"."""
        return format_date(self.cldr, day.year, day.month, day.day, long_date_pattern(self.cldr))

    def month(self, day: dt.date) -> str:
        """The month and year of a date: "January 2025"."""
        return format_date(self.cldr, day.year, day.month, 1, month_pattern(self.cldr))

    def clock(self, moment: dt.datetime | dt.time) -> str:
        """A time of day: "14:03"."""
        return format_time(self.cldr, moment.hour, moment.minute, time_pattern(self.cldr))

    def moment(self, moment: dt.datetime) -> str:
        """A local time: "6 January 2025, 14:03"."""
        return date_time_pattern(self.cldr).format(self.clock(moment), self.date(moment))

    def times(self, first: dt.datetime, last: dt.datetime) -> str:
        """A range of local times: "6 January 2025, 14:03\u201315:10"; seconds are ignored."""
        first, last = first.replace(second=0, microsecond=0), last.replace(second=0, microsecond=0)
        if first == last:
            return self.moment(first)
        if first.date() != last.date():
            return self._join(self.moment(first), self.moment(last))
        return date_time_pattern(self.cldr).format(self._hours(first, last), self.date(first))

    def span(self, first: dt.date, last: dt.date) -> str:
        """A range of dates: "6\u201312 January 2025"; one date if both are equal."""
        if (first.year, first.month, first.day) == (last.year, last.month, last.day):
            return self.date(first)
        if first.year != last.year:
            return self._join(self.date(first), self.date(last))
        return self._days(first, last, "M" if first.month != last.month else "d")

    def number(self, value: int) -> str:
        """An integer with thousands separators: "12,345"."""
        return format_number(self.cldr, value)

    def decimal(self, value: float, digits: int = 1) -> str:
        """A number with at most `digits` decimals: "4.2"."""
        return format_fraction(self.cldr, round(value, digits))

    def percent(self, share: float) -> str:
        """A share of 1 as a whole percentage: 0.254 is "25%"."""
        return format_share(self.cldr, round(share, 2))

    def compact(self, value: int) -> str:
        """A rounded short number: "12K", "1.2M"; in full if the locale has nothing shorter."""
        return format_compact(self.cldr, value)

    def noun(self, value: int, name: str) -> str:
        """The noun for a number: "post" for 1, "posts" for others."""
        forms = self.nouns[name]
        return forms.get(plural_category(self.cldr, value)) or forms["other"]

    def count(self, value: int, name: str) -> str:
        """A number with its noun: "1 post", "12 posts"; only the noun if it contains the number."""
        if plural_category(self.cldr, value) in self.unnumbered:
            return self.noun(value, name)
        return f"{self.number(value)} {self.noun(value, name)}"

    def listed(self, items: Sequence[str]) -> str:
        """A list in a sentence: "one, two and three". Markup stays markup; plain text among it is escaped."""
        if len(items) < 2:  # noqa: PLR2004 — nothing to join
            return items[0] if items else ""
        patterns: Mapping[str, str] = self.cldr.list_patterns["standard"]
        if any(isinstance(item, Markup) for item in items):
            patterns = {position: Markup(pattern) for position, pattern in patterns.items()}
        if len(items) == 2:  # noqa: PLR2004 — two have a pattern of their own
            return patterns["2"].format(*items)
        text = patterns["start"].format(*items[:2])
        for item in items[2:-1]:
            text = patterns["middle"].format(text, item)
        return patterns["end"].format(text, items[-1])

    def own_words(self) -> Sequence[str]:
        """Every text of the program itself that may be on a page, whatever the chat."""
        nouns = [form for forms in self.nouns.values() for form in forms.values()]
        return (*self.words.values(), *nouns, *self.months, *self.short_months, *self.week, *self.short_week)

    def _join(self, first: str, last: str) -> str:
        """A range of two formatted ends."""
        pattern: str = self.cldr.interval_formats.get(None, "{0} \u2013 {1}")
        return pattern.replace(THIN_SPACE, " ").format(first, last)

    def _days(self, first: dt.date, last: dt.date, differing: str) -> str:
        """A range of two dates in one year. CLDR has ranges with short months only, so the long date is used."""
        pattern = long_date_pattern(self.cldr)
        parts = self.cldr.interval_formats.get("yMMMd", {}).get(differing, ())
        day_first = _DAY_FIRST.match(pattern)
        if day_first and differing == "M":
            head = format_date(self.cldr, first.year, first.month, first.day, day_first["head"])
            return self._join(head, self.date(last))
        if day_first and parts and not re.search("[MLy]", parts[0]):
            return self._days_of(first, parts[0].replace("dd", "d")) + self.date(last)
        if day_first or len(parts) != 2:  # noqa: PLR2004 — the two ends of a span
            return self._join(self.date(first), self.date(last))
        return "".join(
            self._days_of(day, with_full_months(part)) for day, part in zip((first, last), parts, strict=True)
        )

    def _days_of(self, day: dt.date, pattern: str) -> str:
        return format_date(self.cldr, day.year, day.month, day.day, pattern)

    def _hours(self, first: dt.datetime, last: dt.datetime) -> str:
        """A range of two times on one day."""
        twelve = "h" in time_pattern(self.cldr)
        halves_differ = (first.hour < 12) != (last.hour < 12)  # noqa: PLR2004 — noon
        differing = "m" if first.hour == last.hour else "a" if twelve and halves_differ else "h" if twelve else "H"
        parts = self.cldr.interval_formats.get("hm" if twelve else "Hm", {}).get(differing, ())
        if len(parts) != 2:  # noqa: PLR2004 — the two ends of a span
            return self._join(self.clock(first), self.clock(last))
        ends = zip((first, last), parts, strict=True)
        return "".join(format_time(self.cldr, moment.hour, moment.minute, part) for moment, part in ends)


@cache
def load_locale(tag: str) -> Locale:
    """The locale for `tag`: "pt-BR" has the words of "pt". Missing words are English; the tag is kept."""
    known = tag if _TAG.fullmatch(tag) else FALLBACK
    table = _tables().get(known.split("-")[0].lower(), _tables()[FALLBACK])
    return Locale(
        tag=known,
        words=table["words"],
        nouns=table["nouns"],
        unnumbered=frozenset(table.get("unnumbered", ())),
        cldr=find_locale(known),
    )


def choose_language(language: str, messages: ir.Table) -> str:
    """The tag for the setting `language`: for "auto" the language of `messages`, or English if it is unclear.

    Only the first messages decide. So the language of the pages does not change when the chat's language changes later.
    """
    if language != AUTO:
        return language
    texts = messages.filter(messages.author.notnull() & messages.message.notnull())
    first = texts.order_by(["timestamp", "chat_id", "message_id"]).limit(_SAMPLE)
    return language_of(first.select("message").to_pyarrow()["message"].to_pylist()) or FALLBACK


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))
