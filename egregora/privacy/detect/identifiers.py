"""Personal data that is known by its shape, from the table `identifiers.toml`."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from egregora.privacy.detect.number_checks import CHECKS, DIGITS, Check

DATA_FILES = ("identifiers.toml",)

# Of a pattern: a letter with its backslash, a class, what opens a group, a repetition, a comment, or one sign.
_PIECE = re.compile(r"\\u[0-9a-f]{4}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[!=:]|\{\d+,\d*\}|\#[^\n]*|.", re.DOTALL)
_AROUND, _SPACING = re.compile(r"\(\?<?[!=]"), re.compile(r"[\s#]")
_REPEATED = re.compile(r"\{(\d+),\d{2,}\}")
_PART = re.compile(r"\(\?&(\w+)\)")
_DIGIT = re.compile(r"\d")
_ONE_OF = "|"


@dataclass(frozen=True, slots=True)
class Rule:
    """One writing of personal data in folded text; the table says what each part is for."""

    kind: str
    sign: re.Pattern[str]
    digits: int
    pattern: re.Pattern[str]
    span: Check | None
    links: str
    late: bool
    sure: bool
    found: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def keeps(self) -> bool:
        """Whether what it matches is nobody's: no other rule looks at it."""
        return not self.kind

    def is_in(self, folded: str) -> bool:
        """Whether it matches anywhere in `folded`."""
        return self.sign.search(folded) is not None and self.pattern.search(folded) is not None

    def spans(self, folded: str, is_small: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
        """What it takes out of `folded`: nothing outside a match has a say in it."""
        if self.span is None:
            yield from (match.span(match.lastindex or 0) for match in self.pattern.finditer(folded))
            return
        place = 0
        while match := self.pattern.search(folded, place):
            span = self.span(match, is_small)
            if span:
                yield span
            # Where it holds not, something may begin within: "12 4111 1111 1111 1111".
            place = max(span[1], match.start() + 1) if span else match.start() + 1


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in the order in which they are tried."""
    table = tomllib.loads(Path(__file__).with_name("identifiers.toml").read_text("utf-8"))
    parts = {**table["parts"], "digits": DIGITS}
    return tuple(_rule(entry, {**parts, "words": _by_letter(entry.get("words", ""))}) for entry in table["rule"])


def with_signs(folded: str, tried: Sequence[Rule]) -> list[Rule]:
    """Those of the rules `tried` whose signs and digits `folded` holds; no other can match."""
    digits = len(_DIGIT.findall(folded))
    possible = [rule for rule in tried if rule.digits <= digits]
    held = {sign: sign.search(folded) is not None for sign in {rule.sign for rule in possible}}
    return [rule for rule in possible if held[rule.sign]]


def loosened(pattern: str) -> str:
    """For RE2: what finds at least as much as the free-spaced `pattern`, without what RE2 lacks: looking around."""
    out, place, skipped = [], 0, 0  # skipped: how deep inside what looks around
    while piece := _PIECE.match(pattern, place):
        place = piece.end()
        if skipped or _AROUND.match(piece[0]):
            skipped += (piece[0][0] == "(") - (piece[0] == ")")
        elif not _SPACING.match(piece[0]):
            out.append(piece[0])
    unbounded = _REPEATED.sub(lambda match: f"{{{match[1]},}}" if match[1] != "0" else "*", "".join(out))
    return re.sub(r"\\u([0-9a-f]{4})", r"\\x{\1}", unbounded)


@cache
def kinds() -> tuple[str, ...]:
    """What personal data a rule may find, each once."""
    return tuple(dict.fromkeys(rule.kind for rule in rules() if not rule.keeps))


def _rule(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Rule:
    return Rule(
        entry["kind"],
        re.compile(_filled(entry["sign"], parts)),
        entry.get("digits", 0),
        re.compile(_filled(entry["pattern"], parts), re.VERBOSE),
        CHECKS[entry["check"]] if "check" in entry else None,
        entry.get("links", ""),
        entry.get("late", False),
        entry.get("sure", False),
        tuple(entry["found"]),
        tuple(entry["left"]),
    )


def _by_letter(words: str) -> str:
    """One pattern for `words`, in which "_" is a space: by their first letters, so that few of them are compared."""
    ordered = sorted({word.replace("_", "[ ]") for word in words.split()}, key=lambda word: (word[0], -len(word), word))
    by_letter = groupby(ordered, key=lambda word: word[0])
    return f"(?:{'|'.join(f'{letter}(?:{_ONE_OF.join(word[1:] for word in group)})' for letter, group in by_letter)})"


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """`pattern` with the parts it names, which may name others."""
    while named := _PART.search(pattern):
        pattern = pattern.replace(named[0], parts[named[1]])
    return pattern
