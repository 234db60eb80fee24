"""The chats in an export, which is a zip, a folder, or a bare text."""

import re
import unicodedata
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path

from egregora.core.errors import ExportError
from egregora.ingestion.header.learn import read_head
from egregora.ingestion.source import file_kind as mistaken
from egregora.ingestion.source.encodings import LEAST, utf8_pieces
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

_PIECE = 1 << 20
_BEGINNING = 256 << 10
_TEXTS = 2_000  # that are looked at in search of chats
_DENSE = 20  # lines to a head at the most; fewer heads may stand in any text
_SURELY = 200  # heads
_APPS_NAME = re.compile(r"_chat(?:[ -]\d+| ?\(\d+\)| copy)?\.txt", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of an export: its text can be read again and again, each time from the start."""

    path: Path
    member: str | None  # its path in the container, through the zip in it; None when the export is the bare text
    written_on: date | None  # a message cannot be later; None when unknown
    inner: str | None = None  # the zip in the container that it is in
    others: frozenset[str] = field(default=frozenset(), repr=False)
    is_only: bool = True  # whether the export has no other chat
    size: int = field(default=0, compare=False)  # bytes, as the container says

    def pieces(self, size: int = _PIECE) -> Generator[bytes, None, None]:
        """The text as UTF-8, whatever the file's encoding, in pieces of about `size` bytes; line ends as they are.

        No piece ends inside a character, and a mark at the very start is left out.
        Errors: ExportError when the file is damaged, encrypted, or beyond the limits.
        """
        return utf8_pieces(lambda: self._raw(max(size, LEAST)))

    def beginning(self) -> str:
        """The first few hundred kilobytes of the text."""
        with closing(self.pieces(_BEGINNING)) as begins:
            return next(begins, b"").decode()

    def files(self) -> frozenset[str]:
        """The names, without folders, of the files that came with the chat: none with a bare text."""
        return self.others

    def _raw(self, size: int) -> Iterator[bytes]:
        left, where = CHAT_LIMIT, f"{self.path}, {self.member}" if self.member else str(self.path)
        for piece in self._bare(size) if self.member is None else self._packed(self.member, size):
            left -= len(piece)
            if left < 0:
                raise _too_large(where)
            yield piece

    def _bare(self, size: int) -> Iterator[bytes]:
        with reading(str(self.path)), self.path.open("rb") as file:
            while piece := file.read(size):
                yield piece

    def _packed(self, name: str, size: int) -> Iterator[bytes]:
        with _container(self.path, self.inner) as container:
            member = container.members.get(name.removeprefix(f"{self.inner}/") if self.inner else name)
            if member is None:
                raise ExportError("the chat is gone from the export", where=f"{self.path}, {name}", fix=EXPORT_AGAIN)
            yield from container.pieces(member, size)


def open_chats(path: Path) -> tuple[Chat, ...]:
    """Every chat in the export at `path`, at least one, in the order of the members' names.

    A chat is a text that has heads of messages, many at its beginning unless the app named it `_chat.txt` or it is the
    only one; a text that came as an attachment to another is none. Where there is no text at all, zips in the zip are
    opened, but no zips in those.
    Errors: ExportError for what is no export, is damaged, encrypted, beyond the limits, or has a member that leads
    out of it.
    """
    with reading(str(path)):
        is_folder = path.is_dir()
        if not is_folder and path.stat().st_size == 0:
            raise ExportError("the export is empty", where=str(path), fix=EXPORT_AGAIN)
    if not is_folder and not is_zip(path):
        return (_bare_text(path),)
    with open_container(path) as container:
        chats = _chats_in(container, None) or _chats_in_zips(container)
        if not chats:
            raise _no_chat(container)
    is_only = len(chats) == 1
    return tuple(replace(chat, is_only=is_only) for chat in sorted(chats, key=lambda chat: chat.member or ""))


@contextmanager
def _container(path: Path, inner: str | None) -> Iterator[Container]:
    with open_container(path) as outer:
        if inner is None:
            yield outer
            return
        with reading(f"{path}, {inner}"):
            member = outer.members[inner]
        with open_inner(outer, member) as container:
            yield container


def _bare_text(path: Path) -> Chat:
    chat = Chat(path, None, None, size=path.stat().st_size)
    if path.stat().st_size > CHAT_LIMIT:
        raise _too_large(str(path))
    if not _heads(chat)[0]:
        with reading(str(path)), path.open("rb") as file:
            like = mistaken.file_like(file.read(16))
        what = f"this is {like}, not a chat" if like else "no line looks like a message of a WhatsApp chat"
        raise ExportError(what, where=str(path), fix=EXPORT_AGAIN)
    return chat


def _too_large(where: str) -> ExportError:
    return ExportError(f"the chat has more than {CHAT_LIMIT >> 20} MB", where=where, fix=EXPORT_AGAIN)


def _chats_in_zips(container: Container) -> list[Chat]:
    chats: list[Chat] = []
    for member in inner_zips(container):
        with open_inner(container, member) as inner:
            found = _chats_in(inner, member.name)
            if not found and inner_zips(inner):
                what = "there is a zip in the zip in the zip, and no chat before"
                raise ExportError(what, where=inner.where, fix="unpack the outer one, and give what was in it")
            chats += found
    return chats


def _chats_in(container: Container, inner: str | None) -> list[Chat]:
    texts = {text.name: _chat(container, text, inner) for text in _candidates(container)}
    heads = {name: _heads(chat) for name, chat in texts.items()}
    some = [name for name, (count, _) in heads.items() if count]
    dense = [name for name in some if _is_apps(container.members[name]) or heads[name][0] * _DENSE >= heads[name][1]]
    found = dense or sorted(some, key=lambda name: (-heads[name][0], name))[:1]
    attached = _attached({name: texts[name] for name in found})
    chats = [name for name in found if name not in attached or len(attached) == len(found)]
    return [replace(texts[name], others=_others(container, name, chats)) for name in chats]


def _is_apps(member: Member) -> bool:
    """Whether its name is the one that iOS gives to every chat."""
    return _APPS_NAME.fullmatch(member.base) is not None


def _candidates(container: Container) -> list[Member]:
    """The texts that may be chats: not those beside a `_chat.txt`, which is what attachments are."""
    texts = [member for name, member in sorted(container.members.items()) if name.lower().endswith(".txt")]
    named = [text for text in texts if _is_apps(text)]
    folders = {text.folder for text in named}
    others = [text for text in texts if text.folder not in folders]
    harmless = [text for text in others if text.size <= text.most()]
    if not (named or harmless):
        return others
    return [*named, *sorted(harmless, key=lambda text: -text.size)[:_TEXTS]]


def _chat(container: Container, text: Member, inner: str | None) -> Chat:
    return Chat(container.path, f"{inner}/{text.name}" if inner else text.name, text.written_on, inner, size=text.size)


def _others(container: Container, chat: str, chats: Collection[str]) -> frozenset[str]:
    """The names of the files that came with a chat: of several chats each has those in its own folder and below."""
    folder = chat[: chat.rfind("/") + 1] if len(chats) > 1 else ""
    apart = frozenset(chats)
    named = container.members.items()
    return frozenset(member.base for name, member in named if name.startswith(folder) and name not in apart)


def _heads(chat: Chat) -> tuple[int, int]:
    """How many lines at the chat's beginning have the head of a message, and how many lines with a text there are.

    So many heads that it is surely a chat are enough.
    """
    heads = lines = 0
    for line in filter(str.strip, chat.beginning().split("\n")):
        lines += 1
        heads += read_head(line) is not None
        if heads == _SURELY and heads * _DENSE >= lines:
            break
    return heads, lines


def _attached(texts: Mapping[str, Chat]) -> set[str]:
    """The texts that others speak of as their attachments, as in "Ana: notes.txt (file attached)"."""
    found: set[str] = set()
    if len(texts) > 1:
        signs = {name: _signs(name) for name in texts if not _APPS_NAME.fullmatch(name.rpartition("/")[2])}
        for name, chat in texts.items():
            found |= _spoken_of({other: sign for other, sign in signs.items() if other != name}, chat)
    return found


def _signs(name: str) -> tuple[bytes, ...]:
    """How a message speaks of the attachment called `name`, behind a colon or a mark and before a word of the app."""
    base = name.rpartition("/")[2]
    written = {unicodedata.normalize(form, base) for form in ("NFC", "NFD")}
    around = product((": ", "\u200e"), sorted(written), (" (", ">"))
    return tuple("".join(parts).encode() for parts in around)


def _spoken_of(signs: Mapping[str, tuple[bytes, ...]], chat: Chat) -> set[str]:
    longest = max((len(sign) for some in signs.values() for sign in some), default=0)
    found: set[str] = set()
    tail = b""
    for piece in chat.pieces() if signs else ():
        seen = tail + piece
        found.update(name for name, some in signs.items() if any(sign in seen for sign in some))
        tail = seen[-longest:]
    return found


def _no_chat(container: Container) -> ExportError:
    names = container.members
    kind = "zip" if container.archive else "folder"
    if like := mistaken.zip_like(names):
        what = f"this is {like}, not a chat"
    elif any(name.lower().endswith(".txt") for name in names):
        what = f"this {kind} has {mistaken.counted(names)}, and no line looks like a message of a WhatsApp chat"
    else:
        what = f"this {kind} has {mistaken.counted(names)} and no chat text"
    return ExportError(what, where=str(container.path), fix=EXPORT_AGAIN)
