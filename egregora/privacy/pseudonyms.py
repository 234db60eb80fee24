"""Names to pseudonyms, in the author column and in the texts."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from egregora.config.key import attachment_token, keyed_digest, read_key
from egregora.privacy.names import UNSPACED, Name, fold, is_phone, name_key, words_of
from egregora.privacy.preferences import is_command, opted_out
from egregora.privacy.redaction import LONGEST_MENTION, Redactor
from egregora.utils.batching import iter_table_record_batches

DATA_FILES = ("name_words.toml",)

_BATCH = 8192
_SHORT, _SHORTER = 3, 2  # letters a part of a name has at least, and a first name
_APART = re.compile(r"([^\W\d_]+)'([^\W\d_]+)")
_CODE_LENGTHS = (8, 16, 32, 64)
_REDACTIONS = pa.schema(
    [("chat_id", pa.string()), ("message_id", pa.string()), ("kind", pa.string()), ("count", pa.int64())]
)


def anonymize(*, ingested_messages: ir.Table, key: Path) -> Iterator[tuple[str, pa.Table]]:
    """Pieces of `anonymized_messages` and `redactions`: the messages without names and other personal data.

    Shape: a message each, but for commands and the messages of who opted out; a redaction per message and kind
    ("person", "phone", "email", "id", "card", "invite", "attachment", "system").
    Order: by time, then message id.
    Errors: PrivacyError without a key.
    """
    secret = read_key(key)
    roster = read_roster(ingested_messages, secret)
    redactor = roster.redactor()
    for batch in iter_table_record_batches(ingested_messages, _BATCH, order_by=["timestamp", "message_id"]):
        yield from _anonymized(pa.Table.from_batches([batch]), roster, redactor, secret)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who wrote or was mentioned."""

    codes: Mapping[str, str]  # the pseudonym of each, by `name_key`
    hidden: frozenset[str]  # who opted out: not even a pseudonym speaks of them

    def placeholder(self, people: Iterable[str]) -> str:
        """What stands for a name that `people` share."""
        known = [*people]
        return f"[person:{self.codes[known[0]]}]" if len(known) == 1 and known[0] not in self.hidden else "[person]"

    def redactor(self) -> Redactor:
        """What takes these people's names out of a text."""
        owners: dict[str, set[str]] = defaultdict(set)
        phrases = {(person, words) for person in self.codes if not is_phone(person) for words in phrases_of(person)}
        for person, words in phrases:
            owners["".join(words)].add(person)
        names = [
            Name(words, self.placeholder(owners["".join(words)]), needs_capital(words))
            for words in sorted({words for _, words in phrases})
        ]
        mentions = {person: self.placeholder([person]) for person in self.codes}
        return Redactor(names, mentions, _listed("particles", "labels", "words"))


def read_roster(messages: ir.Table, secret: bytes) -> Roster:
    """The roster of the whole table: authors, and who is mentioned in the app's own way."""
    authors = messages.filter(messages.author.notnull() & (messages.kind != "system")).select(name="author")
    people = {name_key(name) for table in (authors, _mentioned(messages)) for name in _distinct(table)}
    return Roster(pseudonyms({key: keyed_digest(secret, "author", key) for key in people}), opted_out(messages))


def _mentioned(messages: ir.Table) -> ir.Table:
    """What stands between U+2068 and U+2069 behind an @, where it can be a name."""
    pieces = messages.filter(messages.message.contains("@\u2068")).select(
        piece=messages.message.split("@\u2068").unnest()
    )
    names = pieces.filter(pieces.piece.contains("\u2069")).select(name=pieces.piece.split("\u2069")[0])
    return names.filter((names.name.length() <= LONGEST_MENTION) & ~names.name.contains("\n"))


def _distinct(names: ir.Table) -> list[str]:
    found: list[str] = names.distinct().to_pyarrow()["name"].to_pylist()
    return found


