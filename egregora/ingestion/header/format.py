"""How the heads of one file are built: the tokens that all of them share, and one shape for those that differ."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from egregora.ingestion.header import clock_words

DATE_ROLES = ("first", "second", "third")
TIME_ROLES = ("hour", "minute", "second_of_minute")


class Token(NamedTuple):
    """A part of a head."""

    kind: str  # "marks" zero or more, "text" texts[0], "space" one of SPACES, "number", "word"
    role: str = ""  # of a number: first, second, third, hour, minute, second_of_minute; of a word: period, month, era
    least: int = 1  # digits
    most: int = 1
    texts: tuple[str, ...] = ()  # of a word: how it may be spelled; none stands behind one that it begins with
    values: tuple[int, ...] = ()  # of a word: the month, or the index into PERIODS or ERAS, for each text
    optional: bool = False  # some lines of the file have it, others not


class Shape(NamedTuple):
    """How every head of one file is built, from the start of its line to the end of the head.

    A month that is a word stands in the place of the date number that is not there.
    """

    tokens: tuple[Token, ...]
    platform: str  # "android" for " - ", else "ios"
    zero: str  # the digit zero of the file's script
    seconds: bool
    needs_author: bool = False  # the end of the head is so common a sign that a name and ": " must follow


def skeleton(shape: Shape) -> tuple[Token, ...]:
    """What all heads of one file have in common: signs and numbers, but no marks, spaces and day periods.

    A space at the very start counts: people indent what they quote.
    """
    start = next(token for token in shape.tokens if token.kind != "marks")
    firm = [Token("text", texts=(shape.zero,)), *([start] if start.kind == "space" else [])]
    for token in filter(is_firm, shape.tokens):
        if token.kind == "text":
            firm.append(token)
        else:  # whichever word it is, and a minute may have one digit
            firm.append(Token(token.kind, token.role, 1 if token.role in TIME_ROLES else token.least, token.most))
    return tuple(firm)


def is_firm(token: Token) -> bool:
    """Whether every head of a file has this token."""
    return token.kind not in {"marks", "space"} and token.role != "period"


def merged(shapes: Sequence[Shape]) -> Shape:
    """What matches the heads of all `shapes`, which share a skeleton, with every spelling of their words."""
    parts = _by_joint(shapes[0])
    for shape in shapes[1:]:
        pairs = zip(parts, _by_joint(shape), strict=True)
        both = [(_merge(loose, more), _joined(firm, other)) for (loose, firm), (more, other) in pairs]
        if sum(token.role == "period" for loose, _ in both for token in loose) <= 1:  # before the hour, or behind it
            parts = both
    tokens = [token for loose, firm in parts for token in (*_greedy(loose), firm)]
    return shapes[0]._replace(tokens=tuple(_spelled(token) for token in tokens if token.kind))


def _by_joint(shape: Shape) -> list[tuple[list[Token], Token]]:
    """What some heads have, before each token that all heads have; at the end before a token of no kind."""
    parts: list[tuple[list[Token], Token]] = []
    loose: list[Token] = []
    for token in (*shape.tokens, Token("")):
        if is_firm(token):
            parts.append((loose, token))
            loose = []
        else:
            loose.append(token)
    return parts


def _merge(ours: list[Token], theirs: list[Token]) -> list[Token]:
    """Both as one: what only one of them has is optional."""
    merged: list[Token] = []
    kinds = ([token.kind for token in ours], [token.kind for token in theirs])
    for change, a, b, c, d in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        if change == "equal":
            merged += map(_joined, ours[a:b], theirs[c:d])
        else:
            merged += map(_maybe, ours[a:b] + theirs[c:d])
    return merged


def _maybe(token: Token) -> Token:
    return token._replace(optional=token.kind != "marks")  # marks are zero or more as they are


def _joined(one: Token, other: Token) -> Token:
    words = dict(zip(one.texts, one.values, strict=False)) | dict(zip(other.texts, other.values, strict=False))
    texts = (tuple(words), tuple(words.values())) if one.kind == "word" else (one.texts, one.values)
    return Token(
        one.kind,
        one.role,
        min(one.least, other.least),
        max(one.most, other.most),
        *texts,
        one.optional or other.optional,
    )


def _greedy(loose: list[Token]) -> list[Token]:
    """`loose` so that taking each token where it can be taken is never wrong.

    An optional space that is taken must not leave a later one without its space.
    """
    spaces = [token for token in loose if token.kind == "space"]
    first_optional = next((at for at, token in enumerate(spaces) if token.optional), len(spaces))
    if all(token.optional for token in spaces[first_optional:]):
        return loose
    return [_maybe(token) if token.kind == "space" else token for token in loose]


def _spelled(token: Token) -> Token:
    """A word with every spelling it may have in the rest of the file."""
    if token.kind != "word":
        return token
    tables = {"period": clock_words.periods, "month": clock_words.months, "era": clock_words.eras}
    seen = dict(zip(token.texts, token.values, strict=True))
    words = clock_words.spellings(seen, tables[token.role]())
    return token._replace(texts=tuple(words), values=tuple(words.values()))
