"""The body of a message: its kind, its text without the app's marks, and the file that it brings."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from egregora.ingestion.words import ATTACHED, ATTACHED_IN_ANGLES, CALLS, DELETED, EDITED, OMITTED

# No name of a file is longer than 255, and no marker longer than `_TAIL`: what has no bound is tried once for each
# place of a text, which takes minutes for the longest the app sends.
_TAIL = 400
_LOCATION = re.compile(r"[^\n]{1,80}: https://(?:maps\.google\.com/\?q=-?\d|foursquare\.com/v/)\S+\s*")
_POLL = re.compile(r"([^\n:]{2,20}:)\n.*\n[\u200e\u200f]?[^\n:]{2,20}: [^\n]*\(\d+ [^\n()]+\)\s*", re.DOTALL)
_IOS_ATTACHED = re.compile(
    r"[\u200e\u200f]<(?:[^<>\n:]{1,40}: ?(?P<name>[^<>\n]{1,255})"
    r"|(?P<other>[^<>\n]{1,255}\.\w{1,5}) [^<>\n. ]{1,40})>\Z"
)
_IOS_EDITED = re.compile(r" ?[\u200e\u200f](<[^<>\n]{1,80}>)\Z")
_PAGES = re.compile(r"[^\n]* • [\u200e\u200f]?\d{1,9} [^\n]*")  # the line "Name.pdf • 2 pages" before an attachment
_ANDROID_ATTACHED = re.compile(
    r"(?P<name>[^\n]{1,255}?)(?: • [\u200e\u200f]?\d{1,9} [^\n(]{0,40})?"
    r" ?[\u200e\u200f]?\((?P<words>[^()\n]{1,80})\)(?:\n|\Z)"
)
_ANGLES = "|".join(map(re.escape, sorted(ATTACHED_IN_ANGLES)))
_OLD_ATTACHED = re.compile(  # without marks, as files of 2012 to 2016 have it, and those that a tool has cleaned
    rf"<[\u200e\u200f]? ?(?:{_ANGLES})[ \u00a0]?: ?(?P<name>[^<>\n]{{1,255}}?) ?>\Z"
    rf"|(?P<other>[^<>\n]{{1,255}}\.\w{{1,5}}) <[\u200e\u200f]?(?:{_ANGLES})>\Z"
)
_HAS_EXTENSION = re.compile(r".+\.\w{0,8}\Z")
_COMMAND = "/egregora"
_SLASHES = "/\uff0f"
_ENDINGS = ">)\n"
_EXACT = DELETED | {word + "." for word in DELETED} | CALLS | {"null"}


class Body(NamedTuple):
    """What a message says, apart from when and who."""

    kind: str
    message: str
    attachment: str | None = None
    edited: bool = False


def unusual_android(marks: Sequence[str], texts: Sequence[str]) -> list[int]:
    """The rows of Android messages that may be more than plain text, found by cheap signs."""
    return [
        row
        for row, text in enumerate(texts)
        if text[-1:] in _ENDINGS  # or the text is empty, as every string contains ""
        or marks[row]
        or text[0] in _SLASHES
        or "://" in text
        or ")\n" in text
        or text in _EXACT
    ]


def unusual_ios(leads: Sequence[str], marks: Sequence[str], texts: Sequence[str]) -> list[int]:
    """The rows of iOS messages that may be more than plain text: those with a mark, and commands and empty ones."""
    return [
        row
        for row, text in enumerate(texts)
        if marks[row] or leads[row] or not text or text[0] in _SLASHES or text[-1] == ">" or text == "null"
    ]


def read_android(mark: str, text: str) -> Body:
    """The body of an Android message; `mark` is the direction mark that `text` began with."""
    edited = False
    head, marker, tail = text.rpartition(" <")
    if marker and "<" + tail in EDITED:
        text, edited = head, True
    found = _ANDROID_ATTACHED.match(text)
    if found and (found["words"] in ATTACHED or (mark and _HAS_EXTENSION.match(found["name"]))):
        return Body("media", text[found.end() :], found["name"], edited)
    if text[-1:] == ">" and (old := _at_end(_OLD_ATTACHED, text)):
        return Body("media", text[: old.start()].removesuffix(" "), old["name"] or old["other"], edited)
    body = _written_by_app(text) or _plain(mark + text)
    return body._replace(edited=edited)


def read_ios(lead: str, mark: str, text: str) -> Body:
    """The body of an iOS message; `lead` is the mark before its line, `mark` the one that `text` began with.

    Both mean media, `lead` alone a caption or an edited text, `mark` alone that the app wrote it: a deleted message, a
    call, and if nothing else then an event that nobody wrote.
    """
    whole, edited = mark + text, False
    found = _attached_ios(whole)
    marker = None if found else _at_end(_IOS_EDITED, whole)
    if marker and (lead or marker[1] in EDITED):
        whole, edited = whole[: marker.start()], True
        found = _attached_ios(whole)
    if found:
        caption = whole[: found.start()].removesuffix(" ")
        return Body("media", _without_pages(caption), found["name"] or found["other"], edited)
    if edited or not mark:  # an edited text, or one with nothing special
        return _plain(whole)._replace(edited=edited)
    return _written_by_app(text) or Body("media_omitted" if lead else "system", text)


def _attached_ios(text: str) -> re.Match[str] | None:
    return (_at_end(_IOS_ATTACHED, text) or _at_end(_OLD_ATTACHED, text)) if text[-1:] == ">" else None


def _at_end(marker: re.Pattern[str], text: str) -> re.Match[str] | None:
    return marker.search(text, max(0, len(text) - _TAIL))


def _without_pages(caption: str) -> str:
    last_line = caption.rfind("\n") + 1
    return caption[:last_line] if _PAGES.fullmatch(caption, last_line) else caption


def _plain(text: str) -> Body:
    if text[:1] and text[0] in _SLASHES and _letters(text[: 2 * len(_COMMAND)]).startswith(_COMMAND):
        return Body("command", text)
    return Body("empty" if text in {"", "null"} else "text", text)


def _letters(text: str) -> str:
    """`text` in lower case, without accents and marks, and no wider than usual."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})


def _written_by_app(text: str) -> Body | None:
    sentence = re.split(r"\. ?[\u200e\u200f]", text, maxsplit=1)[0].removesuffix(".")
    if sentence in DELETED:
        return Body("deleted", text)
    if sentence in CALLS:
        return Body("call", text)
    if text in OMITTED:
        return Body("media_omitted", text)
    if text == "null":
        return Body("empty", text)
    if _LOCATION.fullmatch(text):
        return Body("location", text)
    poll = _POLL.fullmatch(text)
    return Body("poll", text) if poll and poll[1] == poll[1].upper() else None
