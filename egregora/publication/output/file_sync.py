"""The folders that are published: files written when they differ, and removed when they are no longer made."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from egregora.core.database_schema import SITE_FILES_SCHEMA
from egregora.core.egress import EgressGate
from egregora.core.errors import PipelineError, SchemaError
from egregora.core.fingerprint import bytes_digest, file_digest

Record = dict[str, Any]  # a row of `site_files`

# The tree's own list of its files, written before the first of them: a build that was cut off, so that its record
# was never committed, leaves no page behind that nobody knows of.
LIST = ".egregora-files"
_PART = ".egregora-part"  # a file half written; one process writes at a time
_TOGETHER = 256  # files that are looked through at a time
_MOST_BYTES = 1 << 24  # of copies among them
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to be there."""

    source: Callable[[], bytes] | Path  # what makes its bytes, or the file that it is a copy of
    made_from: str = ""  # a digest of all that decides its bytes; "" when they are to be made each time
    post_id: str = ""  # the post whose page it is


class Tree:
    """Some folders, each under the name with which the paths of its files begin."""

    def __init__(self, folders: Mapping[str, Path], gate: EgressGate) -> None:
        self._folders = folders
        self._gate = gate
        self._roots = {name: folder.resolve() for name, folder in folders.items()}
        self._inside: dict[str, Path | None] = {}  # folders by their paths
        self._made: set[Path] = set()  # folders that are there
        self._listing = f"{next(iter(folders))}/{LIST}"  # in the first folder

    def write(self, files: Mapping[str, File], recorded: Mapping[str, Record]) -> pa.Table:
        """Make the folders hold `files`, and give a row of `site_files` for each.

        `recorded` has the rows of the build before, by path. A file is not made when it was made from the same and has
        the bytes that were recorded. Of what else is there, only files that `recorded` or the tree's own list names are
        removed.
        Errors: SchemaError for a path that leads out of the folders; PipelineError when a file cannot be read
        or written; PrivacyError for a picture that says more than it draws.
        """
        targets = {path: self._checked(path) for path in sorted(files)}
        try:
            return self._written(targets, files, recorded)
        except OSError as error:
            raise PipelineError(
                f"the site could not be written: {error.strerror}",
                where=str(error.filename2 or error.filename),
                fix="see that the file or folder is there and may be written, then build again",
            ) from error

    def _written(
        self, targets: Mapping[str, Path], files: Mapping[str, File], recorded: Mapping[str, Record]
    ) -> pa.Table:
        for folder in self._folders.values():
            self._open(folder)
        known = {*recorded, *self._listed()}
        self._list({*known, *targets})
        self._sweep({*known, *targets})
        for path in sorted(known - targets.keys()):
            self._remove(path)
        rows = {path: row for path in targets if (row := _kept(targets[path], files[path], recorded.get(path)))}
        for part in _parts([path for path in targets if path not in rows], files):
            rows |= self._put_all({path: (targets[path], files[path]) for path in part})
        self._list(targets)
        listed = [rows[path] for path in targets if path in rows]
        return pa.Table.from_pylist(listed, schema=SITE_FILES_SCHEMA.to_pyarrow())

    def _put_all(self, part: Mapping[str, tuple[Path, File]]) -> Iterator[tuple[str, Record]]:
        """Make these files be there, and give a row for each; what is there already has been let out before.

        A file of which the gate withholds a part is made anew, and looked at, in each build; one that it does not let
        out is not there.
        """
        made = {path: _bytes_of(file) for path, (_, file) in part.items()}
        new = {path: data for path, data in made.items() if not _holds(part[path][0], data)}
        checked = self._gate.check_files(new)
        for path, (target, file) in part.items():
            data = checked.get(path) if path in new else made[path]
            if data is None:
                self._remove(path)
                continue
            self._make_folder(target.parent)
            written = _put(target, data)
            if isinstance(file.source, Path):
                _date(target, file.source)
            made_from = file.made_from if data == made[path] else ""
            yield path, {"path": path, **written, "made_from": made_from, "post_id": file.post_id}

    def _checked(self, path: str) -> Path:
        target = self._target(path)
        if target is None:
            raise SchemaError(
                f"a file would be published as {path!r}, outside {' and '.join(map(str, self._folders.values()))}",
                where="site_files.path",
                fix="look for a link among the folders, or make the table before again with doit forget",
            )
        return target

    def _target(self, path: str) -> Path | None:
        """Where a path leads, or nothing when that is out of the folders."""
        folder, _, name = path.rpartition("/")
        if folder not in self._inside:
            self._inside[folder] = self._folder(folder)
        inside = self._inside[folder]
        if inside is None or name in ("", ".", "..") or "\\" in name or "\0" in name:
            return None
        return inside / name

    def _folder(self, path: str) -> Path | None:
        """Where the folder of a path is, or nothing when that is out of the folders."""
        name, _, rest = path.partition("/")
        parts = PurePosixPath(rest).parts
        if name not in self._folders or "/".join(parts) != rest or {"..", "/"} & set(parts) or {"\\", "\0"} & set(rest):
            return None
        folder = self._folders[name].joinpath(*parts)
        return folder if folder.resolve().is_relative_to(self._roots[name]) else None

    def _listed(self) -> list[str]:
        listing = self._listing_file()
        return listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []

    def _list(self, paths: Iterable[str]) -> None:
        text = "".join(f"{path}\n" for path in sorted(set(paths)))
        _put(self._listing_file(), text.encode())

    def _listing_file(self) -> Path:
        listing = self._checked(self._listing)
        self._make_folder(listing.parent)
        return listing

    def _sweep(self, paths: Iterable[str]) -> None:
        """Take away what an earlier build left half written beside any of `paths`."""
        for folder in sorted({path.rpartition("/")[0] for path in paths}):
            if part := self._target(f"{folder}/{_PART}"):
                part.unlink(missing_ok=True)

    def _remove(self, path: str) -> None:
        """Take a file away, and the folders that it leaves empty."""
        target = self._target(path)
        if target is None or not (target.is_file() or target.is_symlink()):
            return
        target.unlink()
        root = self._folders[path.partition("/")[0]]
        for folder in target.parents:
            if folder == root or any(folder.iterdir()):
                return
            folder.rmdir()

    def _open(self, folder: Path) -> None:
        """Make a published folder that readers may enter, whatever made it before."""
        self._make_folder(folder)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode | _FOLDER_MODE != mode:
            folder.chmod(mode | _FOLDER_MODE)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._made:
            return
        self._made.add(folder)
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir()
            place.chmod(_FOLDER_MODE)  # a umask keeps readers out, and a site is there to be read


