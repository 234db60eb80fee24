"""What a table holds, as numbers: the sums of its rows' hashes, so that order does not matter."""

import re

import duckdb

from egregora.core.errors import SchemaError
from egregora.core.fingerprint import TABLE_HASH_MODULUS, TableHash, digest

_VECTOR = re.compile(r"(FLOAT|DOUBLE)\[\d+\]")  # hashed as it is; other nested types as text: [] and NULL hash alike


def definition_of(cursor: duckdb.DuckDBPyConnection, view: str) -> str:
    """A digest of how a view is defined."""
    row = cursor.execute(f"SELECT sql FROM duckdb_views() WHERE view_name = {text(view)}").fetchone()
    return digest(row[0]) if row else ""


def table_hashes(
    cursor: duckdb.DuckDBPyConnection, name: str, *, by_window: bool, window: str | None = None
) -> dict[str, TableHash]:
    """The hash of a table's rows, under "", or of each window's, under its name; of `window` alone if it is given."""
    described = cursor.execute(f'DESCRIBE "{name}"').fetchall()
    columns = [(row[0], row[1]) for row in described]
    row_hash = f"hash({', '.join(_hashed(*column) for column in columns)})"
    group = '"window"' if by_window else "''"
    condition = f'WHERE "window" = {text(window)}' if window is not None else ""
    query = f"""
        SELECT {group}, count(*), coalesce(sum(hash(r)), 0), coalesce(sum(hash(r, 1)), 0)
        FROM (SELECT {group if by_window else "1"} AS "window", {row_hash} AS r FROM "{name}" {condition})
        {"GROUP BY 1" if by_window else ""}"""
    described_as = digest(*(part for column in columns for part in column))[:16]
    rows = cursor.execute(query).fetchall()
    if any(label is None for label, *_ in rows):
        raise SchemaError(f"rows of {name!r} have no window", fix="correct the stage: a window is never NULL")
    return {
        label: TableHash(count, int(first) % TABLE_HASH_MODULUS, int(second) % TABLE_HASH_MODULUS, described_as)
        for label, count, first, second in sorted(rows)
    }


def text(value: str) -> str:
    """A text as SQL writes it; a parameter would cost half a second, for which DuckDB imports pandas."""
    return "'" + value.replace("'", "''") + "'"


def _hashed(column: str, type_: str) -> str:
    quoted = '"' + column.replace('"', '""') + '"'
    nested = type_.endswith("]") or type_.startswith(("STRUCT", "MAP", "UNION", "JSON"))
    return f"{quoted}::VARCHAR" if nested and not _VECTOR.fullmatch(type_) else quoted
