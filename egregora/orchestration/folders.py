"""Making a project's folder, and putting exports into it."""

import shutil
from pathlib import Path

from egregora.config.key import create_key
from egregora.config.model import DEFAULT_SETTINGS
from egregora.config.project import EXPORT_ENDINGS, Project
from egregora.core.errors import ExportError, SettingsError
from egregora.core.fingerprint import file_digest

SAMPLE = Path(__file__).parent.parent / "sample" / "WhatsApp Chat with Palm Court.zip"
_DODO = """\
from egregora.orchestration.tasks import namespace
globals().update(namespace(__file__))
"""


def begin_project(folder: Path) -> Project:
    """A project in `folder`: settings, `dodo.py`, an empty `exports/` and a secret key; what is there stays.

    Errors: SettingsError when `folder` is a file or cannot be written.
    """
    project = Project(folder.resolve())
    try:
        project.exports_dir.mkdir(parents=True, exist_ok=True)
        project.exports_dir.chmod(0o700)
        if not project.key.exists() and not project.database.exists():
            create_key(project.key)
        _write_new(project.dodo_file, _DODO)
        _write_new(project.settings_file, DEFAULT_SETTINGS)  # last: with it the folder is a project
    except OSError as error:
        fix = "choose a folder that you may write to"
        raise SettingsError(f"cannot make a project: {error.strerror}", where=str(folder), fix=fix) from error
    return project


def begin_demo(folder: Path) -> Project:
    """A project over the sample export, made unless there is one."""
    project = Project(folder)
    if not project.settings_file.is_file():
        project = begin_project(folder)
        add_export(project, SAMPLE)
    return project


def add_export(project: Project, export: Path) -> bool:
    """Copy `export` into the project, named by its content and its name; False when it is there already.

    Errors: ExportError when it is no readable file.
    """
    if export.suffix.lower() not in EXPORT_ENDINGS:
        fix = "give the zip that WhatsApp exported, or the text in it"
        raise ExportError("this is no export: it is neither a .zip nor a .txt", where=str(export), fix=fix)
    try:
        content = file_digest(export)
        target = project.exports_dir / f"{content[:8]}-{export.name}"
        if any(known.name.startswith(content[:8]) and file_digest(known) == content for known in project.exports()):
            return False
        aside = target.with_name(f".{target.name}.new")
        shutil.copyfile(export, aside)
        aside.chmod(0o600)
        aside.replace(target)
    except OSError as error:
        fix = "give the path of the zip that WhatsApp exported"
        raise ExportError(f"cannot read the export: {error.strerror}", where=str(export), fix=fix) from error
    return True


def _write_new(path: Path, text: str) -> None:
    if path.exists():
        return
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text, "utf-8")
    aside.replace(path)
