"""Parses the body of a message: its kind, its text without the app's own marks, and the file that it names."""

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
from egregora.ingestion.content.learned_phrases import NO_LEARNED_PHRASES, LearnedPhrases

# Every repetition below is bounded: an unbounded one takes minutes on the longest texts that the app sends.
_MAX_NAME = 255  # characters in the name of a file
_MAX_WORDS = 80  # characters in the app's words beside it
_MAX_SUFFIX = _MAX_NAME + _MAX_WORDS + 4
_MARKS = "\u200e\u200f"
_COORDINATES = r"maps\.google\.com/\?q=-?\d{1,3}[.,]\d"
_LOCATION = re.compile(rf"(?:[^\n]{{1,80}}: https://{_COORDINATES}|[^\n]{{1,300}}: https://foursquare\.com/v/)\S+\s*")
_POLL_OPTION = re.compile(  # "OPTION: Yes (3 votes)", on iOS with a mark before each part
    r"[\u200e\u200f]?([^\n:\uff1a]{2,20}[:\uff1a]) [^\n]{0,200}"
    r"[(\uff08][\u200e\u200f]?\d{1,9}[ \u00a0]?[^\n()\uff08\uff09]{1,40}[)\uff09]"
)
_MAX_POLL_TITLE = 42
_DURATION = re.compile(r"[^\n\u200e\u200f]{2,60}[.,،。] ?[\u200e\u200f]\d{1,3}[ \u00a0]?[^\W\d_]")  # "Call. 2 min"
_PAGE_COUNT = re.compile(
    r"[^\n]{0,260} • [\u200e\u200f]?\d{1,9} [^\n]{0,40}"
)  # "Name.pdf • 2 pages" before an attachment
_NAME_THEN_WORDS = re.compile(r"(.{1,255}\.\w{1,5})((?: [^ .]{1,40}){1,3})")
_IOS_FILE = re.compile(r"\d{8,10}-.{1,246}\.\w{1,8}")
_OLD_FILE = re.compile(r"\d{4}-\d\d-\d\d-[A-Z]{3,8}-\d{8}\.\w{1,8}")
_UNNAMED_DOCUMENT = re.compile(r"DOC-\d{8}-WA\d{4,6}\.?")  # a document without a name and an extension
_MAX_EXTENSION = 8
_COMMAND = "/egregora"
_SLASHES = ("/", "\uff0f")
_PUNCTUATION = " .,،。।"
_KIND_BY_TEXT = (
    {"": "empty", "null": "empty"}
    | {text + stop: "deleted" for text in DELETED for stop in ("", ".", "。", "।")}
    | {text + stop: "call" for text in MISSED_CALLS for stop in ("", ".")}
    | dict.fromkeys(LIVE_LOCATIONS, "location")
    | dict.fromkeys(OMITTED, "media_omitted")
)
_KIND_BY_TEXT_IOS = _KIND_BY_TEXT | dict.fromkeys(CALLS, "call") | dict.fromkeys(OMITTED_BY_TYPE, "media_omitted")
WHOLE_PHRASES = frozenset(_KIND_BY_TEXT)  # whole texts on Android that have a kind of their own


class MessageBody(NamedTuple):
    """The content of a message, without time and author."""

    kind: str
    message: str
    attachment: str | None = None
    edited: bool = False


def parse_android_body(text_mark: str, text: str, learned: LearnedPhrases = NO_LEARNED_PHRASES) -> MessageBody:
    """Parse the body of an Android message. `text_mark` is the direction mark that `text` began with, or ""."""
    if kind := _KIND_BY_TEXT.get(text):
        return MessageBody(kind, text)
    edited = False
    if text[-1] == ">":
        before, words, marked = _split_angle_suffix(text)
        if words in learned.omitted and not before:
            return MessageBody("media_omitted", text)
        if file := _file_with_angles(before, words, marked=False):
            return MessageBody("media", file[1], file[0])
        if _is_edited(before, words, learned) or (marked and before[-1:] == " "):
            text, edited = before[:-1], True
    if body := _file_with_caption(text_mark, text, learned):
        return body._replace(edited=edited)
    kind = "deleted" if text.startswith(DELETED_BY) else _kind_by_structure(text)
    if kind and not edited:
        return MessageBody(kind, text)
    is_command = _is_command(text)
    return MessageBody("command" if is_command else "text", text if is_command else text_mark + text, None, edited)


