"""Opens an export, which is a zip, a folder or a text file, and finds the chats in it."""

import re
import unicodedata
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path

from egregora.core.errors import ExportError
from egregora.ingestion.header.learn import read_header
from egregora.ingestion.source import file_kind
from egregora.ingestion.source.encodings import MIN_FIRST_PIECE, utf8_pieces
from egregora.utils.archives import (
    EXPORT_AGAIN,
    Container,
    Member,
    inner_zips,
    is_zip,
    open_container,
    open_inner,
    reading,
)

CHAT_LIMIT = 2 << 30  # bytes; a million messages have about 85 MB

_PIECE_BYTES = 1 << 20
_BEGINNING_BYTES = 256 << 10
_MAX_TEXTS = 2_000  # texts that are examined in search of chats
_LINES_PER_HEADER = 20  # at most so many lines per header; any text may have a few headers
_ENOUGH_HEADERS = 200  # headers that prove a chat
_APP_FILE_NAME = re.compile(r"_chat(?:[ -]\d+| ?\(\d+\)| copy)?\.txt", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat of an export. Its text can be read any number of times."""

    path: Path
    member: str | None  # its path, that of an inner zip included; None when the export is the text itself
    written_on: date | None  # no message can be later; None when unknown
    inner_zip: str | None = None  # name of the zip in the container that holds it; None when there is none
    file_names: frozenset[str] = field(default=frozenset(), repr=False)
    is_only: bool = True  # whether the export has only this chat
    size: int = field(default=0, compare=False)  # bytes, according to the container

    def pieces(self, size: int = _PIECE_BYTES) -> Generator[bytes, None, None]:
        """The text as UTF-8, whatever the file's encoding, in pieces of about `size` bytes. Line ends are unchanged.

        No piece ends inside a character. A byte order mark is left out.
        Errors: ExportError when the file is damaged, encrypted, or beyond the limits.
        """
        return utf8_pieces(lambda: self._raw(max(size, MIN_FIRST_PIECE)))

    def beginning(self) -> str:
        """The first few hundred kilobytes of the text."""
        with closing(self.pieces(_BEGINNING_BYTES)) as pieces:
            return next(pieces, b"").decode()

    def files(self) -> frozenset[str]:
        """The names, without folders, of the files that came with the chat. Empty for a text file."""
        return self.file_names

    def _raw(self, size: int) -> Iterator[bytes]:
        left, where = CHAT_LIMIT, f"{self.path}, {self.member}" if self.member else str(self.path)
        for piece in self._read_file(size) if self.member is None else self._read_member(self.member, size):
            left -= len(piece)
            if left < 0:
                raise _too_large(where)
            yield piece

    def _read_file(self, size: int) -> Iterator[bytes]:
        with reading(str(self.path)), self.path.open("rb") as file:
            while piece := file.read(size):
                yield piece

    def _read_member(self, name: str, size: int) -> Iterator[bytes]:
        with _container(self.path, self.inner_zip) as container:
            member = container.members.get(name.removeprefix(f"{self.inner_zip}/") if self.inner_zip else name)
            if member is None:
                raise ExportError("the chat is gone from the export", where=f"{self.path}, {name}", fix=EXPORT_AGAIN)
            yield from container.pieces(member, size)


def open_chats(path: Path) -> tuple[Chat, ...]:
    """Every chat in the export at `path`, at least one, ordered by the members' names.

    A chat is a text with message headers: many at its beginning, unless the app named it `_chat.txt` or it is the only
    one. A text that is an attachment of another chat is none. When there is no text, zips inside the zip are opened,
    but not zips inside those.
    Errors: ExportError when it is no export, damaged, encrypted, beyond the limits, or a member's path leads out of it.
    """
    with reading(str(path)):
        is_folder = path.is_dir()
        if not is_folder and path.stat().st_size == 0:
            raise ExportError("the export is empty", where=str(path), fix=EXPORT_AGAIN)
    if not is_folder and not is_zip(path):
        return (_open_text(path),)
    with open_container(path) as container:
        chats = _chats_in(container, None) or _chats_in_zips(container)
        if not chats:
            raise _no_chat(container)
    is_only = len(chats) == 1
    return tuple(replace(chat, is_only=is_only) for chat in sorted(chats, key=lambda chat: chat.member or ""))


@contextmanager
def _container(path: Path, inner_zip: str | None) -> Iterator[Container]:
    with open_container(path) as outer:
        if inner_zip is None:
            yield outer
            return
        with reading(f"{path}, {inner_zip}"):
            member = outer.members[inner_zip]
        with open_inner(outer, member) as container:
            yield container


def _open_text(path: Path) -> Chat:
    chat = Chat(path, None, None, size=path.stat().st_size)
    if path.stat().st_size > CHAT_LIMIT:
        raise _too_large(str(path))
    if not _count_headers(chat)[0]:
        with reading(str(path)), path.open("rb") as file:
            description = file_kind.describe_file(file.read(16))
        what = (
            f"this is {description}, not a chat" if description else "no line looks like a message of a WhatsApp chat"
        )
        raise ExportError(what, where=str(path), fix=EXPORT_AGAIN)
    return chat


def _too_large(where: str) -> ExportError:
    return ExportError(f"the chat has more than {CHAT_LIMIT >> 20} MB", where=where, fix=EXPORT_AGAIN)


def _chats_in_zips(container: Container) -> list[Chat]:
    chats: list[Chat] = []
    for member in inner_zips(container):
        with open_inner(container, member) as inner:
            chats_inside = _chats_in(inner, member.name)
            if not chats_inside and inner_zips(inner):
                what = "there is a zip in the zip in the zip, and no chat before"
                raise ExportError(what, where=inner.where, fix="unpack the outer one, and give what was in it")
            chats += chats_inside
    return chats


def _chats_in(container: Container, inner_zip: str | None) -> list[Chat]:
    texts = {text.name: _chat(container, text, inner_zip) for text in _candidates(container)}
    headers = {name: _count_headers(chat) for name, chat in texts.items()}
    with_headers = [name for name, (count, _) in headers.items() if count]
    likely = [
        name
        for name in with_headers
        if _is_named_by_app(container.members[name]) or headers[name][0] * _LINES_PER_HEADER >= headers[name][1]
    ]
    names = likely or sorted(with_headers, key=lambda name: (-headers[name][0], name))[:1]
    attached = _attached_texts({name: texts[name] for name in names})
    chats = [name for name in names if name not in attached or len(attached) == len(names)]
    return [replace(texts[name], file_names=_files_of_chat(container, name, chats)) for name in chats]


def _is_named_by_app(member: Member) -> bool:
    """Whether a member has the name that iOS gives to every chat."""
    return _APP_FILE_NAME.fullmatch(member.base) is not None


def _candidates(container: Container) -> list[Member]:
    """The texts that may be chats. Texts beside a `_chat.txt` are attachments."""
    texts = [member for name, member in sorted(container.members.items()) if name.lower().endswith(".txt")]
    named_by_app = [text for text in texts if _is_named_by_app(text)]
    folders = {text.folder for text in named_by_app}
    elsewhere = [text for text in texts if text.folder not in folders]
    readable = [text for text in elsewhere if text.size <= text.most()]
    if not (named_by_app or readable):
        return elsewhere
    return [*named_by_app, *sorted(readable, key=lambda text: -text.size)[:_MAX_TEXTS]]


def _chat(container: Container, text: Member, inner_zip: str | None) -> Chat:
    return Chat(
        container.path,
        f"{inner_zip}/{text.name}" if inner_zip else text.name,
        text.written_on,
        inner_zip,
        size=text.size,
    )


def _files_of_chat(container: Container, chat: str, chats: Collection[str]) -> frozenset[str]:
    """Names of the files that came with a chat. With several chats, those in its own folder and below."""
    folder = chat[: chat.rfind("/") + 1] if len(chats) > 1 else ""
    chat_names = frozenset(chats)
    members = container.members.items()
    return frozenset(member.base for name, member in members if name.startswith(folder) and name not in chat_names)


def _count_headers(chat: Chat) -> tuple[int, int]:
    """Number of lines with a message header at the beginning of a chat, and number of lines that are not blank.

    Counting stops when there are enough headers to be sure.
    """
    headers = lines = 0
    for line in filter(str.strip, chat.beginning().split("\n")):
        lines += 1
        headers += read_header(line) is not None
        if headers == _ENOUGH_HEADERS and headers * _LINES_PER_HEADER >= lines:
            break
    return headers, lines


def _attached_texts(texts: Mapping[str, Chat]) -> set[str]:
    """The texts that other chats name as attachments, as in "Ana: notes.txt (file attached)"."""
    attached: set[str] = set()
    if len(texts) > 1:
        mentions = {name: _mentions(name) for name in texts if not _APP_FILE_NAME.fullmatch(name.rpartition("/")[2])}
        for name, chat in texts.items():
            attached |= _mentioned_in({other: mention for other, mention in mentions.items() if other != name}, chat)
    return attached


def _mentions(name: str) -> tuple[bytes, ...]:
    """How a message names the attachment `name`: behind a colon or a mark, and before a word of the app."""
    base = name.rpartition("/")[2]
    spellings = {unicodedata.normalize(form, base) for form in ("NFC", "NFD")}
    parts = product((": ", "\u200e"), sorted(spellings), (" (", ">"))
    return tuple("".join(combination).encode() for combination in parts)


def _mentioned_in(mentions: Mapping[str, tuple[bytes, ...]], chat: Chat) -> set[str]:
    """The names of texts that `chat` mentions as attachments."""
    longest = max((len(mention) for texts in mentions.values() for mention in texts), default=0)
    mentioned: set[str] = set()
    overlap = b""
    for piece in chat.pieces() if mentions else ():
        joined = overlap + piece
        mentioned.update(name for name, texts in mentions.items() if any(mention in joined for mention in texts))
        overlap = joined[-longest:]
    return mentioned


def _no_chat(container: Container) -> ExportError:
    names = container.members
    kind = "zip" if container.archive else "folder"
    if description := file_kind.describe_zip(names):
        what = f"this is {description}, not a chat"
    elif any(name.lower().endswith(".txt") for name in names):
        what = f"this {kind} has {file_kind.describe_files(names)}, and no line looks like a message of a WhatsApp chat"
    else:
        what = f"this {kind} has {file_kind.describe_files(names)} and no chat text"
    return ExportError(what, where=str(container.path), fix=EXPORT_AGAIN)
