"""Exports to messages: one row for each message of each chat, overlapping exports merged."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.database_schema import EXPORTS_SCHEMA, INGESTED_MESSAGES_SCHEMA
from egregora.core.fingerprint import file_digest
from egregora.ingestion.archive import Chat, open_chat
from egregora.ingestion.reader import Columns, Reader, Seconds
from egregora.ingestion.records import STRIDE, cut
from egregora.ingestion.survey import Survey, no_chat, survey
from egregora.ingestion.titles import chat_id, title_of_export, title_of_member
from egregora.utils.normalization import normalize_timestamps

_MESSAGES = INGESTED_MESSAGES_SCHEMA.to_pyarrow()
_EXPORTS = EXPORTS_SCHEMA.to_pyarrow()
_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Export:
    """One export, surveyed: which chat it is of, and how to read it."""

    export_id: str
    chat_id: str
    chat: Chat
    survey: Survey

    @property
    def newness(self) -> tuple[int, int, str]:
        """What tells the newer of two exports of a chat: the last person's message, then their number."""
        last = self.survey.span[1] if self.survey.span else -1
        return last, self.survey.messages, self.export_id


def ingest(*, exports: tuple[Path, ...], timezone: str) -> Iterator[tuple[str, pa.Table]]:
    """The messages of all `exports`, and a row about each export.

    Shape: "ingested_messages" in many pieces, "exports" in one. The exports of a chat are merged: a message that
    several have comes once, from the newest; what an older one has inside the newest one's span, and the newest has
    not, was edited or deleted since, and is left out. The order of `exports` does not matter.
    Units: timestamps in UTC; the wall times of the exports are those of `timezone`.
    Order: by chat, the newest export first, then as in the file. Exports by id.
    Errors: ExportError for a file that is no export, or is damaged.
    """
    chats: dict[str, list[Export]] = defaultdict(list)
    for export in _distinct(exports):
        chats[export.chat_id].append(export)
    told: list[dict[str, object]] = []
    for _, group in sorted(chats.items()):
        newest_first = sorted(group, key=lambda export: export.newness, reverse=True)
        for messages in _merged(newest_first, timezone, told):
            yield "ingested_messages", messages
    told.sort(key=lambda row: str(row["export_id"]))
    yield "exports", pa.Table.from_pylist(told, schema=_EXPORTS)


def _distinct(paths: Sequence[Path]) -> Iterator[Export]:
    """Each export once, though its bytes may be there under several names; then the first name counts."""
    by_id: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        by_id.setdefault(_export_id(path), path)
    for export_id, path in by_id.items():
        chat = open_chat(path)
        seen = survey(chat)
        yield Export(export_id, chat_id(_title(path, chat, seen)), chat, seen)


def _export_id(path: Path) -> str:
    if not path.is_file():
        open_chat(path)  # says what is wrong
    return file_digest(path)[:_ID_DIGITS]


def _title(path: Path, chat: Chat, seen: Survey) -> str:
    inside = title_of_member(chat.member) if chat.member and seen.shape.platform == "android" else seen.title
    return inside or title_of_export(path)


def _merged(newest_first: Sequence[Export], timezone: str, told: list[dict[str, object]]) -> Iterator[pa.Table]:
    """The messages of one chat; what is told about each export is added to `told`."""
    merging = _Merging(several=len(newest_first) > 1)
    for export in newest_first:
        count = 0
        ends: list[datetime] = []
        for walls, messages in _messages(export, timezone):
            count += len(messages)
            ends.extend(pc.min_max(messages["timestamp"]).as_py().values())
            yield merging.kept(walls, messages)
        if not count:
            raise no_chat(export.chat)
        merging.finish(export)
        told.append(_row(export, count, ends))


def _row(export: Export, count: int, ends: Sequence[datetime]) -> dict[str, object]:
    return {
        "export_id": export.export_id,
        "chat_id": export.chat_id,
        "platform": export.survey.shape.platform,
        "date_order": export.survey.order,
        "messages": count,
        "lines": export.survey.lines,
        "first_timestamp": min(ends),
        "last_timestamp": max(ends),
    }


class _Merging:
    """The exports of a chat that were read already, all of them newer than those to come."""

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._ids: set[str] = set()
        self._reading: set[str] = set()
        self._spans: list[tuple[int, int]] = []

    def kept(self, walls: Seconds, messages: pa.Table) -> pa.Table:
        """The messages that no newer export has, or would have if they still were as they were."""
        if not self._several:
            return messages
        ids = messages["message_id"].to_pylist()
        self._reading.update(ids)
        inside = np.zeros(len(walls), dtype=bool)
        for first, last in self._spans:
            inside |= (walls > first) & (walls < last)
        new = np.fromiter((id_ not in self._ids for id_ in ids), dtype=bool, count=len(ids))
        return messages.filter(pa.array(new & ~inside))

    def finish(self, export: Export) -> None:
        """Count `export` among those read."""
        self._ids |= self._reading
        self._reading = set()
        if export.survey.span:
            first, last = export.survey.span
            self._spans.append((first - first % 60 + 59, last))


def _messages(export: Export, timezone: str) -> Iterator[tuple[Seconds, pa.Table]]:
    """The export's messages with the wall seconds of each, in pieces, as in the file."""
    reader = Reader(export.chat_id, export.survey)
    for number, fields in enumerate(cut(export.chat, export.survey.pattern)):
        known = fields[STRIDE:] if fields and not fields[1] else fields
        if known:
            walls, columns = reader.read(number, known)
            yield walls, _table(walls, columns, export, timezone)


def _table(walls: Seconds, columns: Columns, export: Export, timezone: str) -> pa.Table:
    values = {
        "chat_id": pa.repeat(pa.scalar(export.chat_id), len(walls)),
        "export_id": pa.repeat(pa.scalar(export.export_id), len(walls)),
        "timestamp": _moments(walls, timezone),
        **columns,
    }
    return pa.table([pa.array(values[field.name], field.type) for field in _MESSAGES], schema=_MESSAGES)


def _moments(walls: Seconds, timezone: str) -> pa.Array:
    """The moments of the wall seconds; each different one is looked up once, by its number, as rows have no order."""
    distinct, places = np.unique(walls, return_inverse=True)
    wall_times = pa.array(distinct * 1_000_000).cast(pa.timestamp("us"))
    batch = pa.table({"number": np.arange(len(distinct)), "timestamp": wall_times})
    moments = normalize_timestamps(ibis.memtable(batch), timezone=timezone).to_pyarrow().sort_by("number")
    return moments["timestamp"].combine_chunks().cast(_MESSAGES.field("timestamp").type).take(pa.array(places))
