"""A table that a stage tops up while it works, as the stage sees it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


class Kept(Protocol):
    """A table that a stage tops up while it works: what was added stays, however the run ends."""

    @property
    def table(self) -> "ir.Table":
        """What is kept so far."""

    def add(self, rows: "pa.Table") -> None:
        """Keep `rows`, committed at once."""

    def keep_only(self, column: str, values: Iterable[str]) -> None:
        """Remove the rows that have none of `values` in `column`, committed at once."""

    def remove_mentioning(self, words: Iterable[str]) -> None:
        """Remove the rows with a text in which one of `words` stands, committed at once.

        A word is a run of eight or more digits and letters from a to f, as pseudonyms and ids are.
        """