def parse_ios_body(line_mark: str, text_mark: str, text: str) -> MessageBody:
    """Parse the body of an iOS message.

    `line_mark` is the direction mark before its line, `text_mark` the one that `text` began with; both may be "". Both
    together mean media. `line_mark` alone means a caption or an edited text. `text_mark` alone means that the app wrote
    it: a deleted message, a call, or else an event.
    """
    if text[-1:] == ">":
        before, words, marked = _split_angle_suffix(text_mark + text)
        if file := _file_with_angles(before, words, marked=marked):
            return MessageBody("media", _without_pages(file[1]), file[0])
        if before and ((line_mark and marked) or _is_edited(before, words)):
            return _edited_ios_body(before.removesuffix(" "))
    if text_mark:
        return _app_body(line_mark, text)
    if line_mark and (body := _omitted_behind_text(text)):
        return body
    if not text or text == "null":
        return MessageBody("empty", text)
    return MessageBody("command" if _is_command(text) else "text", text)


def _edited_ios_body(text: str) -> MessageBody:
    """The body of an edited iOS message. `text` is without the phrase for edited."""
    if text[-1:] == ">":
        before, words, marked = _split_angle_suffix(text)
        if file := _file_with_angles(before, words, marked=marked):
            return MessageBody("media", _without_pages(file[1]), file[0], edited=True)
    return MessageBody("command" if _is_command(text) else "text", text, edited=True)


def _split_angle_suffix(text: str) -> tuple[str, str, bool]:
    """Split a text that ends in ">": what is before the bracket, the words in it, whether a mark precedes it.

    The words are "" when no bracket opens near the end.
    """
    index = text.rfind("<", -_MAX_SUFFIX)
    inside = text[index + 1 : -1]
    if index < 0 or ">" in inside or "\n" in inside:
        return text, "", False
    if index and text[index - 1] in _MARKS:
        return text[: index - 1], inside, True
    return text[:index], inside, False


def _file_with_angles(before: str, inside: str, *, marked: bool) -> tuple[str, str] | None:
    """Name and caption of a file whose name stands in or before angle brackets. None when it is no file.

    After a direction mark any words count. Without one, as in files of 2012 to 2016 or cleaned by a tool, the words
    must be known or the name must be one that only the app gives.
    """
    words, colon, name = inside.partition(":")
    if not colon:
        words, colon, name = inside.partition("\uff1a")
    if not colon and (match := _NAME_THEN_WORDS.fullmatch(inside)):
        name, words = match[1], match[2]
    name = name.strip(" ")
    if not name:
        return _file_before_angles(before, inside)
    if not words or len(words) > _MAX_WORDS or len(name) > _MAX_NAME:
        return None
    is_file = marked or _trimmed(words) in ATTACHED_IN_ANGLES or _IOS_FILE.fullmatch(name)
    return (name, before.removesuffix(" ")) if is_file else None


def _file_before_angles(before: str, inside: str) -> tuple[str, str] | None:
    """The same, where the name stands before the brackets."""
    line_start = before.rfind("\n") + 1
    name = _trimmed(before[line_start:])
    if not inside or before[-1:] != " " or len(name) > _MAX_NAME or not _has_extension(name):
        return None
    is_file = _trimmed(inside) in ATTACHED_IN_ANGLES or _OLD_FILE.fullmatch(name)
    return (name, before[:line_start]) if is_file else None


def _trimmed(words: str) -> str:
    """`words` without direction marks and spaces around them."""
    return words.strip("\u200e\u200f\u00a0 ")


def _has_extension(name: str) -> bool:
    stem, _, extension = name.rpartition(".")
    return bool(stem) and 0 < len(extension) <= _MAX_EXTENSION and extension.isalnum()


def _is_edited(before: str, words: str, learned: LearnedPhrases = NO_LEARNED_PHRASES) -> bool:
    """Whether `words` in angle brackets behind a text say that it was edited."""
    return before[-1:] == " " and (words.rstrip(_PUNCTUATION) in EDITED or words in learned.edited)


