"""A chat cut at its heads, piece by piece."""

import re
from collections.abc import Collection, Iterator

from egregora.core.errors import ExportError
from egregora.ingestion.archive import Chat
from egregora.ingestion.headers import any_of

# A record: the mark before the line, date and time (or time and date), the name with its colon, the mark before the
# text, and the text. Empty is the name where a head has none, and all but the text of what precedes the first head.
Fields = list[str]
STRIDE = 6
_NAME = r"[^\n:]++(?::(?! |[\r\n]|\Z)[^\n:]*+)*+"
_NAME_END = r":(?: |(?=[\r\n]|\Z))"  # some tools strip the space behind the colon of an empty message
_MESSAGE_LIMIT = 1 << 20  # characters; the app allows 65,536
_LAST_LINE_END = re.compile(r"\r?\n\Z")


def record_pattern(line_end: str, head: str, with_colons: Collection[str] = ()) -> re.Pattern[str]:
    """The pattern to cut a chat with: a line end, a head, and a name if there is one; the text is what lies between.

    `with_colons` are the names that have a colon and a space inside.
    """
    name = _NAME
    if with_colons:
        names = any_of(with_colons)
        name = rf"(?:{names})(?=:)|(?:(?!{names})[^\n])+?"
    return re.compile(f"{line_end}{head}((?:{name}){_NAME_END}|)([\u200e\u200f]?)")


def cut(chat: Chat, pattern: re.Pattern[str]) -> Iterator[Fields]:
    """The records of the chat as flat lists, `STRIDE` fields each and whole records only, one list for each piece.

    Order: as in the file; the first record is what stands before the first head. The last line end is no text.
    Errors: ExportError when one message is longer than any app writes.
    """
    kept: Fields = ["", "", "", "", "", ""]
    held = "\r\n"  # so that the first line, too, is behind a line end
    for piece in chat.pieces():
        held += piece
        end = held.rfind("\n")
        end -= held[end - 1 : end] == "\r"
        if end > 0:
            kept = _joined(kept, pattern.split(held[:end]), chat)
            held = held[end:]
            yield kept[:-STRIDE]
            kept = kept[-STRIDE:]
    yield _joined(kept, pattern.split(_LAST_LINE_END.sub("", held)), chat)


def _joined(kept: Fields, parts: Fields, chat: Chat) -> Fields:
    """The message that was cut off where the last piece ended, continued, and the records behind it."""
    text = kept[-1] + parts[0]
    if len(text) > _MESSAGE_LIMIT:
        raise ExportError(
            "a single message has more than a million characters: this is no chat",
            where=str(chat.path),
            fix="export the chat again in WhatsApp and take the file as it comes",
        )
    return [*kept[:-1], text, *parts[1:]]
