"""Records to columns: the second reading of a chat, when all that decides it is known."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from egregora.ingestion.markers import read_android, read_ios, unusual_android, unusual_ios
from egregora.ingestion.names import Authors, closes
from egregora.ingestion.records import STRIDE, Fields
from egregora.ingestion.survey import Survey

Seconds = np.ndarray[Any, np.dtype[np.int64]]
Columns = dict[str, list[Any]]
_ID_BYTES = 8
_DAY = 86_400


class Reader:
    """Reads the records of one chat, piece by piece in the order of the file."""

    def __init__(self, chat_id: str, seen: Survey, key: bytes) -> None:
        self._chat_id = chat_id
        self._keyed = hashlib.blake2b(key=key, digest_size=_ID_BYTES)
        self._seen = seen
        self._ios = seen.shape.platform == "ios"
        self._date_at, self._time_at = (2, 1) if seen.shape.time_first else (1, 2)
        self._authors = Authors()
        # By date, how often a message was seen, by its first id.
        self._counts: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def read(self, number: int, fields: Fields) -> tuple[Seconds, Columns]:
        """The wall seconds since 1970, and the columns, of the records of piece `number`."""
        if self._seen.crlf_inside:
            fields[5::STRIDE] = [text.replace("\r\n", "\n") for text in fields[5::STRIDE]]
        days, clock = self._seen.days, self._seen.seconds
        dates, times = fields[self._date_at :: STRIDE], fields[self._time_at :: STRIDE]
        walls = [days[day] * _DAY + clock[time] for day, time in zip(dates, times, strict=True)]
        columns = self._columns(fields)
        columns["message_id"] = self._ids(fields)
        self._forget(number)
        return np.array(walls, dtype=np.int64), columns

    def _columns(self, fields: Fields) -> Columns:
        """Columns as they are for plain texts, and then put right where something else is said."""
        leads, raws, marks, texts = (fields[at::STRIDE] for at in (0, 3, 4, 5))
        authors = [self._authors[raw] for raw in raws]
        kinds, edited = ["text"] * len(raws), [False] * len(raws)
        attachments: list[str | None] = [None] * len(raws)
        for row in unusual_ios(leads, marks, texts) if self._ios else unusual_android(marks, texts):
            body = read_ios(leads[row], marks[row], texts[row]) if self._ios else read_android(marks[row], texts[row])
            kinds[row], texts[row], attachments[row], edited[row] = body
        for row in self._written_by_nobody(authors, raws, kinds, fields[5::STRIDE]):
            authors[row], kinds[row] = None, "system"
            texts[row], attachments[row], edited[row] = self._event(fields, row), None, False
        return {
            "author": authors,
            "kind": kinds,
            "message": texts,
            "attachment": attachments,
            "edited": edited,
            "deleted": [kind == "deleted" for kind in kinds],
        }

    def _written_by_nobody(
        self, authors: Sequence[str | None], raws: Fields, kinds: Sequence[str], texts: Fields
    ) -> list[int]:
        unclosed = frozenset() if self._ios else self._authors.unclosed
        return [
            row
            for row, (author, kind) in enumerate(zip(authors, kinds, strict=True))
            if author is None or kind == "system" or (unclosed and raws[row] in unclosed and closes(texts[row]))
        ]

    def _event(self, fields: Fields, row: int) -> str:
        """The whole of a line that nobody wrote; on iOS without the name that it is put under."""
        _, _, _, raw, mark, text = fields[row * STRIDE : (row + 1) * STRIDE]
        return text if not raw or self._ios else f"{raw}{mark}{text}"

    def _ids(self, fields: Fields) -> list[str]:
        """An id for each record from what stands in the file, so that no time zone and no better reading changes it.

        Equal messages of one minute are told apart by their number, counted date by date. Keyed: ids are published,
        and without the key nobody can try a list of names against one.
        """
        ids = [self._id(told, 0) for told in zip(*(fields[at::STRIDE] for at in range(1, STRIDE)), strict=True)]
        for row, (day, id_) in enumerate(zip(fields[self._date_at :: STRIDE], ids, strict=True)):
            counts = self._counts[day]
            if id_ in counts:
                ids[row] = self._id(fields[row * STRIDE + 1 : (row + 1) * STRIDE], counts[id_])
                counts[id_] += 1
            else:
                counts[id_] = 1
        return ids

    def _id(self, record: Sequence[str], number: int) -> str:
        first, second, raw, mark, text = record  # of which only the text may have line ends
        told = f"{self._chat_id}\n{first} {second}\n{raw}{mark}{text}\n{number}"
        state = self._keyed.copy()
        state.update(told.encode("utf-8", "surrogatepass"))
        return state.hexdigest()

    def _forget(self, number: int) -> None:
        """Let go of the dates that do not come again after piece `number`."""
        last_piece = self._seen.last_piece
        for day in [day for day in self._counts if last_piece[day] <= number]:
            del self._counts[day]
