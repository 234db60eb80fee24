"""After somebody else had the file: which tables are still as recorded, and which hash function recorded them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from egregora.core.fingerprint import TableHash

if TYPE_CHECKING:
    from egregora.orchestration.database import Database

VALUES = "_values_:"  # the key under which doit keeps what a task's success left
ENGINE = "_engine"  # the entry that holds the known answer of the engine's hash


def found_out(database: "Database", tasks: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The records that have to change, and their new content: every table is hashed again.

    A table that differs from its record is named in the record's "damaged", and one that is again as recorded is
    taken out. Rows of a window that has no record get an empty one, so that they are made again or removed. When this
    engine hashes otherwise than the one that wrote the records (another version), the tables are believed and the
    records are put into the new engine's terms, so that nothing is made again for it.
    """
    actual = _Hashes(database)
    engine = database.engine()
    recorded_by = tasks.get(ENGINE, {}).get(VALUES)
    own = {ENGINE: {VALUES: engine}}
    if recorded_by not in (None, engine):
        return {**_in_new_terms(tasks, actual), **own}
    records = {**tasks, **_unrecorded(tasks, actual)}
    checked = {task: _checked(task, record, actual) for task, record in records.items() if task != ENGINE}
    found = {task: record for task, record in checked.items() if record != tasks.get(task)}
    return found if recorded_by else {**found, **own}


class _Hashes:
    """The hashes of today's tables, each found once."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._tables: dict[str, TableHash | None] = {}
        self._slices: dict[str, dict[str, TableHash]] = {}

    def of(self, task: str, table: str) -> str:
        """Of a whole table, or of the slice that a window's task made; "" when there is none."""
        _, _, window = task.partition(":")
        if window:
            return str(self.slices(table).get(window, ""))
        if table not in self._tables:
            self._tables[table] = self._database.hash_of(table)
        return str(self._tables[table] or "")

    def slices(self, table: str) -> dict[str, TableHash]:
        """Of each window's rows."""
        if table not in self._slices:
            self._slices[table] = self._database.hashes_by_window(table) or {}
        return self._slices[table]

    def definition_of(self, view: str) -> str:
        """Of how a view is defined: its rows are other tables' business."""
        return self._database.definition_of(view)


def _unrecorded(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, dict[str, Any]]:
    """Empty records for windows that have rows in a table and no record."""
    tables = {
        (task.partition(":")[0], table)
        for task, record in tasks.items()
        if ":" in task
        for table in (record.get(VALUES) or {}).get("tables", {})
    }
    named = (f"{stage}:{window}" for stage, table in sorted(tables) for window in actual.slices(table))
    return {task: {VALUES: {}} for task in named if task not in tasks}


def _checked(task: str, record: dict[str, Any], actual: _Hashes) -> dict[str, Any]:
    if VALUES not in record:
        return record
    values = record[VALUES] or {}
    damaged = sorted(
        table for table, made in values.get("tables", {}).items() if _is_damaged(task, table, made, actual)
    )
    others = {name: value for name, value in values.items() if name != "damaged"}
    return {**record, VALUES: {**others, "damaged": damaged} if damaged else others}


def _is_damaged(task: str, table: str, made: Mapping[str, Any], actual: _Hashes) -> bool:
    if "view" in made:
        return bool(actual.definition_of(table) != made["view"])
    return _differs(made, actual.of(task, table))


def _differs(made: Mapping[str, Any], found: str) -> bool:
    """Whether a table is not as recorded; a window that makes no row has no slice."""
    return made["hash"] != found and not (made["rows"] == 0 and not found)


def _in_new_terms(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, dict[str, Any]]:
    """Every hash in every record replaced by what this engine finds."""
    renamed = _sums_in_new_terms(tasks, actual)
    for task, record in tasks.items():
        values = record.get(VALUES) or {} if task != ENGINE else {}
        for table, made in values.get("tables", {}).items():
            renamed[made["hash"]] = actual.of(task, table) or made["hash"]
        for table, slices in values.get("slices", {}).items():
            renamed.update({old: str(actual.slices(table).get(window, old)) for window, old in slices.items()})
    return {task: _renamed(record, renamed) for task, record in tasks.items() if task != ENGINE}


def _sums_in_new_terms(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, str]:
    """The hashes of whole tables that are made by window, which are recorded only where they are read."""
    sums: dict[str, TableHash] = {}
    for task, record in tasks.items():
        if ":" in task:
            for table, made in (record.get(VALUES) or {}).get("tables", {}).items():
                found = TableHash.parse(made["hash"])
                sums[table] = sums[table].plus(found) if table in sums else found
    return {str(old): actual.of("", table) or str(old) for table, old in sums.items()}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return names.get(value, value) if isinstance(value, str) else value
