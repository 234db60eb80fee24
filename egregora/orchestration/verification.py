"""Whether every table and every file is as it was recorded."""

from collections.abc import Iterator

from egregora.config.project import Project
from egregora.core.fingerprint import bytes_digest
from egregora.orchestration.database import Database
from egregora.orchestration.state import State

_FILES = "SELECT path, content_hash FROM site_files ORDER BY path"


def verify_project(project: Project) -> list[str]:
    """What is not as recorded, a line each; the stages concerned are stale afterwards.

    Errors: BusyError when another process is building.
    """
    if not project.database.exists():
        return []
    state = State(project.database)
    try:
        tables = state.verify()
        files = list(_changed_files(project, state.open()))
        if files:
            state.remove("site")
    finally:
        state.close()
    return [*(f"table {name} was changed by another program" for name in tables), *files]


def _changed_files(project: Project, database: Database) -> Iterator[str]:
    if not database.has("site_files"):
        return
    for path, content in database.cursor().execute(_FILES).fetchall():
        file = project.folder / path
        if not file.is_file():
            yield f"file {path} is gone"
        elif bytes_digest(file.read_bytes()) != content:
            yield f"file {path} was changed"