def _parts(paths: Sequence[str], files: Mapping[str, File]) -> Iterator[list[str]]:
    """The paths in parts that are looked through at a time: few enough for their bytes to be held."""
    part: list[str] = []
    size = 0
    for path in paths:
        source = files[path].source
        part.append(path)
        size += source.stat().st_size if isinstance(source, Path) else 0
        if len(part) == _TOGETHER or size > _MOST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _bytes_of(file: File) -> bytes:
    return file.source.read_bytes() if isinstance(file.source, Path) else file.source()


def _kept(target: Path, file: File, recorded: Record | None) -> Record | None:
    """The row of a file that is as it was made, so that it need not be made; nothing for any other."""
    if recorded is None or (recorded["made_from"], recorded["post_id"]) != (file.made_from, file.post_id):
        return None
    if isinstance(file.source, Path):
        return recorded if _same_stamp(target, file.source, recorded["size_bytes"]) else None
    if not file.made_from or not target.is_file() or file_digest(target) != recorded["content_hash"]:
        return None
    return recorded


def _same_stamp(target: Path, source: Path, size: int) -> bool:
    """Whether a copy has the size and the time of its original: pictures are too many to be read each time."""
    found = source.stat()
    return (found.st_size, found.st_mtime_ns) == _stamp(target) and found.st_size == size


def _stamp(target: Path) -> tuple[int, int]:
    try:
        found = target.stat()
    except FileNotFoundError:
        return (-1, 0)
    return (found.st_size, found.st_mtime_ns)


def _date(target: Path, source: Path) -> None:
    """Give a copy the time of what it was copied from."""
    found = source.stat()
    if _stamp(target)[1] != found.st_mtime_ns:
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _put(target: Path, data: bytes) -> Record:
    """Write a file unless it is there already with the same bytes."""
    if not _holds(target, data):
        _write(target, data)
    return {"content_hash": bytes_digest(data), "size_bytes": len(data)}


def _holds(target: Path, data: bytes) -> bool:
    return target.is_file() and target.stat().st_size == len(data) and target.read_bytes() == data


def _write(target: Path, data: bytes) -> None:
    part = target.with_name(_PART)
    part.write_bytes(data)
    part.chmod(_FILE_MODE)
    os.replace(part, target)  # noqa: PTH105 — the word for an atomic exchange
