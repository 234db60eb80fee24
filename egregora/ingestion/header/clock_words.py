"""The words of clocks and calendars in all languages: day periods, months, eras, and how each may be spelled."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from egregora.ingestion.header.date_order import ERA_WORDS, ERAS

DATA_FILES = ("clock_words.json",)
PERIODS = ("am", "pm", "noon", "night", "midnight")
MARKS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"  # they order text for the eye and are no part of it
SPACES = " \u00a0\u202f\u2009\u2007\u3000"
JOINTS = (  # what languages say before the hour: "at 10:42"
    "a", "a las", "a la", "alle", "alle ore", "as", "at", "h", "jam", "kell", "kello", "kl.", "klo", "klokken", "la",
    "la ora", "lúc", "o", "o godz.", "ob", "om", "ora", "ore", "plkst.", "pukul", "saat", "u", "um", "v", "ve",
    "à", "às", "στις", "в", "във",
    "بـ", "ساعت", "الساعة", "בשעה", "เวลา",
)  # fmt: skip

_NOON, _LAST_HOUR, _SIXTIETHS = 12, 24, 60
_FIRST_BEFORE_NOON, _FIRST_OF_NIGHT = 9, 6  # "noon 11:30" is before noon, "night 11:30" is before midnight
_SETS = 6
_SHORT = 6  # a word of fewer letters may be an abbreviation
_SPACE = re.compile(f"[{SPACES}]")
_LOOSE = re.compile(rf"[{MARKS}{SPACES}.\-/]+")
_WITHOUT_BREAKS = "\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts without spaces
_OTHER = rf"\s\d.,\u060c;:/()\-\u2013\u2014{MARKS}"
_PIECE = re.compile(rf"[{_WITHOUT_BREAKS}]|[^{_OTHER}{_WITHOUT_BREAKS}]+")
_BETWEEN = re.compile(rf"[{SPACES}{MARKS}.\-/]*")


class Words(NamedTuple):
    """Sets of words that belong together, a set a language, and where each word is."""

    sets: tuple[Mapping[str, int], ...]  # the meaning of each word as the language spells it
    found_in: Mapping[str, tuple[int, ...]]  # the sets that have a word, by the word loosened
    beginnings: frozenset[str]  # of the words loosened

    def meaning(self, text: str) -> int:
        """What `text` means in the first language that has it."""
        key = loosened(text)
        return next(value for word, value in self.sets[self.found_in[key][0]].items() if loosened(word) == key)


def time_of_day(hour: int, minute: int, second: int, period: int | None) -> int | None:
    """The seconds since midnight that a clock shows, None when no clock shows that.

    `period` is an index into PERIODS. An hour above 12 stands for itself ("13:30 PM" exists, and so does "0:30 AM"),
    and some clocks show 24:00 for the first minute.
    """
    if hour > _LAST_HOUR or minute >= _SIXTIETHS or second >= _SIXTIETHS:
        return None
    if period is not None and hour <= _NOON:
        hour = _with_period(hour % _NOON, PERIODS[period])
    return hour % _LAST_HOUR * 3600 + minute * 60 + second


def _with_period(hour: int, period: str) -> int:
    if period == "am":
        later = False
    elif period == "pm":
        later = True
    elif period == "noon":
        later = hour < _FIRST_BEFORE_NOON
    else:
        later = hour >= _FIRST_OF_NIGHT
    return hour + _NOON * later


def loosened(text: str) -> str:
    """`text` without case, spaces, dots and marks, as words are compared."""
    return _LOOSE.sub("", text).casefold()


@cache
def _table() -> dict[str, list[dict[str, dict[str, str | int]]]]:
    table: dict[str, list[dict[str, dict[str, str | int]]]] = json.loads(
        Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8")
    )
    return table


@cache
def periods(*, before: bool = False) -> Words:
    """Day periods; with `before` those that may stand before the hour.

    Any of them may: phones put them there in languages that have them behind it. But a single letter is one only where
    the language puts it there: elsewhere it says "at".
    """
    entries = [(entry["words"], before and not entry["before"]) for entry in _table()["periods"]]
    return _words(
        {text: PERIODS.index(str(kind)) for text, kind in words.items() if not longer or len(loosened(text)) > 1}
        for words, longer in entries
    )


@cache
def joints() -> Words:
    """What may stand before the hour and says nothing."""
    return _words([dict.fromkeys(JOINTS, 0)])


@cache
def months() -> Words:
    """Names of months, wide and abbreviated, with the number of the month."""
    return _words({text: int(month) for text, month in entry["words"].items()} for entry in _table()["months"])


@cache
def eras() -> Words:
    """Names of eras, with the index into ERAS."""
    ours = (dict.fromkeys(entry["words"], 0) for entry in _table()["eras"])
    return _words(
        [{text: ERAS.index(era) for era, texts in group.items() for text in texts} for group in ERA_WORDS], ours
    )


def _words(*parts: Iterable[Mapping[str, int]]) -> Words:
    sets = tuple(words for part in parts for words in part)
    found_in: dict[str, list[int]] = {}
    for number, words in enumerate(sets):
        for key in dict.fromkeys(loosened(text) for text in words):
            found_in.setdefault(key, []).append(number)
    found_in.pop("", None)
    beginnings = frozenset(key[:length] for key in found_in for length in range(1, len(key) + 1))
    return Words(sets, {key: tuple(numbers) for key, numbers in found_in.items()}, beginnings)


def find_word(text: str, words: Words) -> tuple[int, int] | None:
    """Where in `text` the longest of `words` stands, with the dot behind it; None when it has none."""
    pieces = [piece.span() for piece in _PIECE.finditer(text)]
    best = (0, 0)
    for at, (start, _) in enumerate(pieces):
        key, reached = "", start
        for begin, end in pieces[at:]:
            key += loosened(text[begin:end])
            if key not in words.beginnings or _BETWEEN.fullmatch(text, reached, begin) is None:
                break
            reached = end
            if key in words.found_in and reached - start > best[1] - best[0]:
                best = start, reached
    start, end = best
    return (start, end + text.startswith(".", end)) if end else None


def spellings(seen: Mapping[str, int], words: Words) -> dict[str, int]:
    """Every way to write the words that were seen and those of the same languages, and what each means.

    `seen` has the exact spellings, with the meaning of a word that no language has. A word such as "AM" is shared by
    many languages, and the first few have all its partners. Order: as `_in_order`, those that were seen first.
    """
    keys = {text: loosened(text) for text in seen}
    likely = _likely([key for key in keys.values() if key in words.found_in], words)
    by_key = {loosened(text): value for one in reversed(likely) for text, value in one.items()}
    found = {text: by_key.get(key, seen[text]) for text, key in keys.items()}
    scripts = {_script(text) for text in keys}
    for text in (text for one in likely for text in one if _script(text) in scripts):
        for variant in _variants(text):
            found.setdefault(variant, by_key[loosened(text)])
    return {text: found[text] for text in _in_order(seen, found)}


def _in_order(seen: Iterable[str], texts: Collection[str]) -> list[str]:
    """`texts` so that none stands behind one that it begins with; those that were seen as early as that allows."""
    longest_first = sorted(texts, key=len, reverse=True)
    groups = ([text for text in longest_first if text.startswith(start)] for start in (*seen, ""))
    return list(dict.fromkeys(text for group in groups for text in group))


def _likely(keys: Collection[str], words: Words) -> list[Mapping[str, int]]:
    """The sets that have most of the words."""
    counts = Counter(number for key in set(keys) for number in words.found_in[key])
    most = max(counts.values(), default=0)
    numbers = sorted(number for number, count in counts.items() if count == most)
    return [words.sets[number] for number in numbers[:_SETS]]


def _script(text: str) -> str:
    return next((unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()), "")


def _variants(text: str) -> list[str]:
    """`text` with other spaces, with and without dots, in other cases."""
    plain = _LOOSE.sub("", text)
    forms = [text, text.rstrip(".")]
    if len(plain) < _SHORT:
        forms.append(forms[1] + ".")
    if len(plain) == 2 and plain.lower() != plain.upper():  # noqa: PLR2004  # "am", "a.m.", "a. m."
        forms += [plain, f"{plain[0]}.{plain[1]}", f"{plain[0]}.{plain[1]}.", f"{plain[0]}. {plain[1]}."]
    if _SPACE.search(text):
        forms.append(_SPACE.sub("", text))
    spaced = [_SPACE.sub(space, form) for form in forms for space in " \u00a0\u202f"]
    long = len(plain) > 2  # noqa: PLR2004
    cases = [(form, form.lower(), form.upper(), form.capitalize() if long else form) for form in spaced]
    return list(dict.fromkeys(case for forms in cases for case in forms))
