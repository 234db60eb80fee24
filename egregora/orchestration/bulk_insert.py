"""Rows written by a thread, while the next ones are made."""

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa

_WAITING = 3  # pieces of rows that wait to be written
_PATIENCE = 0.2  # seconds after which an INSERT that failed is noticed


class Appending(threading.Thread):
    """One INSERT over rows that come from a queue: DuckDB packs them while the next ones are made."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        name: str,
        schema: "pa.Schema",
    ) -> None:
        super().__init__(daemon=True)
        self._cursor, self._name, self._schema = cursor, name, schema
        self._waiting: queue.Queue[pa.Table | None] = queue.Queue(maxsize=_WAITING)
        self._error: duckdb.Error | None = None

    def put(self, rows: "pa.Table") -> None:
        """Hand over rows. Errors: that of an INSERT which failed."""
        handed_over = False
        while not handed_over:
            self.check()
            with suppress(queue.Full):
                self._waiting.put(rows, timeout=_PATIENCE)
                handed_over = True

    def finish(self) -> None:
        """Wait until all rows are written."""
        while self.is_alive():
            with suppress(queue.Full):
                self._waiting.put(None, timeout=_PATIENCE)
                break
        self.join()

    def check(self) -> None:
        """Raise what the INSERT raised."""
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        """The INSERT."""
        import pyarrow as pa

        batches = (batch for rows in iter(self._waiting.get, None) for batch in rows.to_batches())
        reader = pa.RecordBatchReader.from_batches(self._schema, batches)
        try:
            self._cursor.register("appended_rows", reader)
            self._cursor.execute(f'INSERT INTO "{self._name}" BY NAME SELECT * FROM appended_rows')
            self._cursor.unregister("appended_rows")
        except duckdb.Error as error:
            self._error = error
