"""The words of the pages: labels, dates and numbers in the language of the blog."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DATA_FILES = ("words.toml",)

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of `words.toml`, and the tag that the pages carry in `lang`."""

    tag: str
    words: Mapping[str, str]
    months: Sequence[str]

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    def date(self, day: dt.date) -> str:
        """A day in full: "6 January 2025"."""
        return self.words["date"].format(day=day.day, month=self.months[day.month - 1], year=day.year)

    def month(self, day: dt.date) -> str:
        """The month of a day: "January 2025"."""
        return self.words["month"].format(month=self.months[day.month - 1], year=day.year)

    def moment(self, moment: dt.datetime) -> str:
        """A wall time: "6 January 2025, 14:03"."""
        return f"{self.date(moment)}, {moment:%H:%M}"

    def times(self, first: dt.datetime, last: dt.datetime) -> str:
        """From one wall time to another: "6 January 2025, 14:03\u201315:10"."""
        if first.date() != last.date():
            return f"{self.moment(first)} \u2013 {self.moment(last)}"
        return self.moment(first) if first == last else f"{self.moment(first)}\u2013{last:%H:%M}"

    def span(self, first: dt.date, last: dt.date) -> str:
        """From one day to another; one day alone when they are the same."""
        return self.date(first) if first == last else f"{self.date(first)} \u2013 {self.date(last)}"

    def number(self, value: int) -> str:
        """A whole number with its thousands apart: "12,345"."""
        return f"{value:,}".replace(",", self.words["thousands"])

    def noun(self, value: int, name: str) -> str:
        """The noun that goes with a number: "post" with 1, "posts" with others."""
        singular, plural = self.words[name].split("|")
        return singular if value == 1 else plural

    def count(self, value: int, name: str) -> str:
        """A number with its noun: "1 post", "12 posts"."""
        return f"{self.number(value)} {self.noun(value, name)}"


def speak(tag: str) -> Language:
    """The language called `tag` ("pt-BR" finds "pt"); English words, under the tag asked for, when we lack it."""
    tables = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    known = tag if _TAG.fullmatch(tag) else _FALLBACK
    table = tables.get(known.split("-")[0].lower(), tables[_FALLBACK])
    return Language(tag=known, words=table["words"], months=tuple(table["months"]))
