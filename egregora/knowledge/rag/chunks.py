"""Cuts messages into chunks: short parts of a conversation, the units of search."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.fingerprint import digest
from egregora.utils.batching import iter_table_record_batches

TIMESTAMP = pa.timestamp("us", "UTC")
_SPOKEN_KINDS = ("text", "media", "poll")  # locations, calls and deleted messages have no words of their author
_LINE_END = r"\s*[\n\r\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]\s*"
_SPACE = r"[\t ]+"
LINE_BREAK = "\u2028"  # inside a message, in a text with one line for each message
_NEWLINE = "\n"
_SECOND = 1_000_000  # microseconds
_DAY = 86_400 * _SECOND
_MAX_PAUSE = 30 * 60 * _SECOND
_MAX_CHARACTERS = 600
_MAX_MESSAGES = 12
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive messages of one chat and one window as one text.

    Units: `starts_at` and `ends_at` are the times of the first and the last message, in microseconds since 1970, UTC.
    """

    chunk_id: str
    chat_id: str
    window: str
    starts_at: int
    ends_at: int
    message_ids: tuple[str, ...]
    content: str  # a line "author: words" for each message; line breaks inside it are U+2028
    words: str  # the same lines without authors, for the embedding: pseudonyms carry no meaning


class _Message(NamedTuple):
    chat_id: str
    time: int
    message_id: str
    window: str
    author: str
    words: str

    @property
    def text(self) -> str:
        """The message on one line, with its author."""
        return f"{self.author}: {self.words.replace(_NEWLINE, LINE_BREAK)}"


def cut_chunks(messages: ir.Table) -> Iterator[Chunk]:
    """The chunks of windowed messages: each message with words is in exactly one.

    Shape: at most 12 messages and 600 characters; a longer message is a chunk of its own. A chunk never crosses a pause
    of more than 30 minutes, the end of a window, or midnight in UTC. A cut depends only on earlier messages, so later
    messages change at most the last chunk of a chat.
    Order: by chat, time, then position in the chat. Read in batches on a separate cursor.
    """
    chunk: list[_Message] = []
    for message in _messages(messages):
        if chunk and not _continues(chunk, message):
            yield _chunk(chunk)
            chunk = []
        chunk.append(message)
    if chunk:
        yield _chunk(chunk)


def message_texts(messages: ir.Table) -> ir.Table:
    """The text of each message with words: its lines, "(media description)" and "[link description]".

    Shape: the columns chat_id, timestamp, position, message_id, window, author, words. Lines stay separate: a search
    never matches across two of them.
    """
    parts = (_tidy(messages.message), _in_brackets("(", messages.media_description, ")"), _links(messages))
    words = _joined(parts)
    texts = messages.filter(messages.author.notnull(), messages.kind.isin(_SPOKEN_KINDS)).select(
        "chat_id", "timestamp", "position", "message_id", "window", author=_tidy(messages.author), words=words
    )
    return texts.filter(texts.words != "")


def _joined(parts: Sequence[ir.StringValue]) -> ir.StringValue:
    """The parts that are not empty, separated by line breaks."""
    words = parts[0]
    for part in parts[1:]:
        between = ibis.ifelse((words == "") | (part == ""), "", _NEWLINE)
        words = words + between + part
    return words


def _links(messages: ir.Table) -> ir.StringValue:
    described = messages.link_descriptions.filter(lambda text: text.notnull() & (text != ""))
    return described.map(lambda text: _in_brackets("[", text, "]")).join(_NEWLINE).coalesce("")


def _in_brackets(opening: str, text: ir.StringValue, closing: str) -> ir.StringValue:
    tidy = _tidy(text)
    return ibis.ifelse(tidy == "", "", ibis.literal(opening) + tidy + closing)


def _tidy(text: ir.StringValue) -> ir.StringValue:
    """The lines of `text` without outer spaces and without empty lines; "" for NULL."""
    return text.re_replace(_LINE_END, _NEWLINE).re_replace(_SPACE, " ").strip().coalesce("")


def _messages(messages: ir.Table) -> Iterator[_Message]:
    words = message_texts(messages)
    for batch in iter_table_record_batches(words, _BATCH, order_by=("chat_id", "timestamp", "position", "message_id")):
        times = batch.column("timestamp").cast(TIMESTAMP).cast(pa.int64()).to_pylist()
        names = ("chat_id", "message_id", "window", "author", "words")
        chats, ids, windows, authors, texts = (batch.column(name).to_pylist() for name in names)
        yield from map(_Message, chats, times, ids, windows, authors, texts)


def _continues(chunk: Sequence[_Message], message: _Message) -> bool:
    """Whether `message` belongs to the chunk that was begun."""
    last = chunk[-1]
    return (
        (message.chat_id, message.window, message.time // _DAY) == (last.chat_id, last.window, last.time // _DAY)
        and message.time - last.time <= _MAX_PAUSE
        and len(chunk) < _MAX_MESSAGES
        and sum(len(other.text) + 1 for other in chunk) + len(message.text) <= _MAX_CHARACTERS
    )


def _chunk(chunk: Sequence[_Message]) -> Chunk:
    first, message_ids = chunk[0], tuple(message.message_id for message in chunk)
    return Chunk(
        chunk_id=digest(first.chat_id, *message_ids)[:16],
        chat_id=first.chat_id,
        window=first.window,
        starts_at=first.time,
        ends_at=chunk[-1].time,
        message_ids=message_ids,
        content="\n".join(message.text for message in chunk),
        words="\n".join(message.words for message in chunk),
    )
