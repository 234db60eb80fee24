"""Nicknames of a first name: from `nicknames.toml`, and Portuguese and Spanish diminutives."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from egregora.core.names import fold

DATA_FILES = ("nicknames.toml",)

_MIN_LENGTH = 3  # letters; shorter forms are too often other words
_MIN_STEM = 2
_BEFORE_I = {"c": "qu", "g": "gu"}  # spelling before an i: Marco, Marquinho
_ENDINGS = {"a": ("inha", "ita"), "o": ("inho", "ito"), "e": ("inho", "inha", "ito", "ita"), "os": ("inhos", "itos")}


def nicknames(word: str) -> Iterator[str]:
    """The nicknames of the folded name `word`, and the full names of which `word` is a nickname."""
    yield from _nickname_table().get(word, ())
    for ending, suffixes in _ENDINGS.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _MIN_STEM and stem[-1] not in "aeiou":
            stem = stem[:-1] + _BEFORE_I.get(stem[-1], stem[-1])
            yield from (stem + other for other in suffixes)


@cache
def listed_nicknames() -> frozenset[str]:
    """Every nickname in `nicknames.toml`, folded, of three letters or more."""
    table = tomllib.loads(Path(__file__).with_name("nicknames.toml").read_text("utf-8"))
    forms = (other for names in table.values() if isinstance(names, dict) for other in " ".join(names.values()).split())
    return frozenset(form for form in map(fold, forms) if len(form) >= _MIN_LENGTH)


@cache
def _nickname_table() -> Mapping[str, tuple[str, ...]]:
    """For each folded name, the names that may replace it; the relation is symmetric."""
    table = tomllib.loads(Path(__file__).with_name("nicknames.toml").read_text("utf-8"))
    linked: dict[str, set[str]] = defaultdict(set)
    short = table.pop("short").split()
    for names in table.values():
        for name, others in names.items():
            for other in map(fold, others.split()):
                if other != name and (len(other) >= _MIN_LENGTH or other in short):
                    linked[name].add(other)
                    linked[other].add(name)
    return {name: tuple(sorted(others)) for name, others in linked.items()}
