"""What a build function returned, written as its stage declares it; and the kept tables that it tops up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from egregora.core.errors import PipelineError, SchemaError
from egregora.core.stage import Stage

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pyarrow as pa

    from egregora.orchestration.database import Database
    from egregora.orchestration.table_writer import Writer

    Piece = tuple[str, pa.Table | pa.RecordBatch]

_WAITING_BYTES = 32 << 20  # of other tables, before the main one makes way


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A kept table, as a build function sees it."""

    database: "Database"
    name: str
    schema: "ibis.Schema"

    @property
    def table(self) -> "ir.Table":
        """What is kept so far."""
        return self.database.table(self.name)

    def add(self, rows: "pa.Table") -> None:
        """Keep `rows`, committed at once."""
        with self.database.write() as writer:
            writer.append(self.name, fitted(rows, self.schema, self.name))

    def keep_only(self, column: str, values: Iterable[str]) -> None:
        """Remove the rows that have none of `values` in `column`, committed at once."""
        with self.database.write() as writer:
            writer.keep_only(self.name, column, values)

    def remove_mentioning(self, words: Iterable[str]) -> None:
        """Remove the rows with a text in which one of `words` stands, committed at once."""
        texts = [name for name, type_ in self.schema.items() if type_.is_string()]
        with self.database.write() as writer:
            writer.remove_mentioning(self.name, texts, words)


def fitted(rows: "pa.Table | pa.RecordBatch", schema: "ibis.Schema", table: str) -> "pa.Table":
    """`rows` with the declared columns in their order and types.

    Errors: SchemaError for a column that is missing or not declared, or a value that does not fit.
    """
    import pyarrow as pa

    _check_columns(rows.schema.names, schema, table)
    columns = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
    try:
        return columns.select(list(schema.names)).cast(schema.to_pyarrow())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise SchemaError(f"rows for {table!r} do not fit its columns: {error}", fix="correct the stage") from error


def schema_at(where: str) -> "ibis.Schema":
    """The Ibis schema at "module:NAME"."""
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def store(writer: "Writer", stage: Stage, window: str, result: Any, tell: Callable[[int], None]) -> None:
    """Write what a build function returned: one expression, several by name, or a stream of pieces."""
    import ibis.expr.types as ir

    if isinstance(result, ir.Table):
        result = {stage.table: result}
    if isinstance(result, Mapping):
        _check_tables(set(result), stage)
        for name, expression in result.items():
            _store_expression(writer, stage, name, expression, window)
    else:
        _store_stream(writer, stage, window, result, tell)


def _store_expression(writer: "Writer", stage: Stage, name: str, expression: "ir.Table", window: str) -> None:
    from egregora.core.database_schema import create_stage_view, materialize_stage

    schema = schema_at(stage.tables[name])
    _check_columns(expression.columns, schema, name)
    typed = expression.select(**{column: expression[column].cast(type_) for column, type_ in schema.items()})
    if window:
        writer.clear_window(name, window)
        writer.ibis.insert(name, typed)
    elif name in stage.views:
        create_stage_view(writer.ibis, name, typed)
    else:
        materialize_stage(writer.ibis, name, typed)


def _store_stream(
    writer: "Writer",
    stage: Stage,
    window: str,
    pieces: "Iterator[Piece]",
    tell: Callable[[int], None],
) -> None:
    from egregora.core.database_schema import materialize_stage

    schemas = {name: schema_at(where) for name, where in stage.tables.items()}
    for name, schema in schemas.items():
        if window:
            writer.clear_window(name, window)
        else:
            materialize_stage(writer.ibis, name, schema)
    if window:
        for name, rows in _declared(pieces, schemas, stage):
            writer.append(name, rows)
    else:
        _store_pieces(writer, _declared(_telling(pieces, stage, tell), schemas, stage), stage, schemas)


def _telling(pieces: "Iterator[Piece]", stage: Stage, tell: Callable[[int], None]) -> "Iterator[Piece]":
    """The same pieces; how many rows of the main table have come is told."""
    done = 0
    for name, rows in pieces:
        yield name, rows
        if name == stage.table:
            done += rows.num_rows
            tell(done)


def _declared(
    pieces: "Iterator[Piece]", schemas: "Mapping[str, ibis.Schema]", stage: Stage
) -> "Iterator[tuple[str, pa.Table]]":
    """The pieces as their tables want them."""
    for name, rows in pieces:
        if name not in schemas:
            raise PipelineError(f"stage {stage.name!r} made rows for {name!r}, which it does not declare")
        yield name, fitted(rows, schemas[name], name)


def _store_pieces(
    writer: "Writer", pieces: "Iterator[tuple[str, pa.Table]]", stage: Stage, schemas: "Mapping[str, ibis.Schema]"
) -> None:
    """Write the main table's rows while the next ones are made, and those of other tables in between."""
    more = True
    while more:
        others: list[tuple[str, pa.Table]] = []
        more, waiting = False, 0
        with writer.appending(stage.table, schemas[stage.table].to_pyarrow(), frugal=not stage.inputs) as append:
            for name, rows in pieces:
                if name == stage.table:
                    append(rows)
                else:
                    others.append((name, rows))
                    waiting += rows.nbytes
                if waiting > _WAITING_BYTES:
                    more = True
                    break
        for name, rows in others:
            writer.append(name, rows)


def _check_tables(made: set[str], stage: Stage) -> None:
    if made != set(stage.tables):
        raise PipelineError(f"stage {stage.name!r} made {sorted(made)} and declares {sorted(stage.tables)}")


def _check_columns(found: Any, schema: "ibis.Schema", table: str) -> None:
    missing = [name for name in schema.names if name not in found]
    others = [name for name in found if name not in schema.names]
    if missing or others:
        said = [f"no column {', '.join(missing)}"] if missing else []
        said += [f"a column {', '.join(others)} that is not declared"] if others else []
        raise SchemaError(f"rows for {table!r} have {' and '.join(said)}", fix="correct the stage, or its schema")
