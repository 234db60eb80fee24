"""Synchronises the published folders: writes files that differ, and removes files that are no longer made."""

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

# The list of the written files, in the first folder. It is written before them: if a build is interrupted before its
# record is committed, the next build still knows every file.
MANIFEST = ".egregora-files"
_PART = ".egregora-part"  # a partial file; only one process writes at a time
_BATCH_FILES = 256  # files that the gate checks at a time
_BATCH_BYTES = 1 << 24  # of copies in one batch
_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


@dataclass(frozen=True, slots=True)
class File:
    """A file that should exist."""

    source: Callable[[], bytes] | Path  # a function that makes its bytes, or the file to copy
    inputs_digest: str = ""  # of everything that decides its bytes; "" to make it in every build
    post_id: str = ""  # the post whose page it is


class SyncedFolders:
    """Some folders by name; the path of a file begins with the name of its folder."""

    def __init__(self, folders: Mapping[str, Path], gate: EgressGate) -> None:
        self._folders = folders
        self._gate = gate
        self._roots = {name: folder.resolve() for name, folder in folders.items()}
        self._inside: dict[str, Path | None] = {}  # resolved folders by path; None outside
        self._made: set[Path] = set()  # folders that exist
        self._manifest = f"{next(iter(folders))}/{MANIFEST}"  # in the first folder

    def write(self, files: Mapping[str, File], recorded: Mapping[str, Record]) -> pa.Table:
        """Make the folders hold `files`; return a row of `site_files` for each.

        `recorded` has the rows of the last build by path. A file with the same inputs and the recorded
        content is not made again. Only files in `recorded` or in the manifest are removed; others are left alone.
        Errors: SchemaError for a path outside the folders; PipelineError if a file cannot be read or
        written; PrivacyError for a picture with metadata.
        """
        targets = {path: self._checked_target(path) for path in sorted(files)}
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
            self._make_readable(folder)
        known = {*recorded, *self._read_manifest()}
        self._write_manifest({*known, *targets})
        self._remove_partial_files({*known, *targets})
        for path in sorted(known - targets.keys()):
            self._remove(path)
        rows = {path: row for path in targets if (row := _unchanged(targets[path], files[path], recorded.get(path)))}
        for batch in _batches([path for path in targets if path not in rows], files):
            rows |= self._write_batch({path: (targets[path], files[path]) for path in batch})
        self._write_manifest(targets)
        listed = [rows[path] for path in targets if path in rows]
        return pa.Table.from_pylist(listed, schema=SITE_FILES_SCHEMA.to_pyarrow())

    def _write_batch(self, batch: Mapping[str, tuple[Path, File]]) -> Iterator[tuple[str, Record]]:
        """Write the files of a batch that differ, and return their rows. Unchanged content passed the gate before.

        A file with a withheld line is made and checked again in every build. A file that the gate refuses is removed.
        """
        made = {path: _bytes_of(file) for path, (_, file) in batch.items()}
        new = {path: data for path, data in made.items() if not _has_content(batch[path][0], data)}
        checked = self._gate.check_files(new)
        for path, (target, file) in batch.items():
            data = checked.get(path) if path in new else made[path]
            if data is None:
                self._remove(path)
                continue
            self._make_folder(target.parent)
            written = _write_if_different(target, data)
            if isinstance(file.source, Path):
                _copy_time(target, file.source)
            inputs_digest = file.inputs_digest if data == made[path] else ""
            yield path, {"path": path, **written, "made_from": inputs_digest, "post_id": file.post_id}

    def _checked_target(self, path: str) -> Path:
        """Where `path` leads. Errors: SchemaError outside the folders."""
        target = self._target(path)
        if target is None:
            raise SchemaError(
                f"a file would be published as {path!r}, outside {' and '.join(map(str, self._folders.values()))}",
                where="site_files.path",
                fix="look for a link among the folders, or make the table before again with doit forget",
            )
        return target

    def _target(self, path: str) -> Path | None:
        """Where `path` leads. None outside the folders."""
        folder, _, name = path.rpartition("/")
        if folder not in self._inside:
            self._inside[folder] = self._folder(folder)
        inside = self._inside[folder]
        if inside is None or name in ("", ".", "..") or "\\" in name or "\0" in name:
            return None
        return inside / name

    def _folder(self, path: str) -> Path | None:
        """The folder of this path. None outside the folders."""
        name, _, rest = path.partition("/")
        parts = PurePosixPath(rest).parts
        if name not in self._folders or "/".join(parts) != rest or {"..", "/"} & set(parts) or {"\\", "\0"} & set(rest):
            return None
        folder = self._folders[name].joinpath(*parts)
        return folder if folder.resolve().is_relative_to(self._roots[name]) else None

    def _read_manifest(self) -> list[str]:
        manifest = self._manifest_file()
        return manifest.read_text(encoding="utf-8").splitlines() if manifest.is_file() else []

    def _write_manifest(self, paths: Iterable[str]) -> None:
        text = "".join(f"{path}\n" for path in sorted(set(paths)))
        _write_if_different(self._manifest_file(), text.encode())

    def _manifest_file(self) -> Path:
        manifest = self._checked_target(self._manifest)
        self._make_folder(manifest.parent)
        return manifest

    def _remove_partial_files(self, paths: Iterable[str]) -> None:
        """Remove partial files of an interrupted build."""
        for folder in sorted({path.rpartition("/")[0] for path in paths}):
            if part := self._target(f"{folder}/{_PART}"):
                part.unlink(missing_ok=True)

    def _remove(self, path: str) -> None:
        """Remove a file, and the folders that are empty then."""
        target = self._target(path)
        if target is None or not (target.is_file() or target.is_symlink()):
            return
        target.unlink()
        root = self._folders[path.partition("/")[0]]
        for folder in target.parents:
            if folder == root or any(folder.iterdir()):
                return
            folder.rmdir()

    def _make_readable(self, folder: Path) -> None:
        """Create a published folder that readers may enter, or give it these rights."""
        self._make_folder(folder)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode | _FOLDER_MODE != mode:
            folder.chmod(mode | _FOLDER_MODE)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._made:
            return
        self._made.add(folder)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir()
            path.chmod(_FOLDER_MODE)  # the umask may be private, but a site is for readers


