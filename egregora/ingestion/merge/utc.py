"""Converts local times of one time zone to UTC, a whole column at a time."""

from collections.abc import Iterable

import ibis
import numpy as np
import pyarrow as pa

from egregora.core.database_schema import UTC
from egregora.ingestion.lines.arrays import Int64Array
from egregora.utils.normalization import normalize_timestamps

_DAY, _QUARTER_HOUR = 86_400, 900  # seconds; since 1970 all clock changes were at full quarters of an hour
_MICROSECONDS = 1_000_000
_UTC = UTC.to_pyarrow()


class UtcConverter:
    """Converts local times on a known set of days; on most of these days the clocks are not changed."""

    def __init__(self, known_days: Iterable[int], timezone: str) -> None:
        days = np.unique(np.fromiter(known_days, dtype=np.int64))
        midnights = np.unique(np.concatenate([days, days + 1])) * _DAY
        offsets = _utc_offsets(midnights, timezone)
        at_midnight = offsets[np.searchsorted(midnights, days * _DAY)]
        changing = days[at_midnight != offsets[np.searchsorted(midnights, (days + 1) * _DAY)]]
        quarters = (changing[:, None] * _DAY + np.arange(0, _DAY, _QUARTER_HOUR)).reshape(-1)
        self._starts = np.concatenate([np.setdiff1d(days, changing) * _DAY, quarters])
        constant = at_midnight[~np.isin(days, changing)]
        order = np.argsort(self._starts)
        self._utc_offsets = np.concatenate([constant, _utc_offsets(quarters, timezone)])[order]
        self._starts = self._starts[order]

    def convert(self, local_seconds: Int64Array) -> pa.Array:
        """UTC timestamps in microseconds for `local_seconds`, wall-clock seconds since 1970 on the known days."""
        offsets = self._utc_offsets[np.searchsorted(self._starts, local_seconds, side="right") - 1]
        return pa.array((local_seconds - offsets) * _MICROSECONDS).cast(pa.timestamp("us")).cast(_UTC)


def _utc_offsets(local_seconds: Int64Array, timezone: str) -> Int64Array:
    """UTC offset in seconds at each of `local_seconds`."""
    local_times = pa.array(local_seconds * _MICROSECONDS).cast(pa.timestamp("us"))
    table = ibis.memtable(pa.table({"number": np.arange(len(local_seconds)), "timestamp": local_times}))
    utc_times = normalize_timestamps(table, timezone=timezone).to_pyarrow().sort_by("number")["timestamp"]
    offsets: Int64Array = local_seconds - np.asarray(utc_times.combine_chunks().cast(pa.int64())) // _MICROSECONDS
    return offsets
