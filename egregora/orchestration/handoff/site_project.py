"""The Markdown tree handed to another site builder, in a folder of its own, through the gate like all that leaves."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from egregora.config.model import parsed_settings
from egregora.config.project import Project
from egregora.core.errors import PipelineError, SettingsError
from egregora.core.fingerprint import bytes_digest
from egregora.orchestration.database import Database
from egregora.orchestration.handoff.share_database import check_fresh
from egregora.privacy.egress.gate import open_gate
from egregora.publication.output import site_builders
from egregora.publication.output.file_sync import MANIFEST, File, SyncedFolders
from egregora.publication.text.locale import choose_language, load_locale

_ROOT = "export"  # what the paths of the files begin with, wherever the folder is and whatever it is called


class Exported(NamedTuple):
    """How many pages and media files there are, the files that somebody made their own, and how much was withheld."""

    pages: int
    media: int
    kept: tuple[str, ...]
    withheld: int


def export_for(project: Project, builder: str, target: Path) -> Exported:
    """Make the folder `target` a project of `builder` with the posts of `project`; if it is one, bring it up to date.

    Only files that an export wrote are replaced or removed, and settings or layouts without our line are left alone.
    Errors: SettingsError for a folder or a file that egregora did not make; PipelineError when a stage is not fresh or
    somebody changed the tree by hand; PrivacyError for a picture that says more than it draws; BusyError.
    """
    target = target.resolve()
    _check_folder(project, target)
    check_fresh(project)
    settings = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name)
    with Database.open(project.database) as database:
        locale = load_locale(choose_language(settings.language, database.table("windowed_messages")))
        pages, media = _tree(project, database)
        texts = site_builders.build_project(builder, pages, locale)
        files = {path: File(text.encode) for path, text in texts.items()}
        files |= {f"{site_builders.media_folder(builder)}/{path}": File(file) for path, file in media.items()}
        kept = {path: File((target / path).read_bytes) for path in files if _is_theirs(builder, path, target)}
        _check_ours(target, files.keys() - kept)
        messages = database.table("ingested_messages")
        gate = open_gate(ingested_messages=messages, key=project.key, people=settings.people)
        own_words = (*site_builders.own_words(locale), settings.title)
        screened = database.table("windowed_messages").message
        tree = SyncedFolders({_ROOT: target}, gate.with_allowlist(own_words, _asked(database), screened=screened))
        tree.write({f"{_ROOT}/{path}": file for path, file in {**files, **kept}.items()}, {})
    return Exported(len(pages), len(media), tuple(sorted(kept)), withheld=len(gate.withheld))


def _check_folder(project: Project, target: Path) -> None:
    """Prereq: the folder is empty, missing or of an export, and of nothing else. Errors: SettingsError."""
    own = (project.site_dir, project.content_dir, project.exports_dir, project.key.parent)
    inside = any(target.is_relative_to(place.resolve()) for place in own)
    if inside or project.folder.is_relative_to(target):
        raise SettingsError("a project lives there", where=str(target), fix="name a folder of its own")
    if target.exists() and not target.is_dir():
        raise SettingsError("there is a file of that name", where=str(target), fix="name a folder")
    if target.is_dir() and not (target / MANIFEST).is_file() and any(target.iterdir()):
        what = "the folder is not empty, and no export made it"
        raise SettingsError(what, where=str(target), fix="name a new or an empty folder: nothing is overwritten")


def _tree(project: Project, database: Database) -> tuple[dict[str, str], dict[str, Path]]:
    """The pages of the Markdown tree and its media, by path, as the last build let them out.

    Errors: PipelineError when a page is not as it was written then.
    """
    pages: dict[str, str] = {}
    media: dict[str, Path] = {}
    query = "SELECT path, content_hash FROM site_files WHERE starts_with(path, $folder) ORDER BY path"
    folder = f"{project.content_dir.name}/"
    for listed, content_hash in database.cursor().execute(query, {"folder": folder}).fetchall():
        path = listed.removeprefix(folder)
        file = project.content_dir / path
        data = file.read_bytes() if file.is_file() else b""
        if bytes_digest(data) != content_hash:
            what = "the Markdown tree is not as the last build wrote it"
            raise PipelineError(what, where=str(file), fix="run `doit forget site`, then `doit`, and export again")
        if path.endswith(".md"):
            pages[path] = data.decode()
        else:
            media[path] = file
    return pages, media


def _asked(database: Database) -> set[str]:
    """What people are called on the site, by their own wish or as a pseudonym, and where their own pages are."""
    query = "SELECT coalesce(alias, handle), twitter, website FROM author_profiles"
    rows = database.cursor().execute(query).fetchall()
    return {text for name, twitter, website in rows for text in (name, twitter and f"@{twitter}", website) if text}


def _is_theirs(builder: str, path: str, target: Path) -> bool:
    """Whether a file is one of those that people may make their own, and is without our line."""
    file = target / path
    if not (site_builders.is_customizable(builder, path) and file.is_file()):
        return False
    return site_builders.OURS not in file.read_text("utf-8", errors="replace")


def _check_ours(target: Path, paths: Iterable[str]) -> None:
    """Prereq of writing: what lies at `paths` was written by an export. Errors: SettingsError that names a file."""
    listing = target / MANIFEST
    ours = set(listing.read_text("utf-8").splitlines()) if listing.is_file() else set()
    for path in sorted(paths):
        if os.path.lexists(target / path) and f"{_ROOT}/{path}" not in ours:
            fix = "give it another name, or remove it: an export overwrites only what an export wrote"
            raise SettingsError("a file is in the way", where=str(target / path), fix=fix)
