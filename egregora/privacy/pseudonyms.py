"""The stage `anonymized`: replaces names by pseudonyms, in the author column and in the texts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from egregora.config.key import attachment_token, read_key
from egregora.core.database_schema import AUTHOR_WISHES_SCHEMA, LEFT_OUT_SCHEMA
from egregora.core.kept_table import Kept
from egregora.core.names import person_key
from egregora.privacy.detect.columns.prefilter import Candidates
from egregora.privacy.detect.columns.redact_column import redacted, replaced
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.preferences import is_command, read_preferences
from egregora.privacy.public_profile import published_profiles
from egregora.privacy.roster import Roster, distinct_names, read_roster
from egregora.utils.batching import iter_table_record_batches

_BATCH = 32_768
_STARTS_WITH_SLASH = r"^[^\p{L}\p{N}/\x{ff0f}]*[/\x{ff0f}]"  # cheap test, true of every command; RE2 syntax
_REDACTIONS = pa.schema(
    [("chat_id", pa.string()), ("message_id", pa.string()), ("kind", pa.string()), ("count", pa.int64())]
)


def anonymize(  # noqa: PLR0913 - what the stage declares
    *,
    ingested_messages: ir.Table,
    key: Path,
    message_order: ir.Table | None = None,
    people: str = "{}",
    model_calls: Kept | None = None,
    annotations: Kept | None = None,
) -> Iterator[tuple[str, pa.Table]]:
    """Yield pieces of `anonymized_messages` and `redactions`, then `author_wishes` and `left_out`.

    Shape of `anonymized_messages`: a row for each message, without commands and without messages of who opted out.
    Shape of `redactions`: a row for each message and kind of redaction ("person", "phone", "email", "id", "card",
    "invite", "address", "location", "profile", "attachment", "system").
    `author_wishes` holds what members want to show. `left_out` counts the excluded messages and their authors.
    Rows of `model_calls` and `annotations` that mention who opted out are removed.
    `people` is JSON: an object from each alias to the main name.
    Order: by time, then message id.
    Errors: PrivacyError without a key.
    """
    secret = read_key(key)
    roster = read_roster(ingested_messages, secret, people)
    names = roster.names()
    redactor, candidates = roster.redactor(names), Candidates(names)
    excluded = ExcludedCounts()
    for batch in iter_table_record_batches(ingested_messages, _BATCH, order_by=["timestamp", "message_id"]):
        table = pa.Table.from_batches([batch])
        mask = _excluded(table, roster)
        excluded.add(table["author"].filter(mask).to_pylist(), roster)
        yield from _anonymized(table.filter(pc.invert(mask)), roster, redactor, candidates, secret)
    yield "author_wishes", _preference_rows(ingested_messages, message_order, roster, redactor, excluded)
    yield "left_out", excluded.table()
    for kept in (model_calls, annotations):
        if kept is not None and roster.hidden:
            kept.remove_mentioning(_traces_of_hidden(ingested_messages, roster))


@dataclass(slots=True)
class ExcludedCounts:
    """How many messages were excluded, by author and reason."""

    opted_out: Counter[str] = field(default_factory=Counter)  # messages of who opted out, by `person_key`
    commands: Counter[str] = field(default_factory=Counter)  # commands of everybody else, by `person_key`
    refused: Counter[str] = field(default_factory=Counter)  # aliases and links that are not shown, by pseudonym

    def add(self, authors: Iterable[str], roster: Roster) -> None:
        """Count excluded messages: one for each of `authors`."""
        for author in map(person_key, authors):
            (self.opted_out if author in roster.hidden else self.commands)[author] += 1

    def table(self) -> pa.Table:
        """The rows of the table `left_out`."""
        counts = (
            ("because they asked", self.opted_out),
            ("as commands to egregora", self.commands),
            ("because an alias or a link tells of somebody else", self.refused),
        )
        rows = [{"reason": why, "people": len(who), "messages": who.total()} for why, who in counts if who]
        return pa.Table.from_pylist(rows, schema=LEFT_OUT_SCHEMA.to_pyarrow())


def _preference_rows(
    messages: ir.Table, order: ir.Table | None, roster: Roster, redactor: Redactor, excluded: ExcludedCounts
) -> pa.Table:
    """The rows of `author_wishes`, by pseudonym, without those who opted out; what is refused is counted."""
    visible = {person: own for person, own in read_preferences(messages, order).items() if person not in roster.hidden}
    by_code = {roster.codes[person]: own for person, own in visible.items()}
    published = published_profiles(by_code, roster.members(), redactor)
    for code, own in by_code.items():
        shown = published.get(code, {})
        excluded.refused.update([code] * sum(shown.get(field) is None for field in own))
    rows = [{"author": code, **published[code]} for code in sorted(published)]
    return pa.Table.from_pylist(rows, schema=AUTHOR_WISHES_SCHEMA.to_pyarrow())


def _traces_of_hidden(messages: ir.Table, roster: Roster) -> Iterator[str]:
    """Strings that identify who opted out in kept tables: their pseudonyms and message ids."""
    yield from sorted({roster.codes[person] for person in roster.hidden})
    authors = distinct_names(messages.filter(messages.author.notnull()).select(name="author"))
    hidden = [name for name in authors if person_key(name) in roster.hidden]
    yield from messages.filter(messages.author.isin(hidden)).select("message_id").to_pyarrow()["message_id"].to_pylist()


def _anonymized(
    batch: pa.Table, roster: Roster, redactor: Redactor, candidates: Candidates, secret: bytes
) -> Iterator[tuple[str, pa.Table]]:
    """The anonymized messages of `batch`, and their redactions."""
    system = _is_system(batch)
    written = pc.if_else(system, pa.scalar("", pa.string()), batch["message"]).combine_chunks()
    messages, found = redacted(written, redactor, candidates)
    counts: dict[int, Counter[str]] = defaultdict(Counter, {row: kinds.copy() for row, kinds in found.items()})
    for row in _true_rows(pc.and_(system, pc.not_equal(pc.fill_null(batch["message"], ""), ""))):
        counts[row]["system"] += 1  # it may name people who are in no roster
    new = {
        "author": _by_author(batch, roster.codes.get),
        "message": messages,
        "attachment": _tokens(batch["attachment"], pc.invert(system), secret, counts),
    }
    blank = {"author": None, "message": "", "attachment": None}
    for name, column in new.items():
        hidden = pc.if_else(system, pa.scalar(blank[name], pa.string()), column)
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), hidden)
    yield "anonymized_messages", batch
    yield "redactions", _redactions(batch, counts)


def _is_system(batch: pa.Table) -> pa.Array:
    """Mask of the messages that no person wrote."""
    return pc.or_(pc.is_null(batch["author"]), pc.fill_null(pc.equal(batch["kind"], "system"), fill_value=False))


def _excluded(batch: pa.Table, roster: Roster) -> pa.Array:
    """Mask of the messages to exclude: commands, and messages of who opted out."""
    command = pc.fill_null(pc.equal(batch["kind"], "command"), fill_value=False)
    with_slash = pc.fill_null(pc.match_substring_regex(batch["message"], _STARTS_WITH_SLASH), fill_value=False)
    commands = {row for row in _true_rows(with_slash) if is_command(batch["message"][row].as_py())}
    is_slash_command = pa.array([row in commands for row in range(len(batch))], pa.bool_())
    hidden = pc.equal(_by_author(batch, lambda key: "hidden" if key in roster.hidden else "shown"), "hidden")
    out = pc.or_(pc.or_(command, is_slash_command), pc.fill_null(hidden, fill_value=False))
    return pc.and_(out, pc.invert(_is_system(batch)))


def _by_author(batch: pa.Table, value: Callable[[str], str | None]) -> pa.Array:
    """For each message, `value` of its author's `person_key`; null without an author."""
    authors = batch["author"].combine_chunks().dictionary_encode()
    values = [value(person_key(name)) for name in authors.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(authors.indices)


def _tokens(names: pa.ChunkedArray, written: pa.Array, secret: bytes, counts: dict[int, Counter[str]]) -> pa.Array:
    """The attachment column: a file name that may be personal is replaced by a token."""
    column = names.combine_chunks()
    changed: dict[int, str] = {}
    for row in _true_rows(pc.and_(pc.fill_null(pc.not_equal(column, ""), fill_value=False), written)):
        name = column[row].as_py()
        token = attachment_token(secret, name)
        if token != name:
            changed[row] = token
            counts[row]["attachment"] += 1
    return replaced(column, changed)


def _true_rows(mask: pa.Array) -> list[int]:
    """The indices at which `mask` is true."""
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _redactions(batch: pa.Table, counts: Mapping[int, Counter[str]]) -> pa.Table:
    """The rows of `redactions` for `counts`, which has the counts by kind for each row of `batch`."""
    found = [(row, kind, counts[row][kind]) for row in sorted(counts) for kind in sorted(counts[row])]
    messages = batch.select(["chat_id", "message_id"]).take(pa.array([row for row, _, _ in found], pa.int64()))
    kinds, numbers = [kind for _, kind, _ in found], [number for _, _, number in found]
    table = messages.append_column("kind", pa.array(kinds, pa.string()))
    return table.append_column("count", pa.array(numbers, pa.int64())).cast(_REDACTIONS)
