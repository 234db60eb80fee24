"""The files in the exports, by what stands for their names, read in pieces and within limits."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import xxhash

from egregora.config.key import attachment_token
from egregora.core.errors import ExportError
from egregora.core.fingerprint import file_digest

MEMBER_LIMIT = 200_000
RATIO_LIMIT = 200  # what a member may grow by; one of less than a megabyte may grow as it likes

_PIECE = 1 << 20
_ZIP_START = b"PK\3\4"
_UTF8_NAME = 0x800  # of a member's flags
_FAILURES = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class UnreadableError(Exception):
    """A file in a zip that is damaged, encrypted, or grows beyond what a real one does."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes: their digest and number, and all of them when they are few enough, or else the first ones."""

    digest: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in an export."""

    archive: zipfile.ZipFile
    entry: zipfile.ZipInfo

    def read(self, limit: int) -> Content:
        """Its content, with the data of up to `limit` bytes. Errors: UnreadableError."""
        try:
            return self._read(limit)
        except _FAILURES as error:
            raise UnreadableError(self.entry.filename) from error

    def _read(self, limit: int) -> Content:
        entry = self.entry
        if entry.file_size > max(_PIECE, RATIO_LIMIT * entry.compress_size):
            raise UnreadableError(entry.filename)
        state, size, data = xxhash.xxh3_128(), 0, b""
        with self.archive.open(entry) as file:
            while piece := file.read(_PIECE):
                state.update(piece)
                size += len(piece)
                data = data + piece if size <= limit else (data or piece)[:_PIECE]
        return Content(state.hexdigest(), size, data)


@dataclass(frozen=True, slots=True)
class Export:
    """A zip, the chats that are known to come from it, and its files."""

    digest: str
    chats: frozenset[str]
    attachments: Mapping[str, Attachment]

    def nearness(self, chat_id: str, export_id: str) -> int | None:
        """How near it is to a message: its own export, one of its chat, one of a chat we do not know; else None.

        Two chats may have an `IMG-20240305-WA0001.jpg` each: a file of another chat is never the right one.
        """
        if export_id and self.digest.startswith(export_id):
            return 0
        if chat_id in self.chats:
            return 1
        return None if self.chats else 2


@dataclass(frozen=True, slots=True)
class Exports:
    """All zips, in the order of their paths."""

    exports: Sequence[Export]

    def attachment(self, token: str, chat_id: str, export_id: str) -> Attachment | None:
        """The file that a message speaks of, from the nearest export that has it; None when none has it."""
        near = [(export.nearness(chat_id, export_id), number) for number, export in enumerate(self.exports)]
        for _, number in sorted((rank, number) for rank, number in near if rank is not None):
            if found := self.exports[number].attachments.get(token):
                return found
        return None


@contextmanager
def open_exports(paths: Sequence[Path], key: bytes, sources: Sequence[tuple[str, str]]) -> Iterator[Exports]:
    """The files in the zips among `paths`; `sources` are the known pairs of export id and chat.

    Errors: ExportError for a zip that cannot be opened or has more members than an export can have.
    """
    with ExitStack() as stack:
        opened = []
        for path in sorted(paths):
            if archive := _opened(path):
                digest = file_digest(path)
                chats = frozenset(chat for export, chat in sources if export and digest.startswith(export))
                opened.append(Export(digest, chats, _attachments(stack.enter_context(archive), key)))
        yield Exports(opened)


def _opened(path: Path) -> zipfile.ZipFile | None:
    """The zip at `path`; None for a bare text, which brings no files."""
    try:
        with path.open("rb") as file:
            is_zip = file.read(len(_ZIP_START)) == _ZIP_START or zipfile.is_zipfile(path)
        archive = zipfile.ZipFile(path) if is_zip else None
    except (OSError, zipfile.BadZipFile) as error:
        raise ExportError("the zip cannot be opened", where=str(path), fix="export the chat again") from error
    if archive and len(archive.filelist) > MEMBER_LIMIT:
        archive.close()
        raise ExportError(f"the zip has more than {MEMBER_LIMIT} members", where=str(path), fix="export the chat again")
    return archive


def _attachments(archive: zipfile.ZipFile, key: bytes) -> dict[str, Attachment]:
    """Each file by what stands for its name without folders; of two that are called alike the first."""
    found: dict[str, Attachment] = {}
    for entry in archive.infolist():
        name = _name(entry).replace("\\", "/").rpartition("/")[2]
        if name and not name.startswith("._"):  # a folder; what macOS adds
            found.setdefault(attachment_token(key, name), Attachment(archive, entry))
    return found


def _name(entry: zipfile.ZipInfo) -> str:
    """The member's name; some zips hold UTF-8 without saying so, which `zipfile` takes for an old code page."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename
