"""The body of a message: its kind, its text without the app's marks, and the file that it brings."""

import re
import unicodedata
from typing import NamedTuple

from egregora.ingestion.content.app_phrases import (
    ATTACHED,
    ATTACHED_IN_ANGLES,
    CALLS,
    DELETED,
    DELETED_BY,
    EDITED,
    LIVE_LOCATIONS,
    MISSED_CALLS,
    OMITTED,
    OMITTED_BY_TYPE,
)
from egregora.ingestion.content.learned_phrases import NOTHING_LEARNED, Learned

# What has no bound is tried once for each place of a text, which takes minutes for the longest the app sends.
_NAME = 255  # characters in the name of a file
_WORDS = 80  # in the app's words beside it
_TAIL = _NAME + _WORDS + 4
_MARKS = "\u200e\u200f"
_COORDINATES = r"maps\.google\.com/\?q=-?\d{1,3}[.,]\d"
_LOCATION = re.compile(rf"(?:[^\n]{{1,80}}: https://{_COORDINATES}|[^\n]{{1,300}}: https://foursquare\.com/v/)\S+\s*")
_OPTION = re.compile(  # "OPTION: Yes (3 votes)", on iOS with a mark before each part
    r"[\u200e\u200f]?([^\n:\uff1a]{2,20}[:\uff1a]) [^\n]{0,200}"
    r"[(\uff08][\u200e\u200f]?\d{1,9}[ \u00a0]?[^\n()\uff08\uff09]{1,40}[)\uff09]"
)
_TITLE = 42
_DURATION = re.compile(r"[^\n\u200e\u200f]{2,60}[.,،。] ?[\u200e\u200f]\d{1,3}[ \u00a0]?[^\W\d_]")  # "Call. 2 min"
_PAGES = re.compile(r"[^\n]{0,260} • [\u200e\u200f]?\d{1,9} [^\n]{0,40}")  # "Name.pdf • 2 pages" before an attachment
_BEHIND_NAME = re.compile(r"(.{1,255}\.\w{1,5})((?: [^ .]{1,40}){1,3})")
_IOS_NAME = re.compile(r"\d{8,10}-.{1,246}\.\w{1,8}")
_OLD_NAME = re.compile(r"\d{4}-\d\d-\d\d-[A-Z]{3,8}-\d{8}\.\w{1,8}")
_NAMELESS = re.compile(r"DOC-\d{8}-WA\d{4,6}\.?")  # a document without a name and an extension
_EXTENSION = 8
_COMMAND = "/egregora"
_SLASHES = ("/", "\uff0f")
_STOPS = " .,،。।"
_WHOLE = (
    {"": "empty", "null": "empty"}
    | {text + stop: "deleted" for text in DELETED for stop in ("", ".", "。", "।")}
    | {text + stop: "call" for text in MISSED_CALLS for stop in ("", ".")}
    | dict.fromkeys(LIVE_LOCATIONS, "location")
    | dict.fromkeys(OMITTED, "media_omitted")
)
_WHOLE_IOS = _WHOLE | dict.fromkeys(CALLS, "call") | dict.fromkeys(OMITTED_BY_TYPE, "media_omitted")
EXACT = frozenset(_WHOLE)  # whole texts of Android that are more than plain


class Body(NamedTuple):
    """What a message says, apart from when and who."""

    kind: str
    message: str
    attachment: str | None = None
    edited: bool = False


def read_android(mark: str, text: str, learned: Learned = NOTHING_LEARNED) -> Body:
    """The body of an Android message; `mark` is the direction mark that `text` began with."""
    if kind := _WHOLE.get(text):
        return Body(kind, text)
    edited = False
    if text[-1] == ">":
        before, words, marked = _angles(text)
        if words in learned.omitted and not before:
            return Body("media_omitted", text)
        if file := _beside_angles(before, words, marked=False):
            return Body("media", file[1], file[0])
        if _is_edited(before, words, learned) or (marked and before[-1:] == " "):
            text, edited = before[:-1], True
    if body := _with_caption(mark, text, learned):
        return body._replace(edited=edited)
    kind = "deleted" if text.startswith(DELETED_BY) else _structure(text)
    if kind and not edited:
        return Body(kind, text)
    is_command = _is_command(text)
    return Body("command" if is_command else "text", text if is_command else mark + text, None, edited)


