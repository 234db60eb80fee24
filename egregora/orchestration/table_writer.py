"""One transaction's way to write tables, their hashes and doit's state."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb

from egregora.core.fingerprint import TableHash
from egregora.orchestration.bulk_insert import Appending
from egregora.orchestration.table_hash import definition_of, table_hashes, text

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from egregora.core.egress import Withheld

_FRUGAL = "96MB"
_CODE = "[0-9a-f]{8,}"  # how pseudonyms and ids are written


@dataclass
class Writer:
    """One transaction's way to write tables, their hashes and doit's state."""

    cursor: duckdb.DuckDBPyConnection
    _ibis: Any = None

    @property
    def ibis(self) -> "ibis.backends.duckdb.Backend":
        """An Ibis backend inside this transaction."""
        if self._ibis is None:
            self._ibis = backend_of(self.cursor)
        return self._ibis

    def append(self, name: str, rows: "pa.Table") -> None:
        """Add `rows`, which have the table's columns."""
        self.cursor.register("appended_rows", rows)
        self.cursor.execute(f'INSERT INTO "{name}" BY NAME SELECT * FROM appended_rows')
        self.cursor.unregister("appended_rows")

    @contextmanager
    def appending(
        self, name: str, schema: "pa.Schema", *, frugal: bool = False
    ) -> "Iterator[Callable[[pa.Table], None]]":
        """A function that adds rows, which must have the table's columns, while a thread writes those before them.

        Until it ends, the transaction can do nothing else. `frugal`: DuckDB keeps little of what it wrote in memory,
        and does with one thread, which is for those who have nothing to read. Errors: those of DuckDB, at the next
        rows or at the end.
        """
        thread = Appending(self.cursor, name, schema)
        before = self._limits()
        if frugal:
            self._set_limits(_FRUGAL, 1)
        thread.start()
        try:
            yield thread.put
        finally:
            thread.finish()
            if frugal:
                self._set_limits(*before)
        thread.check()

    def _limits(self) -> tuple[str, int]:
        """How much memory DuckDB may use, and how many threads."""
        row = self.cursor.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchone()
        memory, threads = row or ("1GB", 1)
        return str(memory), int(threads)

    def _set_limits(self, memory: str, threads: int) -> None:
        # Never RESET: it changes what `current_setting` tells, and the limit itself stays as it was (DuckDB 1.5).
        self.cursor.execute(f"SET memory_limit={text(memory)}; SET threads={threads}")

    def clear_window(self, name: str, window: str) -> None:
        """Remove a window's rows."""
        self.cursor.execute(f'DELETE FROM "{name}" WHERE "window" = {text(window)}')

    def put_withheld(self, task: str, rows: "Iterable[Withheld]" = ()) -> None:
        """Replace what the gate withheld from a task."""
        if not self.ibis.list_tables(like="^withheld$"):
            return
        self.cursor.execute(f'DELETE FROM "withheld" WHERE "stage" = {text(task)}')
        values = [f"({text(row.kind)}, {text(row.where)}, {text(task)}, {text(row.sentence)})" for row in rows]
        if values:
            self.cursor.execute(f'INSERT INTO "withheld" VALUES {", ".join(values)}')

    def keep_only(self, name: str, column: str, values: Iterable[str]) -> None:
        """Remove the rows that have none of `values` in `column`."""
        with self._listed(values) as listed:
            self.cursor.execute(f'DELETE FROM "{name}" WHERE "{column}" NOT IN (SELECT value FROM {listed})')

    def remove_mentioning(self, name: str, columns: Iterable[str], words: Iterable[str]) -> None:
        """Remove the rows in which one of `words`, hexadecimal as they are, stands in a text of `columns`."""
        texts = ", ".join(f'"{column}"' for column in columns)
        found = f"SELECT rowid AS place, unnest(regexp_extract_all(concat_ws(' ', {texts}), '{_CODE}')) AS word"
        with self._listed(words) as listed:
            places = f'SELECT place FROM ({found} FROM "{name}") SEMI JOIN {listed} ON word = value'
            self.cursor.execute(f'DELETE FROM "{name}" WHERE rowid IN ({places})')

    def left_out(self, name: str) -> list[list[Any]]:
        """The rows of a table with the columns of `left_out`."""
        rows = self.cursor.execute(f'SELECT reason, people, messages FROM "{name}" ORDER BY ALL').fetchall()
        return [[*row] for row in rows]

    @contextmanager
    def _listed(self, values: Iterable[str]) -> Iterator[str]:
        """The name of a table with a column `value`."""
        import pyarrow as pa

        self.cursor.register("listed", pa.table({"value": pa.array([*values], pa.string())}))
        yield "listed"
        self.cursor.unregister("listed")

    def hash_of(self, name: str, window: str | None = None) -> TableHash:
        """The hash of table `name` as this transaction sees it, or of one window's rows."""
        return table_hashes(self.cursor, name, by_window=False, window=window)[""]

    def hashes_by_window(self, name: str) -> dict[str, TableHash]:
        """The hash of each window's rows."""
        return table_hashes(self.cursor, name, by_window=True)

    def definition_of(self, view: str) -> str:
        """A digest of how a view is defined."""
        return definition_of(self.cursor, view)

    def put_states(self, states: Mapping[str, str | None]) -> None:
        """Replace what is recorded of these tasks; None forgets one."""
        if states:
            self.cursor.execute(f"DELETE FROM doit_state WHERE task IN ({', '.join(map(text, states))})")
        kept = [f"({text(name)}, {text(data)})" for name, data in states.items() if data is not None]
        if kept:
            self.cursor.execute(f"INSERT INTO doit_state VALUES {', '.join(kept)}")

    def log_run(self, task: str, started_at: datetime, seconds: float, rows: int, reasons: str) -> None:
        """Add to the history of runs."""
        values = f"{text(task)}, {text(started_at.isoformat())}, {seconds:.3f}, {rows}, {text(reasons)}"
        self.cursor.execute(f"INSERT INTO stage_runs VALUES ({values})")


def backend_of(cursor: duckdb.DuckDBPyConnection) -> "ibis.backends.duckdb.Backend":
    """An Ibis backend on `cursor`."""
    import ibis

    return ibis.duckdb.from_connection(cursor)
