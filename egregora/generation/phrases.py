"""The program's own phrases in posts, and small grammars of their languages."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from egregora.core.language import language_of as detect_language
from egregora.core.text import folded, language_of, words_of

DATA_FILES = ("phrases.toml",)

_FALLBACK = "en"
_FEW_WORDS = 60

Phrases = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Words that classify their neighbours. All are folded except `joining`: "e" is not "é"."""

    before_noun: frozenset[str]
    joining: frozenset[str]  # may occur inside a phrase
    verb: re.Pattern[str]  # endings of verbs; a word after an article is never a verb
    decision: frozenset[str]
    before_name: frozenset[str]  # words for kin and trades: a capitalized word after them is a name


def load_phrases(texts: Iterable[str]) -> Phrases:
    """The phrases of the language of `texts`: of the nearest that has any, or English where enough words tell of none.

    A short window has too few common words to tell its language for certain: there the best guess decides.
    """
    listed = list(texts)
    words = [word for text in listed for word in words_of(text)]
    is_unknown = len(words) >= _FEW_WORDS and detect_language(listed) is None
    return _tables()[_FALLBACK if is_unknown else language_of(words)]


def load_grammar(phrases: Phrases) -> Grammar:
    """The grammar of a language; `before_name` has the words of all languages, because chats mix them."""
    return Grammar(
        _folded_set(phrases["before_noun"]),
        frozenset(phrases["joining"].split()),
        re.compile(phrases["verb"]),
        _folded_set(phrases["decision"]),
        frozenset().union(*(_folded_set(table["before_name"]) for table in _tables().values())),
    )


def count_with_noun(number: int, unit: str, phrases: Phrases) -> str:
    """A number with its noun: "2 messages"."""
    return f"{number} {phrases[unit][number != 1]}"


def join_list(items: list[str], phrases: Phrases) -> str:
    """Items in a sentence: "one, two and three"."""
    return f" {phrases['and']} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def capitalized(text: str) -> str:
    """`text` with a capital first letter."""
    return text[:1].upper() + text[1:]


def _folded_set(words: str) -> frozenset[str]:
    return frozenset(map(folded, words.split()))


@cache
def _tables() -> Mapping[str, Phrases]:
    return tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))
