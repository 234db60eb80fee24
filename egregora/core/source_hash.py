"""What Python source means: a digest that comments, docstrings and spacing do not change, and what it imports."""

import ast
from collections.abc import Iterator
from typing import Any, TypedDict

from egregora.core.fingerprint import bytes_digest, digest

_UNSPOKEN_FIELDS = frozenset({"kind", "type_comment", "ctx"})  # u"" prefixes, comments, load or store
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # where statements have statements


class Source(TypedDict):
    """What is found in a module, as plain data that can be kept."""

    bytes: str  # digest of the bytes
    means: str  # digest of the meaning
    imports: list[str]  # what its import statements could mean, as if each imported name were a module
    data: list[str]  # its DATA_FILES: files and folders beside it that it reads


def read_source(data: bytes, module: str, *, is_package: bool) -> Source:
    """What is found in the source of `module`. Errors: SyntaxError, ValueError when it is not Python."""
    tree = ast.parse(data)
    return {
        "bytes": bytes_digest(data),
        "means": digest(_spoken(tree)),
        "imports": sorted(set(_imports(tree, module if is_package else module.rpartition(".")[0]))),
        "data": _data_files(tree),
    }


def meaning_of(source: str | bytes) -> str:
    """A digest of what Python source means."""
    return digest(_spoken(ast.parse(source)))


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
                base = f"{above}.{base}" if base else above
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below `node`, leaving out what only a type checker reads."""
    for block in ("orelse",) if _for_type_checker(node) else _BLOCKS:
        for child in getattr(node, block, ()):
            yield child
            yield from _executed(child)


def _for_type_checker(node: ast.AST) -> bool:
    test = getattr(node, "test", None) if isinstance(node, ast.If) else None
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _data_files(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and "DATA_FILES" in (getattr(target, "id", "") for target in node.targets):
            return sorted(ast.literal_eval(node.value))
    return []


def _spoken(node: Any) -> str:
    """A tree as text, the same in every Python version that reads the source alike: empty fields are left out."""
    if isinstance(node, list):
        return f"[{','.join([_spoken(item) for item in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    said = []
    for name in node._fields:
        value = _body(node) if name == "body" else getattr(node, name, None)
        # None and [] are how some Python versions write a field that others lack.
        if value is not None and value != [] and name not in _UNSPOKEN_FIELDS:
            said.append(f"{name}={_spoken(value)}")
    return f"{type(node).__name__}({','.join(said)})"


def _body(node: ast.AST) -> Any:
    """The body of `node` without its docstring and, in a module, without what is no code."""
    value = getattr(node, "body", None)
    if _for_type_checker(node):
        return None
    if not isinstance(value, list) or not value:
        return value
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _is_text(value[0]):
        value = value[1:]
    if not isinstance(node, ast.Module):
        return value
    return [item for item in value if not (_declares_schema(item) or _declares_error(item))]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _declares_error(node: ast.AST) -> bool:
    """Whether a statement is a class of errors without any code: what people are told changes no row."""
    if not isinstance(node, ast.ClassDef) or not node.bases:
        return False
    bases = [getattr(base, "id", "") for base in node.bases]
    plain = all(isinstance(item, ast.Expr | ast.Assign | ast.AnnAssign | ast.Pass) for item in node.body)
    return plain and all(base.endswith("Error") for base in bases)


def _declares_schema(node: ast.AST) -> bool:
    """Whether a statement is `NAME = ibis.schema(...)`, or lists names.

    A table's schema counts by itself: in the part "schema" of its own stage, and in the hashes that others read.
    """
    if not isinstance(node, ast.Assign):
        return False
    if "__all__" in (getattr(target, "id", "") for target in node.targets):
        return True
    called = getattr(node.value, "func", None)
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "schema"
        and isinstance(called.value, ast.Name)
        and called.value.id == "ibis"
    )
