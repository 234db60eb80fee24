"""What authors ask for in the chat itself: `/egregora opt-out` and its kin."""

import re

import ibis.expr.types as ir

from egregora.privacy.names import fold, name_key

_COMMAND = re.compile(r"\s*/egregora(?![^\W_])")
_OPT = re.compile(r"\s*/egregora\s+opt[ -]?(in|out)(?![^\W_])")


def is_command(message: str) -> bool:
    """Whether `message` is meant for us and not for the group."""
    return "/" in message and _COMMAND.match(fold(message)) is not None


def opted_out(messages: ir.Table) -> frozenset[str]:
    """The authors, as `name_key` gives them, whose last word is `/egregora opt-out`, in whichever chat.

    Order: by time; of two in the same minute, opting out counts, since to hide too much can be put right.
    """
    asked = messages.filter(messages.author.notnull() & messages.message.lower().contains("/egregora"))
    rows = asked.select("timestamp", "author", "message").to_pyarrow().to_pylist()
    words = ((row, _OPT.match(fold(row["message"]))) for row in rows)
    wishes = sorted((row["timestamp"], match[1], name_key(row["author"])) for row, match in words if match)
    last = {author: wish for _, wish, author in wishes}  # "in" sorts before "out"
    return frozenset(author for author, wish in last.items() if wish == "out")
