"""Makes one stage, or one window of it: calls its function and commits its rows with their record."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from egregora.core.egress import IN_SETTINGS
from egregora.core.errors import PipelineError
from egregora.core.stage import Stage
from egregora.orchestration.engine.freshness import CUT_OFF, WITHHELD, Freshness
from egregora.orchestration.engine.row_storage import KeptTable, schema_at, store
from egregora.orchestration.engine.sources import argument_of
from egregora.orchestration.engine.state import State

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from egregora.core.egress import Withheld
    from egregora.orchestration.database import Database
    from egregora.orchestration.table_writer import Writer

    Piece = tuple[str, pa.Table | pa.RecordBatch]

Progress = Callable[[Stage, str, int, int | None], None]  # window, rows of the main table, and how many there will be


def make(freshness: Freshness, stage: Stage, window: str, progress: Progress) -> dict[str, Any]:
    """Make `stage` (of one `window`, or all of it with ""), and return what was recorded.

    The rows and their record are committed in one transaction: whatever happens, the stage is either made and
    recorded, or as it was. Errors: those of the build function; ExportError when an export changed while it was read;
    SchemaError when the rows are not as declared.
    """
    started_at, begun = datetime.now(UTC), time.perf_counter()
    task = f"{stage.name}:{window}" if window else stage.name
    reasons = ", ".join(freshness.reasons(stage, window))
    fingerprint = freshness.fingerprint(stage, window)
    database = freshness.state.open()
    _prepare(freshness, stage, database)
    if stage.places:
        _mark_as_begun(freshness.state, database, task)
    with database.write() as writer:
        arguments = _arguments(freshness, stage, window, database)
        result = _function(stage, stage.build)(**arguments)
        store(writer, stage, window, result, lambda rows: progress(stage, window, rows, _expected(freshness, stage)))
        values = {"fingerprint": fingerprint, **_hashed(writer, stage, window)}
        if stage.gate:
            values |= _withheld(writer, task, arguments["gate"].withheld, freshness.gate_part(stage))
        if stage.told:
            values["told"] = writer.left_out(stage.told)
        freshness.check_sources(stage)
        writer.log_run(task, started_at, time.perf_counter() - begun, _rows(values, stage), reasons)
        freshness.state.record(writer, task, values)
    freshness.state.recorded(task, values)
    if not window:
        database.checkpoint()
    return values


def forget_windows(freshness: Freshness, stage: Stage, windows: list[str]) -> None:
    """Remove the rows and the records of windows that vanished, in one transaction."""
    database = freshness.state.open()
    tasks = [f"{stage.name}:{window}" for window in windows]
    with database.write() as writer:
        for window, task in zip(windows, tasks, strict=True):
            writer.clear_window(stage.table, window)
            writer.put_withheld(task)
        writer.put_states(dict.fromkeys(tasks))
    for task in tasks:
        freshness.state.recorded(task, None)


def forget_undeclared(freshness: Freshness) -> None:
    """Remove records of tasks that no stage declares any more, with the tables that they made."""
    from egregora.core.database_schema import drop_stage

    state, tasks = freshness.state, freshness.undeclared()
    tables = {table for task in tasks for table in state.values(task).get("tables", {})} - set(freshness.makers)
    with state.open().write() as writer:
        for table in sorted(tables):
            drop_stage(writer.ibis, table)
        for task in tasks:
            writer.put_withheld(task)
        writer.put_states(dict.fromkeys(tasks))
    for task in tasks:
        state.recorded(task, None)


def _prepare(freshness: Freshness, stage: Stage, database: "Database") -> None:
    """Tables that the stage expects: kept ones, inputs without rows, its own if it is made by window.

    Errors: SchemaError when a kept table has other columns than declared, for its rows cannot be made again.
    """
    with database.preparing:  # the windows of a stage may begin at the same time
        if not database.prepared(stage.name):
            _prepare_tables(freshness, stage, database)
            if stage.by_window:
                _prepare_windows(freshness, stage, database)
            database.set_prepared(stage.name)
    for place in (getattr(freshness.project, name) for name in stage.places):
        if place.parent == freshness.project.key.parent:  # what is published makes its own folders, for readers
            place.mkdir(parents=True, exist_ok=True)


def _prepare_tables(freshness: Freshness, stage: Stage, database: "Database") -> None:
    from egregora.core.database_schema import create_table_if_not_exists

    inputs = {name: freshness.makers[name].tables[name] for name in stage.inputs if not database.has(name)}
    withheld = {"withheld": "egregora.core.database_schema:WITHHELD_SCHEMA"} if stage.gate else {}
    tables = {**inputs, **stage.kept, **withheld}
    if tables:
        with database.write() as writer:
            for name, where in tables.items():
                create_table_if_not_exists(writer.ibis, name, schema_at(where))


def _prepare_windows(freshness: Freshness, stage: Stage, database: "Database") -> None:
    """The empty table of a stage that is made by window; one with other columns goes, with the records of its rows."""
    from egregora.core.database_schema import materialize_stage, schema_problems

    schema = schema_at(stage.tables[stage.table])
    if database.has(stage.table) and not schema_problems(database.table(stage.table).schema(), schema):
        return
    tasks = list(freshness.state.tasks(f"{stage.name}:"))
    with database.write() as writer:
        materialize_stage(writer.ibis, stage.table, schema)
        writer.put_states(dict.fromkeys(tasks))
    for task in tasks:
        freshness.state.recorded(task, None)


def _mark_as_begun(state: State, database: "Database", task: str) -> None:
    """Record that a stage writes files: should it be cut off, what lies there is not what its last record says."""
    values = {**state.values(task), CUT_OFF: True}
    with database.write() as writer:
        state.record(writer, task, values)
    state.recorded(task, values)


def _arguments(freshness: Freshness, stage: Stage, window: str, database: "Database") -> dict[str, Any]:
    """What the build function is called with; inputs are read on cursors of their own, as committed."""
    backend = database.ibis
    arguments: dict[str, Any] = {name: _input(backend, name, window) for name in stage.inputs}
    arguments |= {name: KeptTable(database, name, schema_at(where)) for name, where in stage.kept.items()}
    arguments |= {name: freshness.sources.settings.values()[name] for name in stage.settings}
    arguments |= {name: argument_of(name, freshness.project) for name in stage.sources}
    arguments |= {name: getattr(freshness.project, name) for name in stage.places}
    if stage.gate:
        messages = backend.table("ingested_messages")  # decides what may leave, never what is made: no input
        arguments["gate"] = _function(stage, stage.gate)(
            ingested_messages=messages, key=freshness.project.key, people=freshness.sources.settings.values()["people"]
        )
    if window:
        arguments["window"] = window
        if stage.earlier:
            own = backend.table(stage.table)
            arguments["earlier"] = own.filter(own.window.isin(freshness.earlier_windows(stage, window)))
    return arguments


def _input(backend: Any, name: str, window: str) -> "ir.Table":
    table = backend.table(name)
    return table.filter(table.window == window) if window else table


def _function(stage: Stage, where: str) -> Callable[..., Any]:
    """The function at "module:function"."""
    module, _, name = where.partition(":")
    function: Callable[..., Any] | None = getattr(import_module(module), name, None)
    if function is None:
        fix = "correct it in the stage's declaration"
        raise PipelineError(f"stage {stage.name!r}: module {module} has no function {name!r}", fix=fix)
    return function


def _withheld(writer: "Writer", task: str, rows: "Sequence[Withheld]", gate: str) -> dict[str, Any]:
    """Write down what the gate withheld, and give what to record of it; nothing where nothing was."""
    writer.put_withheld(task, rows)
    if not rows:
        return {}
    settings = [row for row in rows if row.where.endswith(IN_SETTINGS)]
    refused = sorted({f"{row.where} {_tells(row.kind)}" for row in settings})
    sentences = sorted({row.sentence for row in rows if row not in settings})
    return {WITHHELD: {"sentences": sentences, "refused": refused, "gate": gate}}


def _tells(kind: str) -> str:
    return "names a member" if kind == "person" else f"holds what looks like personal data ({kind})"


def _hashed(writer: "Writer", stage: Stage, window: str) -> dict[str, Any]:
    """The hashes to record: of each table, and of each window's rows of those that have windows."""
    if window:
        return {"tables": {name: _entry(writer.hash_of(name, window)) for name in stage.tables}}
    tables, slices = {}, {}
    for name, where in stage.tables.items():
        tables[name] = _entry(writer.hash_of(name))
        if name in stage.views:
            tables[name]["view"] = writer.definition_of(name)
        if "window" in schema_at(where).names:
            slices[name] = {label: str(hash_) for label, hash_ in writer.hashes_by_window(name).items()}
    return {"tables": tables, **({"slices": slices} if slices else {})}


def _entry(hash_: Any) -> dict[str, Any]:
    return {"rows": hash_.rows, "hash": str(hash_)}


def _rows(values: Mapping[str, Any], stage: Stage) -> int:
    return int(values["tables"][stage.table]["rows"])


def _expected(freshness: Freshness, stage: Stage) -> int | None:
    """How many rows the main table will have, of stages that hand on each message."""
    for name in stage.inputs[:1] if stage.unit == "messages" else ():
        made = freshness.state.values(freshness.makers[name].name).get("tables", {}).get(name, {})
        return int(made["rows"]) if made else None
    return None
