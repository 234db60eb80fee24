"""The version of a stage's code: of its module and of all that it imports, found without importing it."""

import os
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egregora.core.errors import PipelineError
from egregora.core.fingerprint import bytes_digest, digest

if TYPE_CHECKING:
    from egregora.core.source_hash import Source

_ALWAYS = "egregora"  # counted beside the package of the stage's own module


class CodeVersions:
    """Versions of the code behind stages.

    `cache` maps a module to what was found in it, with the digest of its bytes; a module is parsed again only
    when its bytes changed. It is plain data, kept by whoever hands it in; `changed` says whether it grew. Which of
    the imported names are modules is looked up each time, for that depends on other files.
    """

    def __init__(self, cache: MutableMapping[str, Any]) -> None:
        self._cache = cache
        self._sources: dict[str, Source] = {}
        self._paths: dict[str, str | None] = {}
        self._listings: dict[str, frozenset[str]] = {}
        self._digests: dict[str, str] = {}
        self.changed = False

    def of(self, build: str) -> str:
        """The version of `build` ("module:function"): of its whole import closure, and of its name.

        Errors: PipelineError when the module is not found or is not Python, or a data file is missing.
        """
        closure = self.closure(build.partition(":")[0])
        return digest(build, *(part for name in closure for part in (name, self._digest(name))))

    def closure(self, module: str) -> tuple[str, ...]:
        """`module` and every module of its package, or of egregora, that it imports, directly or not, sorted."""
        if self._path(module) is None:
            raise PipelineError(f"module {module!r} is not found", fix="correct `build` in the stage's declaration")
        roots = (module.partition(".")[0], _ALWAYS)
        found: set[str] = set()
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name not in found and name.partition(".")[0] in roots and self._path(name):
                found.add(name)
                waiting += self._source(name)["imports"]
                waiting.append(name.rpartition(".")[0])  # importing a module runs its packages
        return tuple(sorted(found))

    def bytes_of(self, module: str) -> str:
        """The digest of a module's bytes. Errors: PipelineError when it is not found."""
        if self._path(module) is None:
            raise PipelineError(f"module {module!r} is not found", fix="correct the schema in the stage's declaration")
        return str(self._source(module)["bytes"])

    def _digest(self, module: str) -> str:
        """A digest of what a module means and of its data files; found once."""
        if module not in self._digests:
            source = self._source(module)
            self._digests[module] = digest(source["means"], *self._data(module, source["data"]))
        return self._digests[module]

    def _data(self, module: str, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            folder = Path(self._path(module) or "").parent
            try:
                for file in _files_of(folder / name):
                    yield os.path.relpath(file, folder).replace(os.sep, "/")
                    yield bytes_digest(file.read_bytes())
            except OSError as error:
                fix = f"restore it, or correct DATA_FILES in {module}"
                raise PipelineError("a data file cannot be read", where=str(folder / name), fix=fix) from error

    def _source(self, module: str) -> "Source":
        if module not in self._sources:
            path = self._path(module) or ""
            with open(path, "rb") as file:  # noqa: PTH123 - plain texts: a no-op build comes by here for each module
                data = file.read()
            known = self._cache.get(module)
            if known is None or known["bytes"] != bytes_digest(data):
                known = _read(data, module, path)
                self._cache[module] = known
                self.changed = True
            self._sources[module] = known
        return self._sources[module]

    def _path(self, module: str) -> str | None:
        """Where a module's source lies; None when it is no module."""
        if module not in self._paths:
            package, _, name = module.rpartition(".")
            self._paths[module] = self._submodule(package, name) if package else _origin(module)
        return self._paths[module]

    def _submodule(self, package: str, name: str) -> str | None:
        above = self._path(package)
        if above is None or not above.endswith("__init__.py"):
            return None
        folder = above.removesuffix("__init__.py")
        if name in self._listing(folder) and "__init__.py" in self._listing(f"{folder}{name}/"):
            return f"{folder}{name}/__init__.py"
        return f"{folder}{name}.py" if f"{name}.py" in self._listing(folder) else None

    def _listing(self, folder: str) -> frozenset[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(os.listdir(folder))  # noqa: PTH208 - as in `_source`
            except OSError:
                self._listings[folder] = frozenset()
        return self._listings[folder]


def _read(data: bytes, module: str, path: str) -> "Source":
    from egregora.core.source_hash import read_source

    try:
        return read_source(data, module, is_package=path.endswith("__init__.py"))
    except (SyntaxError, ValueError) as error:
        raise PipelineError(f"not valid Python: {error}", where=path, fix="correct the file") from error


def _origin(top: str) -> str | None:
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(top)
    return spec.origin if spec and spec.origin and spec.origin.endswith(".py") else None


def _files_of(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return (path,)
