"""What authors ask for in the chat itself: `/egregora opt-out` and its kin.

A command that was deleted in WhatsApp is forgotten only when no export in exports/ has it any more.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import ibis.expr.types as ir

from egregora.core.names import fold, name_key

FIELDS = ("alias", "bio", "twitter", "website")

_BATCH = 8192
_SLASHES = "/\uff0f"  # all that fold to one
_SLASH_FIRST = re.compile(rf"[^\w{_SLASHES}]*+[{_SLASHES}]")  # cheap, and true of whatever `_COMMAND` takes
_COMMAND = re.compile(r"\s*/egregora(?![^\W_])(?:\s+opt[ -]?(in|out)(?![^\W_]))?")
_NO_LETTER = re.compile(r"[\W_]+")
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb")
_LONGEST = 4000  # characters of a value that are looked at


class Wish(NamedTuple):
    """A member's last word about one field of the profile."""

    place: int  # among all wishes, by time, of the first that gave this value
    value: str  # as it was written; "" to show nothing


def is_command(message: str) -> bool:
    """Whether `message` is meant for us and not for the group."""
    return _command(message) is not None


def opted_out(messages: ir.Table) -> frozenset[str]:
    """The authors, as `name_key` gives them, whose last word is `/egregora opt-out`, in whichever chat.

    Order: by time; of two in the same minute, opting out counts, since to hide too much can be put right.
    """
    words = ((row, _command(row["message"])) for row in _with_slash(messages, "timestamp", "author", "message"))
    wishes = sorted((row["timestamp"], word[1], name_key(row["author"])) for row, word in words if word and word[1])
    last = {author: wish for _, wish, author in wishes}  # "in" sorts before "out"
    return frozenset(author for author, wish in last.items() if wish == "out")


def wishes_in(messages: ir.Table, order: ir.Table | None = None) -> Mapping[str, Mapping[str, Wish]]:
    """What authors, as `name_key` gives them, want shown of them: their last word about each of `FIELDS`.

    Order: by time; within a minute by the places in `order`, as `message_order` has them.
    """
    columns = ("timestamp", "chat_id", "message_id", "author", "message")
    rows = [row for row in _with_slash(messages, *columns) if is_command(row["message"])]
    places = _places(order, [row["message_id"] for row in rows]) if order is not None else {}
    rows.sort(key=lambda row: (row["timestamp"], places.get((row["chat_id"], row["message_id"]), 0), row["message_id"]))
    last: dict[str, dict[str, Wish]] = defaultdict(dict)
    for place, row in enumerate(rows):
        if wish := _wish(row["message"]):
            field, value = wish
            own = last[name_key(row["author"])]
            own[field] = own[field] if field in own and own[field].value == value else Wish(place, value)
    return last


def aliases_asked(messages: ir.Table) -> frozenset[str]:
    """Every alias that the authors of `messages` ever asked for."""
    asked = (_wish(row["message"]) for row in _with_slash(messages, "message") if is_command(row["message"]))
    return frozenset(wish[1] for wish in asked if wish and wish[0] == "alias" and wish[1])


def _with_slash(messages: ir.Table, *columns: str) -> Iterator[dict[str, Any]]:
    """The rows of authors that may be commands."""
    has_slash = reduce(or_, (messages.message.contains(slash) for slash in _SLASHES))
    rows = messages.filter(messages.author.notnull() & has_slash).select(*columns).to_pyarrow()
    return (row for batch in rows.to_batches(_BATCH) for row in batch.to_pylist())


def _places(order: ir.Table, message_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    rows = order.filter(order.message_id.isin(message_ids)).to_pyarrow().to_pylist() if message_ids else []
    return {(row["chat_id"], row["message_id"]): row["position"] for row in rows}


def _command(message: str) -> re.Match[str] | None:
    """`message` as a command, with "in" or "out" as its group; None where it is none."""
    return _COMMAND.match(fold(message)) if _SLASH_FIRST.match(message) else None


def _wish(message: str) -> tuple[str, str] | None:
    """The field that a command is about and the value it gives; None for any other command."""
    start = _SLASH_FIRST.match(message)
    words = message[start.end() :].split(maxsplit=3) if start else []
    verb, field = (_NO_LETTER.sub("", fold(word)) for word in [*words[1:3], "", ""][:2])
    if field not in FIELDS or verb not in ("set", "remove"):
        return None
    if verb == "remove":
        return field, ""
    return (field, _unquoted(words[3])) if len(words) > 3 else None  # noqa: PLR2004 - the fourth is the value


def _unquoted(value: str) -> str:
    bare = value[:_LONGEST].strip()
    quoted = len(bare) > 1 and bare[0] + bare[-1] in _QUOTES
    return bare[1:-1].strip() if quoted else bare
