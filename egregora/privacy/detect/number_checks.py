"""What else must hold of a match of `identifiers.toml`: check digits, lengths, capitals, the end of a clause."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile

DIGITS = r"(?:\d[^\d\n]{0,4}){6}"  # six digits near each other, in one line

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_NIF_LENGTH = 9
_MOST_SMALL = 3  # words that are no particles, in the name of a street without a capital
_CARD_LENGTHS, _LONG_GROUP, _THOUSANDS, _SHORT_NUMBER, _NO_PHONE = range(13, 20), 4, 3, 4, 9
_MANY_DIGITS, _ISBN, _BILL = 6, 13, 47
_NEAR = re.compile(DIGITS)
_DIGIT_GROUP = re.compile(r"\d+")
# How cards begin, with their lengths: Visa, Mastercard, Maestro and Discover and UnionPay, American Express, Diners.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|(?:5[06-9]|6\d)\d{14,17}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}"
)
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (
        entry.split(":")
        for entry in [
            "15:no",
            "16:be",
            "18:dk,fi,fo,gl,nl,sd,fk",
            "19:mk,si",
            "20:at,ba,ee,kz,lt,lu,xk,mn",
            "21:ch,cr,hr,li,lv",
            "22:bg,bh,de,gb,ge,ie,me,rs,va",
            "23:ae,gi,il,iq,om,so,tl",
            "24:ad,cz,es,md,pk,ro,sa,se,sk,tn,vg",
            "25:ly,pt,st",
            "26:is,tr",
            "27:bi,dj,fr,gr,it,mc,mr,sm",
            "28:al,az,by,cy,do,gt,hn,hu,lb,ni,pl,sv",
            "29:br,eg,ps,qa,ua",
            "30:jo,kw,mu,ye",
            "31:mt,sc",
            "32:lc",
            "33:ru",
        ]
    )
    for country in countries.split(",")
}
_GROUPS = re.compile(r"[a-z]{2}\d{2}(?:[ .-][a-z\d]{2,12}){2,12}")
_USUAL_GROUPS = re.compile(
    r"[a-z]{2}\d{2}(?:[a-z\d]{11,29}|(?:([ -])[a-z\d]{4})(?:\1[a-z\d]{4}){1,6}(?:\1[a-z\d]{1,4})?)"
)
_PARTICLES = re.compile(
    "(?:a|o|e|y|[dl]|d[aeiou]|d[ao]s|del|del?l[ae]|degli|des|l[ae]s?|el|los|v[ao]n|de[rn]|het|zu[mr]|the|of)"
)
_CLAUSE_ENDS = frozenset(",.;!?)\n-") | {""}

# Of a match, and of what tells whether a letter of it is small: what is taken out, or None.
Check = Callable[[re.Match[str], Callable[[int], bool]], tuple[int, int] | None]


def _digits(match: re.Match[str]) -> list[int]:
    return [int(char) for char in match[0] if char.isdigit()]


def _is_luhn(digits: Sequence[int]) -> bool:
    doubled = [digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1], 1)]
    return sum(doubled) % 10 == 0


def _is_card_number(written: str) -> bool:
    """Whether `written` begins as cards do, is as long as these are, and its digits hold Luhn's check."""
    digits = "".join(filter(str.isdigit, written))
    return _CARD.fullmatch(digits) is not None and _is_luhn([int(digit) for digit in digits])


def _card(match: re.Match[str], _: Callable[[int], bool]) -> tuple[int, int] | None:
    """The longest beginning of a run of groups that is a card's number."""
    lengths, ends = zip(*((len(group[0]), group.end()) for group in _DIGIT_GROUP.finditer(match[0])), strict=True)
    for count in range(len(ends), 0, -1):
        written = match[0][: ends[count - 1]]
        if sum(lengths[:count]) in _CARD_LENGTHS and _are_grouped(lengths[:count]) and _is_card_number(written):
            return match.start(), match.start() + len(written)
    return None


def _are_grouped(lengths: Sequence[int]) -> bool:
    """Whether groups of these lengths are not just numbers: one is long, or all but the last are alike."""
    alike = len(lengths) > 1 and len({*lengths[:-1]}) == 1 and lengths[0] != _THOUSANDS
    return alike or max(lengths) >= _LONG_GROUP


