"""The bodies of the messages of a piece of a chat, as columns."""

from collections.abc import Sequence

import numpy as np

from egregora.ingestion.content.kinds import KINDS, MEDIA, SYSTEM, TEXT
from egregora.ingestion.content.learned_phrases import LearnedPhrases
from egregora.ingestion.content.message_body import MessageBody, parse_android_body, parse_ios_body
from egregora.ingestion.lines.arrays import Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import hash_texts
from egregora.ingestion.lines.text_column import TextColumn

_KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


class BodyColumns:
    """Kind, text, attachment and edited flag of each message.

    All messages are plain texts at first. The few others are then parsed row by row.
    """

    def __init__(self, texts: TextColumn, content_hashes: UInt64Array) -> None:
        self.kinds = np.full(len(texts), TEXT, dtype=np.int64)
        self.texts = texts
        self.attachments: dict[int, str] = {}  # name of the file, by row
        self.edited = np.zeros(len(texts), dtype=bool)
        self._content_hashes = content_hashes
        self._changed_rows: set[int] = set()  # rows whose content hash is out of date

    def set_files(self, rows: Int64Array, names: Sequence[bytes]) -> None:
        """Make each of `rows` a message that has the file of that name, and no text."""
        self.kinds[rows] = MEDIA
        self.attachments.update(zip(rows.tolist(), map(bytes.decode, names), strict=True))
        self.texts.clear(rows)
        self._content_hashes[rows] = hash_texts([name + b"\0" for name in names])

    def parse_android(self, row: int, text_mark: str, learned: LearnedPhrases) -> None:
        """Parse the text of one row as that of an Android message."""
        self._set_body(row, parse_android_body(text_mark, self.texts[row].decode(), learned))

    def parse_ios(self, row: int, line_mark: str, text_mark: str) -> None:
        """Parse the text of one row as that of an iOS message."""
        self._set_body(row, parse_ios_body(line_mark, text_mark, self.texts[row].decode()))

    def _set_body(self, row: int, body: MessageBody) -> None:
        self.kinds[row], self.edited[row] = _KIND_NUMBER[body.kind], body.edited
        message = body.message.encode()
        if message != self.texts[row]:
            self.replace_text(row, message)
        if body.attachment is not None:
            self.attachments[row] = body.attachment
            self._changed_rows.add(row)

    def replace_text(self, row: int, text: bytes) -> None:
        """Set the text of one row."""
        self.texts.replace(row, text)
        self._changed_rows.add(row)

    def make_event(self, row: int) -> None:
        """Make one row an event, which has no author and no file."""
        self.kinds[row], self.edited[row] = SYSTEM, False
        self.attachments.pop(row, None)

    def content_hashes(self) -> UInt64Array:
        """Hash of the text and attachment of each message. Shape: (rows,), uint64."""
        rows = sorted(self._changed_rows)
        self._content_hashes[rows] = hash_texts([self._content(row) for row in rows])
        return self._content_hashes

    def _content(self, row: int) -> bytes:
        name = self.attachments.get(row)
        return self.texts[row] if name is None else name.encode() + b"\0" + self.texts[row]
