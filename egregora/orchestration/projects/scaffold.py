"""Making a project's folder, and putting exports into it."""

import shutil
import time
import zipfile
from pathlib import Path, PurePosixPath

from egregora.config.key import create_key
from egregora.config.model import DEFAULT_SETTINGS
from egregora.config.project import EXPORT_ENDINGS, Project
from egregora.core.errors import SettingsError
from egregora.core.fingerprint import digest, file_digest
from egregora.orchestration.projects.github_pages import IGNORED
from egregora.utils.files import PRIVATE, PRIVATE_FOLDER, write_atomically

SAMPLE = Path(__file__).parents[2] / "sample" / "WhatsApp Chat with Palm Court.zip"
_PACKED = frozenset({".txt", ".vcf", ".csv", ".html", ".json", ".xml", ".ics"})  # media are packed already
_DODO = """\
from egregora.orchestration.tasks import namespace
globals().update(namespace(__file__))
"""


def begin_project(folder: Path) -> Project:
    """A project in `folder`; what is there stays.

    It has settings, `dodo.py`, an empty `exports/`, a secret key, and a `.gitignore` that keeps them out of git.
    Errors: SettingsError when `folder` is a file or cannot be written.
    """
    project = Project(folder.resolve())
    try:
        project.exports_dir.mkdir(parents=True, exist_ok=True)
        project.exports_dir.chmod(PRIVATE_FOLDER)
        if not project.key.exists() and not project.database.exists():
            create_key(project.key)
        _write_new(project.dodo_file, _DODO)
        _write_new(project.folder / ".gitignore", IGNORED)
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

    A folder, which is an export that was unpacked, comes in as a zip: the same folder makes the same bytes.
    Errors: ExportError when it cannot be read, or there is no chat in it.
    """
    from egregora.ingestion.source.archive import open_chats  # what a build without a new export does not need
    from egregora.utils.archives import is_zip, reading

    open_chats(export)
    aside = project.exports_dir / f".{digest(str(export.resolve()))[:8]}.new"
    with reading(str(export)):
        try:
            is_folder = export.is_dir()
            if is_folder:
                _pack(export, aside)
            content = file_digest(aside if is_folder else export)
            if any(known.name.startswith(content[:8]) and file_digest(known) == content for known in project.exports()):
                return False
            if not is_folder:
                shutil.copyfile(export, aside)
            name = export.resolve().name if is_folder else export.name
            if is_folder or export.suffix.lower() not in EXPORT_ENDINGS:
                name += ".zip" if is_zip(aside) else ".txt"
            aside.chmod(PRIVATE)
            aside.replace(aside.with_name(f"{content[:8]}-{name}"))
        finally:
            aside.unlink(missing_ok=True)
    return True


def _pack(folder: Path, target: Path) -> None:
    """The files of `folder` as a zip in `target`."""
    from egregora.utils.archives import open_container

    with open_container(folder) as container, zipfile.ZipFile(target, "w") as archive:
        for name, member in sorted(container.members.items()):
            entry = zipfile.ZipInfo(name, _written(folder / name))
            entry.create_system, entry.external_attr = 3, 0o100600 << 16  # the same on every machine
            packs_well = PurePosixPath(name).suffix.lower() in _PACKED
            entry.compress_type = zipfile.ZIP_DEFLATED if packs_well else zipfile.ZIP_STORED
            with archive.open(entry, "w", force_zip64=member.size >= 1 << 31) as packed:
                for piece in container.pieces(member, 1 << 20):
                    packed.write(piece)


def _written(path: Path) -> tuple[int, int, int, int, int, int]:
    """The wall time at which a file was written, as far as a zip can say it."""
    at = time.localtime(path.stat().st_mtime)
    if 1980 <= at.tm_year <= 2107:  # noqa: PLR2004  # a zip's years
        return at.tm_year, at.tm_mon, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec
    return 1980, 1, 1, 0, 0, 0


def _write_new(path: Path, text: str) -> None:
    if path.exists():
        return
    write_atomically(path, text)  # settings may name people
