"""Assigns messages to windows: periods of local time, each the subject of one post."""

from collections.abc import Callable
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from egregora.utils.normalization import local_time

ORDER = ("window", "timestamp", "chat_id", "position", "message_id")


def assign_windows(messages: ir.Table, *, period: str, timezone: str, from_date: str, to_date: str) -> ir.Table:
    """`messages` from `from_date` to `to_date` with a first column `window`: "2025-01-31", "2025-W05" or "2025-01".

    Shape: each message whose local date is in the range, once. Both ends are included; "" means no limit.
    Units: local time of `timezone`. Weeks are ISO weeks with the ISO year: 2024-12-30 is in 2025-W01.
    Errors: ValueError for a `period` other than day, week, month, and for a date that is not ISO.
    """
    if period not in _LABELS:
        raise ValueError(f"period must be one of {', '.join(_LABELS)}, not {period!r}")
    local = local_time(timezone, messages.timestamp)
    columns = {name: messages[name] for name in messages.columns if name not in ("window", "export_id")}
    return messages.filter(_in_range(local, from_date, to_date)).select(window=_LABELS[period](local), **columns)


def bounds(window: str, timezone: str) -> tuple[datetime, datetime]:
    """The start of `window`, and the start of the next one.

    Units: UTC. If a clock change skips midnight, the moment of the change; if midnight occurs twice, the first.
    Errors: ValueError if `window` is not a label of `assign_windows`.
    """
    first, after = _days(window)
    return _midnight(first, timezone), _midnight(after, timezone)


def _in_range(local: ir.TimestampValue, from_date: str, to_date: str) -> list[ir.BooleanValue]:
    day = local.date()
    limits: list[ir.BooleanValue] = [ibis.literal(value=True)]
    if from_date:
        limits.append(day >= ibis.literal(date.fromisoformat(from_date)))
    if to_date:
        limits.append(day <= ibis.literal(date.fromisoformat(to_date)))
    return limits


def _week(local: ir.TimestampValue) -> ir.StringValue:
    return _padded(local.iso_year(), 4) + "-W" + _padded(local.week_of_year(), 2)


def _padded(number: ir.IntegerValue, width: int) -> ir.StringValue:
    return number.cast("string").lpad(width, "0")


_LABELS: dict[str, Callable[[ir.TimestampValue], ir.StringValue]] = {
    "day": lambda local: local.strftime("%Y-%m-%d"),
    "week": _week,
    "month": lambda local: local.strftime("%Y-%m"),
}


def _days(window: str) -> tuple[date, date]:
    """The first day of `window` and the first one after it."""
    year, _, rest = window.partition("-")
    if rest.startswith("W"):
        first = date.fromisocalendar(int(year), int(rest[1:]), 1)
        return first, first + timedelta(days=7)
    if "-" in rest:
        first = date.fromisoformat(window)
        return first, first + timedelta(days=1)
    first = date(int(year), int(rest), 1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC_ZONE)
