"""The words of a text, without what is not the chat's own: placeholders, addresses, laughter, common words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

DATA_FILES = ("stopwords.txt",)
PERSON = r"\[person(?::(?P<code>[0-9A-Za-z_-]{1,64}))?\]"  # who that is, or somebody
PLACEHOLDER = (
    rf"{PERSON}|\[(?P<label>phone|email|id|card|invite|address|location|profile)\]"  # what stands for personal data
)
# Addresses that say where somebody is. The database searches with it as well: nothing in it that only Python knows.
WHEREABOUTS = (
    r"(?i:\bgeo:-?\d|\bmaps\.(?:google|apple)\.|\bgoogle\.[a-z.]{2,7}(?::\d+)?/maps\b|\bmaps\.app\.goo\.gl\b"
    r"|\bgoo\.gl/maps\b|\bfoursquare\.|\b4sq\.com\b|\bwaze\.com/|\bopenstreetmap\.org/)"
)
URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)

_PLACEHOLDERS = re.compile(PLACEHOLDER)
_WHEREABOUTS = re.compile(WHEREABOUTS)
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e])"  # marks that Python does not count as letters
_WORD = re.compile(rf"(?<!\w){_LETTER}(?:{_LETTER}|\d)*(?:['\u2019\-]{_LETTER}+)*")
_LAUGHTER = re.compile(r"k{2,}|(?:ha|he|hi|ja|je|hua|rs){2,}[hj]?|l+o+l+|[aou]+h+|hm+")
_LONGEST = 32  # a script without spaces has no words for us


def person(author: str) -> str:
    """The placeholder for an author."""
    return f"[person:{author}]"


def tells_a_place(address: str) -> bool:
    """Whether an address says where somebody is: it is shown as text and never as a link."""
    return _WHEREABOUTS.search(address) is not None


def plain_text(text: str) -> str:
    """`text` with a line break for every placeholder and every address, so that no phrase runs across one."""
    return URL.sub("\n", _PLACEHOLDERS.sub("\n", text))


@lru_cache(maxsize=1 << 12)
def words_of(text: str) -> tuple[str, ...]:
    """The words of `text` as they are written, in order, without placeholders and addresses."""
    return tuple(word for word in _WORD.findall(plain_text(text)) if len(word) <= _LONGEST)


@lru_cache(maxsize=1 << 16)
def folded(word: str) -> str:
    """`word` without case and accents, as words are compared."""
    marked = unicodedata.normalize("NFKD", word.casefold().replace("\u2019", "'"))
    return "".join(char for char in marked if not unicodedata.combining(char))


@cache
def stop_words() -> Mapping[str, frozenset[str]]:
    """The common words of each language, folded: "pt", "en", "es", "de", and "any"."""
    lists: dict[str, set[str]] = {}
    for line in Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = line.strip("[]")
        elif line and not line.startswith("#"):
            lists.setdefault(language, set()).update(map(folded, line.split()))
    return {language: frozenset(words) for language, words in lists.items()}


@lru_cache(maxsize=1 << 16)
def is_common(word: str) -> bool:
    """Whether `word` says little about a topic: a stop word of any language, laughter, a genitive, or very short."""
    plain = folded(word)
    return (
        len(plain) < 3  # noqa: PLR2004  # no topic has a name of two letters
        or plain.endswith("'s")
        or _LAUGHTER.fullmatch(plain) is not None
        or any(plain in words for words in stop_words().values())
    )


def language_of(words: Iterable[str]) -> str:
    """The language most of whose common words occur in `words`: "pt", "en", "es" or "de"; "en" when none does."""
    counts = Counter(folded(word) for word in words)
    hits = {
        language: sum(count for word, count in counts.items() if word in common)
        for language, common in stop_words().items()
        if language != "any"
    }
    return max(("en", "pt", "es", "de"), key=hits.__getitem__)
