"""Formats of dates, times and numbers from CLDR, through Babel; the results are cached."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import parse_pattern
from babel.numbers import format_compact_decimal, format_decimal, format_percent

FALLBACK = "en"
# The country of a tag without one: English as most of the world writes it ("9 March 2025"), and the countries with
# the first day of the week that most readers know.
_COUNTRIES = {"en": "GB", "pt": "BR", "ar": "EG"}
THIN_SPACE = "\u2009"  # around some dashes; dates with words have normal spaces there
_CACHED = 1 << 14


def find_locale(tag: str) -> Locale:
    """The CLDR locale of `tag`, or of the longest known prefix of it; English if there is none."""
    language = tag.lower()
    parts = (f"{tag}-{_COUNTRIES[language]}" if language in _COUNTRIES else tag).split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join([parts[0].lower(), *parts[1:length]]))
        except (UnknownLocaleError, ValueError):
            continue
    return find_locale(FALLBACK)


# Always the names for use inside a date. In many locales the stand-alone names are aliases, which Babel (2.18) resolves
# once for all locales of a process: after Japanese was used, Swedish would have Japanese months.
def select_names(names: Mapping[int, str], numbers: Any) -> Sequence[str]:
    """The names with these numbers, in this order."""
    return tuple(names[number] for number in numbers)


@cache
def long_date_pattern(cldr: Locale) -> str:
    """The pattern of a date in full."""
    return str(cldr.date_formats["long"].pattern)


@cache
def month_pattern(cldr: Locale) -> str:
    """The pattern of a month with its year."""
    return str(cldr.datetime_skeletons["yMMMM"].pattern)


@cache
def time_pattern(cldr: Locale) -> str:
    """The pattern of a time of day."""
    return str(cldr.time_formats["short"].pattern)


def with_full_months(pattern: str) -> str:
    """`pattern` with full month names instead of short ones."""
    return re.sub(r"(?<![ML])([ML])\1\1(?![ML])", r"\1\1\1\1", pattern)


@cache
def date_time_pattern(cldr: Locale) -> str:
    """How a date {1} and a time {0} are joined."""
    joint = str(cldr.datetime_formats["long"])
    # "2025 14:03" would look like one number.
    return "{1}, {0}" if joint == "{1} {0}" and long_date_pattern(cldr).endswith("y") else joint.replace("'", "")


@lru_cache(maxsize=_CACHED)
def format_date(cldr: Locale, year: int, month: int, day: int, pattern: str) -> str:
    """A date in a CLDR pattern."""
    return parse_pattern(pattern.replace(THIN_SPACE, " ")).apply(dt.date(year, month, day), cldr)


@lru_cache(maxsize=_CACHED)
def format_time(cldr: Locale, hour: int, minute: int, pattern: str) -> str:
    """A time in a CLDR pattern."""
    return parse_pattern(pattern.replace(THIN_SPACE, " ")).apply(dt.time(hour, minute), cldr)


@lru_cache(maxsize=_CACHED)
def plural_category(cldr: Locale, value: int) -> str:
    """The CLDR plural category: "one", "few", "other" and so on."""
    return cldr.plural_form(value)


@lru_cache(maxsize=_CACHED)
def format_number(cldr: Locale, value: int) -> str:
    """An integer with thousands separators."""
    return format_decimal(value, locale=cldr)


@lru_cache(maxsize=_CACHED)
def format_fraction(cldr: Locale, value: float) -> str:
    """A number with up to six decimals."""
    return format_decimal(value, "#,##0.######", locale=cldr)


@lru_cache(maxsize=_CACHED)
def format_share(cldr: Locale, share: float) -> str:
    """A share of 1 in percent."""
    return format_percent(share, locale=cldr)


@lru_cache(maxsize=_CACHED)
def format_compact(cldr: Locale, value: int) -> str:
    """A rounded short form; the full number if the locale has no shorter one."""
    plain = format_number(cldr, value)
    if format_compact_decimal(value, locale=cldr) == str(value):
        return plain
    digits = len(str(abs(value)))
    about = round(value, (3 if digits % 3 == 0 else 2) - digits)
    return format_compact_decimal(about, locale=cldr, fraction_digits=1)