def _iban(match: re.Match[str], _: Callable[[int], bool]) -> tuple[int, int] | None:
    """An IBAN: as long as its country's are, mostly digits, in the usual groups or with its check."""
    length = _IBAN_LENGTHS.get(match[0][:2], 0)
    places = [place for place, char in enumerate(match[0]) if char.isalnum()][:length]
    if len(places) < length or not length or match[0][places[-1] + 1 : places[-1] + 2].isalnum():
        return None
    written = match[0][: places[-1] + 1]
    if (
        not _NEAR.search(written)
        or 2 * len(_DIGIT.findall(written)) <= length
        or match.string[match.start() + len(written) :][:1].isalnum()
    ):
        return None
    grouped = _USUAL_GROUPS.fullmatch(written) or (
        4 * len(_DIGIT.findall(written)) >= 3 * length and _GROUPS.fullmatch(written)
    )
    return (match.start(), match.start() + len(written)) if grouped or _has_iban_check(written) else None


def _has_iban_check(written: str) -> bool:
    signs = "".join(filter(str.isalnum, written))
    return int("".join(str(int(char, 36)) for char in signs[4:] + signs[:4])) % 97 == 1


def _is_cnpj(match: re.Match[str]) -> bool:
    digits = _digits(match)
    return len(set(digits)) > 1 and all(
        sum(digit * (2 + (end - 1 - place) % 8) for place, digit in enumerate(digits[:end])) * 10 % 11 % 10
        == digits[end]
        for end in (12, 13)
    )


def _is_bill(match: re.Match[str]) -> bool:
    """Whether the first three fields of a bill's 47 digits, or the four of its 48, end with their checks."""
    digits = _digits(match)
    fields = ((0, 10), (10, 21), (21, 32)) if len(digits) == _BILL else ((0, 12), (12, 24), (24, 36), (36, 48))
    return all(_is_luhn(digits[slice(*field)]) for field in fields)


def _is_isbn(match: re.Match[str]) -> bool:
    signs = [char for char in match[0] if char.isalnum()]
    if len(signs) == _ISBN:
        return sum((3 if place % 2 else 1) * int(sign) for place, sign in enumerate(signs)) % 10 == 0
    return sum((10 - place) * (10 if sign == "x" else int(sign)) for place, sign in enumerate(signs)) % 11 == 0


def _is_list(match: re.Match[str]) -> bool:
    """Whether numbers between commas are of several lengths, and none is a phone's or a card's."""
    lengths = {len(number) for number in _DIGIT_GROUP.findall(match[0])}
    return min(lengths) <= _SHORT_NUMBER and max(lengths) <= _NO_PHONE


def _is_growing(match: re.Match[str]) -> bool:
    """Whether each number is greater than the one before it: no phone is written so by chance more than once in 700."""
    numbers = [int(group) for group in _DIGIT_GROUP.findall(match[0])]
    return all(before < after for before, after in pairwise(numbers))


def _is_no_card(match: re.Match[str]) -> bool:
    return not _is_card_number(match[match.lastindex or 0])


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


def _group_if(holds: Callable[[re.Match[str]], bool]) -> Check:
    return lambda match, _: match.span(match.lastindex or 0) if holds(match) else None


def _in_capitals(match: re.Match[str], is_small: Callable[[int], bool]) -> tuple[int, int] | None:
    """The whole, when none of its letters is small, or it has as many digits as no word has."""
    letters = (place for place in range(*match.span()) if match.string[place].isalpha())
    few = len(_digits(match)) < _MANY_DIGITS
    return None if few and any(map(is_small, letters)) else match.span()


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


CHECKS: Mapping[str, Check] = {
    "luhn": _card,
    "iban": _iban,
    "cnpj": _whole(_is_cnpj),
    "bill": _whole(_is_bill),
    "isbn": _whole(_is_isbn),
    "list": _whole(_is_list),
    "growing": _whole(_is_growing),
    "no_card": _group_if(_is_no_card),
    "in_capitals": _in_capitals,
    "cpf": _whole(_is_cpf),
    "nine_digits": _whole(_is_nif_or_bsn),
    "with_letter": _with_letter,
    "capitals": _with_capitals,
    "street": _street,
    "open_street": _open_street,
}
