"""A copy of the DuckDB file that may be given away: its tables after `anonymized`, and nothing that has a name."""

import glob
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from egregora.config.key import read_key
from egregora.config.model import parsed_settings
from egregora.config.project import Project
from egregora.core.egress import EgressGate
from egregora.core.errors import PipelineError, PrivacyError, SettingsError
from egregora.orchestration.database import Database, new_file, only_read
from egregora.orchestration.engine.status import freshness_of, status_of
from egregora.orchestration.table_writer import Writer
from egregora.privacy.egress.gate import open_gate
from egregora.privacy.egress.leak_scan import LeakScanner

if TYPE_CHECKING:
    import duckdb

# The only tables that leave, each with the columns that are NULL in the copy. What is not listed stays: tables with
# names (ingested_messages), of who opted out (message_order, exports, left_out), of requests and vectors that are kept,
# of what doit remembers, and whatever a later version adds until somebody puts it here.
SHARED: Mapping[str, tuple[str, ...]] = {
    "anonymized_messages": (),
    "redactions": (),
    "media_files": (),
    "enriched_messages": (),
    "knowledge_context": (),
    "windowed_messages": (),
    "window_context": (),
    "generated_posts": (),
    "author_profiles": ("alias", "bio", "twitter", "website"),  # chosen for the site, and for nothing else
    "site_files": (),
    "elo_ratings": (),
    "elo_comparisons": (),
}

_ROWS = 50_000
_MADE = frozenset({"author_profiles.handle"})  # of our own words, which may be somebody's name as well
# What was changed must not be there as it was: neither in its own row nor in another one.
_AS_IT_WAS = """
    SELECT count(*) FROM ingested_messages AS raw JOIN anonymized_messages AS made USING (chat_id, message_id)
    WHERE raw.message <> made.message AND raw.message IN (SELECT message FROM anonymized_messages)"""

_WAY_OUT = (
    "run `doit forget anonymized`, then `doit`, and try again; the site may be shared meanwhile, for it shows none of "
    "it; to share the tables now, leave out who wrote it: egregora forget-person NAME"
)


class Shared(NamedTuple):
    """What a copy holds."""

    tables: int
    rows: int
    bytes: int


def share(project: Project, target: Path) -> Shared:
    """Write the copy to the new file `target`, mode 0600; it is there whole and checked, or not at all.

    Errors: SettingsError when `target` is there already or cannot be; PipelineError when a stage is not fresh, so that
    somebody's wish may not be honoured yet; PrivacyError when a name is found in the copy; BusyError.
    """
    _check_target(target)
    check_fresh(project)
    secret = read_key(project.key)
    people = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name).people
    try:
        rows, size = _written(project, target, secret, people)
    except OSError as error:
        what = f"the copy could not be written: {error.strerror}"
        fix = "see that there is room, and that you may write there"
        raise PipelineError(what, where=str(target.parent), fix=fix) from error
    return Shared(len(SHARED), rows, size)


