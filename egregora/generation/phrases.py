"""What a post says in its own voice, and what little we know of the grammar of its language."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from egregora.core.text import folded, language_of

DATA_FILES = ("phrases.toml",)

Phrases = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of a language that tell what others are; folded but for `joining`, "e" is not "é"."""

    before_noun: frozenset[str]
    joining: frozenset[str]  # may stand inside a phrase
    verb: re.Pattern[str]  # how words end that are verbs, unless they follow an article
    decision: frozenset[str]
    before_name: frozenset[str]  # kin and trades: what follows them with capitals is somebody's name


def phrases_for(words: Iterable[str]) -> Phrases:
    """The sentences of the language that `words` are in."""
    return _tables()[language_of(words)]


def grammar_of(phrases: Phrases) -> Grammar:
    """The grammar of a language; kin and trades are those of all, as chats mix them."""
    return Grammar(
        _set_of(phrases["before_noun"]),
        frozenset(phrases["joining"].split()),
        re.compile(phrases["verb"]),
        _set_of(phrases["decision"]),
        frozenset().union(*(_set_of(table["before_name"]) for table in _tables().values())),
    )


def counted(number: int, unit: str, phrases: Phrases) -> str:
    """A number with its noun: "2 messages"."""
    return f"{number} {phrases[unit][number != 1]}"


def listed(items: list[str], phrases: Phrases) -> str:
    """Some things in a sentence: "one, two and three"."""
    return f" {phrases['and']} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def capital(text: str) -> str:
    """`text` as a sentence begins."""
    return text[:1].upper() + text[1:]


def _set_of(words: str) -> frozenset[str]:
    return frozenset(map(folded, words.split()))


@cache
def _tables() -> Mapping[str, Phrases]:
    return tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))
