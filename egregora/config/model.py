"""Settings: what a person can change in `egregora.toml`; frozen, read once, checked once."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from egregora.core.errors import SettingsError
from egregora.utils.files import write_atomically

PERIODS = ("day", "week", "month")
AUTO = "auto"
LANGUAGES = ("en", "pt", "es", "de", "fr", "it", "nl", "ar")  # those in which the pages have their words
DATE_ORDERS = ("auto", "dmy", "mdy", "ymd")
HANDLES = ("words", "code")
FONTS = ("serif", "sans")
PAPERS = ("warm", "white", "cool")
PEOPLE = "people"  # the only table in the file, and the only setting that is none of one text
_COLOUR = re.compile(r"|#[0-9a-fA-F]{6}")
_ADDRESS = re.compile(r"|https?://[\w.-]+(?::\d+)?(?:/[\w.~/%-]*)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# A language with, or without, its script and its country: "pt", "pt-BR", "es-419", "sr-Latn-RS".
_TAG = re.compile(r"(?P<language>[a-z]{2,3})(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
# Languages whose dates and numbers CLDR knows; a list, because a build that changes nothing has no time for Babel.
_IN_CLDR = (
    "aa ab af agq ak am an ann apc ar arn as asa ast az ba bal bas be bem bew bez bg bgc bgn bho blo blt bm bn bo "
    "br brx bs bss byn ca cad cch ccp ce ceb cgg cho chr cic ckb co cop cs csw cu cv cy da dav de dje doi dsb dua "
    "dv dyo dz ebu ee el en eo es et eu ewo fa ff fi fil fo fr frr fur fy ga gaa gd gez gl gn gsw gu guz gv ha haw "
    "he hi hnj hr hsb ht hu hy ia id ie ig ii io is it iu ja jbo jgo jmc jv ka kaa kab kaj kam kcg kde kea ken kgp "
    "khq ki kk kkj kl kln km kn ko kok kpe ks ksb ksf ksh ku kw kxv ky la lag lb lg lij lkt lld lmo ln lo lrc lt "
    "ltg lu luo luy lv mai mas mdf mer mfe mg mgh mgo mhn mi mic mk ml mn mni moh mr ms mt mua mus my myv mzn naq "
    "nb nd nds ne nl nmg nn nnh no nqo nr nso nus nv ny nyn oc om or os osa pa pap pcm pis pl prg ps pt qu quc raj "
    "rhg rif rm rn ro rof ru rw rwk sa sah saq sat sbp sc scn sd sdh se seh ses sg shi shn si sid sk skr sl sma smj "
    "smn sms sn so sq sr ss ssy st su sv sw syr szl ta te teo tg th ti tig tk tn to tok tpi tr trv trw ts tt twq "
    "tyv tzm ug uk ur uz vai ve vec vi vmw vo vun wa wae wal wbp wo xh xnr xog yav yi yo yrl yue za zgh zh zu"
)

DEFAULT_SETTINGS = """\
# egregora.toml: every setting, with its default. A change here makes again exactly the stages that read it.

# The blog's title, on every page. Do not put a member's name in it.
title = "Our group"

# The language of the pages' own words, dates and numbers. "auto" is that of the chat, or "en" when nothing tells. Pages
# speak "en", "pt", "es", "de", "fr", "it", "nl" and "ar"; with a country, as in "en-US", they write dates as people
# there do. Any other language, such as "sv", has its own dates and numbers among English words.
language = "auto"

# The time zone in which the chat was exported; exports carry none. An IANA name, such as "America/Sao_Paulo".
timezone = "UTC"

# The order of day, month and year in the exports' dates. "auto" finds it out from each file, and takes the day first
# where nothing tells; `egregora doctor` says of which exports that is so. "dmy", "mdy" or "ymd" holds for all exports.
date_order = "auto"

# How much chat goes into one post: "day", "week" or "month".
period = "week"

