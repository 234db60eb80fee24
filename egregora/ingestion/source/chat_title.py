"""The title of a chat, from the names of files."""

import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from egregora.config.key import keyed_digest
from egregora.ingestion.content.app_phrases import AROUND_TITLES
from egregora.ingestion.header.learn import MARKS

_STORED = re.compile(r"[0-9a-f]{8}-(?=.)")  # put before the name when an export is copied into a project
_ENDINGS = re.compile(r"(?:\.(?:zip|txt))+\Z", re.IGNORECASE)
_COPY = re.compile(  # "(1)", "-2", " copy", " - Copy (2)", and all of them again; a year in brackets is no number
    r"(?:[ _]?\(\d{1,2}\)|-\d|[ _](?:-[ _])?(?:copy|kopie|copie|copia|cópia)(?:[ _]\d{1,2})?)+\Z", re.IGNORECASE
)
_STAND_INS = re.compile(r"[+_]")  # for spaces, after mail, cloud or web
_ENCODED = re.compile(r"[^%]*(?:%[0-9A-Fa-f]{2}[^%]*)+")
_GENERIC = frozenset({"_chat", "chat", "whatsapp chat"})


def chat_id(title: str, key: bytes) -> str:
    """The id of the chat called `title`, whatever the case of its letters and the way its accents are written.

    Keyed: a group is often called by somebody's name, and its id is published.
    """
    plain = re.sub(f"[{MARKS}]", "", unicodedata.normalize("NFC", title))
    return "chat-" + keyed_digest(key, "chat", " ".join(plain.casefold().split()))[:8]


def title_of_export(path: Path) -> str:
    """The title that an export's own file name tells."""
    stem = _stem(_STORED.sub("", path.name, count=1))
    return title_in(_COPY.sub("", stem)) or stem


def title_of_member(member: str) -> str | None:
    """The title that the name of the chat inside a container tells, None for a name that all chats have.

    Then the folder or the zip that it is in may tell, where its name has the app's words.
    """
    *around, name = (_stem(part) for part in re.split(r"[/\\]", member))
    if _COPY.sub("", name).casefold() not in _GENERIC:
        inside = _within_words(name)
        return (name.strip() if inside is None else inside) or None
    return _within_words(_COPY.sub("", around[-1])) if around else None


def folder_of_member(member: str) -> str | None:
    """The name of the folder, or of the zip, that a chat is in inside a container."""
    *around, _ = (_stem(part) for part in re.split(r"[/\\]", member))
    return around[-1] if around else None


def title_in(stem: str) -> str:
    """What is left of a file's name when the app's words around the title are taken away."""
    return _within_words(stem) or stem.strip()


def _stem(name: str) -> str:
    """A file's name without its ending, percent signs decoded when it is encoded as a whole."""
    stem = _ENDINGS.sub("", name)
    if _ENCODED.fullmatch(stem):
        with suppress(UnicodeDecodeError):
            stem = unquote(stem, errors="strict")
    return unicodedata.normalize("NFC", stem).replace("\u05f3", "'")  # two ways to write the Hebrew "צ'אט"


def _within_words(stem: str) -> str | None:
    """The title in a name with the app's words, None in one without."""
    spaced = _STAND_INS.sub(" ", stem)
    for name in (stem, spaced, spaced.replace(".", " ")):
        for before, behind in AROUND_TITLES:
            if name.casefold().startswith(before) and name.casefold().endswith(behind):
                return name[len(before) : len(name) - len(behind)].strip()
    return None
