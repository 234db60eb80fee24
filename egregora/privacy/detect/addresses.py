"""Addresses of the web in a folded line: where they are, and what of each goes.

An address stays whole, stays without some of its parameters, or goes whole. Nothing stands in the middle of one, but
for the "i" that X itself writes where nobody is named.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from egregora.core.names import fold
from egregora.privacy.detect.identifiers import Rule, rules

# Towns and streets have points and slashes too: a bare name of a host counts with an ending that hosts have.
_ENDINGS = (
    "[a-z]{2}|com|org|net|edu|gov|mil|int|info|biz|app|dev|page|site|online|store|shop|blog|live|news|social|cloud|link"
    "|club|xyz|tech|space|world|today|media|email|chat|travel|photos|agency|design|example|invalid|test"
)
_SCHEMES = "https?|ftps?|wss?|tg|fb|instagram|whatsapp|viber|zoommtg|zoomus|msteams|skype|slack|intent|market"
_BODY = r"(?:[^\s<>\"\[\]()]|\([^\s<>\"\[\]()]{0,200}\))"  # of brackets, only a pair: "[text](address)"
ADDRESS = re.compile(
    rf"(?:(?:{_SCHEMES})://|www\.(?=[a-z\d])"
    rf"|(?<![\w.@-])(?:[a-z\d-]{{1,63}}\.){{1,4}}(?:{_ENDINGS})(?::\d{{2,5}})?(?:/|\?(?=\w{{1,30}}=)))"
    rf"{_BODY}{{0,8000}}(?<![.,;:!?'*_~`|])(?<!://)"
)
HINTS = r"://|www\.|\.[a-z]{2,7}(?::\d{2,5})?[/?]"  # for RE2: what every address has, or more
TELLING = (
    rf"(?:{HINTS})\S*(?:[?#;%@=]|/status)"  # the same of one that may go or lose something without a rule or a name
)
_HINT, _GLUED = re.compile(HINTS, re.IGNORECASE), re.compile(rf"\w(?:{_SCHEMES})://|\wwww\.", re.IGNORECASE)
_WORD_START = re.compile(r"[\W_]([^\W\d_])")
_FRONT = re.compile(r"[^?#;]*")
_USERINFO = re.compile(r"[a-z]{2,10}://[^/?#@]{1,200}@")
_STATUS = re.compile(r"(?:https?://)?(?:www\.|mobile\.|m\.)?(?:twitter|x)\.com/(?!i/)@?(\w{1,40})/status(?:es)?/\d")
_NESTED = re.compile(r"[?&#;]([\w.-]{1,60})=[^&#;]")
_JWT = re.compile(r"(?<![\w-])eyj[\w-]{8,2000}\.[\w-]{8,4000}")  # a token in three parts, as programs sign it
_PARAMETER = re.compile(r"([?#&;])([^?#&;]*)")

# What a parameter is called that tells who somebody is, or opens something, with what it counts as.
_TELLING = (
    ("email", r"(?:[a-z]{0,12}[_-])?e?-?mail(?:[_-]?addr(?:ess)?)?"),
    (
        "phone",
        r"(?:[a-z]{0,12}[_-])?(?:tele)?phone(?:[_-]?(?:no|number))?|tel|mobile|cell|celular|fone|telefone|whatsapp",
    ),
    (
        "profile",
        (
            r"(?:[a-z]{0,12}[_-])?(?:user(?:[_-]?(?:name|id))?|nick(?:[_-]?name)?)|u?name|(?:first|last|full|display|given"
            r"|family|sur|screen)[_-]?name|login|uid|author|nome|nombre|nom|naam"
        ),
    ),
    ("invite", r"inv(?:ite|itation)?(?:[_-]?(?:code|id|key|by|er))?"),
    (
        "id",
        (
            r"[\w-]{0,30}(?:token|secret|signature|password|passwd|passcode|credentials?|session|sessid|api[_-]?key)[\w-]{0,20}"
            r"|[\w-]{0,20}[_-]?(?:sig|key|sid|hash|hmac|jwt|otp|pin)|pwd?|pass|senha|clave|code|auth[\w-]{0,20}|x-(?:amz|goog)-[\w-]{1,30}"
            r"|igshi?d?|[a-z]{2,4}clid|[gw]braid|mc_[ce]id|mibextid|si|_hs(?:enc|mi)|vero_id|oly_(?:anon|enc)_id|mkt_tok|rcm"
        ),
    ),
)
_NAMED = tuple((kind, re.compile(pattern)) for kind, pattern in _TELLING)

Found = tuple[int, int, str, str]  # start and end in the line, kind, placeholder
Own = Callable[[str], str]  # of what kind a text is that tells of somebody of the roster; "" for none


class _Parameter(NamedTuple):
    start: int
    end: int
    opens: bool  # whether it is the first behind a "?" or "#"
    kind: str  # "" for one that stays


def addresses(folded: str) -> list[tuple[int, int]]:
    """Where the addresses of a folded line are."""
    if "/" not in folded and "www." not in folded and "=" not in folded:
        return []
    return [match.span() for match in ADDRESS.finditer(folded)]


def has_neighbours(text: str) -> bool:
    """Whether a word touches an address, or one with a capital may stand behind one: it may be told from others."""
    hint = _HINT.search(text)
    behind = _WORD_START.finditer(text, hint.end()) if hint else ()
    return any(match[1].isupper() for match in behind) or _GLUED.search(text) is not None


def judged(address: str, written: Callable[[int, int], str], own: Own) -> Iterator[Found]:
    """What of a folded `address` goes, by place in it; `written` tells how a piece of it was written."""
    status, end = _STATUS.match(address), _FRONT.match(address).end()  # type: ignore[union-attr]  # it always matches
    pieces = [(0, status.start(1)), (status.end(1), end)] if status else [(0, end)]
    front = [unquote(written(*piece)) for piece in pieces]
    kind = _kind_of_whole(address, fold(" ".join(front))) or next(filter(None, map(own, front)), "")
    if kind:
        yield 0, len(address), kind, "[profile]" if kind == "person" else f"[{kind}]"
        return
    if status:
        yield status.start(1), status.end(1), "profile", "i"
    yield from _dropped([*_parameters(address, end, written, own)])


def _kind_of_whole(address: str, front: str) -> str:
    """As what an address goes whole; "" for one that does not."""
    if _USERINFO.match(address):
        return "email"
    opened = unquote(address)
    if _JWT.search(opened):
        return "id"
    for rule in _in_links():
        looked_in = {address, opened} if rule.links == "whole" else {front}
        if any(rule.is_in(text) for text in looked_in):
            return rule.kind
    return ""


@cache
def _in_links() -> Sequence[Rule]:
    return [rule for rule in rules() if rule.links]


def _parameters(address: str, start: int, written: Callable[[int, int], str], own: Own) -> Iterator[_Parameter]:
    for match in _PARAMETER.finditer(address, start):
        name, _, value = match[2].partition("=")
        kind = _kind_of_name(unquote(name)) if value else ""
        as_written = written(*match.span(2))
        opened = {unquote(as_written), unquote_plus(as_written)}
        kind = kind or next(filter(None, map(_kind_of_value, opened)), "") or next(filter(None, map(own, opened)), "")
        yield _Parameter(*match.span(), match[1] in "?#" or match.start() == start, kind)


def _kind_of_name(name: str) -> str:
    return next((kind for kind, pattern in _NAMED if pattern.fullmatch(name)), "")


def _kind_of_value(opened: str) -> str:
    """What an opened value tells, by a rule or, where it is an address itself, by the names of its parameters."""
    folded = fold(opened)
    by_rule = next((rule.kind for rule in _in_links() if rule.is_in(folded)), "")
    nested = (match[1] for match in _NESTED.finditer(folded)) if "://" in folded else ()
    return by_rule or next(filter(None, map(_kind_of_name, nested)), "")


def _dropped(parameters: Sequence[_Parameter]) -> Iterator[Found]:
    """The parameters that go, each with the sign that nothing needs any more."""
    places = [place for place, parameter in enumerate(parameters) if parameter.opens]
    for first, last in pairwise([*places, len(parameters)]):
        section = parameters[first:last]
        staying = [place for place, parameter in enumerate(section) if not parameter.kind]
        for place, (start, end, _, kind) in enumerate(section):
            if kind and staying and place < staying[0]:  # what follows has the "?"
                yield start + 1, end + 1, kind, ""
            elif kind:
                yield start, end, kind, ""
