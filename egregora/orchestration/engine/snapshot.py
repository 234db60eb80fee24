"""The mirror `.doit.db`: doit's state as a readable file, and the seal that says whether it still holds."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from egregora.core.fingerprint import bytes_digest, digest
from egregora.utils.files import write_atomically

FORMAT = 1
_HEADER_BYTES = 12 * 1024  # DuckDB's three header blocks: every persisted change shows in them
_SECTIONS = ("files", "schemas", "settings", "sources", "tasks")


def empty_mirror() -> dict[str, Any]:
    """What a mirror holds before anything was made."""
    return {"format": FORMAT, "seal": None, "building": None, **{name: {} for name in _SECTIONS}}


def read_mirror(path: Path) -> dict[str, Any]:
    """The mirror at `path`; an empty one when it is missing, broken or of another format, for it may be deleted."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return empty_mirror()
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return empty_mirror()
    if not all(isinstance(found.get(name), dict) for name in _SECTIONS):
        return empty_mirror()
    return {**empty_mirror(), **found}


def write_mirror(path: Path, mirror: Mapping[str, Any]) -> None:
    """Replace the file at `path` at once with `mirror`: sorted, an entry a line, readable by its owner only."""
    write_atomically(path, _as_text(mirror))


def seal_of(database: Path) -> str | None:
    """A digest of the DuckDB file's headers and size; None when it is missing or has unfinished changes beside it.

    Never while this process has the file open: closing it here drops DuckDB's lock, and another process gets in.
    """
    if os.path.exists(f"{database}.wal"):  # noqa: PTH110 - a no-op build comes by here
        return None
    try:
        with database.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return None
    return digest(bytes_digest(header), str(size))


def _as_text(mirror: Mapping[str, Any]) -> str:
    entries = (f"{json.dumps(name)}: {_section(mirror[name])}" for name in sorted(mirror))
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _section(value: Any) -> str:
    if not isinstance(value, Mapping) or not value:
        return json.dumps(value)
    lines = (f"  {json.dumps(name)}: {json.dumps(value[name], sort_keys=True)}" for name in sorted(value))
    return "{\n" + ",\n".join(lines) + "\n}"
