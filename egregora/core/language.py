"""The language of some texts, told by the short words that nobody writes a language without."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from egregora.core.text import words_of

DATA_FILES = ("language.toml",)

_FEWEST = 3  # such words: fewer are a greeting
_LEAST = 0.1  # of all words: texts in a language that is none of ours borrow some


def language_of(texts: Iterable[str]) -> str | None:
    """The language of most of what `texts` say, as a tag: "pt", "en", "es", "de", "fr", "it", "nl" or "ar".

    The order of the texts does not matter. None when they are in no language of these, or say next to nothing.
    """
    counts = Counter(word.casefold().replace("\u2019", "'") for text in texts for word in words_of(text))
    hits = {language: sum(counts[word] for word in words) for language, words in _short_words().items()}
    language, most = max(hits.items(), key=lambda item: item[1])  # of equals the first of the table
    return language if most >= max(_FEWEST, _LEAST * counts.total()) else None


@cache
def _short_words() -> Mapping[str, frozenset[str]]:
    tables = tomllib.loads(Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in tables.items()}
