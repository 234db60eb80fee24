"""The format of the headers of one file: a list of tokens. Formats that differ in details are merged into one."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from egregora.ingestion.header import clock_words

DATE_ROLES = ("first", "second", "third")
TIME_ROLES = ("hour", "minute", "second_of_minute")


class Token(NamedTuple):
    """One part of a header."""

    kind: str  # "marks": any number of direction marks; "text": texts[0]; "space"; "number"; "word"
    role: str = ""  # of a number: DATE_ROLES or TIME_ROLES; of a word: period, month, era
    min_digits: int = 1
    max_digits: int = 1
    texts: tuple[str, ...] = ()  # of a word: its spellings; a prefix of a spelling comes after it
    values: tuple[int, ...] = ()  # of a word: the month, or the index into PERIODS or ERAS, for each text
    optional: bool = False  # only some headers of the file have it


class HeaderFormat(NamedTuple):
    """How every header of one file is built, from the start of its line to the end of the header.

    A month word stands at the position of the date number that is missing.
    """

    tokens: tuple[Token, ...]
    platform: str  # "android" when " - " ends the header, else "ios"
    zero: str  # the digit zero of the file's script
    seconds: bool
    needs_author: bool = False  # the header ends in such a common sign that a name and ": " must follow


def header_signature(header_format: HeaderFormat) -> tuple[Token, ...]:
    """What all headers of one file share: signs and numbers, but no direction marks, spaces and day periods.

    A space at the very start counts, because people indent what they quote.
    """
    start = next(token for token in header_format.tokens if token.kind != "marks")
    required = [Token("text", texts=(header_format.zero,)), *([start] if start.kind == "space" else [])]
    for token in filter(is_required, header_format.tokens):
        if token.kind == "text":
            required.append(token)
        else:  # any word will do, and a minute may have one digit
            required.append(
                Token(token.kind, token.role, 1 if token.role in TIME_ROLES else token.min_digits, token.max_digits)
            )
    return tuple(required)


def is_required(token: Token) -> bool:
    """Whether every header of a file has this token."""
    return token.kind not in {"marks", "space"} and token.role != "period"


def merge_formats(formats: Sequence[HeaderFormat]) -> HeaderFormat:
    """One format that matches the headers of all `formats`, with every spelling of their words.

    The formats must share a signature.
    """
    parts = _by_required_token(formats[0])
    for header_format in formats[1:]:
        pairs = zip(parts, _by_required_token(header_format), strict=True)
        both = [
            (_merge_optional(optional_tokens, other_optional), _merge_tokens(required, other))
            for (optional_tokens, required), (other_optional, other) in pairs
        ]
        if (
            sum(token.role == "period" for optional_tokens, _ in both for token in optional_tokens) <= 1
        ):  # only before the hour, or only behind it
            parts = both
    tokens = [token for optional_tokens, required in parts for token in (*_safe_for_greedy(optional_tokens), required)]
    return formats[0]._replace(tokens=tuple(_with_spellings(token) for token in tokens if token.kind))


def _by_required_token(header_format: HeaderFormat) -> list[tuple[list[Token], Token]]:
    """Each required token with the optional tokens before it. The last pair has a token of no kind."""
    parts: list[tuple[list[Token], Token]] = []
    optional_tokens: list[Token] = []
    for token in (*header_format.tokens, Token("")):
        if is_required(token):
            parts.append((optional_tokens, token))
            optional_tokens = []
        else:
            optional_tokens.append(token)
    return parts


def _merge_optional(first: list[Token], second: list[Token]) -> list[Token]:
    """Both lists of optional tokens as one. A token that only one of them has becomes optional."""
    result: list[Token] = []
    kinds = ([token.kind for token in first], [token.kind for token in second])
    for change, a, b, c, d in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        if change == "equal":
            result += map(_merge_tokens, first[a:b], second[c:d])
        else:
            result += map(_as_optional, first[a:b] + second[c:d])
    return result


def _as_optional(token: Token) -> Token:
    """The token, optional."""
    return token._replace(optional=token.kind != "marks")  # the kind "marks" already allows none


def _merge_tokens(one: Token, other: Token) -> Token:
    """One token that matches what either of two tokens matches."""
    words = dict(zip(one.texts, one.values, strict=False)) | dict(zip(other.texts, other.values, strict=False))
    texts = (tuple(words), tuple(words.values())) if one.kind == "word" else (one.texts, one.values)
    return Token(
        one.kind,
        one.role,
        min(one.min_digits, other.min_digits),
        max(one.max_digits, other.max_digits),
        *texts,
        one.optional or other.optional,
    )


def _safe_for_greedy(optional_tokens: list[Token]) -> list[Token]:
    """The tokens, changed so that matching each one as soon as possible is never wrong.

    An optional space that matches must not take the space of a required one behind it.
    """
    spaces = [token for token in optional_tokens if token.kind == "space"]
    first_optional = next((index for index, token in enumerate(spaces) if token.optional), len(spaces))
    if all(token.optional for token in spaces[first_optional:]):
        return optional_tokens
    return [_as_optional(token) if token.kind == "space" else token for token in optional_tokens]


def _with_spellings(token: Token) -> Token:
    """The token, with every spelling that its word may have in the rest of the file."""
    if token.kind != "word":
        return token
    tables = {"period": clock_words.periods, "month": clock_words.months, "era": clock_words.eras}
    observed = dict(zip(token.texts, token.values, strict=True))
    words = clock_words.spellings(observed, tables[token.role]())
    return token._replace(texts=tuple(words), values=tuple(words.values()))
