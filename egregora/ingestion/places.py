"""Where a message stands among those of the same chat and time, which no clock in an export tells."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from egregora.core.database_schema import MESSAGE_ORDER_SCHEMA

Whole = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
_ORDER = MESSAGE_ORDER_SCHEMA.to_pyarrow()
_CONTINUED = np.iinfo(np.int64).min


@dataclass(slots=True)
class _Beginning:
    """The messages of an export's first time: it may have been cut off in the middle of them."""

    wall: int
    rows: list[pa.Table] = field(default_factory=list)
    before: int = 0  # messages of that time that only older exports have

    def settled(self) -> Iterator[pa.Table]:
        """The rows with their places behind what older exports have."""
        for row in self.rows:
            places = np.asarray(row["position"]) + self.before
            yield _listed(row.set_column(2, "position", pa.array(places)))


class Places:
    """The places of one chat's messages, export by export, the newest first."""

    def __init__(self) -> None:
        self._newer: list[_Beginning] = []
        self._beginning: _Beginning | None = None
        self._last_wall = self._last_place = -1

    def next_export(self) -> None:
        """An older export begins."""
        if self._beginning:
            self._newer.append(self._beginning)
        self._beginning = None
        self._last_wall = self._last_place = -1

    def of(self, walls: Whole, kept: Flags, messages: pa.Table) -> pa.Table:
        """The places of the next messages of an export, but for its beginning, which `beginnings` tells.

        Shape: rows of `message_order` for those of `messages` that are `kept` and are not the first of their time;
        `walls` are the wall seconds of each.
        """
        self._beginning = self._beginning or _Beginning(int(walls[0]))
        for beginning in self._newer:
            beginning.before += int(np.count_nonzero(kept & (walls == beginning.wall)))
        places = pa.array(self._counted(walls))
        order = pa.table([messages["chat_id"], messages["message_id"], places], schema=_ORDER)
        begins = walls == self._beginning.wall
        self._beginning.rows.append(order.filter(pa.array(kept & begins)))
        return _listed(order.filter(pa.array(kept & ~begins)))

    def beginnings(self) -> Iterator[pa.Table]:
        """The places of the messages with which exports begin, known when the oldest export was read."""
        self.next_export()
        for beginning in self._newer:
            yield from beginning.settled()

    def _counted(self, walls: Whole) -> Whole:
        """How many messages of the same time precede each one without a break, also from piece to piece."""
        rows = np.arange(len(walls))
        same = np.diff(walls, prepend=self._last_wall) == 0
        begins = np.where(same, _CONTINUED, rows)
        if same[0]:
            begins[0] = -1 - self._last_place
        places = rows - np.maximum.accumulate(begins)
        self._last_wall, self._last_place = int(walls[-1]), int(places[-1])
        return places


def _listed(order: pa.Table) -> pa.Table:
    return order.filter(pa.array(np.asarray(order["position"]) > 0))
