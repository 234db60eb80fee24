"""Wall times of one zone to moments, a whole column at a time."""

from collections.abc import Iterable

import ibis
import numpy as np
import pyarrow as pa

from egregora.core.database_schema import UTC
from egregora.ingestion.lines.arrays import Whole
from egregora.utils.normalization import normalize_timestamps

_DAY, _QUARTER = 86_400, 900  # no zone has changed its clocks within a quarter of an hour since 1970
_MICROSECONDS = 1_000_000
_UTC = UTC.to_pyarrow()


class Moments:
    """The moments of wall times on a few known days; on most of them the clocks are not changed."""

    def __init__(self, days: Iterable[int], timezone: str) -> None:
        known = np.unique(np.fromiter(days, dtype=np.int64))
        midnights = np.unique(np.concatenate([known, known + 1])) * _DAY
        ahead = _ahead(midnights, timezone)
        begins = ahead[np.searchsorted(midnights, known * _DAY)]
        changing = known[begins != ahead[np.searchsorted(midnights, (known + 1) * _DAY)]]
        quarters = (changing[:, None] * _DAY + np.arange(0, _DAY, _QUARTER)).reshape(-1)
        self._steps = np.concatenate([np.setdiff1d(known, changing) * _DAY, quarters])
        steady = begins[~np.isin(known, changing)]
        order = np.argsort(self._steps)
        self._ahead = np.concatenate([steady, _ahead(quarters, timezone)])[order]
        self._steps = self._steps[order]

    def of(self, walls: Whole) -> pa.Array:
        """The moments of `walls`, wall seconds since 1970 on the known days."""
        ahead = self._ahead[np.searchsorted(self._steps, walls, side="right") - 1]
        return pa.array((walls - ahead) * _MICROSECONDS).cast(pa.timestamp("us")).cast(_UTC)


def _ahead(walls: Whole, timezone: str) -> Whole:
    """By how many seconds the clocks are ahead of UTC when they show each of `walls`."""
    shown = pa.array(walls * _MICROSECONDS).cast(pa.timestamp("us"))
    table = ibis.memtable(pa.table({"number": np.arange(len(walls)), "timestamp": shown}))
    moments = normalize_timestamps(table, timezone=timezone).to_pyarrow().sort_by("number")["timestamp"]
    ahead: Whole = walls - np.asarray(moments.combine_chunks().cast(pa.int64())) // _MICROSECONDS
    return ahead