def _batches(paths: Sequence[str], files: Mapping[str, File]) -> Iterator[list[str]]:
    """The paths in batches that fit in memory."""
    batch: list[str] = []
    size = 0
    for path in paths:
        source = files[path].source
        batch.append(path)
        size += source.stat().st_size if isinstance(source, Path) else 0
        if len(batch) == _BATCH_FILES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _bytes_of(file: File) -> bytes:
    return file.source.read_bytes() if isinstance(file.source, Path) else file.source()


def _unchanged(target: Path, file: File, recorded: Record | None) -> Record | None:
    """The recorded row if the file need not be made again. Otherwise None."""
    if recorded is None or (recorded["made_from"], recorded["post_id"]) != (file.inputs_digest, file.post_id):
        return None
    if isinstance(file.source, Path):
        return recorded if _is_same_copy(target, file.source, recorded["size_bytes"]) else None
    if not file.inputs_digest or not target.is_file() or file_digest(target) != recorded["content_hash"]:
        return None
    return recorded


def _is_same_copy(target: Path, source: Path, size: int) -> bool:
    """Whether a copy has the size and time of its source; reading all pictures would be slow."""
    found = source.stat()
    return (found.st_size, found.st_mtime_ns) == _size_and_time(target) and found.st_size == size


def _size_and_time(target: Path) -> tuple[int, int]:
    try:
        found = target.stat()
    except FileNotFoundError:
        return (-1, 0)
    return (found.st_size, found.st_mtime_ns)


def _copy_time(target: Path, source: Path) -> None:
    """Give a copy the time of its source."""
    found = source.stat()
    if _size_and_time(target)[1] != found.st_mtime_ns:
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _write_if_different(target: Path, data: bytes) -> Record:
    """Write a file unless it already has this content; returns its digest and size."""
    if not _has_content(target, data):
        _write(target, data)
    return {"content_hash": bytes_digest(data), "size_bytes": len(data)}


def _has_content(target: Path, data: bytes) -> bool:
    """Whether the file exists with exactly this content."""
    return target.is_file() and target.stat().st_size == len(data) and target.read_bytes() == data


def _write(target: Path, data: bytes) -> None:
    part = target.with_name(_PART)
    part.write_bytes(data)
    part.chmod(_FILE_MODE)
    os.replace(part, target)  # noqa: PTH105 — the word for an atomic exchange