def pseudonyms(digests: Mapping[str, str]) -> dict[str, str]:
    """For each key of `digests` the first 8 digits of its digest, or more where two keys would have the same."""
    codes: dict[str, str] = {}
    for length in _CODE_LENGTHS:
        taken = Counter(digest[:length] for digest in digests.values())
        for key, digest in digests.items():
            if taken[digest[:length]] == 1:
                codes.setdefault(key, digest[:length])
    return codes


def phrases_of(name: str) -> Iterator[tuple[str, ...]]:
    """What a text may call a person by, as folded words: the whole name, runs of its words, and each that is a name.

    A word has three letters, the first one two; particles and what people write in their contacts ("de", "vizinho")
    are none, but may stand inside a run, as may a single letter. A name of one letter is found where it is mentioned,
    and nowhere else.
    """
    folded = fold(name)
    yield from _phrases(words_of(folded))
    if "'" in folded:  # "O'Brien" is "OBrien" too
        yield from _APART.findall(folded)
        yield from _phrases(words_of(folded.replace("'", "")))


def _phrases(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if len("".join(words)) > 1:
        yield tuple(words)
    own = [word for word in words if word not in _listed("particles", "labels")]
    yield from _runs(words, own)
    yield from _runs(own, own)
    for index, word in enumerate(own):
        if len(word) >= (_SHORTER if index == 0 else _SHORT) and len(words) > 1:
            yield (word,)
    if len(words) == 1 and UNSPACED.search(words[0]) and len(words[0]) == _SHORT:
        yield (words[0][1:],)  # a family name of one sign stands in front


def _runs(words: Sequence[str], own: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The runs of `words` that begin and end with one of `own`, and the first with the last."""
    ends = [place for place, word in enumerate(words) if word in own and len(word) > 1]
    yield from (tuple(words[first : last + 1]) for first, last in combinations(ends, 2))
    if len(ends) > 1:
        yield words[ends[0]], words[ends[-1]]


def needs_capital(words: tuple[str, ...]) -> bool:
    """Whether this name is an ordinary word too, or so short that it may be one: then "Rosa" is taken and "rosa" left.

    So a lower-case "rosa" that means the person stays; the lists are in `name_words.toml`.
    """
    return len(words) == 1 and (len(words[0]) < _SHORT or words[0] in _listed("particles", "labels", "words"))


@cache
def _listed(*lists: str) -> frozenset[str]:
    words = tomllib.loads(Path(__file__).with_name("name_words.toml").read_text("utf-8"))
    return frozenset(word for name in lists for word in words[name].split())


def _anonymized(batch: pa.Table, roster: Roster, redactor: Redactor, secret: bytes) -> Iterator[tuple[str, pa.Table]]:
    kept, counts = [], []
    for row in batch.to_pylist():
        if not _left_out(row, roster):
            changed, found = _anonymous(row, roster, redactor, secret)
            kept.append(changed)
            counts += [{**row, "kind": kind, "count": found[kind]} for kind in sorted(found)]
    yield "anonymized_messages", pa.Table.from_pylist(kept, schema=batch.schema)
    yield "redactions", pa.Table.from_pylist(counts, schema=_REDACTIONS)


def _left_out(row: Mapping[str, Any], roster: Roster) -> bool:
    if row["author"] is None or row["kind"] == "system":
        return False
    return row["kind"] == "command" or is_command(row["message"] or "") or name_key(row["author"]) in roster.hidden


def _anonymous(
    row: Mapping[str, Any], roster: Roster, redactor: Redactor, secret: bytes
) -> tuple[dict[str, Any], Counter[str]]:
    """`row` without personal data, and how often each kind of it was taken out."""
    message = row["message"]
    if row["author"] is None or row["kind"] == "system":  # it names people who may be in no roster
        return {**row, "author": None, "message": "", "attachment": None}, Counter(system=1) if message else Counter()
    text, counts = redactor.redact(message) if message else (message, Counter())
    attachment = row["attachment"] and attachment_token(secret, row["attachment"])
    if attachment != row["attachment"]:
        counts["attachment"] += 1
    return {**row, "author": roster.codes[name_key(row["author"])], "message": text, "attachment": attachment}, counts
