"""Whether every table and every file is as it was recorded."""

from collections.abc import Iterator
from pathlib import Path

from egregora.config.project import Project
from egregora.core.fingerprint import bytes_digest
from egregora.core.stage import Stage
from egregora.orchestration.database import Database
from egregora.orchestration.engine.freshness import Freshness
from egregora.orchestration.engine.state import State
from egregora.orchestration.pipeline import STAGES

_MEDIA = "SELECT DISTINCT site_relative_path FROM media_files WHERE site_relative_path IS NOT NULL ORDER BY 1"
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
        freshness = Freshness(STAGES, project, state)
        rows = [f"{stage.table} has rows of {window}, which no stage made" for stage, window in _strangers(freshness)]
        database = state.open()
        media, files = list(_lost_media(project, database)), list(_changed_files(project, database))
        if media:
            state.remove("media")
        if files:
            state.remove("site")
    finally:
        state.close()
    return [*(f"table {name} was changed by another program" for name in tables), *rows, *media, *files]


def _strangers(freshness: Freshness) -> Iterator[tuple[Stage, str]]:
    """Windows with rows that nobody recorded and nobody would make."""
    for stage in freshness.stages:
        if stage.by_window:
            for window in freshness.vanished(stage):
                if not freshness.state.values(f"{stage.name}:{window}"):
                    yield stage, window


def _lost_media(project: Project, database: Database) -> Iterator[str]:
    for (path,) in _selected(database, "media_files", _MEDIA):
        if not (project.media_dir / Path(path).name).is_file():
            yield f"picture {path} is gone from {project.media_dir.name}/"


def _changed_files(project: Project, database: Database) -> Iterator[str]:
    for path, content in _selected(database, "site_files", _FILES):
        file = project.folder / path
        if not file.is_file():
            yield f"file {path} is gone"
        elif bytes_digest(file.read_bytes()) != content:
            yield f"file {path} was changed"


def _selected(database: Database, table: str, query: str) -> list[tuple[str, ...]]:
    return database.cursor().execute(query).fetchall() if database.has(table) else []
