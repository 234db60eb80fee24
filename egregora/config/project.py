"""A project's folder, and what lies where in it."""

import os
from pathlib import Path

from egregora.core.errors import SettingsError

EXPORT_ENDINGS = (".zip", ".txt")


class Project:
    """The folder of one blog; it may not exist yet."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def settings_file(self) -> Path:
        """The settings, for people."""
        return self.folder / "egregora.toml"

    @property
    def dodo_file(self) -> Path:
        """What makes plain doit work here."""
        return self.folder / "dodo.py"

    @property
    def database(self) -> Path:
        """The one DuckDB file."""
        return self.folder / "egregora.duckdb"

    @property
    def exports_dir(self) -> Path:
        """Where exports are put."""
        return self.folder / "exports"

    @property
    def key(self) -> Path:
        """The secret behind the pseudonyms."""
        return self.folder / ".egregora" / "key"

    @property
    def forgotten(self) -> Path:
        """Who is to be forgotten, as keyed digests."""
        return self.folder / ".egregora" / "forgotten"

    @property
    def media_dir(self) -> Path:
        """Pictures without their metadata, by content."""
        return self.folder / ".egregora" / "media"

    @property
    def content_dir(self) -> Path:
        """The portable Markdown tree."""
        return self.folder / "content"

    @property
    def site_dir(self) -> Path:
        """The pages."""
        return self.folder / "site"

    @property
    def templates(self) -> Path:
        """The project's own templates and style sheets, which come before ours of the same name."""
        return self.folder / "templates"

    def own_templates(self) -> tuple[Path, ...]:
        """The files among the templates, sorted by name."""
        return tuple(self.templates / name for name in _files_in(self.templates))

    def exports(self) -> tuple[Path, ...]:
        """The exports, sorted by name."""
        found = (name for name in _files_in(self.exports_dir) if name.lower().endswith(EXPORT_ENDINGS))
        return tuple(self.exports_dir / name for name in found)

    def require(self) -> "Project":
        """The project itself. Errors: SettingsError when the folder is none."""
        if not self.settings_file.is_file():
            fix = f"make one with `egregora init {self.folder}`, or go to your project's folder"
            raise SettingsError(
                "this folder is not a project: it has no egregora.toml", where=str(self.folder), fix=fix
            )
        return self


def _files_in(folder: Path) -> list[str]:
    """The names of the files in a folder, sorted, without hidden ones; none when it is missing, or no folder."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_file() and not entry.name.startswith("."))
    except OSError:
        return []