def read_ios(lead: str, mark: str, text: str) -> Body:
    """The body of an iOS message; `lead` is the mark before its line, `mark` the one that `text` began with.

    Both mean media, `lead` alone a caption or an edited text, `mark` alone that the app wrote it: a deleted message, a
    call, and if nothing else then an event that nobody wrote.
    """
    if text[-1:] == ">":
        before, words, marked = _angles(mark + text)
        if file := _beside_angles(before, words, marked=marked):
            return Body("media", _without_pages(file[1]), file[0])
        if before and ((lead and marked) or _is_edited(before, words)):
            return _edited_ios(before.removesuffix(" "))
    if mark:
        return _by_app(lead, text)
    if lead and (body := _left_out(text)):
        return body
    if not text or text == "null":
        return Body("empty", text)
    return Body("command" if _is_command(text) else "text", text)


def _edited_ios(text: str) -> Body:
    if text[-1:] == ">":
        before, words, marked = _angles(text)
        if file := _beside_angles(before, words, marked=marked):
            return Body("media", _without_pages(file[1]), file[0], edited=True)
    return Body("command" if _is_command(text) else "text", text, edited=True)


def _angles(text: str) -> tuple[str, str, bool]:
    """Of a text that ends in ">": what is before the bracket, what is in it, whether a direction mark stands between.

    Nothing is in it when none begins near the end.
    """
    at = text.rfind("<", -_TAIL)
    inside = text[at + 1 : -1]
    if at < 0 or ">" in inside or "\n" in inside:
        return text, "", False
    if at and text[at - 1] in _MARKS:
        return text[: at - 1], inside, True
    return text[:at], inside, False


def _beside_angles(before: str, inside: str, *, marked: bool) -> tuple[str, str] | None:
    """The name of a file in or before angle brackets, and its caption.

    With a direction mark any words will do. Without, as in files of 2012 to 2016 and those that a tool has cleaned, the
    words have to be known, or the name has to be one that only the app gives.
    """
    words, colon, name = inside.partition(":")
    if not colon:
        words, colon, name = inside.partition("\uff1a")
    if not colon and (found := _BEHIND_NAME.fullmatch(inside)):
        name, words = found[1], found[2]
    name = name.strip(" ")
    if not name:
        return _before_angles(before, inside)
    if not words or len(words) > _WORDS or len(name) > _NAME:
        return None
    sure = marked or _bare(words) in ATTACHED_IN_ANGLES or _IOS_NAME.fullmatch(name)
    return (name, before.removesuffix(" ")) if sure else None


def _before_angles(before: str, inside: str) -> tuple[str, str] | None:
    begins = before.rfind("\n") + 1
    name = _bare(before[begins:])
    if not inside or before[-1:] != " " or len(name) > _NAME or not _has_extension(name):
        return None
    sure = _bare(inside) in ATTACHED_IN_ANGLES or _OLD_NAME.fullmatch(name)
    return (name, before[:begins]) if sure else None


def _bare(words: str) -> str:
    return words.strip("\u200e\u200f\u00a0 ")


def _has_extension(name: str) -> bool:
    stem, _, extension = name.rpartition(".")
    return bool(stem) and 0 < len(extension) <= _EXTENSION and extension.isalnum()


def _is_edited(before: str, words: str, learned: Learned = NOTHING_LEARNED) -> bool:
    return before[-1:] == " " and (words.rstrip(_STOPS) in EDITED or words in learned.edited)


