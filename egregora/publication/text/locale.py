"""The words of the pages: labels, dates and numbers in the language of the blog.

Words are in `words.toml`; how dates and numbers are written comes from CLDR, through Babel. All times are wall times,
and nothing depends on the language or the time zone of the machine.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from babel import Locale, UnknownLocaleError
from babel.dates import parse_pattern
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from markupsafe import Markup

from egregora.core.language import language_of

DATA_FILES = ("words.toml",)

AUTO = "auto"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FALLBACK = "en"
# Where a language is read when its tag has no country: English as most of the world writes it ("9 March 2025"), and
# countries whose weeks begin as most readers know them.
_COUNTRIES = {"en": "GB", "pt": "BR", "ar": "EG"}
_SAMPLE = 5000  # messages that tell a chat's language: its first ones, which a new week does not change
_DAY_FIRST = re.compile(r"(?P<head>d\b.*?MMMM)(?=.*y)")
_THIN = "\u2009"  # around some dashes, where words have whole spaces
_KEPT = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language of `words.toml`, the tag that the pages carry in `lang`, and the customs of its country.

    A tag of a language that `words.toml` lacks has English words among its own dates and numbers; where CLDR lacks it
    too, these are English as well.
    """

    tag: str
    words: Mapping[str, str]
    nouns: Mapping[str, Mapping[str, str]]  # by plural category
    unnumbered: frozenset[str]  # the categories whose noun says how many
    locale: Locale

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    @property
    def direction(self) -> str:
        """Where lines begin, as in HTML's `dir`: "ltr" or "rtl"."""
        return self.locale.text_direction

    @property
    def months(self) -> Sequence[str]:
        """The months, January first, as they stand inside a date."""
        return _names(self.locale.months["format"]["wide"], range(1, 13))

    @property
    def short_months(self) -> Sequence[str]:
        """The months, January first, short."""
        return _names(self.locale.months["format"]["abbreviated"], range(1, 13))

    @property
    def first_weekday(self) -> int:
        """The day with which weeks begin: 0 is Monday."""
        return self.locale.first_week_day

    @property
    def week(self) -> Sequence[str]:
        """The days of the week in full, Monday first."""
        return _names(self.locale.days["format"]["wide"], range(7))

    @property
    def short_week(self) -> Sequence[str]:
        """The days of the week, short, Monday first."""
        return _names(self.locale.days["format"]["abbreviated"], range(7))

    def language(self, code: str) -> str:
        """What the language of that code is called; the code itself where nobody knows."""
        return str(self.locale.languages.get(code, code))

    def day(self, day: dt.date) -> str:
        """A day without its year, short: "6 Jan"."""
        return _written(self, day.year, day.month, day.day, str(self.locale.datetime_skeletons["MMMd"].pattern))

    def date(self, day: dt.date) -> str:
        """A day in full: "6 January 2025"."""
        return _written(self, day.year, day.month, day.day, _long(self))

    def month(self, day: dt.date) -> str:
        """The month of a day: "January 2025"."""
        return _written(self, day.year, day.month, 1, _monthly(self))

    def clock(self, moment: dt.datetime | dt.time) -> str:
        """A time of day: "14:03"."""
        return _told(self, moment.hour, moment.minute, _clock(self))

    def moment(self, moment: dt.datetime) -> str:
        """A wall time: "6 January 2025, 14:03"."""
        return _dated(self).format(self.clock(moment), self.date(moment))

    def times(self, first: dt.datetime, last: dt.datetime) -> str:
        """From one wall time to another: "6 January 2025, 14:03\u201315:10"; seconds do not matter."""
        first, last = first.replace(second=0, microsecond=0), last.replace(second=0, microsecond=0)
        if first == last:
            return self.moment(first)
        if first.date() != last.date():
            return self._join(self.moment(first), self.moment(last))
        return _dated(self).format(self._hours(first, last), self.date(first))

    def span(self, first: dt.date, last: dt.date) -> str:
        """From one day to another: "6\u201312 January 2025"; one day alone when they are the same."""
        if (first.year, first.month, first.day) == (last.year, last.month, last.day):
            return self.date(first)
        if first.year != last.year:
            return self._join(self.date(first), self.date(last))
        return self._days(first, last, "M" if first.month != last.month else "d")

    def number(self, value: int) -> str:
        """A whole number with its thousands apart: "12,345"."""
        return _number(self, value)

    def decimal(self, value: float, digits: int = 1) -> str:
        """A number with at most `digits` behind its point: "4.2"."""
        return _decimal(self, round(value, digits))

    def percent(self, share: float) -> str:
        """A share of 1 in whole hundredths: 0.254 is "25%"."""
        return _percent(self, round(share, 2))

    def compact(self, value: int) -> str:
        """About how many, short: "12K", "1.2M"; in full where the language has nothing shorter."""
        return _compact(self, value)

    def noun(self, value: int, name: str) -> str:
        """The noun that goes with a number: "post" with 1, "posts" with others."""
        forms = self.nouns[name]
        return forms.get(_category(self, value)) or forms["other"]

    def count(self, value: int, name: str) -> str:
        """A number with its noun: "1 post", "12 posts"; the noun alone where it says how many."""
        if _category(self, value) in self.unnumbered:
            return self.noun(value, name)
        return f"{self.number(value)} {self.noun(value, name)}"

    def listed(self, items: Sequence[str]) -> str:
        """Some things in a sentence: "one, two and three"; markup stays markup, and what is none is escaped."""
        if len(items) < 2:  # noqa: PLR2004 — nothing to join
            return items[0] if items else ""
        patterns: Mapping[str, str] = self.locale.list_patterns["standard"]
        if any(isinstance(item, Markup) for item in items):
            patterns = {place: Markup(pattern) for place, pattern in patterns.items()}
        if len(items) == 2:  # noqa: PLR2004 — two have a pattern of their own
            return patterns["2"].format(*items)
        text = patterns["start"].format(*items[:2])
        for item in items[2:-1]:
            text = patterns["middle"].format(text, item)
        return patterns["end"].format(text, items[-1])

    def own_words(self) -> Sequence[str]:
        """Every text that this language may put on a page whatever the chat."""
        nouns = [form for forms in self.nouns.values() for form in forms.values()]
        return (*self.words.values(), *nouns, *self.months, *self.short_months, *self.week, *self.short_week)

    def _join(self, first: str, last: str) -> str:
        pattern: str = self.locale.interval_formats.get(None, "{0} \u2013 {1}")
        return pattern.replace(_THIN, " ").format(first, last)

    def _days(self, first: dt.date, last: dt.date, differing: str) -> str:
        """Two days of a year. CLDR has spans of short months only; long ones are made of its long date."""
        pattern = _long(self)
        parts = self.locale.interval_formats.get("yMMMd", {}).get(differing, ())
        day_first = _DAY_FIRST.match(pattern)
        if day_first and differing == "M":
            head = _written(self, first.year, first.month, first.day, day_first["head"])
            return self._join(head, self.date(last))
        if day_first and parts and not re.search("[MLy]", parts[0]):
            return self._days_of(first, parts[0].replace("dd", "d")) + self.date(last)
        if day_first or len(parts) != 2:  # noqa: PLR2004 — the two ends of a span
            return self._join(self.date(first), self.date(last))
        return "".join(self._days_of(day, _lengthened(part)) for day, part in zip((first, last), parts, strict=True))

    def _days_of(self, day: dt.date, pattern: str) -> str:
        return _written(self, day.year, day.month, day.day, pattern)

    def _hours(self, first: dt.datetime, last: dt.datetime) -> str:
        """Two times of a day."""
        twelve = "h" in _clock(self)
        halves_differ = (first.hour < 12) != (last.hour < 12)  # noqa: PLR2004 — noon
        differing = "m" if first.hour == last.hour else "a" if twelve and halves_differ else "h" if twelve else "H"
        parts = self.locale.interval_formats.get("hm" if twelve else "Hm", {}).get(differing, ())
        if len(parts) != 2:  # noqa: PLR2004 — the two ends of a span
            return self._join(self.clock(first), self.clock(last))
        ends = zip((first, last), parts, strict=True)
        return "".join(_told(self, moment.hour, moment.minute, part) for moment, part in ends)


