"""The one file: the only module that opens, writes or hashes it."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb

from egregora.core.errors import BusyError, EgregoraError, PipelineError, SchemaError
from egregora.core.fingerprint import TableHash
from egregora.orchestration.table_hash import definition_of, table_hashes, text
from egregora.orchestration.table_writer import Writer, backend_of
from egregora.utils.files import private_files

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir


SCHEMA_VERSION = 1
_HELD = re.compile(r"\(PID (\d+)\)")
_FULL = re.compile(r"No space left|File too large|disk is full|Disk quota|exceeds the limit", re.IGNORECASE)


class Database:
    """A project's DuckDB file, held by this process until it is closed."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection
        self._while_open = ExitStack()
        self._pid = os.getpid()
        self._committing = threading.Lock()
        self.preparing = threading.Lock()  # held while tables that several tasks share are made
        self.writers = 0
        self._there: set[str] = set()  # tables that were found; this process replaces them and never drops one for good
        self._prepared: set[str] = set()

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open the file, made when it is missing, with mode 0600.

        The log beside the file and what is spilled to disk hold names as well, and DuckDB makes them when it likes: so
        the process makes private files for as long as the file is open.
        Errors: BusyError with the PID when another process holds the file; SchemaError when it is no such file, or of a
        newer program.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(private_files())
            database = cls(path, _connect(path))
            stack.callback(database._connection.close)
            path.chmod(0o600)
            database._prepare()
            database._while_open = stack.pop_all()
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write everything into the file and let go of it."""
        self._while_open.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A session of its own, which sees what is committed. Errors: PipelineError in a forked process."""
        if os.getpid() != self._pid:
            fix = "run `doit -n 2` without `-P process`"
            raise PipelineError("the DuckDB file cannot be shared between processes", where=str(self.path), fix=fix)
        return self._connection.cursor()

    @property
    def ibis(self) -> "ibis.backends.duckdb.Backend":
        """An Ibis backend on a cursor of its own."""
        return backend_of(self.cursor())

    def table(self, name: str) -> "ir.Table":
        """Table `name` as it is committed, on a cursor of its own."""
        return self.ibis.table(name)

    def has(self, name: str) -> bool:
        """Whether there is a table or view `name`."""
        if name not in self._there and self._in_catalog(name):
            self._there.add(name)
        return name in self._there

    def prepared(self, stage: str) -> bool:
        """Whether the tables that a stage expects were seen to, in this process."""
        return stage in self._prepared

    def set_prepared(self, stage: str) -> None:
        """Remember that they were."""
        self._prepared.add(stage)

    def states(self) -> dict[str, str]:
        """What doit remembers: what is recorded of each task, as JSON."""
        with self._explaining():
            return dict(self.cursor().execute("SELECT task, data FROM doit_state").fetchall())

    def hash_of(self, name: str) -> TableHash | None:
        """The hash of table or view `name`; None when there is none."""
        slices = self.hashes_by_window(name, by_window=False)
        return slices.get("") if slices is not None else None

    def hashes_by_window(self, name: str, *, by_window: bool = True) -> dict[str, TableHash] | None:
        """The hash of each window's rows, in one pass; under "" that of all rows when not `by_window`."""
        with self._explaining():
            return table_hashes(self.cursor(), name, by_window=by_window) if self._in_catalog(name) else None

    def definition_of(self, view: str) -> str:
        """A digest of how a view is defined; "" when there is none."""
        return definition_of(self.cursor(), view)

    @contextmanager
    def write(self) -> Iterator["Writer"]:
        """A transaction: all that is written in it is committed together, or nothing is.

        Errors: PipelineError when the disk is full or DuckDB refuses; the last good tables are as they were.
        """
        cursor = self.cursor()
        self._count(1)
        try:
            cursor.begin()
            yield Writer(cursor)
            with self._committing:
                cursor.commit()
        except BaseException as error:
            _roll_back(cursor)
            if isinstance(error, duckdb.Error):
                raise _explained(error, self.path) from error
            raise
        finally:
            self._count(-1)
            cursor.close()

    def checkpoint(self) -> None:
        """Move finished changes into the file and free what they replaced, unless somebody is still writing.

        What is committed is safe without it, so when it cannot be done now, the next one or closing does it.
        """
        if not self.writers:
            with suppress(duckdb.Error):
                self.cursor().execute("CHECKPOINT")

    def engine(self) -> str:
        """A known answer of this DuckDB's hash function, which tells engines that hash otherwise apart."""
        query = "SELECT hash(hash('egregora', 42, NULL::BIGINT, 0.5::FLOAT, TIMESTAMPTZ '2025-01-01 00:00:00+00'))"
        row = self.cursor().execute(query).fetchone()
        return f"{row[0]:016x}" if row else ""

    def _in_catalog(self, name: str) -> bool:
        query = f"SELECT 1 FROM information_schema.tables WHERE table_name = {text(name)}"
        return self.cursor().execute(query).fetchone() is not None

    def _count(self, step: int) -> None:
        with self._committing:
            self.writers += step

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise _explained(error, self.path) from error

    def _prepare(self) -> None:
        """Settings of the session, and the tables that the engine itself needs."""
        # GLOBAL: a cursor is a new session, and neither weeks nor hashes may depend on the machine's time zone.
        self._connection.execute("SET GLOBAL TimeZone='UTC'")
        # Without it a missing table resolves to a Python variable of that name.
        self._connection.execute("SET GLOBAL python_enable_replacements=false")
        if not self.has("schema_version"):
            self._begin_file()
        version = self._connection.execute("SELECT max(version) FROM schema_version").fetchone()
        if version and version[0] and version[0] > SCHEMA_VERSION:
            raise SchemaError(
                f"the file has version {version[0]}, and this program reads up to {SCHEMA_VERSION}",
                where=str(self.path),
                fix="update egregora",
            )

    def _begin_file(self) -> None:
        from egregora.core.database_schema import SCHEMAS, create_table_if_not_exists

        with self.write() as writer:
            for name in ("schema_version", "doit_state", "stage_runs"):
                create_table_if_not_exists(writer.ibis, name, SCHEMAS[name])
            writer.cursor.execute(f"INSERT INTO schema_version VALUES ({SCHEMA_VERSION}, now(), 'first version')")


