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

from egregora.config.key import read_key
from egregora.core.database_schema import EXPORTS_SCHEMA, INGESTED_MESSAGES_SCHEMA
from egregora.core.errors import ExportError
from egregora.core.fingerprint import file_digest
from egregora.ingestion.archive import Chat, open_chat
from egregora.ingestion.places import Flags, Places
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


def ingest(*, exports: tuple[Path, ...], key: Path, timezone: str) -> Iterator[tuple[str, pa.Table]]:
    """The messages of all `exports`, and a row about each export.

    Shape: "ingested_messages" and "message_order" in many pieces, "exports" in one. The exports of a chat are
    merged: a message that several have comes once, from the newest; what an older one has inside the newest one's
    span, and the newest has not, was edited or deleted since, and is left out, but for commands: what an author asked
    for holds while any export has it. The order of `exports` does not matter.
    Units: timestamps in UTC; the wall times of the exports are those of `timezone`.
    Order: by chat, the newest export first, then as in the file. Exports by id.
    Errors: ExportError for a file that is no export, or is damaged.
    """
    if not exports:
        raise ExportError("there is no export yet", where="exports/", fix="put the zip that WhatsApp exported there")
    chats: dict[str, list[Export]] = defaultdict(list)
    secret = read_key(key)
    for export in _distinct(exports, secret):
        chats[export.chat_id].append(export)
    told: list[dict[str, object]] = []
    for _, group in sorted(chats.items()):
        newest_first = sorted(group, key=lambda export: export.newness, reverse=True)
        for messages, order in _merged(newest_first, secret, timezone, told):
            yield "ingested_messages", messages
            yield "message_order", order
    told.sort(key=lambda row: str(row["export_id"]))
    yield "exports", pa.Table.from_pylist(told, schema=_EXPORTS)


def _distinct(paths: Sequence[Path], key: bytes) -> Iterator[Export]:
    """Each export once, though its bytes may be there under several names; then the first name counts."""
    by_id: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        by_id.setdefault(_export_id(path), path)
    for export_id, path in by_id.items():
        chat = open_chat(path)
        seen = survey(chat)
        yield Export(export_id, chat_id(_title(path, chat, seen), key), chat, seen)


def _export_id(path: Path) -> str:
    if not path.is_file():
        open_chat(path)  # says what is wrong
    return file_digest(path)[:_ID_DIGITS]


def _title(path: Path, chat: Chat, seen: Survey) -> str:
    inside = title_of_member(chat.member) if chat.member and seen.shape.platform == "android" else seen.title
    return inside or title_of_export(path)


def _merged(
    newest_first: Sequence[Export], key: bytes, timezone: str, told: list[dict[str, object]]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The messages of one chat, and their places; what is told about each export is added to `told`."""
    merging, places = _Merging(several=len(newest_first) > 1), Places()
    for export in newest_first:
        count = 0
        ends: list[datetime] = []
        places.next_export()
        for walls, messages in _messages(export, key, timezone):
            count += len(messages)
            ends.extend(pc.min_max(messages["timestamp"]).as_py().values())
            kept = merging.kept(walls, messages)
            yield messages.filter(pa.array(kept)), places.of(walls, kept, messages)
        if not count:
            raise no_chat(export.chat)
        merging.finish(export)
        told.append(_row(export, count, ends))
    for order in places.beginnings():
        yield _MESSAGES.empty_table(), order


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

    def kept(self, walls: Seconds, messages: pa.Table) -> Flags:
        """For each message, whether no newer export has it, or would have it if it still were as it was.

        A command is kept in any case: who deletes `/egregora opt-out` does not opt in.
        """
        if not self._several:
            return np.ones(len(walls), dtype=bool)
        ids = messages["message_id"].to_pylist()
        self._reading.update(ids)
        inside = np.zeros(len(walls), dtype=bool)
        for first, last in self._spans:
            inside |= (walls > first) & (walls < last)
        new = np.fromiter((id_ not in self._ids for id_ in ids), dtype=bool, count=len(ids))
        commands = np.asarray(pc.equal(messages["kind"], "command"), dtype=bool)
        kept: Flags = new & (~inside | commands)
        return kept

    def finish(self, export: Export) -> None:
        """Count `export` among those read."""
        self._ids |= self._reading
        self._reading = set()
        if export.survey.span:
            first, last = export.survey.span
            self._spans.append((first - first % 60 + 59, last))


def _messages(export: Export, key: bytes, timezone: str) -> Iterator[tuple[Seconds, pa.Table]]:
    """The export's messages with the wall seconds of each, in pieces, as in the file."""
    reader = Reader(export.chat_id, export.survey, key)
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