@cache
def speak(tag: str) -> Language:
    """The language called `tag` ("pt-BR" has the words of "pt"); what we lack of it is English, under its own tag."""
    known = tag if _TAG.fullmatch(tag) else _FALLBACK
    table = _tables().get(known.split("-")[0].lower(), _tables()[_FALLBACK])
    return Language(
        tag=known,
        words=table["words"],
        nouns=table["nouns"],
        unnumbered=frozenset(table.get("unnumbered", ())),
        locale=_locale_of(known),
    )


def chosen(language: str, messages: ir.Table) -> str:
    """The tag of the setting `language`: "auto" is the language of `messages`, English when nothing tells.

    The first messages decide. So a chat whose language changes over the years keeps that of its beginning, and a new
    week does not turn every page of a mixed chat into another language.
    """
    if language != AUTO:
        return language
    said = messages.filter(messages.author.notnull() & messages.message.notnull())
    first = said.order_by(["timestamp", "chat_id", "message_id"]).limit(_SAMPLE)
    return language_of(first.select("message").to_pyarrow()["message"].to_pylist()) or _FALLBACK


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))


def _locale_of(tag: str) -> Locale:
    """What CLDR knows of a tag, or of as much of its beginning as it knows."""
    language = tag.lower()
    parts = (f"{tag}-{_COUNTRIES[language]}" if language in _COUNTRIES else tag).split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join([parts[0].lower(), *parts[1:length]]))
        except (UnknownLocaleError, ValueError):
            continue
    return _locale_of(_FALLBACK)