# The first and the last day to write about, as "YYYY-MM-DD"; "" for all.
from_date = ""
to_date = ""

# What people are called on the site unless they chose an alias: "words" is a name of two words such as "Amber Heron",
# "code" is the pseudonym itself, such as "ab12cd34". Either stays the same for a person in all chats and exports.
handles = "words"

# Where the site will lie, as "https://example.org/blog/". Feeds, the sitemap and previews in chats need whole
# addresses; leave it empty for a site that is only opened from its folder.
site_url = ""

# How the site looks. The accent is a colour such as "#1c6b5a", made darker or lighter as far as it takes to be read,
# or "" for ours. The font is "serif" or "sans", the paper "warm", "white" or "cool". For more, put a file of the same
# name as one of egregora's templates into templates/: it comes before ours.
theme_accent = ""
theme_font = "serif"
theme_paper = "warm"

# Who is who. Phones call the same person differently, each as its owner saved the contact. On the left is the person,
# on the right is what else exports call them; each name stands once. `egregora doctor` proposes this table, and it has
# to be the last thing in the file. It holds real names and is copied nowhere: keep this file to yourself.
#
# [people]
# "Ana Souza" = ["Aninha", "+55 11 91234-5678"]
"""


class Settings(NamedTuple):
    """The values of `egregora.toml`; a key that is left out has its default."""

    title: str = "Our group"
    language: str = AUTO
    timezone: str = "UTC"
    date_order: str = "auto"
    period: str = "week"
    from_date: str = ""
    to_date: str = ""
    handles: str = "words"
    site_url: str = ""
    theme_accent: str = ""
    theme_font: str = "serif"
    theme_paper: str = "warm"
    people: str = "{}"  # JSON: each other name, and who it is of; sorted

    def values(self) -> dict[str, str]:
        """Every setting by name."""
        return self._asdict()


def checked_settings(values: Mapping[str, Any], *, where: str) -> Settings:
    """`values` as settings. Errors: SettingsError for an unknown key or a value that makes no sense."""
    known = Settings._fields
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"there is no setting {name!r}", where=where, fix=f"use one of {', '.join(known)}")
        if name != PEOPLE and not isinstance(value, str):
            raise SettingsError(f"{name} is {value!r} and not a text", where=where, fix="put it in quotes")
    settings = Settings(**{**values, PEOPLE: _aliases(values.get(PEOPLE, {}), where)})
    _check_choice("date_order", settings.date_order, DATE_ORDERS, where)
    _check_choice("period", settings.period, PERIODS, where)
    _check_language(settings.language, where)
    _check_choice("handles", settings.handles, HANDLES, where)
    _check_choice("theme_font", settings.theme_font, FONTS, where)
    _check_choice("theme_paper", settings.theme_paper, PAPERS, where)
    _check_form("theme_accent", settings.theme_accent, _COLOUR, 'write "#" and six digits, as "#1c6b5a", or ""', where)
    _check_form("site_url", settings.site_url, _ADDRESS, 'write it whole, as "https://example.org/blog/", or ""', where)
    check_timezone(settings.timezone, where=where)
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
    import tomlkit  # only commands with an option write settings

    document = tomlkit.parse(text)
    for name, value in changes.items():
        document[name] = value
    return tomlkit.dumps(document)


def with_people(text: str, people: Mapping[str, Sequence[str]]) -> str:
    """A TOML text in which the names on the right are those of the person on the left; all else stays.

    A person who becomes another one's name brings the names along.
    """
    import tomlkit

    document = tomlkit.parse(text)
    if PEOPLE not in document:
        document.append(PEOPLE, tomlkit.table())
    table: Any = document[PEOPLE]
    for person, names in people.items():
        moved = [name for other in names for name in table.pop(other, [])]
        if person not in table:
            table[person] = []
        known = table[person]
        for name in (*names, *moved):
            if name not in known:
                known.append(name)
    return tomlkit.dumps(document)


def without_people(text: str, is_gone: Callable[[str], bool]) -> str:
    """A TOML text in which nobody is named of whom `is_gone` says so; all else stays."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document.get(PEOPLE, {})
    for person, names in list(table.items()):
        if is_gone(person):
            del table[person]
        else:
            for name in [name for name in names if is_gone(name)]:
                names.remove(name)
    return tomlkit.dumps(document)


