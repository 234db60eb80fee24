"""What a person is called for short, from `nicknames.toml` and by the endings of Portuguese and Spanish."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from egregora.core.names import fold

DATA_FILES = ("nicknames.toml",)

_SHORTEST = 3  # letters: what is shorter is too often something else
_SHORTEST_STEM = 2
_SPELLED = {"c": "qu", "g": "gu"}  # before an i: Marco, Marquinho
_ENDINGS = {"a": ("inha", "ita"), "o": ("inho", "ito"), "e": ("inho", "inha", "ito", "ita"), "os": ("inhos", "itos")}


def diminutives(word: str) -> Iterator[str]:
    """What may be said for the name `word`, folded: short for long, and long for short."""
    yield from _listed().get(word, ())
    for ending, shorter in _ENDINGS.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM and stem[-1] not in "aeiou":
            stem = stem[:-1] + _SPELLED.get(stem[-1], stem[-1])
            yield from (stem + other for other in shorter)


@cache
def short_forms() -> frozenset[str]:
    """What is listed as short for some name, of three letters or more."""
    table = tomllib.loads(Path(__file__).with_name("nicknames.toml").read_text("utf-8"))
    said = (other for names in table.values() if isinstance(names, dict) for other in " ".join(names.values()).split())
    return frozenset(form for form in map(fold, said) if len(form) >= _SHORTEST)


@cache
def _listed() -> Mapping[str, tuple[str, ...]]:
    table = tomllib.loads(Path(__file__).with_name("nicknames.toml").read_text("utf-8"))
    said: dict[str, set[str]] = defaultdict(set)
    short = table.pop("short").split()
    for names in table.values():
        for name, others in names.items():
            for other in map(fold, others.split()):
                if other != name and (len(other) >= _SHORTEST or other in short):
                    said[name].add(other)
                    said[other].add(name)
    return {name: tuple(sorted(others)) for name, others in said.items()}
