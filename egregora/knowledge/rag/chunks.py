"""Texts to chunks: short stretches of talk, each small enough to have one meaning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.fingerprint import digest
from egregora.utils.batching import iter_table_record_batches

MOMENT = pa.timestamp("us", "UTC")
_SPOKEN = ("text", "media", "poll")  # what people say; a place, a call or a deleted message has no words of theirs
_LINE_END = r"\s*[\n\r\x{0b}\x{0c}\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]\s*"
_SPACE = r"[\t ]+"
LINE_BREAK = "\u2028"  # of a message, in a text that has a line for each message
_NEXT = "\n"
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_PAUSE = 30 * 60 * _SECOND
_CHARACTERS = 600
_MESSAGES = 12
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some messages of one chat and one window that follow each other, as one text.

    Units: `starts_at` and `ends_at` are the times of the first and the last message, in microseconds since 1970, UTC.
    """

    chunk_id: str
    chat_id: str
    window: str
    starts_at: int
    ends_at: int
    message_ids: tuple[str, ...]
    content: str  # a line "author: words" for each message; its own line breaks are U+2028
    words: str  # the same lines without authors: what gets a vector, for pseudonyms mean nothing and cost a third more


class _Line(NamedTuple):
    chat_id: str
    moment: int
    message_id: str
    window: str
    author: str
    words: str

    @property
    def text(self) -> str:
        """The line as people read it."""
        return f"{self.author}: {self.words.replace(_NEXT, LINE_BREAK)}"


def cut_chunks(messages: ir.Table) -> Iterator[Chunk]:
    """The chunks of windowed messages: each message with words is in exactly one.

    Shape: at most 12 messages and 600 characters, except for a longer message, which stands alone; never across a
    pause of more than 30 minutes, a window's end or midnight in UTC. A cut depends only on what came before it, so
    later messages change at most the last chunk of a chat.
    Order: by chat, then time, then place in the chat; read in batches on a cursor of its own.
    """
    held: list[_Line] = []
    for line in _lines(messages):
        if held and not _goes_on(held, line):
            yield _chunk(held)
            held = []
        held.append(line)
    if held:
        yield _chunk(held)


def spoken_words(messages: ir.Table) -> ir.Table:
    """The lines of each message with words, "(what its picture shows)" and "[what a link is about]", a line each.

    Shape: the columns chat_id, timestamp, position, message_id, window, author, words. Lines stay apart: nothing is
    found in what stands in two of them.
    """
    parts = (_tidy(messages.message), _within("(", messages.media_description, ")"), _links(messages))
    words = _joined(parts)
    said = messages.filter(messages.author.notnull(), messages.kind.isin(_SPOKEN)).select(
        "chat_id", "timestamp", "position", "message_id", "window", author=_tidy(messages.author), words=words
    )
    return said.filter(said.words != "")


def _joined(parts: Sequence[ir.StringValue]) -> ir.StringValue:
    """The parts that are not empty, a line or more each."""
    words = parts[0]
    for part in parts[1:]:
        between = ibis.ifelse((words == "") | (part == ""), "", _NEXT)
        words = words + between + part
    return words


def _links(messages: ir.Table) -> ir.StringValue:
    described = messages.link_descriptions.filter(lambda text: text.notnull() & (text != ""))
    return described.map(lambda text: _within("[", text, "]")).join(_NEXT).coalesce("")


def _within(opening: str, text: ir.StringValue, closing: str) -> ir.StringValue:
    tidy = _tidy(text)
    return ibis.ifelse(tidy == "", "", ibis.literal(opening) + tidy + closing)


def _tidy(text: ir.StringValue) -> ir.StringValue:
    """The lines of `text`, without spaces at their ends and empty ones; '' for NULL."""
    return text.re_replace(_LINE_END, _NEXT).re_replace(_SPACE, " ").strip().coalesce("")


def _lines(messages: ir.Table) -> Iterator[_Line]:
    words = spoken_words(messages)
    for batch in iter_table_record_batches(words, _BATCH, order_by=("chat_id", "timestamp", "position", "message_id")):
        moments = batch.column("timestamp").cast(MOMENT).cast(pa.int64()).to_pylist()
        names = ("chat_id", "message_id", "window", "author", "words")
        chats, ids, windows, authors, texts = (batch.column(name).to_pylist() for name in names)
        yield from map(_Line, chats, moments, ids, windows, authors, texts)


def _goes_on(held: Sequence[_Line], line: _Line) -> bool:
    """Whether `line` still belongs to the chunk that `held` begins."""
    last = held[-1]
    return (
        (line.chat_id, line.window, line.moment // _DAY) == (last.chat_id, last.window, last.moment // _DAY)
        and line.moment - last.moment <= _PAUSE
        and len(held) < _MESSAGES
        and sum(len(one.text) + 1 for one in held) + len(line.text) <= _CHARACTERS
    )


def _chunk(held: Sequence[_Line]) -> Chunk:
    first, message_ids = held[0], tuple(line.message_id for line in held)
    return Chunk(
        chunk_id=digest(first.chat_id, *message_ids)[:16],
        chat_id=first.chat_id,
        window=first.window,
        starts_at=first.moment,
        ends_at=held[-1].moment,
        message_ids=message_ids,
        content="\n".join(line.text for line in held),
        words="\n".join(line.words for line in held),
    )
