"""Commands that authors write in the chat: `/egregora opt-out`, `/egregora set alias ...`.

A command that was deleted in WhatsApp still counts while one export in exports/ contains it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import ibis.expr.types as ir

from egregora.core.names import fold, person_key

FIELDS = ("alias", "bio", "twitter", "website")

_BATCH = 8192
_SLASHES = "/\uff0f"  # every character that folds to a slash
_STARTS_WITH_SLASH = re.compile(rf"[^\w{_SLASHES}]*+[{_SLASHES}]")  # cheap test, true of every command
_COMMAND = re.compile(r"\s*/egregora(?![^\W_])(?:\s+opt[ -]?(in|out)(?![^\W_]))?")
_NO_LETTER = re.compile(r"[\W_]+")
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb")
_MAX_VALUE_LENGTH = 4000  # characters; the rest of a value is ignored


class Preference(NamedTuple):
    """The latest choice of a member for one field of the profile."""

    position: int  # in the order of all preferences by time; that of the first message with this value
    value: str  # as written in the message; "" to show nothing


def is_command(message: str) -> bool:
    """Whether `message` is addressed to egregora and not to the group."""
    return _match_command(message) is not None


def opted_out(messages: ir.Table) -> frozenset[str]:
    """The authors whose latest choice, in any chat, is `/egregora opt-out`; as `person_key` gives them.

    Order: by time. If both choices were made in the same minute, opt-out counts: to hide too much can be corrected.
    """
    commands = (
        (row, _match_command(row["message"])) for row in _possible_commands(messages, "timestamp", "author", "message")
    )
    choices = sorted(
        (row["timestamp"], match[1], person_key(row["author"])) for row, match in commands if match and match[1]
    )
    last = {author: choice for _, choice, author in choices}  # "in" sorts before "out"
    return frozenset(author for author, choice in last.items() if choice == "out")


def read_preferences(messages: ir.Table, order: ir.Table | None = None) -> Mapping[str, Mapping[str, Preference]]:
    """The latest preference of each author for each of `FIELDS`; authors as `person_key` gives them.

    Order: by time. Within a minute, by the positions in the table `order` (`message_order`).
    """
    columns = ("timestamp", "chat_id", "message_id", "author", "message")
    rows = [row for row in _possible_commands(messages, *columns) if is_command(row["message"])]
    positions = _positions(order, [row["message_id"] for row in rows]) if order is not None else {}
    rows.sort(
        key=lambda row: (row["timestamp"], positions.get((row["chat_id"], row["message_id"]), 0), row["message_id"])
    )
    last: dict[str, dict[str, Preference]] = defaultdict(dict)
    for position, row in enumerate(rows):
        if preference := _parse_preference(row["message"]):
            field, value = preference
            own = last[person_key(row["author"])]
            own[field] = own[field] if field in own and own[field].value == value else Preference(position, value)
    return last


def requested_aliases(messages: ir.Table) -> frozenset[str]:
    """Every alias that the authors of `messages` ever asked for."""
    requests = (
        _parse_preference(row["message"])
        for row in _possible_commands(messages, "message")
        if is_command(row["message"])
    )
    return frozenset(request[1] for request in requests if request and request[0] == "alias" and request[1])


def _possible_commands(messages: ir.Table, *columns: str) -> Iterator[dict[str, Any]]:
    """The rows with an author and a slash: only these can be commands."""
    has_slash = reduce(or_, (messages.message.contains(slash) for slash in _SLASHES))
    rows = messages.filter(messages.author.notnull() & has_slash).select(*columns).to_pyarrow()
    return (row for batch in rows.to_batches(_BATCH) for row in batch.to_pylist())


def _positions(order: ir.Table, message_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Position in the chat by chat and message id."""
    rows = order.filter(order.message_id.isin(message_ids)).to_pyarrow().to_pylist() if message_ids else []
    return {(row["chat_id"], row["message_id"]): row["position"] for row in rows}


def _match_command(message: str) -> re.Match[str] | None:
    """The match of a command; group 1 is "in" or "out", or None. None if `message` is no command."""
    return _COMMAND.match(fold(message)) if _STARTS_WITH_SLASH.match(message) else None


def _parse_preference(message: str) -> tuple[str, str] | None:
    """The field and the value that a command sets. None for any other command."""
    start = _STARTS_WITH_SLASH.match(message)
    words = message[start.end() :].split(maxsplit=3) if start else []
    verb, field = (_NO_LETTER.sub("", fold(word)) for word in [*words[1:3], "", ""][:2])
    if field not in FIELDS or verb not in ("set", "remove"):
        return None
    if verb == "remove":
        return field, ""
    return (field, _unquoted(words[3])) if len(words) > 3 else None  # noqa: PLR2004 - the fourth is the value


def _unquoted(value: str) -> str:
    """`value` without surrounding spaces and one pair of quotes."""
    bare = value[:_MAX_VALUE_LENGTH].strip()
    quoted = len(bare) > 1 and bare[0] + bare[-1] in _QUOTES
    return bare[1:-1].strip() if quoted else bare
