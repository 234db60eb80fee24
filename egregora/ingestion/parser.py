"""The ingestion stage: exports to messages. One row for each message of each chat; overlapping exports are merged."""

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
from egregora.ingestion.content.kinds import DELETED, KINDS
from egregora.ingestion.lines.arrays import BoolArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import combine_hashes
from egregora.ingestion.lines.message_id import OccurrenceCounter, id_key, message_ids, to_hex
from egregora.ingestion.merge.alias_detection import aliases_of
from egregora.ingestion.merge.erase import erase_people
from egregora.ingestion.merge.merge import RowSelection, merge
from egregora.ingestion.merge.same_chat import ChatExport, author_hashes, group_by_chat
from egregora.ingestion.merge.utc import UtcConverter
from egregora.ingestion.reader import MessageRows
from egregora.ingestion.source.archive import open_chats
from egregora.ingestion.source.chat_title import chat_id
from egregora.ingestion.survey import Survey, no_chat, survey_chat

_MESSAGES = INGESTED_MESSAGES_SCHEMA.to_pyarrow()
_EXPORTS = EXPORTS_SCHEMA.to_pyarrow()
_ORDER = MESSAGE_ORDER_SCHEMA.to_pyarrow()
_ID_DIGITS = 16
_MINUTE, _DAY = 60, 86_400
_OCCURRENCE_BITS = 30  # bits for the number among equal messages; the minutes of the years 1 to 9999 need 33
_KINDS = pa.array(KINDS)


class _RowSelector(Protocol):
    """Selects, piece by piece, which rows of one export go into the table, and when."""

    def select(self, rows: MessageRows, authors: UInt64Array) -> RowSelection:
        """The selection for the next rows. `authors` has the hash of each row's author."""


def ingest(  # noqa: PLR0913 - what the stage declares
    *,
    exports: tuple[Path, ...],
    key: Path,
    timezone: str,
    date_order: str = "auto",
    people: str = "{}",
    forgotten: Path | None = None,
) -> Iterator[tuple[str, pa.Table]]:
    """The messages of all `exports`, and a row about each chat in each export.

    Shape: "ingested_messages" and "message_order" in many pieces, "exports" in one. The exports of a chat are merged: a
    message that several have occurs once, in its newest state; what only an older one has is kept. The order of
    `exports` does not matter.
    `date_order`: the order of all dates, or "auto". `people`: JSON that maps every alias to the person's name.
    `forgotten`: the erasure list; these people's messages are dropped, and their names are removed from other texts.
    Units: timestamps in UTC; the local times in the exports are those of `timezone`.
    Order: by chat, the newest export first, then as in the file. "exports" by id and chat.
    Errors: ExportError for a file that is no export or is damaged; PrivacyError for a list of another key.
    """
    if not exports:
        raise ExportError("there is no export yet", where="exports/", fix="put the zip that WhatsApp exported there")
    secret, export_rows = read_key(key), []
    erased = read_forgotten(forgotten, secret) if forgotten else Forgotten(secret)
    order = None if date_order == "auto" else date_order
    for title, group in group_by_chat(list(_surveyed(exports, order, aliases_of(people)))):
        chat = _ChatKeys.for_chat(chat_id(title, secret), secret, UtcConverter(_days(group), timezone))
        newest_first = sorted(group, key=lambda export: export.recency, reverse=True) if len(group) > 1 else group
        selections: Sequence[RowSelection | None] = merge(newest_first) if len(group) > 1 else [None]
        for export, selection in zip(newest_first, selections, strict=True):
            summary = _Summary(export, chat)
            selector = _SingleExport(export.survey) if selection is None else _MergedExport(selection)
            for messages, positions in erase_people(_tables(export, chat, selector, summary), erased):
                yield "ingested_messages", messages
                yield "message_order", positions
            export_rows.append(summary.row())
    export_rows.sort(key=lambda row: (str(row["export_id"]), str(row["chat_id"])))
    yield "exports", pa.Table.from_pylist(export_rows, schema=_EXPORTS)


def _surveyed(paths: Sequence[Path], order: str | None, aliases: Mapping[str, str]) -> Iterator[ChatExport]:
    """The chats of each export. An export that is there under several names counts once, under its first name."""
    by_id: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        by_id.setdefault(_export_id(path), path)
    for export_id, path in by_id.items():
        for chat in open_chats(path):
            yield ChatExport(export_id, chat, survey_chat(chat, order=order), aliases)