def _written(project: Project, target: Path, secret: bytes, people: str) -> tuple[int, int]:
    """The rows and the bytes of the copy, once it is at `target`."""
    for left in target.parent.glob(f".{glob.escape(target.name)}-*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with Database.open(project.database) as database:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            copy = aside / "copy"
            rows = _copied(database, copy)
            messages = database.table("ingested_messages")
            _check_copy(database, copy, LeakScanner.from_messages(messages, secret, people))
            gate = open_gate(ingested_messages=messages, key=project.key, people=people)
            _let_through(copy, gate.with_allowlist(screened=database.table("windowed_messages").message))
            size = copy.stat().st_size
            _put_in_place(copy, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return rows, size


def _check_target(target: Path) -> None:
    if os.path.lexists(target):
        raise SettingsError("there is a file already", where=str(target), fix="name a new one: nothing is overwritten")
    if not target.parent.is_dir():
        raise SettingsError("there is no such folder", where=str(target.parent), fix="make it, or name another one")


def check_fresh(project: Project) -> None:
    """Prereq of handing anything on: every stage is fresh. Errors: PipelineError that names the others; BusyError."""
    freshness, busy = freshness_of(project)
    if busy is not None:
        raise busy
    stale = [row.stage.name for row in status_of(freshness) if row.verdict != "fresh"]
    if stale:
        what = f"not everything is made yet ({', '.join(stale)}), so somebody's wish may not be honoured"
        raise PipelineError(what, where=str(project.folder), fix="run `doit` first")


def _copied(database: Database, target: Path) -> int:
    """Write the tables that may leave into the new file `target`, row by row: a copied file keeps what was deleted."""
    from egregora.core.database_schema import SCHEMAS, create_table_if_not_exists

    with new_file(target) as writer:
        for name in SHARED:
            create_table_if_not_exists(writer.ibis, name, SCHEMAS[name])
        return sum(_copied_table(database, writer, name) for name in SHARED if database.has(name))


def _copied_table(database: Database, writer: Writer, name: str) -> int:
    import pyarrow as pa

    from egregora.core.database_schema import SCHEMAS

    columns = (f'NULL AS "{column}"' if column in SHARED[name] else f'"{column}"' for column in SCHEMAS[name].names)
    reader = database.cursor().execute(f'SELECT {", ".join(columns)} FROM "{name}"').to_arrow_reader(_ROWS)
    rows = 0
    for batch in reader:
        writer.append(name, pa.Table.from_batches([batch]))
        rows += batch.num_rows
    return rows


def _let_through(copy: Path, gate: EgressGate) -> None:
    """Show every text of the copy to the gate. Errors: PrivacyError when it would withhold one."""
    with only_read(copy) as connection:
        for place, query in _texts(connection):
            if place.endswith(("_id", "_ids")) or place.startswith("site_files."):
                continue  # made of hexadecimal digits, which may look like any number; looked at when it was written
            for batch in connection.execute(query).to_arrow_reader(_ROWS):
                texts = "\n".join(filter(None, batch.column(0).to_pylist()))
                gate.check_files({place: texts.encode()})
    if gate.withheld:
        places = ", ".join(sorted({row.where for row in gate.withheld}))
        raise PrivacyError(f"the copy would hold personal data in {places}; it was not written", fix=_WAY_OUT)


def _check_copy(database: Database, copy: Path, leaks: LeakScanner) -> None:
    """Prereq of handing it out: no name is in any text of the copy nor in its bytes. Errors: PrivacyError."""
    with only_read(copy) as connection:
        found = dict(_named_columns(connection, leaks))
        tables = {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        ((handles,),) = connection.execute("SELECT string_agg(handle, ' ') FROM author_profiles").fetchall()
    row = database.cursor().execute(_AS_IT_WAS).fetchone()
    if row and row[0]:
        found["anonymized_messages, as they were written"] = row[0]
    if tables != set(SHARED):
        found["tables that may not leave"] = len(tables ^ set(SHARED))
    if inside := leaks.count_in_file(copy, ignored=handles or ""):
        found["the bytes of the file"] = inside
    if found:
        told = ", ".join(f"{number} in {place}" for place, number in found.items())
        raise PrivacyError(
            f"the copy would hold what names somebody: {told}; it was not written",
            fix="run `doit forget anonymized`, then `doit`, and try again; if it stays, this is a bug",
        )


def _named_columns(connection: "duckdb.DuckDBPyConnection", leaks: LeakScanner) -> Iterator[tuple[str, int]]:
    """The columns in which a text names somebody, and in how many."""
    clean: set[int] = set()  # hashes of texts: most stand in several tables
    for place, query in _texts(connection):
        named = 0
        for batch in connection.execute(query).to_arrow_reader(_ROWS):
            texts = [text for text in batch.column(0).to_pylist() if hash(text) not in clean]
            found = leaks.count_texts(texts)
            named += found
            clean.update(() if found else map(hash, texts))
        if named:
            yield place, named


def _texts(connection: "duckdb.DuckDBPyConnection") -> Iterable[tuple[str, str]]:
    """Every column of texts, as "table.column", and a query for the different ones."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE data_type LIKE 'VARCHAR%' ORDER BY ALL"
    ).fetchall()
    for table, column, type_ in columns:
        if f"{table}.{column}" not in _MADE:
            value = f'unnest("{column}")' if type_.endswith("[]") else f'"{column}"'
            yield f"{table}.{column}", f'SELECT DISTINCT {value} AS text FROM "{table}"'


def _put_in_place(copy: Path, target: Path) -> None:
    """Give `copy` the name `target`, which must be free, once all of it is on the disk."""
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    try:
        target.hardlink_to(copy)
    except FileExistsError:
        _check_target(target)
    except OSError:  # some disks have one name for a file
        _check_target(target)
        copy.rename(target)
