"""The sentences that the program itself writes on pages, from the files that hold them."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

DATA_FILES = ("../../generation/phrases.toml", "../../publication/text/words.toml")

NUMBER = "{}"  # in a phrase: any number
_FIELD = re.compile(r"\{(\w*)\}")
_COUNTS = frozenset({"", "n", "count", "shown", "total"})  # fields that hold a number
_NOUN_FORMS = frozenset({"message", "person", "day"})  # keys of such nouns
_WORDS = re.compile(r"[^\W\d_]+")


@cache
def own_phrases() -> tuple[str, ...]:
    """Every phrase of two words or more, or with a number; `NUMBER` stands for each number, the longest come first."""
    found: set[str] = set()
    for name in DATA_FILES:
        for table in tomllib.loads((Path(__file__).parent / name).read_text("utf-8")).values():
            found.update(_phrases_in(table))
    return tuple(sorted((phrase for phrase in found if _is_telling(phrase)), key=lambda phrase: (-len(phrase), phrase)))


def _phrases_in(table: dict[str, Any]) -> Iterator[str]:
    nouns = [form for key, forms in table.items() if key in _NOUN_FORMS for form in forms]
    nouns += [form for forms in table.get("nouns", {}).values() for form in forms.values()]
    yield from (f"{NUMBER} {noun}" for noun in nouns)
    for text in _texts(table):
        yield from map(str.strip, _pieces(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _pieces(text: str) -> Iterator[str]:
    """What stands between the fields of `text` that hold words of the chat."""
    kept, start = "", 0
    for match in _FIELD.finditer(text):
        kept += text[start : match.start()]
        start = match.end()
        if match[1] in _COUNTS:
            kept += NUMBER
        else:
            yield kept
            kept = ""
    yield kept + text[start:]


def _is_telling(phrase: str) -> bool:
    words = len(_WORDS.findall(phrase))
    return words > 1 or (words == 1 and NUMBER in phrase)
