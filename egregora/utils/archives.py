"""A zip, a zip in a zip, or a folder, and the files in it that are safe to read; nothing is unpacked."""

import io
import lzma
import os
import re
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from egregora.core.errors import ExportError
from egregora.utils.file_part import FilePart

MEMBER_LIMIT = 200_000
RATIO_LIMIT = 200  # what a member may grow by; a chat grows about 5:1
EXPORT_AGAIN = "in WhatsApp: open the group › More › Export chat, and take the file as it comes"  # noqa: RUF001  # as help pages write it

_SMALL = 16 << 20  # bytes; what has no more may grow as it likes
_INNER_LIMIT = 256 << 20  # of a zip in a zip that has to be held in memory, because it was packed a second time
_INNER_ZIPS = 500
_STARTS = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
_UTF8_NAME = 0x800  # of a member's flags
_DRIVE = re.compile(r"[A-Za-z]:(?! )")
_LOCAL_HEADER = struct.Struct("<26xHH")  # the lengths of name and extra field; the data follow
_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, LookupError)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container, by its path in it, with "/" between the parts."""

    name: str
    size: int
    packed: int
    written_on: date | None  # None when unknown
    source: zipfile.ZipInfo | Path

    @property
    def base(self) -> str:
        """Its name without folders."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folders it is in, empty for none."""
        return self.name.rpartition("/")[0]

    def most(self, small: int = _SMALL) -> int:
        """The number of bytes beyond which it is a bomb; `small` is what any file may have."""
        return max(small, RATIO_LIMIT * self.packed)


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A zip or a folder that is open, and its files by name."""

    path: Path
    where: str  # for people: the path, and the zip in it
    members: Mapping[str, Member]
    archive: zipfile.ZipFile | None  # None for a folder

    def pieces(self, member: Member, size: int, *, small: int = _SMALL) -> Iterator[bytes]:
        """The member's bytes in pieces of `size`, the last one shorter; `small` as in `Member.most`.

        Errors: ExportError when it is damaged, encrypted, or grows beyond what a real file does.
        """
        where, left = f"{self.where}, {member.name}", member.most(small)
        if member.size > left:
            raise _bomb(where)
        with reading(where), self._open(member, where) as file:
            while piece := file.read(size):
                left -= len(piece)
                if left < 0:
                    raise _bomb(where)
                yield piece

    def _open(self, member: Member, where: str) -> IO[bytes]:
        if isinstance(member.source, Path):
            return member.source.open("rb")
        if member.source.flag_bits & 1:
            raise ExportError("the file is encrypted with a password", where=where, fix=f"unpack it, or {EXPORT_AGAIN}")
        if self.archive is None:
            raise ValueError(member.name)
        return self.archive.open(member.source)


def is_zip(path: Path) -> bool:
    """Whether the file at `path` is a zip, whole or cut off, whatever its name. Errors: ExportError."""
    with reading(str(path)):
        with path.open("rb") as file:
            start = file.read(4)
        return start in _STARTS or zipfile.is_zipfile(path)


@contextmanager
def open_container(path: Path, *, any_names: bool = False) -> Iterator[Container]:
    """The zip or the folder at `path`.

    Left out are folders, what macOS adds, and in a folder what is hidden and links. `any_names` is for who goes by
    base names alone, and never writes by a member's name.
    Order of members: as in the zip, by name in a folder; of a name that comes twice the last one counts.
    Errors: ExportError when it cannot be read, has more members than an export can have, or, unless `any_names`, one
    that leads out of it.
    """
    where = str(path)
    with ExitStack() as stack:
        with reading(where):
            if path.is_dir():
                container = Container(path, where, _by_name(_files_in(path), where), None)
            else:
                archive = stack.enter_context(zipfile.ZipFile(path))
                container = _zip(archive, path, where, path.stat().st_size, any_names)
        yield container


def inner_zips(container: Container) -> tuple[Member, ...]:
    """The zips in one that holds nothing but other exports, by name; none in an export with a text of its own."""
    if any(name.lower().endswith(".txt") for name in container.members):
        return ()
    zips = [member for name, member in container.members.items() if name.lower().endswith(".zip")]
    return tuple(sorted(zips, key=lambda member: member.name)[:_INNER_ZIPS])


@contextmanager
def open_inner(container: Container, member: Member, *, any_names: bool = False) -> Iterator[Container]:
    """The zip that is a member of `container`. Errors: as for `open_container`."""
    where = f"{container.where}, {member.name}"
    with ExitStack() as stack:
        with reading(where):
            file = stack.enter_context(_seekable(container, member, where))
            archive = stack.enter_context(zipfile.ZipFile(file))
            inner = _zip(archive, container.path, where, member.size, any_names)
        yield inner


@contextmanager
def reading(where: str) -> Iterator[None]:
    """What reading a file may raise, as one error that says which file."""
    try:
        yield
    except NotImplementedError as error:
        raise ExportError(f"the zip is packed in an unusual way: {error}", where=where, fix=EXPORT_AGAIN) from error
    except (*_DAMAGES, RuntimeError) as error:
        raise ExportError(f"the zip is cut off or damaged: {error}", where=where, fix=EXPORT_AGAIN) from error
    except OSError as error:
        if error.strerror is None:  # bz2 says so of wrong data
            raise ExportError(f"the zip is cut off or damaged: {error}", where=where, fix=EXPORT_AGAIN) from error
        raise ExportError(
            f"the export cannot be read: {error.strerror}", where=where, fix="check the path, and that you may read it"
        ) from error


def _bomb(where: str) -> ExportError:
    what = f"the file is packed tighter than {RATIO_LIMIT}:1, as nothing that WhatsApp writes"
    return ExportError(what, where=where, fix=EXPORT_AGAIN)


def _zip(archive: zipfile.ZipFile, path: Path, where: str, size: int, any_names: bool) -> Container:  # noqa: FBT001  # handed on
    wrong = None if any_names else next(filter(None, map(_leads_out, archive.infolist())), None)
    if wrong:
        what = f"the zip has a member that leads out of it: {wrong}"
        raise ExportError(what, where=where, fix=f"WhatsApp never writes such a zip; {EXPORT_AGAIN}")
    return Container(path, where, _by_name((_member(entry, size) for entry in archive.infolist()), where), archive)


def _by_name(members: Iterable[Member], where: str) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for number, member in enumerate(members):
        if number >= MEMBER_LIMIT:
            what = f"the export has more than {MEMBER_LIMIT:,} files, as no export has"
            raise ExportError(what, where=where, fix=EXPORT_AGAIN)
        found[member.name] = member
    return {name: member for name, member in found.items() if not _is_noise(name)}


def _is_noise(name: str) -> bool:
    """Whether it is a folder, or one of the files that macOS adds."""
    *folders, base = name.split("/")
    return "__MACOSX" in folders or base.startswith("._") or base in {"", ".DS_Store"}


def _member(entry: zipfile.ZipInfo, size: int) -> Member:
    packed = min(entry.compress_size, size)  # no more than there is, whatever the zip says
    return Member(_name(entry), entry.file_size, packed, _day(entry.date_time), entry)


def _name(entry: zipfile.ZipInfo) -> str:
    """The member's name; some zips hold UTF-8 without saying so, which `zipfile` takes for an old code page."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _leads_out(entry: zipfile.ZipInfo) -> str:
    """What is wrong with a member that would be written elsewhere, were it unpacked; empty when nothing is."""
    name = _name(entry)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return f"{name!r} is a link"
    if ".." in name.split("/"):
        return f"{name!r} has “..” in its path"
    return f"{name!r} has an absolute path" if name.startswith("/") or _DRIVE.match(name) else ""


