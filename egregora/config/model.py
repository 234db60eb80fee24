"""Settings: what a person can change in `egregora.toml`; frozen, read once, checked once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from egregora.core.errors import SettingsError

PERIODS = ("day", "week", "month")
LANGUAGES = ("en", "pt", "es", "de")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

DEFAULT_SETTINGS = """\
# egregora.toml: every setting, with its default. A change here makes again exactly the stages that read it.

# The blog's title, on every page. Do not put a member's name in it.
title = "Our group"

# The language of the pages' own words and dates: "en", "pt", "es" or "de".
language = "en"

# The time zone in which the chat was exported; exports carry none. An IANA name, such as "America/Sao_Paulo".
timezone = "UTC"

# How much chat goes into one post: "day", "week" or "month".
period = "week"

# The first and the last day to write about, as "YYYY-MM-DD"; "" for all.
from_date = ""
to_date = ""
"""


class Settings(NamedTuple):
    """The values of `egregora.toml`; a key that is left out has its default."""

    title: str = "Our group"
    language: str = "en"
    timezone: str = "UTC"
    period: str = "week"
    from_date: str = ""
    to_date: str = ""

    def values(self) -> dict[str, str]:
        """Every setting by name."""
        return self._asdict()


def checked_settings(values: Mapping[str, Any], *, where: str) -> Settings:
    """`values` as settings. Errors: SettingsError for an unknown key or a value that makes no sense."""
    known = Settings._fields
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"there is no setting {name!r}", where=where, fix=f"use one of {', '.join(known)}")
        if not isinstance(value, str):
            raise SettingsError(f"{name} is {value!r} and not a text", where=where, fix="put it in quotes")
    settings = Settings(**values)
    _check_choice("period", settings.period, PERIODS, where)
    _check_choice("language", settings.language, LANGUAGES, where)
    _check_timezone(settings.timezone, where)
    _check_dates(settings, where)
    return settings


def parsed_settings(data: bytes, *, where: str) -> Settings:
    """The settings of a TOML file's bytes. Errors: SettingsError when it is no TOML or holds a wrong value."""
    import tomllib  # a build that changes nothing reads settings from the mirror

    try:
        values = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise SettingsError(f"not valid TOML: {error}", where=where, fix="correct the file") from error
    return checked_settings(values, where=where)


def with_changes(text: str, changes: Mapping[str, str]) -> str:
    """A TOML text with `changes` put in; comments and all else stay."""
    import tomlkit  # only `process` with an option writes settings

    document = tomlkit.parse(text)
    for name, value in changes.items():
        document[name] = value
    return tomlkit.dumps(document)


def write_settings(path: Path, changes: Mapping[str, str]) -> None:
    """Put `changes` into the settings file, checked first. Errors: SettingsError, and then nothing is written."""
    before = path.read_bytes()
    parsed_settings(before, where=path.name)
    text = with_changes(before.decode("utf-8"), changes)
    parsed_settings(text.encode(), where=path.name)
    aside = path.with_name(path.name + ".new")
    aside.write_text(text, "utf-8")
    aside.replace(path)


def _check_choice(name: str, value: str, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}", where=where, fix=f"use one of {', '.join(choices)}")


def _check_timezone(name: str, where: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        fix = 'use an IANA name, such as "America/Sao_Paulo" or "UTC"'
        raise SettingsError(f"timezone is {name!r}, which is not known", where=where, fix=fix) from error


def _check_dates(settings: Settings, where: str) -> None:
    for name in ("from_date", "to_date"):
        value = getattr(settings, name)
        if value and not _is_date(value):
            raise SettingsError(f"{name} is {value!r}", where=where, fix='write a day that exists, as "2025-01-31"')
    if settings.from_date and settings.to_date and settings.from_date > settings.to_date:
        raise SettingsError("from_date is after to_date", where=where, fix="exchange the two")


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
