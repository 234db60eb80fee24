"""The words of clocks and calendars in all languages: day periods, months, eras, and their spellings."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from egregora.ingestion.header.calendars import ERA_WORDS, ERAS

DATA_FILES = ("clock_words.json",)
PERIODS = ("am", "pm", "noon", "night", "midnight")
DIRECTION_MARKS = (
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"  # characters that set the direction of text and are invisible
)
SPACES = " \u00a0\u202f\u2009\u2007\u3000"
HOUR_PREFIXES = (  # words before the hour that mean "at"
    "a", "a las", "a la", "alle", "alle ore", "as", "at", "h", "jam", "kell", "kello", "kl.", "klo", "klokken", "la",
    "la ora", "lúc", "o", "o godz.", "ob", "om", "ora", "ore", "plkst.", "pukul", "saat", "u", "um", "v", "ve",
    "à", "às", "στις", "в", "във",
    "بـ", "ساعت", "الساعة", "בשעה", "เวลา",
)  # fmt: skip

_NOON, _LAST_HOUR, _SIXTIETHS = 12, 24, 60
_FIRST_BEFORE_NOON, _FIRST_OF_NIGHT = 9, 6  # "noon 11:30" is before noon, "night 11:30" is before midnight
_MAX_SETS = 6
_SHORT = 6  # letters; a shorter word may be an abbreviation
_SPACE = re.compile(f"[{SPACES}]")
_IGNORED = re.compile(rf"[{DIRECTION_MARKS}{SPACES}.\-/]+")
_UNSPACED_SCRIPTS = (
    "\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts without spaces between words
)
_NO_WORD = rf"\s\d.,\u060c;:/()\-\u2013\u2014{DIRECTION_MARKS}"
_PIECE = re.compile(rf"[{_UNSPACED_SCRIPTS}]|[^{_NO_WORD}{_UNSPACED_SCRIPTS}]+")
_BETWEEN = re.compile(rf"[{SPACES}{DIRECTION_MARKS}.\-/]*")


class WordTable(NamedTuple):
    """Sets of words, one set per language, with an index by word."""

    sets: tuple[Mapping[str, int], ...]  # the meaning of each word, spelled as in the language
    found_in: Mapping[str, tuple[int, ...]]  # by normalized word, the indexes of the sets that have it
    beginnings: frozenset[str]  # all prefixes of the normalized words

    def meaning(self, text: str) -> int:
        """The meaning of `text` in the first language that has it."""
        key = normalized_word(text)
        return next(value for word, value in self.sets[self.found_in[key][0]].items() if normalized_word(word) == key)


def time_of_day(hour: int, minute: int, second: int, period: int | None) -> int | None:
    """Seconds since midnight; None for an impossible time.

    `period` is an index into PERIODS. An hour above 12 is taken as it is ("13:30 PM" exists, and so does "0:30 AM").
    24:00 is midnight.
    """
    if hour > _LAST_HOUR or minute >= _SIXTIETHS or second >= _SIXTIETHS:
        return None
    if period is not None and hour <= _NOON:
        hour = _with_period(hour % _NOON, PERIODS[period])
    return hour % _LAST_HOUR * 3600 + minute * 60 + second


def _with_period(hour: int, period: str) -> int:
    """The hour of the day for an hour from 0 to 11 and a day period."""
    if period == "am":
        later = False
    elif period == "pm":
        later = True
    elif period == "noon":
        later = hour < _FIRST_BEFORE_NOON
    else:
        later = hour >= _FIRST_OF_NIGHT
    return hour + _NOON * later


def normalized_word(text: str) -> str:
    """`text` without case, spaces, dots and direction marks: the form in which words are compared."""
    return _IGNORED.sub("", text).casefold()


@cache
def _table() -> dict[str, list[dict[str, dict[str, str | int]]]]:
    """The content of clock_words.json."""
    table: dict[str, list[dict[str, dict[str, str | int]]]] = json.loads(
        Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8")
    )
    return table


@cache
def periods(*, before: bool = False) -> WordTable:
    """Table of day periods. `before`: only those that may stand before the hour.

    Any of them may: phones write them before the hour in languages that have them behind it. A single letter counts
    only where its language puts it before the hour: elsewhere it is a word for "at".
    """
    entries = [(entry["words"], before and not entry["before"]) for entry in _table()["periods"]]
    return _word_table(
        {text: PERIODS.index(str(kind)) for text, kind in words.items() if not longer or len(normalized_word(text)) > 1}
        for words, longer in entries
    )


@cache
def hour_prefixes() -> WordTable:
    """Words that may stand before the hour and have no meaning for the time."""
    return _word_table([dict.fromkeys(HOUR_PREFIXES, 0)])


@cache
def months() -> WordTable:
    """Names of months, wide and abbreviated, with the number of the month."""
    return _word_table({text: int(month) for text, month in entry["words"].items()} for entry in _table()["months"])


@cache
def eras() -> WordTable:
    """Names of eras, with the index into ERAS."""
    common_era = (dict.fromkeys(entry["words"], 0) for entry in _table()["eras"])
    return _word_table(
        [{text: ERAS.index(era) for era, texts in group.items() for text in texts} for group in ERA_WORDS], common_era
    )


def _word_table(*parts: Iterable[Mapping[str, int]]) -> WordTable:
    """The table of all sets in `parts`."""
    sets = tuple(words for part in parts for words in part)
    found_in: dict[str, list[int]] = {}
    for number, words in enumerate(sets):
        for key in dict.fromkeys(normalized_word(text) for text in words):
            found_in.setdefault(key, []).append(number)
    found_in.pop("", None)
    beginnings = frozenset(key[:length] for key in found_in for length in range(1, len(key) + 1))
    return WordTable(sets, {key: tuple(numbers) for key, numbers in found_in.items()}, beginnings)


def find_word(text: str, words: WordTable) -> tuple[int, int] | None:
    """Start and end, in `text`, of the longest word of the table, a dot behind it included. None when there is none."""
    pieces = [piece.span() for piece in _PIECE.finditer(text)]
    best = (0, 0)
    for index, (start, _) in enumerate(pieces):
        key, word_end = "", start
        for begin, end in pieces[index:]:
            key += normalized_word(text[begin:end])
            if key not in words.beginnings or _BETWEEN.fullmatch(text, word_end, begin) is None:
                break
            word_end = end
            if key in words.found_in and word_end - start > best[1] - best[0]:
                best = start, word_end
    start, end = best
    return (start, end + text.startswith(".", end)) if end else None


def spellings(observed: Mapping[str, int], words: WordTable) -> dict[str, int]:
    """Every way to write the observed words and the other words of their languages, with the meaning of each.

    `observed` has exact spellings; its values count for words in no table. A word such as "AM" belongs to many
    languages; the first few are included with all their words. Order: as `_prefixes_last`, observed words first.
    """
    keys = {text: normalized_word(text) for text in observed}
    likely = _likely_sets([key for key in keys.values() if key in words.found_in], words)
    by_key = {normalized_word(text): value for one in reversed(likely) for text, value in one.items()}
    learn_day_periods = {text: by_key.get(key, observed[text]) for text, key in keys.items()}
    scripts = {_script(text) for text in keys}
    for text in (text for one in likely for text in one if _script(text) in scripts):
        for variant in _variants(text):
            learn_day_periods.setdefault(variant, by_key[normalized_word(text)])
    return {text: learn_day_periods[text] for text in _prefixes_last(observed, learn_day_periods)}


def _prefixes_last(observed: Iterable[str], texts: Collection[str]) -> list[str]:
    """`texts` so that no text comes behind its own prefix; observed ones as early as that allows."""
    longest_first = sorted(texts, key=len, reverse=True)
    groups = ([text for text in longest_first if text.startswith(start)] for start in (*observed, ""))
    return list(dict.fromkeys(text for group in groups for text in group))


def _likely_sets(keys: Collection[str], words: WordTable) -> list[Mapping[str, int]]:
    """The sets that have most of the words."""
    counts = Counter(number for key in set(keys) for number in words.found_in[key])
    most = max(counts.values(), default=0)
    numbers = sorted(number for number, count in counts.items() if count == most)
    return [words.sets[number] for number in numbers[:_MAX_SETS]]


def _script(text: str) -> str:
    """The script of the first letter of `text`, as in its Unicode name."""
    return next((unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha()), "")


def _variants(text: str) -> list[str]:
    """`text` with other spaces, with and without dots, in other cases."""
    plain = _IGNORED.sub("", text)
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
