"""Personal data that is known by its shape, from the table `identifiers.toml`."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

DATA_FILES = ("identifiers.toml",)
DIGITS = r"(?:\d\D{0,4}){6}"  # six digits near each other

# Of a pattern: a letter with its backslash, a class, what opens a group, a repetition, a comment, or one sign.
_PIECE = re.compile(r"\\u[0-9a-f]{4}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[!=:]|\{\d+,\d*\}|\#[^\n]*|.", re.DOTALL)
_AROUND, _SPACING = re.compile(r"\(\?<?[!=]"), re.compile(r"[\s#]")
_REPEATED = re.compile(r"\{(\d+),\d{2,}\}")
_PART = re.compile(r"\(\?&(\w+)\)")
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_NIF_LENGTH = 9
_MOST_SMALL = 3  # words that are no particles, in the name of a street without a capital
_CARD_LENGTHS, _IBAN_LENGTHS = range(13, 20), range(15, 35)
_PARTICLES = re.compile(
    "(?:a|o|e|y|[dl]|d[aeiou]|d[ao]s|del|del?l[ae]|degli|des|l[ae]s?|el|los|v[ao]n|de[rn]|het|zu[mr]|the|of)"
)
_CLAUSE_ENDS = frozenset(",.;!?)\n-") | {""}


# Of a match, and of what tells whether a letter of it is small: what is taken out, or None.
Check = Callable[[re.Match[str], Callable[[int], bool]], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One writing of personal data in folded text; the table says what each part is for."""

    kind: str
    sign: re.Pattern[str]
    digits: int
    pattern: re.Pattern[str]
    span: Check | None
    in_links: bool
    late: bool
    found: tuple[str, ...]
    left: tuple[str, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in the order in which they are tried."""
    table = tomllib.loads(Path(__file__).with_name("identifiers.toml").read_text("utf-8"))
    return tuple(_rule(entry, {**table["parts"], "digits": DIGITS}) for entry in table["rule"])


def with_signs(folded: str, tried: Sequence[Rule]) -> list[Rule]:
    """Those of the rules `tried` whose signs and digits `folded` holds."""
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
    return tuple(dict.fromkeys(rule.kind for rule in rules()))


def _rule(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Rule:
    return Rule(
        entry["kind"],
        re.compile(_filled(entry["sign"], parts)),
        entry.get("digits", 0),
        re.compile(_filled(entry["pattern"], parts), re.VERBOSE),
        _CHECKS[entry["check"]] if "check" in entry else None,
        entry.get("links", False),
        entry.get("late", False),
        tuple(entry["found"]),
        tuple(entry["left"]),
    )


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """`pattern` with the parts it names, which may name others."""
    while named := _PART.search(pattern):
        pattern = pattern.replace(named[0], parts[named[1]])
    return pattern


def _digits(match: re.Match[str]) -> list[int]:
    return [int(char) for char in match[0] if char.isdigit()]


def _is_card(match: re.Match[str]) -> bool:
    """Whether the digits hold Luhn's check."""
    digits = _digits(match)[::-1]
    doubled = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return len(digits) in _CARD_LENGTHS and doubled % 10 == 0


def _is_iban(match: re.Match[str]) -> bool:
    written = "".join(char for char in match[0] if char.isalnum())
    number = "".join(str(int(char, 36)) for char in written[4:] + written[:4])
    return len(written) in _IBAN_LENGTHS and int(number) % 97 == 1


def _is_cpf(match: re.Match[str]) -> bool:
    digits = _digits(match)
    return len(set(digits)) > 1 and all(
        sum(digit * (end + 1 - place) for place, digit in enumerate(digits[:end])) * 10 % 11 % 10 == digits[end]
        for end in (9, 10)
    )


def _is_nif_or_bsn(match: re.Match[str]) -> bool:
    *digits, last = _digits(match)
    weighted = sum((_NIF_LENGTH - place) * digit for place, digit in enumerate(digits))
    nif = 11 - weighted % 11
    return last == (nif if nif < 10 else 0) or (weighted - last) % 11 == 0  # noqa: PLR2004  # a single digit


def _whole(holds: Callable[[re.Match[str]], bool]) -> Check:
    return lambda match, _: match.span() if holds(match) else None


def _with_letter(match: re.Match[str], is_small: Callable[[int], bool]) -> tuple[int, int] | None:
    """The whole, when the letter behind the number belongs to it: it touches it, or is a capital."""
    apart = match[0][-2:-1] == " "
    return None if apart and is_small(match.end() - 1) else match.span()


def _with_capitals(match: re.Match[str], is_small: Callable[[int], bool]) -> tuple[int, int] | None:
    """The whole, when it ends with two capitals."""
    return None if is_small(match.end() - 1) or is_small(match.end() - 2) else match.span()


def _street(match: re.Match[str], is_small: Callable[[int], bool]) -> tuple[int, int] | None:
    """An address, when what stands beside the word for a street is its name.

    Its words have capitals, or it ends the clause: "Rua das Flores 12 fica" and "rua das flores, 12." are addresses,
    "a rua cheia, 3 carros" is none. What is written small before the first capital is no part of it.
    """
    places = _words(match)
    small = len([*takewhile(is_small, places)])
    name_first = match.start() == match.start(match.lastindex or 0)
    if name_first and small < len(places):
        return None if any(map(is_small, places[small:])) else (places[small], match.end())
    named = bool(places) and not any(map(is_small, places))
    return match.span() if named or _ends_clause(match) else None


def _open_street(match: re.Match[str], is_small: Callable[[int], bool]) -> tuple[int, int] | None:
    """The same where the name comes last: its words are those with capitals."""
    places = _words(match)
    capital = len([*takewhile(lambda place: not is_small(place), places)])
    if capital == len(places) > 0 or (capital == 0 and len(places) <= _MOST_SMALL and _ends_clause(match)):
        return match.span()
    behind = _WORD.match(match.string, places[capital - 1]) if capital else None
    return (match.start(), behind.end()) if behind else None


def _words(match: re.Match[str]) -> list[int]:
    """Where in the group of `match` the words begin that are no particles."""
    words = _WORD.finditer(match.string, *match.span(match.lastindex or 0))
    return [word.start() for word in words if not _PARTICLES.fullmatch(word[0])]


def _ends_clause(match: re.Match[str]) -> bool:
    return match.string[match.end() :].lstrip(" ")[:1] in _CLAUSE_ENDS


_CHECKS: Mapping[str, Check] = {
    "luhn": _whole(_is_card),
    "iban": _whole(_is_iban),
    "cpf": _whole(_is_cpf),
    "nine_digits": _whole(_is_nif_or_bsn),
    "with_letter": _with_letter,
    "capitals": _with_capitals,
    "street": _street,
    "open_street": _open_street,
}
