"""What the source of a stage means, as a digest: its module and all it imports, found without importing it."""

import ast
import os
import re
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from egregora.core.errors import PipelineError
from egregora.core.fingerprint import bytes_digest, digest

_ALWAYS = "egregora"  # counted beside the package of the stage's own module
_UNSPOKEN_FIELDS = frozenset({"kind", "type_comment", "ctx"})  # u"" prefixes, comments, load or store
# A table's schema counts by itself, in the part "schema" of its own stage and in the hashes that others read.
_SCHEMA_NAME = re.compile(r".*_SCHEMA|SCHEMAS|SCHEMA_VERSION_TABLE|__all__")


class CodeVersions:
    """Versions of the code behind stages.

    `cache` maps a module to what was found in it, with the digest of its bytes; a module is parsed again only
    when its bytes changed. It is plain data, kept by whoever hands it in; `changed` says whether it grew.
    """

    def __init__(self, cache: MutableMapping[str, Any]) -> None:
        self._cache = cache
        self._sources: dict[str, dict[str, Any]] = {}
        self._paths: dict[str, str | None] = {}
        self.changed = False

    def of(self, build: str) -> str:
        """The version of `build` ("module:function"): of its whole import closure, and of its name.

        Errors: PipelineError when the module is not found or is not Python.
        """
        closure = self.closure(build.partition(":")[0])
        return digest(build, *(part for name in closure for part in (name, *self._meaning(name))))

    def closure(self, module: str) -> tuple[str, ...]:
        """`module` and every module of its package, or of egregora, that it imports, directly or not, sorted."""
        if self._path(module) is None:
            raise PipelineError(f"module {module!r} is not found", fix="correct `build` in the stage's declaration")
        found: set[str] = set()
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._source(name)["imports"]
        return tuple(sorted(found))

    def bytes_of(self, module: str) -> str:
        """The digest of a module's bytes."""
        return str(self._source(module)["bytes"])

    def _meaning(self, module: str) -> Iterator[str]:
        """The digests of a module's source and of its data files."""
        source = self._source(module)
        yield source["means"]
        for name in source["data"]:
            folder = Path(self._required_path(module)).parent
            for file in _files_of(folder / name):
                yield file.relative_to(folder).as_posix()
                yield bytes_digest(file.read_bytes())

    def _source(self, module: str) -> dict[str, Any]:
        if module not in self._sources:
            with open(self._required_path(module), "rb") as file:  # noqa: PTH123 - as `_path`
                data = file.read()
            known = self._cache.get(module)
            if known is None or known["bytes"] != bytes_digest(data):
                known = self._read(module, data)
                self._cache[module] = known
                self.changed = True
            self._sources[module] = known
        return self._sources[module]

    def _read(self, module: str, data: bytes) -> dict[str, Any]:
        path = self._required_path(module)
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError) as error:
            raise PipelineError(f"not valid Python: {error}", where=path, fix="correct the file") from error
        roots = {module.partition(".")[0], _ALWAYS}
        candidates = {name for name in _imports(tree, module) if name.partition(".")[0] in roots}
        parents = {name.rpartition(".")[0] for name in {module, *candidates} if "." in name}
        imports = sorted(name for name in candidates | parents if name != module and self._path(name))
        return {
            "bytes": bytes_digest(data),
            "means": digest(_spoken(tree)),
            "imports": imports,
            "data": _data_files(tree),
        }

    def _required_path(self, module: str) -> str:
        path = self._path(module)
        if path is None:
            raise PipelineError(f"module {module!r} was found before and is gone", fix="restore it, or run again")
        return path

    def _path(self, module: str) -> str | None:
        """Where a module's source lies; None when it is no module. Plain texts: a no-op build comes by here."""
        if module not in self._paths:
            top, _, rest = module.partition(".")
            if rest:
                origin = self._path(top)
                self._paths[module] = origin and _submodule(os.path.dirname(origin), rest)  # noqa: PTH120
            else:
                self._paths[module] = _origin(top)
        return self._paths[module]


def meaning_of(source: str | bytes) -> str:
    """A digest of what Python source means: comments, docstrings and spacing do not count."""
    return digest(_spoken(ast.parse(source)))


def _origin(top: str) -> str | None:
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(top)
    return spec.origin if spec and spec.origin and spec.origin.endswith(".py") else None


def _submodule(folder: str, rest: str) -> str | None:
    base = os.path.join(folder, *rest.split("."))  # noqa: PTH118
    for candidate in (base + ".py", os.path.join(base, "__init__.py")):  # noqa: PTH118
        if os.path.isfile(candidate):  # noqa: PTH113
            return candidate
    return None


def _imports(tree: ast.AST, module: str) -> Iterator[str]:
    """Every name that an import statement could mean, as if each imported name were a module."""
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.rsplit(".", node.level)[0]
                base = f"{above}.{base}" if base else above
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below `node`, leaving out what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if not _for_type_checker(child):
            yield child
            yield from _executed(child)


def _for_type_checker(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _data_files(tree: ast.Module) -> list[str]:
    """The value of `DATA_FILES`, files and folders beside the module that it reads."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and "DATA_FILES" in (getattr(target, "id", "") for target in node.targets):
            return sorted(ast.literal_eval(node.value))
    return []


def _files_of(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return (path,)


def _spoken(node: Any) -> str:
    """A tree as text, the same in every Python version that reads the source alike: empty fields are left out."""
    if isinstance(node, list):
        return "[" + ",".join(_spoken(item) for item in node) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, getattr(node, name, None)) for name in node._fields if name not in _UNSPOKEN_FIELDS)
    said = [
        f"{name}={_spoken(_body(node, value) if name == 'body' else value)}"
        for name, value in fields
        if value_counts(value)
    ]
    return f"{type(node).__name__}({','.join(said)})"


def value_counts(value: Any) -> bool:
    """Whether a field says something: None and [] are how some Python versions write a field that others lack."""
    return value is not None and value != []


def _body(node: ast.AST, body: Any) -> Any:
    """A body without its docstring, without blocks for type checkers and, in a module, without table schemas."""
    if not isinstance(body, list):
        return body
    if body and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        body = body[1:] if _is_text(body[0]) else body
    if isinstance(node, ast.Module):
        body = [item for item in body if not _declares_schema(item)]
    return [item for item in body if not _for_type_checker(item)]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _declares_schema(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(_SCHEMA_NAME.fullmatch(getattr(target, "id", "")) for target in targets)
