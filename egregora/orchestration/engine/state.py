"""What is remembered of each task: in the DuckDB file, and for reading in the mirror beside it."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egregora.core.errors import BusyError
from egregora.orchestration.engine.reconcile import ENGINE, VALUES, found_out
from egregora.orchestration.engine.snapshot import read_mirror, seal_of, write_mirror

if TYPE_CHECKING:
    from egregora.orchestration.database import Database
    from egregora.orchestration.table_writer import Writer

MIRROR_NAME = ".doit.db"
_IGNORE = "ignore:"
# The DuckDB file is right at any time; the mirror of a running build may be a second old, and must not cost much.
_BETWEEN_MIRRORS = 1.0  # seconds
_SHARE_OF_MIRRORS = 20  # a twentieth of the time


class State:
    """Records of tasks, as doit keeps them: task → key → value.

    While the seal holds, all is read from the mirror and the DuckDB file stays closed. When it does not, `settle`
    opens the file, takes its records and hashes every table again. While another process holds the file, the
    records are the mirror's, and `busy` is the error that names that process.
    """

    def __init__(self, database_path: Path) -> None:
        self.path = database_path
        self.mirror_path = database_path.with_name(MIRROR_NAME)
        self._mirror = read_mirror(self.mirror_path)
        self._tasks: dict[str, dict[str, Any]] = self._mirror["tasks"] if database_path.exists() else {}
        self._sealed = self._mirror["seal"] is not None and self._mirror["seal"] == seal_of(database_path)
        self._lock = threading.RLock()
        self._changed: set[str] = set()  # tasks whose record the file does not have yet
        self._mirror_again_at = 0.0
        self._stale_mirror = False
        self.busy: BusyError | None = None  # who holds the file, found by `settle`
        self.database: Database | None = None
        self.generation = 0  # counts changes, for those who remember answers

    @property
    def exists(self) -> bool:
        """Whether there is a DuckDB file."""
        return self.path.exists()

    def cache(self, section: str) -> dict[str, Any]:
        """A part of the mirror in which findings are kept that can be found again: of sources, of exports."""
        found: dict[str, Any] = self._mirror[section]
        return found

    def cache_changed(self) -> None:
        """Say that a cache grew, so that the mirror is written at the end."""
        self._stale_mirror = True

    # records

    def values(self, task: str) -> dict[str, Any]:
        """What a task's last success left: fingerprint, tables, slices; empty when it was never made."""
        return self._tasks.get(task, {}).get(VALUES) or {}

    def tasks(self, prefix: str = "") -> Iterator[str]:
        """The names of recorded tasks."""
        return (name for name in list(self._tasks) if name.startswith(prefix) and name != ENGINE)

    def get(self, task: str, key: str) -> Any:
        """One value of a task's record."""
        return self._tasks.get(task, {}).get(key)

    def set(self, task: str, key: str, value: Any) -> None:
        """Keep what a person asked of doit, which is to ignore a task; it is written by `close`.

        What doit saves after a success is left alone: the transaction that wrote the tables has recorded it.
        """
        if key == _IGNORE:
            with self._lock:
                self._tasks.setdefault(task, {})[key] = value
                self._touch(task)

    def remove(self, task: str) -> None:
        """Forget a task."""
        with self._lock:
            if self._tasks.pop(task, None) is not None:
                self._touch(task)

    def has(self, task: str) -> bool:
        """Whether anything is recorded of a task."""
        return task in self._tasks

    def record(self, writer: "Writer", task: str, values: dict[str, Any]) -> None:
        """Write a success inside the transaction that writes its tables."""
        writer.put_states({task: json.dumps(_record(values), sort_keys=True)})

    def recorded(self, task: str, values: dict[str, Any] | None) -> None:
        """Remember what a committed transaction recorded; None for a task it forgot."""
        with self._lock:
            if values is None:
                self._tasks.pop(task, None)
            else:
                self._tasks[task] = _record(values)
            self._changed.discard(task)
            self.generation += 1
        self._write_mirror_of_running_build()

    # the file

    def open(self) -> "Database":
        """The DuckDB file, opened on first use. Errors: BusyError when another process holds it.

        Its own records are taken in any case: since the mirror was read another process may have come and gone.
        """
        with self._lock:
            if self.database is None:
                from egregora.orchestration.database import Database

                # Before it is opened: reading and closing an open file would drop DuckDB's lock on it.
                whole = self._sealed and self._mirror["seal"] == seal_of(self.path)
                self.database = Database.open(self.path)
                self._mirror["building"] = os.getpid()
                self._take_records(self.database, compare=not whole)
                self._write_mirror(seal=None)
            return self.database

    def settle(self) -> BusyError | None:
        """Make sure that the records are the file's own; while another process holds it, the mirror's have to do.

        A file whose seal is broken is opened, hashed, and sealed anew. Returns the error that says who is building,
        which stays in `busy`.
        """
        if not self._sealed and self.database is None and self.exists:
            try:
                self.open()
            except BusyError as busy:
                self.busy = busy
            else:
                self.close()
        return self.busy

    def verify(self) -> list[str]:
        """Hash every table again, whatever the seal says; the tables that are not as recorded, sorted."""
        self._compare_with_tables(self.open())
        return sorted({table for task in self.tasks() for table in self.values(task).get("damaged", ())})

    def close(self) -> None:
        """Write what is not written yet, let go of the file and seal it. A no-op leaves everything untouched."""
        if self._changed:
            self.open()
        if self.database is not None:
            if self.database.writers:  # interrupted with a task still at work: as if killed, which is safe
                return
            self._write_changes(self.database)
            self.database.close()
            self.database = None
            self._mirror["building"] = None
            self._write_mirror(seal=seal_of(self.path))
        elif self._stale_mirror and self._sealed and self._mirror["seal"] == seal_of(self.path):
            with suppress(OSError):  # what was found out again is found out again next time
                self._write_mirror(seal=self._mirror["seal"])

    # inside

    def _touch(self, task: str) -> None:
        self._changed.add(task)
        self.generation += 1

    def _take_records(self, database: "Database", *, compare: bool) -> None:
        """Take the file's records for the truth, and mark what is not as they say."""
        pending = {task: self._tasks.get(task) for task in self._changed}
        self._tasks = _decoded(database.states())
        self.generation += 1
        if compare or ENGINE not in self._tasks:
            self._compare_with_tables(database)
        for task, record in pending.items():
            if record is None:
                self._tasks.pop(task, None)
            else:
                self._tasks[task] = record
        self._sealed = True

    def _compare_with_tables(self, database: "Database") -> None:
        for task, record in found_out(database, self._tasks).items():
            self._tasks[task] = record
            self._touch(task)

    def _write_changes(self, database: "Database") -> None:
        if self._changed:
            changed = {task: self._tasks.get(task) for task in sorted(self._changed)}
            with database.write() as writer:
                writer.put_states({task: _encoded(record) for task, record in changed.items()})
            self._changed.clear()

    def _write_mirror_of_running_build(self) -> None:
        with self._lock:
            now = time.monotonic()
            if self.database is not None and now >= self._mirror_again_at:
                self._write_mirror(seal=None)

    def _write_mirror(self, seal: str | None) -> None:
        self._mirror["tasks"] = self._tasks
        self._mirror["seal"] = seal
        self._sealed = seal is not None or self.database is not None
        begun = time.monotonic()
        write_mirror(self.mirror_path, self._mirror)
        ended = time.monotonic()
        self._mirror_again_at = ended + max(_BETWEEN_MIRRORS, _SHARE_OF_MIRRORS * (ended - begun))
        self._stale_mirror = False


def _record(values: dict[str, Any]) -> dict[str, Any]:
    """A success as doit would save it, so that its own saving afterwards changes nothing."""
    return {VALUES: values, "checker:": "MD5Checker", "deps:": []}


def _encoded(record: dict[str, Any] | None) -> str | None:
    return None if record is None else json.dumps(record, sort_keys=True)


def _decoded(states: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {task: json.loads(data) for task, data in states.items()}
