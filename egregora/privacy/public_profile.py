"""What members publish about themselves (alias, bio, twitter, website), checked so that it names nobody else."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from urllib.parse import quote, unquote, urlsplit

from egregora.core.names import fold, words_of
from egregora.core.text import tells_a_place
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.preferences import FIELDS, Preference

MAX_LENGTHS = {"alias": 40, "bio": 500, "website": 200}  # characters

_MAX_MARKS = 2  # combining marks on one letter
_MIN_SIMILAR_LENGTH = 5  # letters; in shorter names, one other letter makes another name
_MAX_RUN = 6  # consecutive words that may form one name
_TWITTER = re.compile(r"(?:https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/)?@?(\w{1,15})/?", re.ASCII | re.IGNORECASE)
_WEBSITE = re.compile(
    r"https?://(?:[a-z\d-]{1,63}\.){1,8}[a-z][a-z\d-]{1,62}(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE
)
_DOMAIN = re.compile(r"(?:[a-z\d-]{1,63}\.){1,8}[a-z]{2,24}(?:/[!-~]*)?", re.IGNORECASE)
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~<>\""  # not percent-encoded; spaces and non-ASCII are
_NO_ALIAS = frozenset("[]<>")  # they delimit placeholders and tags
# Characters that look like a Latin letter (confusables, UTS #39).
_CONFUSABLES = str.maketrans(
    "0134578@$|\u0430\u0432\u0435\u0456\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u03b1\u03b5\u03b9\u03ba"
    "\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "oleastbaslabeikmhopctyxaeikvoptux",
)


class Members:
    """The members and all variants of their names: finds whether a text names another member.

    `variants` has the name variants of each person, by pseudonym. A variant is a tuple of folded words.
    """

    def __init__(self, variants: Mapping[str, Iterable[tuple[str, ...]]]) -> None:
        self._owners: dict[str, set[str]] = defaultdict(set)
        for person, own in variants.items():
            for words in own:
                self._owners[skeleton("".join(words))].add(person)

    def names_other_member(self, text: str, person: str, *, similar: bool) -> bool:
        """Whether `text` holds a name that belongs not only to `person`; `similar` also finds names one letter off."""
        return any(self._belongs_to_other(run, person, similar=similar) for run in _word_runs(text) if run)

    def _belongs_to_other(self, written: str, person: str, *, similar: bool) -> bool:
        if written in self._owners:
            return self._owners[written] != {person}
        if not similar or len(written) < _MIN_SIMILAR_LENGTH:
            return False
        near = (
            owners
            for name, owners in self._owners.items()
            if len(name) >= _MIN_SIMILAR_LENGTH and _is_one_edit_apart(name, written)
        )
        return any(owners != {person} for owners in near)


def published_profiles(
    preferences: Mapping[str, Mapping[str, Preference]], members: Members, redactor: Redactor
) -> dict[str, dict[str, str | None]]:
    """For each author with something to show: a value or None for each of `FIELDS`.

    An alias, twitter name or website that contains another member's name, a phone or other identifier is refused.
    In a bio they are replaced by placeholders. If two members want the same alias, the first to ask gets it.
    """
    checks: dict[str, Callable[[str, str], str | None]] = {
        "alias": lambda value, person: _alias(value, person, members, redactor),
        "bio": lambda value, _: _bio(value, redactor),
        "twitter": lambda value, person: _twitter(value, person, members, redactor),
        "website": lambda value, person: _website(value, person, members, redactor),
    }
    by_time = sorted(
        (preference.position, person, field, preference.value)
        for person, own in preferences.items()
        for field, preference in own.items()
    )
    profiles: dict[str, dict[str, str | None]] = {}
    taken: set[str] = set()
    for _, person, field, value in by_time:
        shown = checks[field](value, person)
        if field == "alias" and shown and (skeleton(shown) or shown) in taken:
            shown = None
        if shown:
            taken.update({skeleton(shown) or shown} if field == "alias" else ())
            profiles.setdefault(person, dict.fromkeys(FIELDS))[field] = shown
    return profiles


def skeleton(text: str) -> str:
    """The form in which lookalike texts are equal: folded letters, lookalikes mapped, repetitions removed (UTS #39)."""
    letters = "".join(words_of(fold(fold(text).translate(_CONFUSABLES))))
    return re.sub(r"(.)\1+", r"\1", letters)


def one_line(text: str) -> str:
    """`text` on one line, without invisible characters and stacked combining marks."""
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind[0] == "M" else 0
        joins = char == "\u200d" and bool(kept) and unicodedata.category(kept[-1]) in ("So", "Sk", "Mn")
        if char.isspace() or (marks <= _MAX_MARKS and (kind[0] != "C" or joins)):
            kept.append(" " if char.isspace() else char)
    return " ".join("".join(kept).rstrip("\u200d").split())


def _alias(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    """The alias as it may be shown. None if it is refused."""
    name = one_line(value)
    seen = any(unicodedata.category(char)[0] in "LN" or unicodedata.category(char) == "So" for char in name)
    if not seen or len(name) > MAX_LENGTHS["alias"] or not _NO_ALIAS.isdisjoint(name):
        return None
    if _has_identifier(name, redactor) or members.names_other_member(name, person, similar=True):
        return None
    return name


def _bio(value: str, redactor: Redactor) -> str | None:
    """The redacted bio, cut to the maximum length. None if nothing is left."""
    text, _ = redactor.redact(one_line(value))
    longest = MAX_LENGTHS["bio"]
    if len(text) > longest:  # never cut inside a placeholder
        text = text[:longest].rpartition(" ")[0] or text[:longest].partition("[")[0]
        text = f"{text}\u2026"
    return text or None


def _twitter(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    """The twitter handle without @. None if it is refused."""
    match = _TWITTER.fullmatch(one_line(value))
    if not match or _has_identifier(match[1], redactor):
        return None
    as_words = match[1].replace("_", " ")
    return None if members.names_other_member(as_words, person, similar=True) else match[1]


def _website(value: str, person: str, members: Members, redactor: Redactor) -> str | None:
    """The address with its scheme. None if it is refused."""
    address = quote(one_line(value), safe=_URL_CHARACTERS)  # a path may be written in any script
    if _DOMAIN.fullmatch(address):
        address = f"https://{address}"
    if len(address) > MAX_LENGTHS["website"] or not _WEBSITE.fullmatch(address) or tells_a_place(address):
        return None
    decoded = unquote(address.partition("://")[2])
    if "@" in urlsplit(address).netloc or _has_identifier(decoded, redactor) or _has_identifier(address, redactor):
        return None
    return None if members.names_other_member(decoded, person, similar=False) else address


def _has_identifier(text: str, redactor: Redactor) -> bool:
    """Whether `text` contains an identifier, such as a phone. Names are checked elsewhere."""
    _, found = redactor.redact(text)
    return bool(found.keys() - {"person"})


def _word_runs(text: str) -> Iterator[str]:
    """The skeletons of up to six consecutive words of `text`, and of the words and parts in each."""
    pieces = [piece for piece in re.split(r"[\s._/?#&=:+-]+", text) if piece]
    for first in range(len(pieces)):
        for last in range(first + 1, min(len(pieces), first + _MAX_RUN) + 1):
            yield skeleton("".join(pieces[first:last]))
    yield from _words_and_parts(pieces)


def _words_and_parts(pieces: Iterable[str]) -> AbstractSet[str]:
    """Skeletons of the letters of each piece; digits and capitals separate words: "ana99", "AnaSouza"."""
    letters = (re.findall(r"[^\W\d_]+", piece) for piece in pieces)
    words = [word for each in letters for word in each]
    parts = [part for word in words for part in re.findall(r"[^\W\d_a-z]?[^\W\d_A-Z]+", word)]
    return {skeleton(word) for word in (*words, *parts)} - {""}


def _is_one_edit_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition turns `one` into `other`."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[same:], other[same:]
    swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or swapped