def _day(written: tuple[int, ...]) -> date | None:
    """The day on which a member was written; 1980 is what a zip says when it does not know."""
    try:
        day = date(*written[:3])
    except ValueError:
        return None
    return day if day.year > 1980 else None  # noqa: PLR2004  # explained above


def _files_in(folder: Path) -> Iterator[Member]:
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            found = path.stat()
            written = _day(time.localtime(found.st_mtime)[:3])
            yield Member(path.relative_to(folder).as_posix(), found.st_size, found.st_size, written, path)


def _raise(error: OSError) -> None:
    raise error


def _seekable(container: Container, member: Member, where: str) -> IO[bytes]:
    """The member as a file to move about in; a zip in a zip is rarely packed a second time."""
    source = member.source
    if isinstance(source, Path):
        return source.open("rb")
    if source.compress_type == zipfile.ZIP_STORED and not source.flag_bits & 1:
        return io.BufferedReader(FilePart(container.path, _data_start(container.path, source), source.file_size))
    if member.size > _INNER_LIMIT:
        what = f"the zip in the zip has more than {_INNER_LIMIT >> 20} MB"
        raise ExportError(what, where=where, fix="unpack the outer one, and give what was in it")
    return io.BytesIO(b"".join(container.pieces(member, 1 << 20)))


def _data_start(path: Path, entry: zipfile.ZipInfo) -> int:
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return int(entry.header_offset + _LOCAL_HEADER.size + name + extra)
