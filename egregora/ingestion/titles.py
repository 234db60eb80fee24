"""The title of a chat, from the names of files."""

import re
import unicodedata
from pathlib import Path

from egregora.config.key import keyed_digest
from egregora.ingestion.headers import MARKS
from egregora.ingestion.words import AROUND_TITLES

_STORED = re.compile(r"[0-9a-f]{8}-(?=.)")  # put before the name when an export is copied into a project
_COPY = re.compile(r"(?: \(\d+\)|-\d)\Z")
_STAND_INS = re.compile(r"%20|[+_]")  # for spaces, after mail, cloud or web
_GENERIC = frozenset({"_chat", "chat", "whatsapp chat"})


def chat_id(title: str, key: bytes) -> str:
    """The id of the chat called `title`, whatever the case of its letters and the way its accents are written.

    Keyed: a group is often called by somebody's name, and its id is published.
    """
    plain = re.sub(f"[{MARKS}]", "", unicodedata.normalize("NFC", title))
    return "chat-" + keyed_digest(key, "chat", " ".join(plain.casefold().split()))[:8]


def title_of_export(path: Path) -> str:
    """The title that an export's own file name tells."""
    name = _STORED.sub("", path.name, count=1)
    stem = re.sub(r"\.(?:zip|txt)\Z", "", name, flags=re.IGNORECASE)
    return title_in(_COPY.sub("", stem)) or stem


def title_of_member(member: str) -> str | None:
    """The title that the name of the chat inside a zip tells, None for a name that all chats have."""
    stem = re.sub(r"\.txt\Z", "", re.split(r"[/\\]", member)[-1], flags=re.IGNORECASE)
    return None if stem.casefold() in _GENERIC else title_in(stem) or None


def title_in(stem: str) -> str:
    """What is left of a file's name when the app's words around the title are taken away."""
    for name in (stem, _STAND_INS.sub(" ", stem), _STAND_INS.sub(" ", stem).replace(".", " ")):
        for before, behind in AROUND_TITLES:
            if name.casefold().startswith(before) and name.casefold().endswith(behind):
                return name[len(before) : len(name) - len(behind)].strip()
    return stem.strip()