# Names that stand inside a date, also where they stand alone. Many locales have the others as aliases, which Babel
# (2.18) resolves once for all locales of a process: Swedish has Japanese months after Japanese was asked for.
def _names(names: Mapping[int, str], numbers: Any) -> Sequence[str]:
    return tuple(names[number] for number in numbers)


@cache
def _long(say: Language) -> str:
    return str(say.locale.date_formats["long"].pattern)


@cache
def _monthly(say: Language) -> str:
    return str(say.locale.datetime_skeletons["yMMMM"].pattern)


@cache
def _clock(say: Language) -> str:
    return str(say.locale.time_formats["short"].pattern)


def _lengthened(pattern: str) -> str:
    """A pattern with the whole names of months."""
    return re.sub(r"(?<![ML])([ML])\1\1(?![ML])", r"\1\1\1\1", pattern)


@cache
def _dated(say: Language) -> str:
    """How a date {1} and a time {0} are put together."""
    joint = str(say.locale.datetime_formats["long"])
    # "2025 14:03" would look like one number.
    return "{1}, {0}" if joint == "{1} {0}" and _long(say).endswith("y") else joint.replace("'", "")


@lru_cache(maxsize=_KEPT)
def _written(say: Language, year: int, month: int, day: int, pattern: str) -> str:
    return parse_pattern(pattern.replace(_THIN, " ")).apply(dt.date(year, month, day), say.locale)


@lru_cache(maxsize=_KEPT)
def _told(say: Language, hour: int, minute: int, pattern: str) -> str:
    return parse_pattern(pattern.replace(_THIN, " ")).apply(dt.time(hour, minute), say.locale)


@lru_cache(maxsize=_KEPT)
def _category(say: Language, value: int) -> str:
    return say.locale.plural_form(value)


@lru_cache(maxsize=_KEPT)
def _number(say: Language, value: int) -> str:
    return format_decimal(value, locale=say.locale)


@lru_cache(maxsize=_KEPT)
def _decimal(say: Language, value: float) -> str:
    return format_decimal(value, "#,##0.######", locale=say.locale)


@lru_cache(maxsize=_KEPT)
def _percent(say: Language, share: float) -> str:
    return format_percent(share, locale=say.locale)


@lru_cache(maxsize=_KEPT)
def _compact(say: Language, value: int) -> str:
    plain = _number(say, value)
    if format_compact_decimal(value, locale=say.locale) == str(value):
        return plain
    digits = len(str(abs(value)))
    about = round(value, (3 if digits % 3 == 0 else 2) - digits)
    return format_compact_decimal(about, locale=say.locale, fraction_digits=1)
