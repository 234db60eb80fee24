"""Writes the messages of an export to a CSV or Parquet file for other programs, piece by piece."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from egregora.core.errors import SettingsError
from egregora.ingestion.content.kinds import DELETED, KINDS
from egregora.ingestion.merge.same_chat import ChatExport
from egregora.ingestion.merge.utc import UtcConverter
from egregora.ingestion.report.report import Piece, Report

_COLUMNS = pa.schema(
    {
        "timestamp": pa.timestamp("us", tz="UTC"),
        "author": pa.string(),  # NULL for events
        "kind": pa.string(),
        "message": pa.string(),
        "attachment": pa.string(),
        "edited": pa.bool_(),
        "deleted": pa.bool_(),
        "line": pa.int64(),  # line number at which the message begins
        "chat": pa.string(),  # title: an export may have several chats
    }
)
_AS_TEXT = _COLUMNS.set(0, pa.field("timestamp", pa.string()))
_UTC = "+00:00"


class _Csv:
    """Writer of CSV in UTF-8 with a header row. Texts are quoted, NULL is an empty field."""

    def __init__(self, file: IO[bytes]) -> None:
        self._writer = pyarrow.csv.CSVWriter(file, _AS_TEXT)

    def write(self, table: pa.Table) -> None:
        seconds = table["timestamp"].cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s")).cast(pa.string())
        utc = pc.binary_join_element_wise(seconds, _UTC, "")
        self._writer.write_table(table.set_column(0, _AS_TEXT.field(0), utc))

    def close(self) -> None:
        self._writer.close()


class _Parquet:
    def __init__(self, file: IO[bytes]) -> None:
        self._writer = pq.ParquetWriter(file, _COLUMNS, compression="zstd")

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


_FORMATS: Mapping[str, type[_Csv] | type[_Parquet]] = {".csv": _Csv, ".parquet": _Parquet}


class MessageFile:
    """A file that grows: one row per message and event, in the order of the export."""

    def __init__(self, writer: _Csv | _Parquet, timezone: str) -> None:
        self._writer = writer
        self._timezone = timezone

    def write(self, report: Report) -> Report:
        """Read a whole chat and write its messages. Returns the complete report."""
        title = ChatExport("", report.chat, report.survey, {}).title
        utc = UtcConverter(report.survey.dates.days.values(), self._timezone)
        for piece in report.pieces():
            if len(piece.lines):
                self._writer.write(_table(report, piece, utc, title))
        return report


@contextmanager
def message_file(path: Path, timezone: str) -> Iterator[MessageFile]:
    """A new file at `path`, CSV or Parquet by its ending. It replaces an older file when it is complete.

    Only its owner can read it. Errors: SettingsError for another ending, or a path that cannot be written.
    """
    format_ = _FORMATS.get(path.suffix.lower())
    if format_ is None:
        what = f"the ending of {path.name!r} is not one of {', '.join(_FORMATS)}"
        raise SettingsError(what, where="--output", fix="call it messages.csv or messages.parquet")
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(aside, "wb", opener=_private) as file, closing(format_(file)) as writer:
            yield MessageFile(writer, timezone)
        aside.replace(path)
    except OSError as error:
        fix = "choose a file that you may write, on a disk with room"
        raise SettingsError(f"cannot write it: {error.strerror or error}", where=str(path), fix=fix) from error
    finally:
        aside.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _table(report: Report, piece: Piece, utc: UtcConverter, title: str) -> pa.Table:
    rows, count = piece.rows, len(piece.lines)
    attachments: list[str | None] = [None] * count
    for row, name in rows.attachments.items():
        attachments[row] = name
    columns: Mapping[str, Any] = {
        "timestamp": utc.convert(rows.local_seconds),
        "author": pa.array(report.names, pa.string()).take(pa.array(rows.authors)),
        "kind": pa.array(KINDS).take(pa.array(rows.kinds)),
        "message": rows.texts.column(),
        "attachment": pa.array(attachments, pa.string()),
        "edited": pa.array(rows.edited),
        "deleted": pa.array(np.equal(rows.kinds, DELETED)),
        "line": pa.array(piece.lines),
        "chat": pa.repeat(pa.scalar(title), count),
    }
    return pa.table(columns, schema=_COLUMNS)