def write_settings(path: Path, changes: Mapping[str, str]) -> None:
    """Put `changes` into the settings file, checked first. Errors: SettingsError, and then nothing is written."""
    _rewrite(path, lambda text: with_changes(text, changes))


def write_people(path: Path, people: Mapping[str, Sequence[str]]) -> None:
    """Put who is who into the settings file, as `with_people`. Errors: SettingsError, and then nothing is written."""
    _rewrite(path, lambda text: with_people(text, people))


def remove_people(path: Path, is_gone: Callable[[str], bool]) -> None:
    """Take names out of the settings file, as `without_people`. Errors: SettingsError, and then nothing is written."""
    _rewrite(path, lambda text: without_people(text, is_gone))


def check_timezone(name: str, *, where: str) -> None:
    """Prereq of reading times: `name` is a time zone. Errors: SettingsError."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        fix = 'use an IANA name, such as "America/Sao_Paulo" or "UTC"'
        raise SettingsError(f"timezone is {name!r}, which is not known", where=where, fix=fix) from error


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Replace the settings file by one that only its owner can read: it may hold names."""
    before = path.read_bytes()
    parsed_settings(before, where=path.name)
    text = change(before.decode("utf-8"))
    parsed_settings(text.encode(), where=path.name)
    write_atomically(path, text)


def _aliases(people: Any, where: str) -> str:
    """The table of people as JSON: each other name, and who it is of."""
    if not isinstance(people, Mapping):
        fix = f'write [{PEOPLE}] on a line, and below it lines such as "Ana Souza" = ["Aninha"]'
        raise SettingsError(f"{PEOPLE} is {people!r} and not a table", where=where, fix=fix)
    found: dict[str, str] = {}
    for person, names in people.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in (person, *names)):
            fix = f'write "{person}" = ["another name"]'
            raise SettingsError(f"the names of {person!r} are {names!r}", where=f"{where}, [{PEOPLE}]", fix=fix)
        for name in names:
            _check_name(name, person, people, found, f"{where}, [{PEOPLE}]")
            found[name] = person
    return json.dumps(found, sort_keys=True)


def _check_name(name: str, person: str, people: Mapping[str, Any], found: Mapping[str, str], where: str) -> None:
    if not (name.strip() and person.strip()):
        raise SettingsError("a name is empty", where=where, fix="take it out")
    if name in found:
        what = (
            f"{name!r} is a name of {found[name]!r} and of {person!r}" if found[name] != person else f"{name!r} twice"
        )
        raise SettingsError(what, where=where, fix="leave it in one place")
    if name in people:
        what = f"{name!r} stands on the left, and on the right for {person!r}"
        raise SettingsError(what, where=where, fix=f"put all names of that person on the line of {person!r}")


def _check_choice(name: str, value: str, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise SettingsError(f"{name} is {value!r}", where=where, fix=f"use one of {', '.join(choices)}")


def _check_form(name: str, value: str, form: re.Pattern[str], fix: str, where: str) -> None:
    if not form.fullmatch(value):
        raise SettingsError(f"{name} is {value!r}", where=where, fix=fix)


def _check_language(tag: str, where: str) -> None:
    known = _TAG.fullmatch(tag)
    if tag != AUTO and not (known and known["language"] in (*LANGUAGES, *_IN_CLDR.split())):
        choices = f"{', '.join((AUTO, *LANGUAGES))}, or another language of CLDR"
        fix = f'use one of {choices}; a country stands behind it, as in "pt-BR"'
        raise SettingsError(f"language is {tag!r}", where=where, fix=fix)


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
