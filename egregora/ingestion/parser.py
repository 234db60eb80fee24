"""Exports to messages: one row for each message of each chat, overlapping exports merged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from egregora.config.erasure_list import Forgotten, read_forgotten
from egregora.config.key import read_key
from egregora.core.database_schema import EXPORTS_SCHEMA, INGESTED_MESSAGES_SCHEMA, MESSAGE_ORDER_SCHEMA
from egregora.core.errors import ExportError
from egregora.core.fingerprint import digest, file_digest
from egregora.ingestion.lines.arrays import Flags, Hashes, Whole
from egregora.ingestion.lines.message_id import Occurrences, hexadecimal, id_key, message_ids, mixed
from egregora.ingestion.merge.alias_detection import aliases_of
from egregora.ingestion.merge.erase import without_forgotten
from egregora.ingestion.merge.merge import Plan, merge
from egregora.ingestion.merge.same_chat import Export, author_hashes, by_chat
from egregora.ingestion.merge.utc import Moments
from egregora.ingestion.reader import DELETED, KINDS, Rows
from egregora.ingestion.source.archive import open_chats
from egregora.ingestion.source.chat_title import chat_id
from egregora.ingestion.survey import Survey, no_chat, survey

_MESSAGES = INGESTED_MESSAGES_SCHEMA.to_pyarrow()
_EXPORTS = EXPORTS_SCHEMA.to_pyarrow()
_ORDER = MESSAGE_ORDER_SCHEMA.to_pyarrow()
_ID_DIGITS = 16
_MINUTE, _DAY = 60, 86_400
_NUMBER_BITS = 30  # of a minute; the minutes of the years 1 to 9999 need 33
_KINDS = pa.array(KINDS)


class _Places(Protocol):
    """Says of the rows of one export, piece by piece, which go into the table, when, and where among equals."""

    def of(self, rows: Rows, authors: Hashes) -> Plan:
        """The places of the next rows; `authors` has a number for each row's author."""


def ingest(  # noqa: PLR0913 - what the stage declares
    *,
    exports: tuple[Path, ...],
    key: Path,
    timezone: str,
    date_order: str = "auto",
    people: str = "{}",
    forgotten: Path | None = None,
) -> Iterator[tuple[str, pa.Table]]:
    """The messages of all `exports`, and a row about each chat in each of them.

    Shape: "ingested_messages" and "message_order" in many pieces, "exports" in one. The exports of a chat are
    merged: a message that several have comes once, in its newest state; what only an older one has stays. The order of
    `exports` does not matter. `date_order` is the order of all dates, or "auto". `people` is JSON: for each other name
    that somebody has in an export the one that counts. Who is in the file `forgotten` is left out, and has no name
    in the texts of others.
    Units: timestamps in UTC; the wall times of the exports are those of `timezone`.
    Order: by chat, the newest export first, then as in the file. Exports by id and chat.
    Errors: ExportError for a file that is no export, or is damaged; PrivacyError for a list of another key.
    """
    if not exports:
        raise ExportError("there is no export yet", where="exports/", fix="put the zip that WhatsApp exported there")
    secret, told = read_key(key), []
    gone = read_forgotten(forgotten, secret) if forgotten else Forgotten(secret)
    order = None if date_order == "auto" else date_order
    for title, group in by_chat(list(_surveyed(exports, order, aliases_of(people)))):
        chat = _Named.of(chat_id(title, secret), secret, Moments(_days(group), timezone))
        newest_first = sorted(group, key=lambda export: export.newness, reverse=True) if len(group) > 1 else group
        plans: Sequence[Plan | None] = merge(newest_first) if len(group) > 1 else [None]
        for export, plan in zip(newest_first, plans, strict=True):
            summary = _Summary(export, chat)
            places = _Alone(export.seen) if plan is None else _Planned(plan)
            for messages, positions in without_forgotten(_tables(export, chat, places, summary), gone):
                yield "ingested_messages", messages
                yield "message_order", positions
            told.append(summary.row())
    told.sort(key=lambda row: (str(row["export_id"]), str(row["chat_id"])))
    yield "exports", pa.Table.from_pylist(told, schema=_EXPORTS)


def _surveyed(paths: Sequence[Path], order: str | None, aliases: Mapping[str, str]) -> Iterator[Export]:
    """The chats of each export once, though its bytes may be there under several names; then the first name counts."""
    by_id: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        by_id.setdefault(_export_id(path), path)
    for export_id, path in by_id.items():
        for chat in open_chats(path):
            yield Export(export_id, chat, survey(chat, order=order), aliases)


def _export_id(path: Path) -> str:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return digest(*(part for file in files for part in (str(file.relative_to(path)), file_digest(file))))[
            :_ID_DIGITS
        ]
    if not path.is_file():
        open_chats(path)  # says what is wrong
    return file_digest(path)[:_ID_DIGITS]


def _days(exports: Sequence[Export]) -> set[int]:
    return set().union(*(export.seen.dating.days.values() for export in exports))


