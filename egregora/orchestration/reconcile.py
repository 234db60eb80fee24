"""After somebody else had the file: which tables are still as recorded, and which hash function recorded them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from egregora.core.fingerprint import TableHash

if TYPE_CHECKING:
    from egregora.orchestration.database import Database

_VALUES = "_values_:"
_ENGINE = "_engine"


def found_out(database: "Database", tasks: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The records that have to change, and their new content: every table is hashed again.

    A table that differs from its record is named in the record's "damaged", and one that is again as recorded is
    taken out. When this engine hashes otherwise than the one that wrote the records (another version), the tables
    are believed and the records are put into the new engine's terms, so that nothing is made again for it.
    """
    actual = _Hashes(database)
    engine = database.engine()
    recorded_by = tasks.get(_ENGINE, {}).get(_VALUES)
    if recorded_by not in (None, engine):
        return {**_in_new_terms(tasks, actual), _ENGINE: {_VALUES: engine}}
    changed = _all_checked(tasks, actual)
    found = {task: record for task, record in changed.items() if record != tasks[task]}
    return found if recorded_by else {**found, _ENGINE: {_VALUES: engine}}


class _Hashes:
    """The hashes of today's tables, each found once."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._tables: dict[str, TableHash | None] = {}
        self._slices: dict[str, dict[str, TableHash]] = {}

    def of(self, task: str, table: str) -> str:
        """Of a whole table, or of the slice that a window's task made."""
        _, _, window = task.partition(":")
        if window:
            return str(self.slices(table).get(window, ""))
        if table not in self._tables:
            self._tables[table] = self._database.hash_of(table)
        return str(self._tables[table] or "")

    def slices(self, table: str) -> dict[str, TableHash]:
        if table not in self._slices:
            self._slices[table] = self._database.hashes_by_window(table) or {}
        return self._slices[table]


def _all_checked(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, dict[str, Any]]:
    """Every record with its "damaged" put right; a view shows what tables hold, so it is judged when they are whole."""
    checked = {task: _checked(task, record, actual, views=False) for task, record in tasks.items() if task != _ENGINE}
    if any((record.get(_VALUES) or {}).get("damaged") for record in checked.values()):
        return checked
    return {task: _checked(task, record, actual, views=True) for task, record in checked.items()}


def _checked(task: str, record: dict[str, Any], actual: _Hashes, *, views: bool) -> dict[str, Any]:
    values = record.get(_VALUES) or {}
    tables = {name: made for name, made in values.get("tables", {}).items() if views or not made.get("view")}
    damaged = sorted(table for table, made in tables.items() if _differs(made, actual.of(task, table)))
    if _VALUES not in record:
        return record
    others = {name: value for name, value in values.items() if name != "damaged"}
    return {**record, _VALUES: {**others, "damaged": damaged} if damaged else others}


def _differs(made: Mapping[str, Any], found: str) -> bool:
    """Whether a table is not as recorded; a window that makes no row has no slice."""
    return made["hash"] != found and not (made["rows"] == 0 and not found)


def _in_new_terms(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, dict[str, Any]]:
    """Every hash in every record replaced by what this engine finds."""
    renamed = _sums_in_new_terms(tasks, actual)
    for task, record in tasks.items():
        values = record.get(_VALUES) or {} if task != _ENGINE else {}
        for table, made in values.get("tables", {}).items():
            renamed[made["hash"]] = actual.of(task, table) or made["hash"]
        for table, slices in values.get("slices", {}).items():
            renamed.update({old: str(actual.slices(table).get(window, old)) for window, old in slices.items()})
    return {task: _renamed(record, renamed) for task, record in tasks.items() if task != _ENGINE}


def _sums_in_new_terms(tasks: Mapping[str, dict[str, Any]], actual: _Hashes) -> dict[str, str]:
    """The hashes of whole tables that are made by window, which are recorded only where they are read."""
    sums: dict[str, TableHash] = {}
    for task, record in tasks.items():
        if ":" in task:
            for table, made in (record.get(_VALUES) or {}).get("tables", {}).items():
                found = TableHash.parse(made["hash"])
                sums[table] = sums[table].plus(found) if table in sums else found
    return {str(old): actual.of("", table) or str(old) for table, old in sums.items()}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return names.get(value, value) if isinstance(value, str) else value
