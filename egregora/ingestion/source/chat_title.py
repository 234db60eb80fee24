"""Finds the title of a chat in the names of its files."""

import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from egregora.config.key import keyed_digest
from egregora.ingestion.content.app_phrases import TITLE_AFFIXES
from egregora.ingestion.header.learn import DIRECTION_MARKS

_STORED_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")  # prefix of an export that was copied into a project
_ENDINGS = re.compile(r"(?:\.(?:zip|txt))+\Z", re.IGNORECASE)
_COPY = re.compile(  # "(1)", "-2", " copy", " - Copy (2)", and all of them again; a year in brackets is no number
    r"(?:[ _]?\(\d{1,2}\)|-\d|[ _](?:-[ _])?(?:copy|kopie|copie|copia|cópia)(?:[ _]\d{1,2})?)+\Z", re.IGNORECASE
)
_SPACE_STAND_INS = re.compile(r"[+_]")  # characters that mail, cloud or web put for spaces
_PERCENT_ENCODED = re.compile(r"[^%]*(?:%[0-9A-Fa-f]{2}[^%]*)+")
_GENERIC = frozenset({"_chat", "chat", "whatsapp chat"})


def chat_id(title: str, key: bytes) -> str:
    """The id of the chat called `title`. Case and the encoding of accents do not matter.

    Keyed, because the id is published and a group is often called by somebody's name.
    """
    plain = re.sub(f"[{DIRECTION_MARKS}]", "", unicodedata.normalize("NFC", title))
    return "chat-" + keyed_digest(key, "chat", " ".join(plain.casefold().split()))[:8]


def title_of_export(path: Path) -> str:
    """The title in the file name of an export."""
    stem = _stem(_STORED_PREFIX.sub("", path.name, count=1))
    return title_in(_COPY.sub("", stem)) or stem


def title_of_member(member: str) -> str | None:
    """The title in a chat's name inside a container. None when the name is one that every chat has.

    Then its folder or zip may give it, if that name has the app's words.
    """
    *folders, name = (_stem(part) for part in re.split(r"[/\\]", member))
    if _COPY.sub("", name).casefold() not in _GENERIC:
        inside = _between_affixes(name)
        return (name.strip() if inside is None else inside) or None
    return _between_affixes(_COPY.sub("", folders[-1])) if folders else None


def folder_of_member(member: str) -> str | None:
    """Name of the folder or zip that holds a chat inside a container. None when there is none."""
    *folders, _ = (_stem(part) for part in re.split(r"[/\\]", member))
    return folders[-1] if folders else None


def title_in(stem: str) -> str:
    """A file name without the app's words around the title."""
    return _between_affixes(stem) or stem.strip()


def _stem(name: str) -> str:
    """A file name without its ending; percent-decoded when it is encoded as a whole."""
    stem = _ENDINGS.sub("", name)
    if _PERCENT_ENCODED.fullmatch(stem):
        with suppress(UnicodeDecodeError):
            stem = unquote(stem, errors="strict")
    return unicodedata.normalize("NFC", stem).replace("\u05f3", "'")  # two spellings of the Hebrew "צ'אט"


def _between_affixes(stem: str) -> str | None:
    """The title in a name that has the app's words around it. None for other names."""
    spaced = _SPACE_STAND_INS.sub(" ", stem)
    for name in (stem, spaced, spaced.replace(".", " ")):
        for before, behind in TITLE_AFFIXES:
            if name.casefold().startswith(before) and name.casefold().endswith(behind):
                return name[len(before) : len(name) - len(behind)].strip()
    return None
