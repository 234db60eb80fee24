"""What authors ask for in the chat itself: `/egregora opt-out` and its kin.

A command that was deleted in WhatsApp is forgotten only when no export in exports/ has it any more.
"""

import re
from functools import reduce
from operator import or_

import ibis.expr.types as ir

from egregora.privacy.names import fold, name_key

_BATCH = 8192
_SLASHES = "/\uff0f"  # all that fold to one
_SLASH_FIRST = re.compile(rf"[^\w{_SLASHES}]*+[{_SLASHES}]")  # cheap, and true of whatever `_COMMAND` takes
_COMMAND = re.compile(r"\s*/egregora(?![^\W_])(?:\s+opt[ -]?(in|out)(?![^\W_]))?")


def is_command(message: str) -> bool:
    """Whether `message` is meant for us and not for the group."""
    return _command(message) is not None


def opted_out(messages: ir.Table) -> frozenset[str]:
    """The authors, as `name_key` gives them, whose last word is `/egregora opt-out`, in whichever chat.

    Order: by time; of two in the same minute, opting out counts, since to hide too much can be put right.
    """
    with_slash = reduce(or_, (messages.message.contains(slash) for slash in _SLASHES))
    rows = messages.filter(messages.author.notnull() & with_slash).select("timestamp", "author", "message").to_pyarrow()
    words = ((row, _command(row["message"])) for batch in rows.to_batches(_BATCH) for row in batch.to_pylist())
    wishes = sorted((row["timestamp"], word[1], name_key(row["author"])) for row, word in words if word and word[1])
    last = {author: wish for _, wish, author in wishes}  # "in" sorts before "out"
    return frozenset(author for author, wish in last.items() if wish == "out")


def _command(message: str) -> re.Match[str] | None:
    """`message` as a command, with "in" or "out" as its group; None where it is none."""
    return _COMMAND.match(fold(message)) if _SLASH_FIRST.match(message) else None