def _export_id(path: Path) -> str:
    """The id of an export: a digest of its bytes."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return digest(*(part for file in files for part in (str(file.relative_to(path)), file_digest(file))))[
            :_ID_DIGITS
        ]
    if not path.is_file():
        open_chats(path)  # raises the error that explains it
    return file_digest(path)[:_ID_DIGITS]


def _days(exports: Sequence[ChatExport]) -> set[int]:
    """All days of the chat, since 1970."""
    return set().union(*(export.survey.dates.days.values() for export in exports))


@dataclass(frozen=True, slots=True)
class _ChatKeys:
    """What the rows of one chat are made with."""

    chat_id: str
    key: bytes = field(repr=False)  # key of the ids of its messages
    utc: UtcConverter

    @classmethod
    def for_chat(cls, chat: str, secret: bytes, utc: UtcConverter) -> "_ChatKeys":
        """The keys for the chat of this id."""
        return cls(chat, id_key(secret, chat), utc)


class _SingleExport:
    """Selection for a chat with one export, computed as a stream: memory does not grow with the chat."""

    def __init__(self, survey: Survey) -> None:
        self._earliest_later_days = iter(survey.earliest_later_days)
        self._equal_messages, self._same_times = OccurrenceCounter(), OccurrenceCounter()
        self._forget_before = 0

    def select(self, rows: MessageRows, authors: UInt64Array) -> RowSelection:
        minutes = rows.local_seconds // _MINUTE
        selection = RowSelection(
            np.ones(len(rows.local_seconds), dtype=bool),
            rows.local_seconds,
            self._equal_messages.count(
                rows.local_seconds, combine_hashes(minutes.astype(np.uint64), authors, rows.content_hashes)
            ),
            self._same_times.count(rows.local_seconds, rows.local_seconds.astype(np.uint64)),
        )
        for counter in (self._equal_messages, self._same_times):
            counter.forget(self._forget_before)
        # One piece late: a message may be read one piece later than the survey found it.
        self._forget_before = min(next(self._earliest_later_days, 0), np.iinfo(np.int64).max // _DAY) * _DAY
        return selection


class _MergedExport:
    """Selection for one export of a chat that has several. It was computed by `merge`."""

    def __init__(self, selection: RowSelection) -> None:
        self._selection = selection
        self._next_row = 0

    def select(self, rows: MessageRows, authors: UInt64Array) -> RowSelection:  # noqa: ARG002
        part = slice(self._next_row, self._next_row + len(authors))
        self._next_row = part.stop
        selection = self._selection
        return RowSelection(
            selection.selected[part],
            selection.local_seconds[part],
            selection.occurrences[part],
            selection.positions[part],
        )


def _tables(
    export: ChatExport, chat: _ChatKeys, selector: _RowSelector, summary: "_Summary"
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Messages of one export for the table, and their positions, piece by piece."""
    reader = export.reader()
    for records in export.survey.records(export.chat):
        rows = reader.read(records)
        summary.add(rows)
        if not len(rows.local_seconds):
            continue
        authors = author_hashes(reader.names)[rows.authors]
        selection = selector.select(rows, authors)
        message_id = _ids(chat.key, rows, authors, selection)
        columns = {
            "chat_id": pa.repeat(pa.scalar(chat.chat_id), len(authors)),
            "message_id": message_id,
            "timestamp": chat.utc.convert(selection.local_seconds),
            "author": pa.array(reader.names, pa.string()).take(pa.array(rows.authors)),
            "kind": _KINDS.take(pa.array(rows.kinds)),
            "message": rows.texts.column(),
            "attachment": _sparse_column(rows.attachments, len(authors)),
            "edited": pa.array(rows.edited),
            "deleted": pa.array(rows.kinds == DELETED),
            "export_id": pa.repeat(pa.scalar(export.export_id), len(authors)),
        }
        messages = pa.table([columns[name] for name in _MESSAGES.names], schema=_MESSAGES)
        order = pa.table([columns["chat_id"], message_id, pa.array(selection.positions)], schema=_ORDER)
        yield _filtered(messages, selection.selected), _filtered(order, selection.selected & (selection.positions > 0))


def _ids(key: bytes, rows: MessageRows, authors: UInt64Array, selection: RowSelection) -> pa.Array:
    """The message ids, from minute, author, content and number among equal messages.

    No time zone and no phone that shows seconds changes an id.
    """
    times = (rows.local_seconds // _MINUTE << _OCCURRENCE_BITS) + selection.occurrences
    digits = to_hex(message_ids(key, [times.astype(np.uint64), authors, rows.content_hashes]))
    offsets = np.arange(len(authors) + 1, dtype=np.int32) * _ID_DIGITS
    return pa.StringArray.from_buffers(len(authors), pa.py_buffer(offsets), pa.py_buffer(digits))


def _sparse_column(texts: Mapping[int, str], size: int) -> pa.Array:
    """A column of `size` strings, NULL in the rows that `texts` lacks."""
    indexes = np.full(size, -1, dtype=np.int64)
    indexes[list(texts)] = np.arange(len(texts))
    return pa.array(list(texts.values()), pa.string()).take(pa.array(indexes, mask=indexes < 0))


def _filtered(table: pa.Table, flags: BoolArray) -> pa.Table:
    """The rows where `flags` is true."""
    return table if flags.all() else table.filter(pa.array(flags))


class _Summary:
    """Collects the row of the `exports` table for one chat in one export."""

    def __init__(self, export: ChatExport, chat: _ChatKeys) -> None:
        self._export, self._chat = export, chat
        self._messages = 0
        self._first_and_last: list[Int64Array] = []

    def add(self, rows: MessageRows) -> None:
        """Count the rows of a piece."""
        self._messages += len(rows.local_seconds)
        if len(rows.local_seconds):
            self._first_and_last.append(np.array([rows.local_seconds.min(), rows.local_seconds.max()]))

    def row(self) -> dict[str, object]:
        """The row of `exports`. Errors: ExportError when the chat has no message."""
        if not self._messages:
            raise no_chat(self._export.chat)
        first, last = pc.min_max(self._chat.utc.convert(np.concatenate(self._first_and_last))).as_py().values()
        return {
            "export_id": self._export.export_id,
            "chat_id": self._chat.chat_id,
            "platform": self._export.survey.header_format.platform,
            "date_order": self._export.survey.dates.order,
            "messages": self._messages,
            "lines": self._export.survey.lines,
            "first_timestamp": first,
            "last_timestamp": last,
        }