@contextmanager
def new_file(path: Path) -> Iterator["Writer"]:
    """A new DuckDB file, mode 0600, without any table; what is written is all in the file afterwards.

    Errors: PipelineError when the disk is full or DuckDB refuses.
    """
    with private_files(), closing(_connect(path)) as connection:
        try:
            connection.begin()
            yield Writer(connection)
            connection.commit()
            connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise _explained(error, path) from error


def rewrite(path: Path) -> None:
    """Write the file anew, so that it has no byte of what was deleted; it is there whole at any time, old or new.

    Nobody can write to it meanwhile. Errors: BusyError when somebody does already; PipelineError when the disk is full.
    """
    aside = path.with_name(f".{path.name}.new")
    for left in (aside, aside.with_name(f"{aside.name}.wal")):  # of a run that was killed
        left.unlink(missing_ok=True)
    connection = _connect(Path(":memory:"))
    try:
        with private_files():
            _copy_all(connection, path, aside)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)  # while the old one is still held: nobody gets in between
    except duckdb.Error as error:
        raise _busy_or_explained(error, path) from error
    except OSError as error:
        what = f"the file could not be written anew: {error.strerror}"
        raise PipelineError(what, where=str(path), fix="make room, and try again") from error
    finally:
        connection.close()
        aside.unlink(missing_ok=True)


def _copy_all(connection: duckdb.DuckDBPyConnection, old: Path, new: Path) -> None:
    """Copy every table of one file into a new one; the old one stays held."""
    connection.execute(f"ATTACH {text(str(old))} AS old_file (READ_ONLY)")
    connection.execute(f"ATTACH {text(str(new))} AS new_file")
    connection.execute("COPY FROM DATABASE old_file TO new_file")
    connection.execute("CHECKPOINT new_file")
    connection.execute("DETACH new_file")


@contextmanager
def only_read(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session in a file that nobody writes to meanwhile. Errors: BusyError when somebody does."""
    connection = _connect(path, read_only=True)
    try:
        connection.execute("SET GLOBAL TimeZone='UTC'")
        connection.execute("SET GLOBAL python_enable_replacements=false")
        yield connection
    except duckdb.Error as error:
        raise _explained(error, path) from error
    finally:
        connection.close()


def _connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)  # noqa: TID251 - this is the door
    except duckdb.Error as error:
        raise _busy_or_explained(error, path) from error


def _busy_or_explained(error: duckdb.Error, path: Path) -> EgregoraError:
    if held := _HELD.search(str(error)):
        return BusyError(
            f"another process (PID {held[1]}) is writing to {path.name}: wait for it to finish, or stop it"
        )
    return _explained(error, path)


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """After a failed statement COMMIT may "succeed" without having committed, so this is never left out."""
    try:
        cursor.rollback()
    except duckdb.Error:
        return  # the transaction is gone already, with what it wrote


def _explained(error: duckdb.Error, path: Path) -> EgregoraError:
    """An error of DuckDB's as one for people."""
    said = str(error).partition("\n")[0]
    if _FULL.search(str(error)):
        fix = "free some space and run again; finished stages are kept"
        return PipelineError(f"the disk is full: {said}", where=str(path.parent), fix=fix)
    if "not a valid DuckDB database file" in str(error) or "newer version" in str(error):
        fix = f"move {path.name} aside and run again: everything is made anew from exports/"
        return SchemaError(f"the file cannot be read: {said}", where=str(path), fix=fix)
    fix = "run again with EGREGORA_DEBUG=1 to see where in the program"
    return PipelineError(f"DuckDB refused: {said}", where=str(path), fix=fix)