@dataclass(frozen=True, slots=True)
class _Named:
    """A chat, and what its rows are made with."""

    chat_id: str
    key: bytes = field(repr=False)  # of the ids of its messages
    moments: Moments

    @classmethod
    def of(cls, chat: str, secret: bytes, moments: Moments) -> "_Named":
        """The chat of this id."""
        return cls(chat, id_key(secret, chat), moments)


class _Alone:
    """The places of the rows of a chat's only export, in a stream: memory does not grow with the chat."""

    def __init__(self, seen: Survey) -> None:
        self._earliest = iter(seen.earliest)
        self._equal, self._same_time = Occurrences(), Occurrences()
        self._until = 0

    def of(self, rows: Rows, authors: Hashes) -> Plan:
        minutes = rows.walls // _MINUTE
        plan = Plan(
            np.ones(len(rows.walls), dtype=bool),
            rows.walls,
            self._equal.count(rows.walls, mixed(minutes.astype(np.uint64), authors, rows.contents)),
            self._same_time.count(rows.walls, rows.walls.astype(np.uint64)),
        )
        for counted in (self._equal, self._same_time):
            counted.forget(self._until)
        # One piece late: a piece may hold back a message that the survey found in the one before.
        self._until = min(next(self._earliest, 0), np.iinfo(np.int64).max // _DAY) * _DAY
        return plan


class _Planned:
    """The places of the rows of one export among several."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._at = 0

    def of(self, rows: Rows, authors: Hashes) -> Plan:  # noqa: ARG002  # everything is known already
        part = slice(self._at, self._at + len(authors))
        self._at = part.stop
        plan = self._plan
        return Plan(plan.taken[part], plan.walls[part], plan.numbers[part], plan.positions[part])


def _tables(export: Export, chat: _Named, places: _Places, summary: "_Summary") -> Iterator[tuple[pa.Table, pa.Table]]:
    """The messages of one export that go into the table, and their places, piece by piece."""
    reader = export.reader()
    for records in export.seen.records(export.chat):
        rows = reader.read(records)
        summary.add(rows)
        if not len(rows.walls):
            continue
        authors = author_hashes(reader.names)[rows.authors]
        plan = places.of(rows, authors)
        message_id = _ids(chat.key, rows, authors, plan)
        columns = {
            "chat_id": pa.repeat(pa.scalar(chat.chat_id), len(authors)),
            "message_id": message_id,
            "timestamp": chat.moments.of(plan.walls),
            "author": pa.array(reader.names, pa.string()).take(pa.array(rows.authors)),
            "kind": _KINDS.take(pa.array(rows.kinds)),
            "message": rows.texts.column(),
            "attachment": _sparse(rows.attachments, len(authors)),
            "edited": pa.array(rows.edited),
            "deleted": pa.array(rows.kinds == DELETED),
            "export_id": pa.repeat(pa.scalar(export.export_id), len(authors)),
        }
        messages = pa.table([columns[name] for name in _MESSAGES.names], schema=_MESSAGES)
        order = pa.table([columns["chat_id"], message_id, pa.array(plan.positions)], schema=_ORDER)
        yield _chosen(messages, plan.taken), _chosen(order, plan.taken & (plan.positions > 0))


def _ids(key: bytes, rows: Rows, authors: Hashes, plan: Plan) -> pa.Array:
    """The ids: of minute, author, content and number, so that no time zone and no phone with seconds changes one."""
    times = (rows.walls // _MINUTE << _NUMBER_BITS) + plan.numbers
    digits = hexadecimal(message_ids(key, [times.astype(np.uint64), authors, rows.contents]))
    offsets = np.arange(len(authors) + 1, dtype=np.int32) * _ID_DIGITS
    return pa.StringArray.from_buffers(len(authors), pa.py_buffer(offsets), pa.py_buffer(digits))


def _sparse(texts: Mapping[int, str], size: int) -> pa.Array:
    """A column of `size` texts, NULL in the rows that `texts` has not."""
    places = np.full(size, -1, dtype=np.int64)
    places[list(texts)] = np.arange(len(texts))
    return pa.array(list(texts.values()), pa.string()).take(pa.array(places, mask=places < 0))


def _chosen(table: pa.Table, flags: Flags) -> pa.Table:
    return table if flags.all() else table.filter(pa.array(flags))


class _Summary:
    """What is told of a chat in an export."""

    def __init__(self, export: Export, chat: _Named) -> None:
        self._export, self._chat = export, chat
        self._messages = 0
        self._ends: list[Whole] = []

    def add(self, rows: Rows) -> None:
        """Count the rows of a piece."""
        self._messages += len(rows.walls)
        if len(rows.walls):
            self._ends.append(np.array([rows.walls.min(), rows.walls.max()]))

    def row(self) -> dict[str, object]:
        """The row of `exports`. Errors: ExportError when it has no message."""
        if not self._messages:
            raise no_chat(self._export.chat)
        first, last = pc.min_max(self._chat.moments.of(np.concatenate(self._ends))).as_py().values()
        return {
            "export_id": self._export.export_id,
            "chat_id": self._chat.chat_id,
            "platform": self._export.seen.shape.platform,
            "date_order": self._export.seen.dating.order,
            "messages": self._messages,
            "lines": self._export.seen.lines,
            "first_timestamp": first,
            "last_timestamp": last,
        }