def _file_with_caption(text_mark: str, text: str, learned: LearnedPhrases) -> MessageBody | None:
    """The body of a message whose first line names a file, or says it was omitted. The other lines are the caption."""
    if file := _attached_android(text_mark, text, learned):
        return MessageBody("media", file[1], file[0])
    line, _, caption = text.partition("\n")
    is_omitted = caption and (_KIND_BY_TEXT.get(line) == "media_omitted" or line[1:-1] in learned.omitted)
    return MessageBody("media_omitted", caption) if is_omitted else None


def _attached_android(text_mark: str, text: str, learned: LearnedPhrases) -> tuple[str, str] | None:
    """Name and caption of an Android file: "Name.pdf • 2 pages (file attached)" and the lines behind it."""
    line, _, caption = text.partition("\n")
    if not line.endswith(")"):
        return None
    index = line.rfind("(")
    words = line[index + 1 : -1]
    known = words in ATTACHED or words in learned.attached
    if not (known or text_mark) or not 0 < index <= _MAX_SUFFIX or ")" in words or len(words) > _MAX_WORDS:
        return None
    name = line[:index].rstrip("\u200e\u200f").removesuffix(" ")
    if " • " in name and _PAGE_COUNT.fullmatch(name):
        name = name.rpartition(" • ")[0]
    is_file = _has_extension(name) or (known and text_mark) or _UNNAMED_DOCUMENT.fullmatch(name)
    return (name, caption) if is_file and 0 < len(name) <= _MAX_NAME else None


def _app_body(line_mark: str, text: str) -> MessageBody:
    """The body of an iOS text that the app wrote. The app puts a mark before it and before each further sentence."""
    sentence = text.partition("\u200e")[0].partition("\u200f")[0]
    kind = _KIND_BY_TEXT_IOS.get(sentence.rstrip(_PUNCTUATION) or text) or _kind_by_structure(text)
    if kind:
        return MessageBody(kind, text)
    if text.startswith(DELETED_BY):
        return MessageBody("deleted", text)
    if len(sentence) < len(text) and not line_mark and _DURATION.match(text):
        return MessageBody("call", text)
    if _is_command(text):  # a person pasted a command with a direction mark
        return MessageBody("command", text)
    return MessageBody("media_omitted" if line_mark else "system", text)


def _omitted_behind_text(text: str) -> MessageBody | None:
    """A caption or document name whose file was omitted: "Look! image omitted", a mark before the words."""
    index = max(text.rfind("\u200e"), text.rfind("\u200f"))
    if index < 1 or text[index - 1] not in " \n" or len(text) - index > _MAX_WORDS or "\n" in text[index:]:
        return None
    return MessageBody("media_omitted", text[:index].removesuffix(" "))


def _without_pages(caption: str) -> str:
    """`caption` without a last line that gives the number of pages."""
    if " • " not in caption:
        return caption
    last_line = caption.rfind("\n") + 1
    return caption[:last_line] if _PAGE_COUNT.fullmatch(caption, last_line) else caption


def _kind_by_structure(text: str) -> str | None:
    """The kind of a text whose structure is the same in all languages. None when it has no such structure."""
    if ": https://" in text and _LOCATION.fullmatch(text):
        return "location"
    end = text.find("\n", 0, _MAX_POLL_TITLE)
    return "poll" if end > 1 and text[end - 1] in ":\uff1a" and _is_poll(text, text[:end]) else None


def _is_poll(text: str, title: str) -> bool:
    """Whether `text` is a poll: a title in capitals, a question, and options with votes.

    Some languages write no number for one vote or none.
    """
    lines = text.rstrip().split("\n")
    option = next((match for line in lines if (match := _POLL_OPTION.fullmatch(line))), None)
    if option is None or not _trimmed(lines[-1]).startswith(option[1]) or lines[-1][-1] not in ")\uff09":
        return False
    return _in_capitals(title + option[1]) and text.count(option[1]) > 1


def _in_capitals(text: str) -> bool:
    """Whether all letters are capitals, in scripts that have them."""
    return all(char == char.title() for char in text)


def _is_command(text: str) -> bool:
    if not text.startswith(_SLASHES):
        return False
    start = text[: len(_COMMAND)]
    plain = start.isascii() and start.lower() == _COMMAND
    return plain or _fold_letters(text[: 2 * len(_COMMAND)]).startswith(_COMMAND)


def _fold_letters(text: str) -> str:
    """`text` in lower case, of normal width, without accents and invisible characters."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