def _with_caption(mark: str, text: str, learned: Learned) -> Body | None:
    """A file, or the words in place of one, and on the next lines what is said of it."""
    if file := _attached_android(mark, text, learned):
        return Body("media", file[1], file[0])
    line, _, caption = text.partition("\n")
    left_out = caption and (_WHOLE.get(line) == "media_omitted" or line[1:-1] in learned.omitted)
    return Body("media_omitted", caption) if left_out else None


def _attached_android(mark: str, text: str, learned: Learned) -> tuple[str, str] | None:
    """The name of a file and its caption: "Name.pdf • 2 pages (file attached)" and the lines behind it."""
    line, _, caption = text.partition("\n")
    if not line.endswith(")"):
        return None
    at = line.rfind("(")
    words = line[at + 1 : -1]
    known = words in ATTACHED or words in learned.attached
    if not (known or mark) or not 0 < at <= _TAIL or ")" in words or len(words) > _WORDS:
        return None
    name = line[:at].rstrip("\u200e\u200f").removesuffix(" ")
    if " • " in name and _PAGES.fullmatch(name):
        name = name.rpartition(" • ")[0]
    sure = _has_extension(name) or (known and mark) or _NAMELESS.fullmatch(name)
    return (name, caption) if sure and 0 < len(name) <= _NAME else None


def _by_app(lead: str, text: str) -> Body:
    """What the app wrote on iOS, which puts a mark before it, and another one before each further sentence."""
    sentence = text.partition("\u200e")[0].partition("\u200f")[0]
    kind = _WHOLE_IOS.get(sentence.rstrip(_STOPS) or text) or _structure(text)
    if kind:
        return Body(kind, text)
    if text.startswith(DELETED_BY):
        return Body("deleted", text)
    if len(sentence) < len(text) and not lead and _DURATION.match(text):
        return Body("call", text)
    if _is_command(text):  # a person pasted it together with a mark
        return Body("command", text)
    return Body("media_omitted" if lead else "system", text)


def _left_out(text: str) -> Body | None:
    """A caption, or the name of a document, whose file was left out: "Look! image omitted", a mark before the words."""
    at = max(text.rfind("\u200e"), text.rfind("\u200f"))
    if at < 1 or text[at - 1] not in " \n" or len(text) - at > _WORDS or "\n" in text[at:]:
        return None
    return Body("media_omitted", text[:at].removesuffix(" "))


def _without_pages(caption: str) -> str:
    if " • " not in caption:
        return caption
    last_line = caption.rfind("\n") + 1
    return caption[:last_line] if _PAGES.fullmatch(caption, last_line) else caption


def _structure(text: str) -> str | None:
    """The kind of what is built alike in all languages."""
    if ": https://" in text and _LOCATION.fullmatch(text):
        return "location"
    end = text.find("\n", 0, _TITLE)
    return "poll" if end > 1 and text[end - 1] in ":\uff1a" and _is_poll(text, text[:end]) else None


def _is_poll(text: str, title: str) -> bool:
    """Whether a title in capitals, a question, and options with votes make up `text`.

    Some languages write no number where there is one vote, or none.
    """
    lines = text.rstrip().split("\n")
    option = next((found for line in lines if (found := _OPTION.fullmatch(line))), None)
    if option is None or not _bare(lines[-1]).startswith(option[1]) or lines[-1][-1] not in ")\uff09":
        return False
    return _in_capitals(title + option[1]) and text.count(option[1]) > 1


def _in_capitals(text: str) -> bool:
    """Whether all letters are capitals, of scripts that write them."""
    return all(char == char.title() for char in text)


def _is_command(text: str) -> bool:
    if not text.startswith(_SLASHES):
        return False
    start = text[: len(_COMMAND)]
    plain = start.isascii() and start.lower() == _COMMAND
    return plain or _letters(text[: 2 * len(_COMMAND)]).startswith(_COMMAND)


def _letters(text: str) -> str:
    """`text` in lower case, without accents and marks, and no wider than usual."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
