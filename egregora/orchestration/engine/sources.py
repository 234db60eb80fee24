"""What stages read from outside the tables: settings, schemas, and files, each by its content."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from egregora.config.model import Settings, parsed_settings
from egregora.config.project import Project
from egregora.core.code_version import CodeVersions
from egregora.core.errors import ExportError, PipelineError, SettingsError
from egregora.core.fingerprint import bytes_digest, digest, file_digest
from egregora.core.stage import Stage
from egregora.orchestration.engine.state import State

NOTHING = "nothing"  # the content of a file that is missing, and of a table that was never made

Contents = Iterable[tuple[Path, str]]  # files with the digests of their content


def _secret_digest(path: Path) -> str:
    """A digest of the key that tells nothing of it: it is written down in the mirror."""
    import hashlib

    return hashlib.sha256(b"egregora key\0" + path.read_bytes()).hexdigest()[:32]


class SourceFile(NamedTuple):
    """Files from outside that a stage may read, as it names them in `sources`."""

    paths: Callable[[Project], Iterable[Path]]
    parts: Callable[[Contents], dict[str, str]]  # of a fingerprint, from what the files hold
    is_list: bool = False  # whether a build function gets all paths, or the only one
    read: Callable[[Path], str] = file_digest


def _export_parts(contents: Contents) -> dict[str, str]:
    """By content, not by name: a group's name is often a person's, and this is written down in the mirror."""
    return {f"export {content[:8]}": content for _, content in contents}


def _template_parts(contents: Contents) -> dict[str, str]:
    return {"setting templates": digest(*(part for path, content in contents for part in (path.name, content)))}


SOURCE_FILES: Mapping[str, SourceFile] = {
    "exports": SourceFile(lambda project: project.exports(), _export_parts, is_list=True),
    "key": SourceFile(lambda project: [project.key], lambda found: {"setting key": _only(found)}, read=_secret_digest),
    "forgotten": SourceFile(lambda project: [project.forgotten], lambda found: {"setting forgotten": _only(found)}),
    "templates": SourceFile(lambda project: project.own_templates(), _template_parts),
}


class Sources:
    """The parts of fingerprints that come from files, found again only when a file's bytes changed."""

    def __init__(self, project: Project, state: State, codes: CodeVersions) -> None:
        self._project, self._state, self._codes = project, state, codes
        self._settings: Settings | None = None
        self._settings_file: bytes | None = None  # read once, so that a build reads what was hashed
        self._setting_digests: Mapping[str, str] = {}

    @property
    def settings(self) -> Settings:
        """The project's settings, for those who build. Errors: SettingsError."""
        if self._settings is None:
            self._settings = parsed_settings(self._settings_bytes(), where=self._project.settings_file.name)
        return self._settings

    def parts_of(self, stage: Stage) -> dict[str, str]:
        """The parts of a stage's schema, settings and files."""
        parts = {"schema": self._schema(stage)}
        parts |= {f"setting {name}": self.setting_digest(name) for name in stage.settings}
        for name in stage.sources:
            source = SOURCE_FILES[name]
            contents = ((path, self.content_of(path, source.read)) for path in source.paths(self._project))
            parts |= source.parts(contents)
        return parts

    def stamps_of(self, stage: Stage) -> dict[str, list[int] | None]:
        """What tells whether a file that a stage reads from outside was touched."""
        paths = (path for name in stage.sources for path in SOURCE_FILES[name].paths(self._project))
        return {str(path): _stamp(path) for path in paths}

    def content_of(self, path: Path, read: Callable[[Path], str] = file_digest) -> str:
        """The digest of a file's bytes, read again only when its size or times changed. Errors: ExportError."""
        stamp = _stamp(path)
        if stamp is None:
            return NOTHING
        cache = self._state.cache("files")
        name = str(stamp[0])
        if cache.get(name, {}).get("stamp") != stamp:
            try:
                cache[name] = {"stamp": stamp, "content": read(path)}
            except OSError as error:
                fix = "make it a file that you may read"
                raise ExportError(f"cannot read the file: {error.strerror}", where=str(path), fix=fix) from error
            self._state.cache_changed()
        return str(cache[name]["content"])

    def setting_digest(self, name: str) -> str:
        """A digest of a setting's value. Errors: SettingsError."""
        return self._settings_hashed()[name]

    # inside

    def _settings_bytes(self) -> bytes:
        if self._settings_file is None:
            path = self._project.require().settings_file
            try:
                self._settings_file = path.read_bytes()
            except OSError as error:
                fix = "make it a file that you may read"
                raise SettingsError(f"cannot read the settings: {error.strerror}", where=str(path), fix=fix) from error
        return self._settings_file

    def _settings_hashed(self) -> Mapping[str, str]:
        """A digest of each setting, found again when the file's bytes or the defaults changed.

        The mirror does not get the values: some are names of people.
        """
        if not self._setting_digests:
            cache = self._state.cache("settings")
            source = digest(bytes_digest(self._settings_bytes()), repr(Settings()))
            if cache.get("source") != source:
                digests = {name: digest(value) for name, value in self.settings.values().items()}
                cache.clear()
                cache.update(source=source, digests=digests)
                self._state.cache_changed()
            self._setting_digests = cache["digests"]
        return self._setting_digests

    def _schema(self, stage: Stage) -> str:
        cache = self._state.cache("schemas")
        schemas = {**stage.tables, **stage.kept}
        return digest(
            *(part for table, where in schemas.items() for part in (table, self._schema_digest(where, cache)))
        )

    def _schema_digest(self, where: str, cache: dict[str, Any]) -> str:
        """The digest of the schema at "module:NAME"; Ibis is needed only when the module's bytes changed."""
        module, _, name = where.partition(":")
        source = self._codes.bytes_of(module)
        known = cache.get(where)
        if known is None or known["bytes"] != source:
            known = {"bytes": source, "digest": _digest_of_schema(module, name)}
            cache[where] = known
            self._state.cache_changed()
        return str(known["digest"])


def argument_of(name: str, project: Project) -> Any:
    """What a build function gets for the source `name`: a path, or a tuple of paths."""
    return project.exports() if SOURCE_FILES[name].is_list else getattr(project, name)


def _only(contents: Contents) -> str:
    ((_, content),) = contents
    return content


def _stamp(path: Path) -> list[int] | None:
    """Inode, size and times of a file; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _digest_of_schema(module: str, name: str) -> str:
    from importlib import import_module

    try:
        schema = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        fix = "correct the module, or the schema in the stage's declaration"
        raise PipelineError(f"the schema {module}:{name} cannot be read: {error}", fix=fix) from error
    return digest(*(part for column, type_ in schema.items() for part in (column, str(type_))))
