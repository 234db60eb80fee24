"""Times to UTC, once, where messages come in; and back to clocks, where people read them."""

from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from egregora.core.database_schema import UTC


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(scale=6)), UTC))  # type: ignore[untyped-decorator]  # no types
def _as_local(zone: str, wall_time: datetime) -> datetime:  # type: ignore[empty-body]  # the database has the body
    """The moment at which clocks of `zone` show `wall_time`."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, UTC), dt.Timestamp(scale=6)))  # type: ignore[untyped-decorator]  # no types
def _shown_at(zone: str, moment: datetime) -> datetime:  # type: ignore[empty-body]  # the database has the body
    """What clocks of `zone` show at `moment`."""


def local_time(zone: str, moment: ir.TimestampValue) -> ir.TimestampValue:
    """What clocks of `zone` show at `moment`, without a zone.

    Errors: an unknown `zone` fails when the table is computed.
    """
    return _shown_at(zone, moment.cast(UTC))


def normalize_timestamps(table: ir.Table, timezone: str = "UTC") -> ir.Table:
    """`table` with every timestamp column as a moment in UTC.

    A column without a zone holds wall times of `timezone`; a column with one keeps its moments. So doing it
    twice changes nothing.
    Units: UTC, microseconds. A wall time that a clock shows twice counts as the first (DuckDB's ICU decides).
    Errors: an unknown `timezone` fails when the table is computed.
    """
    columns = {name: _in_utc(table[name], timezone) for name, type_ in table.schema().items() if type_.is_timestamp()}
    return table.mutate(**columns) if columns else table


def _in_utc(column: ir.TimestampColumn, timezone: str) -> ir.Value:
    if column.type().timezone is None:
        return _as_local(timezone, column.cast(dt.Timestamp(scale=6)))
    return column.cast(UTC)
