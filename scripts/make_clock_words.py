"""Write the words of clocks and calendars in all languages, from the CLDR data that Babel ships; needs Babel.

python scripts/make_clock_words.py
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel import Locale, localedata

from egregora.ingestion.header.clock_words import PERIODS, time_of_day

TARGET = Path(__file__).resolve().parent.parent / "egregora" / "ingestion" / "header" / "clock_words.json"
_HOUR = 3600
_DAY = range(24)
_HALF = {"am": frozenset(range(12)), "pm": frozenset(range(12, 24))}
_AROUND = {"noon": frozenset({10, 11, 12, 13, 14}), "midnight": frozenset({23, 0, 1})}
_WIDTHS = ("abbreviated", "wide", "narrow")
_OLDER_CLDR_WORDS = (  # am and pm of older versions of CLDR: phones of those years wrote them
    ("পূর্বাহ্ণ", "অপরাহ্ণ"),  # Bengali
    ("முற்பகல்", "பிற்பகல்"),  # Tamil
    ("म.पू.", "म.उ."),  # Marathi
    ("પૂર્વ મધ્યાહ્ન", "ઉત્તર મધ્યાહ્ન"),  # Gujarati
    ("ಪೂರ್ವಾಹ್ನ", "ಅಪರಾಹ್ನ"),  # Kannada
    ("ਪੂਰਵ ਦੁਪਹਿਰ", "ਬਾਅਦ ਦੁਪਹਿਰ"),  # Punjabi
    ("قبل دوپہر", "بعد دوپہر"),  # Urdu
    ("до полудня", "после полудня"),  # Russian
    ("ԿԱ", "ԿՀ"),  # Armenian
)
_AD = 1  # CLDR's number of the era we live in

Hours = frozenset[int]
WordMeanings = dict[str, str | int]


def main() -> None:
    """Write the table: one set of words a line, the languages with most locales first."""
    by_language = _locales()
    periods, months, eras = _periods(by_language), _months(by_language), _eras(by_language)
    parts = {
        "periods": periods,
        "months": [{"words": words} for words in months],
        "eras": [{"words": {name: "CE"}} for name in eras],
    }
    lines = [f'"{name}": [\n{_lines(part)}\n]' for name, part in parts.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(periods)} sets of day periods, {len(months)} of months, {len(eras)} eras")


def _lines(part: Iterable[Any]) -> str:
    return ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in part)


def _locales() -> dict[str, list[Locale]]:
    by_language = defaultdict(list)
    for name in sorted(localedata.locale_identifiers()):
        locale = Locale.parse(name)
        by_language[locale.language].append(locale)
    return dict(sorted(by_language.items(), key=lambda item: (-len(item[1]), item[0])))


def _periods(by_language: Mapping[str, list[Locale]]) -> list[dict[str, Any]]:
    """Two sets of day periods per language: first am and pm, then the finer parts of the day."""
    sets = []
    for finer in (False, True):
        for locales in by_language.values():
            before = any(_stands_before(locale) for locale in locales)
            hours: dict[str, Hours] = defaultdict(frozenset)
            for locale in locales:
                for text, covered in _period_hours(locale, finer=finer):
                    hours[text] |= covered
            words = {text: _meaning(covered) for text, covered in sorted(hours.items())}
            entry = {"before": before, "words": {text: word for text, word in words.items() if word}}
            if entry["words"] and entry not in sets:
                sets.append(entry)
    return sets + [{"before": True, "words": {am: "am", pm: "pm"}} for am, pm in _OLDER_CLDR_WORDS]


def _stands_before(locale: Locale) -> bool:
    patterns = [str(locale.time_formats["short"].pattern)]
    patterns += [str(locale.datetime_skeletons[name].pattern) for name in ("hm", "Bhm")]
    return any(re.search(r"[aB].*[hK]", re.sub(r"'[^']*'", "", pattern)) for pattern in patterns)


def _period_hours(locale: Locale, *, finer: bool) -> Iterator[tuple[str, Hours]]:
    rules = _ranges(locale) if finer else _HALF
    for widths in locale.day_periods.values():
        for width in _WIDTHS:
            words = widths.get(width, {})
            for name, hours in rules.items():
                text = words.get(name, "")
                if text and not re.search(r"\d", text) and (width != "narrow" or _is_unambiguous(text, words)):
                    yield text, hours


def _is_unambiguous(text: str, words: Mapping[str, str]) -> bool:
    """Whether a narrow word may be used: a letter such as "a" has too many meanings, in some languages both halves."""
    return words.get("am") != words.get("pm") and (len(text) > 1 or not text.isascii())


def _ranges(locale: Locale) -> dict[str, Hours]:
    ranges: dict[str, Hours] = {}
    for name, rules in locale.day_period_rules.get(None, {}).items():
        for rule in rules if isinstance(rules, list) else [rules]:
            start = rule.get("from", rule.get("at")) // _HOUR
            end = rule.get("before", rule.get("at", 0) + _HOUR) // _HOUR
            ranges[name] = ranges.get(name, frozenset()) | {hour for hour in _DAY if _is_within(hour, start, end)}
    return ranges


def _is_within(hour: int, start: int, end: int) -> bool:
    return start <= hour < end if start < end else hour >= start or hour < end


def _meaning(hours: Hours) -> str | None:
    """The kind of day period that gives most of these hours back on a clock of 12 hours. None when none fits."""

    def right(kind: str) -> int:
        period = PERIODS.index(kind)
        return sum(time_of_day(hour % 12 or 12, 0, 0, period) == hour * _HOUR for hour in hours)

    # A word for the hours around 12 is used from 11 on whatever the rule; "pm" would put those into the night.
    around = [kind for kind, near in _AROUND.items() if hours <= near]
    best = max([*around, *PERIODS], key=right)
    return best if 2 * right(best) > len(hours) else None


def _months(by_language: Mapping[str, list[Locale]]) -> list[WordMeanings]:
    sets: list[WordMeanings] = []
    for locales in by_language.values():
        for width in ("abbreviated", "wide"):
            words: WordMeanings = {}
            for locale in locales:
                for widths in locale.months.values():
                    words |= {
                        text: month for month, text in widths.get(width, {}).items() if not re.search(r"\d", text)
                    }
            if words and words not in sets:
                sets.append(words)
    return sets


def _eras(by_language: Mapping[str, list[Locale]]) -> list[str]:
    """Names of the common era, in which the Gregorian calendar counts its years."""
    names: Counter[str] = Counter()
    for locale in (locale for locales in by_language.values() for locale in locales):
        names.update(words[_AD] for words in locale.eras.values() if len(words.get(_AD, "")) > 1)
    return sorted(names)


if __name__ == "__main__":
    main()
