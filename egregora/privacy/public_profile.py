"""What members want shown of themselves, as far as it tells of nobody else: alias, bio, twitter, website."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from urllib.parse import quote, unquote, urlsplit

from egregora.core.names import fold, words_of
from egregora.core.text import tells_a_place
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.preferences import FIELDS, Wish

LONGEST = {"alias": 40, "bio": 500, "website": 200}  # characters

_MARKS = 2  # that may stand on a letter
_CLEAR = 5  # letters from which another letter makes a name similar and not another one
_RUN = 6  # words that may be a name together
_TWITTER = re.compile(r"(?:https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/)?@?(\w{1,15})/?", re.ASCII | re.IGNORECASE)
_WEBSITE = re.compile(
    r"https?://(?:[a-z\d-]{1,63}\.){1,8}[a-z][a-z\d-]{1,62}(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE
)
_DOMAIN = re.compile(r"(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}(?:/[!-~]*)?", re.IGNORECASE)
_WEB_SIGNS = "!#$%&'()*+,/:;=?@[]~<>\""  # that stay; a space does not, nor what is not ASCII
_NO_ALIAS = frozenset("[]<>")  # what a placeholder or a tag is written with
# Signs that pass for a letter; what looks like two of them counts as the commoner one.
_ALIKE = str.maketrans(
    "0134578@$|\u0430\u0432\u0435\u0456\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u03b1\u03b5\u03b9\u03ba"
    "\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "oleastbaslabeikmhopctyxaeikvoptux",
)


class Members:
    """The members by what they may be called: tells whether a text names somebody else.

    `phrases` has what each person, by pseudonym, may be called: folded words.
    """

    def __init__(self, phrases: Mapping[str, Iterable[tuple[str, ...]]]) -> None:
        self._owners: dict[str, set[str]] = defaultdict(set)
        for person, called in phrases.items():
            for words in called:
                self._owners[skeleton("".join(words))].add(person)

    def names_another(self, text: str, person: str, *, similar: bool) -> bool:
        """Whether `text` holds a name that is not `person`'s alone; with `similar` also one that is nearly it."""
        return any(self._is_anothers(run, person, similar=similar) for run in _runs(text) if run)

    def _is_anothers(self, written: str, person: str, *, similar: bool) -> bool:
        if written in self._owners:
            return self._owners[written] != {person}
        if not similar or len(written) < _CLEAR:
            return False
        near = (owners for name, owners in self._owners.items() if len(name) >= _CLEAR and _differ_once(name, written))
        return any(owners != {person} for owners in near)


def shown_of(
    wishes: Mapping[str, Mapping[str, Wish]], members: Members, redactor: Redactor
) -> dict[str, dict[str, str | None]]:
    """Of each author in `wishes` what may be shown: a value or None for each of `FIELDS`; nobody who shows nothing.

    An alias, twitter name or website that holds another member's name, a phone or the like is refused; a bio loses
    them to placeholders. Of two who want the same alias, the one who asked first has it.
    """
    checks: dict[str, Callable[[str, str], str | None]] = {
        "alias": lambda value, person: _alias(value, person, members, redactor),
        "bio": lambda value, _: _bio(value, redactor),
        "twitter": lambda value, person: _twitter(value, person, members, redactor),
        "website": lambda value, person: _website(value, person, members, redactor),
    }
    asked = sorted(
        (wish.place, person, field, wish.value) for person, own in wishes.items() for field, wish in own.items()
    )
    found: dict[str, dict[str, str | None]] = {}
    taken: set[str] = set()
    for _, person, field, value in asked:
        told = checks[field](value, person)
        if field == "alias" and told and (skeleton(told) or told) in taken:
            told = None
        if told:
            taken.update({skeleton(told) or told} if field == "alias" else ())
            found.setdefault(person, dict.fromkeys(FIELDS))[field] = told
    return found


def skeleton(text: str) -> str:
    """What a reader takes `text` for: its letters without case, accents, lookalikes and repetitions."""
    letters = "".join(words_of(fold(fold(text).translate(_ALIKE))))
    return re.sub(r"(.)\1+", r"\1", letters)


def one_line(text: str) -> str:
    """`text` on one line, without what cannot be seen and without towers of marks."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind[0] == "M" else 0
        joins = char == "\u200d" and bool(kept) and unicodedata.category(kept[-1]) in ("So", "Sk", "Mn")
        if char.isspace() or (marks <= _MARKS and (kind[0] != "C" or joins)):
            kept.append(" " if char.isspace() else char)
    return " ".join("".join(kept).rstrip("\u200d").split())


def _alias(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    name = one_line(value)
    seen = any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "So" for char in name)
    if not seen or len(name) > LONGEST["alias"] or not _NO_ALIAS.isdisjoint(name):
        return None
    if _tells_more(name, redactor) or members.names_another(name, person, similar=True):
        return None
    return name


def _bio(value: str, redactor: Redactor) -> str | None:
    told, _ = redactor.redact(one_line(value))
    longest = LONGEST["bio"]
    if len(told) > longest:  # not inside a placeholder
        told = told[:longest].rpartition(" ")[0] or told[:longest].partition("[")[0]
        told = f"{told}\u2026"
    return told or None


def _twitter(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    match = _TWITTER.fullmatch(one_line(value))
    if not match or _tells_more(match[1], redactor):
        return None
    spoken = match[1].replace("_", " ")
    return None if members.names_another(spoken, person, similar=True) else match[1]


def _website(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    address = quote(one_line(value), safe=_WEB_SIGNS)  # a path may be in any script
    if _DOMAIN.fullmatch(address):
        address = f"https://{address}"
    if len(address) > LONGEST["website"] or not _WEBSITE.fullmatch(address) or tells_a_place(address):
        return None
    opened = unquote(address.partition("://")[2])
    if "@" in urlsplit(address).netloc or _tells_more(opened, redactor) or _tells_more(address, redactor):
        return None
    return None if members.names_another(opened, person, similar=False) else address


def _tells_more(text: str, redactor: Redactor) -> bool:
    """Whether there is a phone, an address or the like in `text`; names are looked for apart."""
    _, found = redactor.redact(text)
    return bool(found.keys() - {"person"})


def _runs(text: str) -> Iterator[str]:
    """The skeletons of words that stand together in `text`, and of those in front of digits."""
    pieces = [piece for piece in re.split(r"[\s._/?#&=:+-]+", text) if piece]
    for first in range(len(pieces)):
        for last in range(first + 1, min(len(pieces), first + _RUN) + 1):
            yield skeleton("".join(pieces[first:last]))
    yield from _bare(pieces)


def _bare(pieces: Iterable[str]) -> AbstractSet[str]:
    """The letters of each piece, where digits are digits and parts in capitals are words: "ana99", "AnaSouza"."""
    letters = (re.findall(r"[^\W\d_]+", piece) for piece in pieces)
    words = [word for each in letters for word in each]
    parts = [part for word in words for part in re.findall(r"[^\W\d_a-z]?[^\W\d_A-Z]+", word)]
    return {skeleton(word) for word in (*words, *parts)} - {""}


def _differ_once(one: str, other: str) -> bool:
    """Whether one letter put in, left out, exchanged or changed places makes the one of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[same:], other[same:]
    swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or swapped
