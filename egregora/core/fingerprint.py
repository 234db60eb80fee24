"""What a table was made from, as named parts, and what changed between two of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import xxhash

TABLE_HASH_MODULUS = 1 << 64
_PIECE = 1 << 20


def digest(*parts: str) -> str:
    """The xxh3_128 of `parts`, as 32 hex digits; each part behind its length: ("ab", "c") is not ("a", "bc")."""
    state = xxhash.xxh3_128()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()


def bytes_digest(data: bytes) -> str:
    """The xxh3_128 of `data`, as 32 hex digits."""
    return xxhash.xxh3_128(data).hexdigest()


def file_digest(path: Path) -> str:
    """The xxh3_128 of a file's bytes, read in pieces, as 32 hex digits."""
    state = xxhash.xxh3_128()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            state.update(piece)
    return state.hexdigest()


def changes(old: Mapping[str, str] | None, new: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the parts that differ, in the order of `new`, then those that are gone; "never made" without `old`.

    A fingerprint is a mapping of part to digest: "code", "schema", "input <table>", "setting <name>",
    "export <file>". This one comparison decides and explains.
    """
    if old is None:
        return ("never made",)
    if old == new:
        return ()
    differing = [name for name, value in new.items() if old.get(name) != value]
    return (*differing, *(name for name in old if name not in new))


class TableHash(NamedTuple):
    """What is in a table, whatever the order of its rows: their number, two sums of row hashes, and the columns.

    Source: facts on DuckDB, section 3; a plain sum of hashes misses swapped values, so each row's hash is hashed again.
    """

    rows: int
    first: int
    second: int
    columns: str

    def __str__(self) -> str:
        return f"{self.rows}:{self.first:016x}:{self.second:016x}:{self.columns}"

    @classmethod
    def parse(cls, text: str) -> "TableHash":
        """The hash that `str` wrote."""
        rows, first, second, columns = text.split(":")
        return cls(int(rows), int(first, 16), int(second, 16), columns)

    def plus(self, other: "TableHash") -> "TableHash":
        """The hash of both tables' rows in one."""
        first, second = (
            (self.first + other.first) % TABLE_HASH_MODULUS,
            (self.second + other.second) % TABLE_HASH_MODULUS,
        )
        return TableHash(self.rows + other.rows, first, second, self.columns)
