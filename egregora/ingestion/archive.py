"""An export file, a zip or a bare text, and the members of it that are safe to read."""

import codecs
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO

from egregora.core.errors import ExportError
from egregora.ingestion.headers import shapes

MEMBER_LIMIT = 200_000
CHAT_LIMIT = 2 << 30  # bytes; a million messages have about 85 MB
RATIO_LIMIT = 200  # a chat packs about 5:1
_SMALL = 16 << 20  # below this a high ratio harms nobody
_PIECE = 2 << 20
_SNIFF = 256 << 10
_CANDIDATES = 500
_AGAIN = "export the chat again in WhatsApp and take the file as it comes"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an export, by its path in the zip."""

    name: str
    size: int
    written_on: date | None


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat of an export: its text can be read again and again, each time from the start."""

    path: Path
    member: str | None  # None when the export is the bare text
    written_on: date | None  # a message cannot be later; None when unknown

    def pieces(self) -> Iterator[str]:
        """The chat's text, decoded, in pieces of two megabytes; line ends as they are.

        Errors: ExportError when the file is damaged.
        """
        with _errors_of(self.path), _opened(self.path, self.member) as file:
            data = file.read(_PIECE)
            decoder = codecs.getincrementaldecoder(_encoding(data))(errors="replace")
            while data:
                yield decoder.decode(data)
                data = file.read(_PIECE)
            if rest := decoder.decode(b"", final=True):
                yield rest

    def beginning(self) -> str:
        """The first few hundred kilobytes of the text."""
        with _errors_of(self.path), _opened(self.path, self.member) as file:
            return _decoded(file.read(_SNIFF))


def open_chat(path: Path) -> Chat:
    """The chat in the export at `path`.

    In a zip it is `_chat.txt`, or else the text with the most messages at its beginning.
    Errors: ExportError for what is no export, is damaged, encrypted, or beyond the limits.
    """
    with _errors_of(path):
        if path.stat().st_size == 0:
            raise ExportError("the export is empty", where=str(path), fix=_AGAIN)
        if not zipfile.is_zipfile(path):
            return _bare_text(path)
        texts = [member for member in open_members(path) if member.name.lower().endswith(".txt")]
        chosen = _choose(path, texts)
        _check_chat(path, chosen.name)
        return Chat(path, chosen.name, chosen.written_on)


def open_members(path: Path) -> tuple[Member, ...]:
    """The members of a zip that are safe to read, without the folders and what macOS adds.

    Left out are names that lead out of the archive (absolute, with a drive or "..") and links. Nothing is unpacked.
    Order: as in the zip; of a name that comes twice the last one counts.
    Errors: ExportError when it is no zip, or has more members than an export can have.
    """
    with _errors_of(path), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MEMBER_LIMIT:
            raise ExportError(
                f"the zip has {len(entries)} members, more than {MEMBER_LIMIT}", where=str(path), fix=_AGAIN
            )
        safe = {entry.filename: entry for entry in entries if _is_safe(entry)}
        return tuple(Member(name, entry.file_size, _day(entry)) for name, entry in safe.items())


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    leads_out = name.is_absolute() or ".." in name.parts or ":" in (name.parts or ("",))[0]
    noise = "__MACOSX" in name.parts or name.name.startswith("._")
    return not (leads_out or noise or entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16))


def _day(entry: zipfile.ZipInfo) -> date | None:
    """The day on which a member was written; 1980 is what a zip says when it does not know."""
    try:
        written = date(*entry.date_time[:3])
    except ValueError:
        return None
    return written if written.year > 1980 else None  # noqa: PLR2004  # explained above


def _choose(path: Path, texts: list[Member]) -> Member:
    if not texts:
        raise ExportError("there is no chat in the zip", where=str(path), fix=_AGAIN)
    named = [text for text in texts if PurePosixPath(text.name).name.lower() == "_chat.txt"]
    if named:
        return min(named, key=lambda text: (text.name.count("/"), text.name))
    if len(texts) == 1:
        return texts[0]
    return max(texts[:_CANDIDATES], key=lambda text: (_heads(path, text), text.size, text.name))


def _heads(path: Path, text: Member) -> int:
    _check_chat(path, text.name)
    return sum(1 for _ in shapes(Chat(path, text.name, None).beginning().split("\n")))


def _check_chat(path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
    where = f"{path}, {name}"
    if entry.flag_bits & 1:
        raise ExportError("the chat is encrypted with a password", where=where, fix="unpack it, or " + _AGAIN)
    _check_size(entry.file_size, where)
    if entry.file_size > _SMALL and entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1):
        raise ExportError(f"the chat is packed tighter than {RATIO_LIMIT}:1, as no chat is", where=where, fix=_AGAIN)


def _check_size(size: int, where: str) -> None:
    if size > CHAT_LIMIT:
        raise ExportError(f"the chat has more than {CHAT_LIMIT >> 20} MB", where=where, fix=_AGAIN)


def _bare_text(path: Path) -> Chat:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"PK":
        raise ExportError("the zip is cut off or damaged", where=str(path), fix=_AGAIN)
    _check_size(path.stat().st_size, str(path))
    return Chat(path, None, None)


@contextmanager
def _opened(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    if member is None:
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive, archive.open(member) as inner:
        yield inner


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """What reading a file may raise, as one error that says which file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ExportError(f"the zip is cut off or damaged: {error}", where=str(path), fix=_AGAIN) from error
    except (NotImplementedError, RuntimeError) as error:
        raise ExportError(f"the zip cannot be read: {error}", where=str(path), fix=_AGAIN) from error
    except OSError as error:
        what = error.strerror or str(error)
        raise ExportError(f"the export cannot be read: {what}", where=str(path), fix="check the path") from error


def _encoding(start: bytes) -> str:
    """The encoding that the first bytes show: UTF-16 when there is a mark or every other byte is zero."""
    if start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return "utf-16"
    if start[1:12:2].strip(b"\0") == b"" and len(start) > 1:
        return "utf-16-le"
    if start[0:12:2].strip(b"\0") == b"" and len(start) > 1:
        return "utf-16-be"
    return "utf-8-sig"


def _decoded(start: bytes) -> str:
    return codecs.getincrementaldecoder(_encoding(start))(errors="replace").decode(start)
