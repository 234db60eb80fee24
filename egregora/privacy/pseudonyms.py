"""Names to pseudonyms, in the author column and in the texts."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, combinations
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from egregora.config.key import attachment_token, keyed_digest, read_key
from egregora.privacy.candidates import Candidates
from egregora.privacy.diminutives import diminutives
from egregora.privacy.names import UNSPACED, Name, fold, is_phone, name_key, words_of
from egregora.privacy.preferences import is_command, opted_out
from egregora.privacy.redaction import LONGEST_MENTION, Redactor
from egregora.utils.batching import iter_table_record_batches

DATA_FILES = ("name_words.toml",)

_BATCH = 32_768
_SHORT, _SHORTER = 3, 2  # letters a part of a name has at least, and a first name
_SLASH = r"^[^\p{L}\p{N}/\x{ff0f}]*[/\x{ff0f}]"  # true of whatever is a command; for RE2
_APART = re.compile(r"([^\W\d_]+)'([^\W\d_]+)")
_CODE_LENGTHS = (8, 16, 32, 64)
_REDACTIONS = pa.schema(
    [("chat_id", pa.string()), ("message_id", pa.string()), ("kind", pa.string()), ("count", pa.int64())]
)


def anonymize(*, ingested_messages: ir.Table, key: Path) -> Iterator[tuple[str, pa.Table]]:
    """Pieces of `anonymized_messages` and `redactions`: the messages without names and other personal data.

    Shape: a message each, but for commands and the messages of who opted out; a redaction per message and kind
    ("person", "phone", "email", "id", "card", "invite", "address", "location",
    "profile", "attachment", "system").
    Order: by time, then message id.
    Errors: PrivacyError without a key.
    """
    secret = read_key(key)
    roster = read_roster(ingested_messages, secret)
    names = roster.names()
    redactor, candidates = roster.redactor(names), Candidates(names)
    for batch in iter_table_record_batches(ingested_messages, _BATCH, order_by=["timestamp", "message_id"]):
        yield from _anonymized(pa.Table.from_batches([batch]), roster, redactor, candidates, secret)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who wrote or was mentioned."""

    codes: Mapping[str, str]  # the pseudonym of each, by `name_key`
    hidden: frozenset[str]  # who opted out: not even a pseudonym speaks of them
    diminutives: Mapping[str, Collection[str]] = field(
        default_factory=dict
    )  # for a name, or one of its words: more forms

    def placeholder(self, people: Iterable[str]) -> str:
        """What stands for a name that `people` share."""
        known = [*people]
        return f"[person:{self.codes[known[0]]}]" if len(known) == 1 and known[0] not in self.hidden else "[person]"

    def names(self) -> list[Name]:
        """What a text may call these people by."""
        owners: dict[str, set[str]] = defaultdict(set)
        named = [person for person in self.codes if not is_phone(person)]
        phrases = {
            (person, words)
            for person in named
            for words in chain(phrases_of(person), short_forms(person, self.diminutives))
        }
        for person, words in phrases:
            owners["".join(words)].add(person)
        return [
            Name(words, self.placeholder(owners["".join(words)]), needs_capital(words))
            for words in sorted({words for _, words in phrases})
        ]

    def redactor(self, names: Sequence[Name] | None = None) -> Redactor:
        """What takes these people's names out of a text."""
        mentions = {person: self.placeholder([person]) for person in self.codes}
        return Redactor(self.names() if names is None else names, mentions, _listed("particles", "labels", "words"))


def read_roster(messages: ir.Table, secret: bytes, diminutives: Mapping[str, Collection[str]] | None = None) -> Roster:
    """The roster of the whole table: authors, and who is mentioned in the app's own way.

    `diminutives` are forms beside those of diminutives.toml, for a whole name or for one of its words.
    """
    authors = messages.filter(messages.author.notnull() & (messages.kind != "system")).select(name="author")
    people = {name_key(name) for table in (authors, _mentioned(messages)) for name in _distinct(table)}
    return Roster(
        pseudonyms({key: keyed_digest(secret, "author", key) for key in people}), opted_out(messages), diminutives or {}
    )


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


def short_forms(name: str, more: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """The diminutives of a name's first word, as `phrases_of` gives phrases; and those `more` has for name or word."""
    own = [word for word in words_of(fold(name)) if word not in _listed("particles", "labels")]
    yield from ((short,) for word in own[:1] for short in diminutives(word))
    for key, forms in more.items():
        if fold(key) in {fold(name), *own}:
            yield from filter(None, (tuple(words_of(fold(form))) for form in forms))


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


def _anonymized(
    batch: pa.Table, roster: Roster, redactor: Redactor, candidates: Candidates, secret: bytes
) -> Iterator[tuple[str, pa.Table]]:
    batch = batch.filter(pc.invert(_left_out(batch, roster)))
    system = _is_system(batch)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for row in _places(pc.and_(system, pc.not_equal(pc.fill_null(batch["message"], ""), ""))):
        counts[row]["system"] += 1  # it names people who may be in no roster
    new = {
        "author": _by_author(batch, roster.codes.get),
        "message": _texts(batch["message"], pc.invert(system), redactor, candidates, counts),
        "attachment": _tokens(batch["attachment"], pc.invert(system), secret, counts),
    }
    blank = {"author": None, "message": "", "attachment": None}
    for name, column in new.items():
        hidden = pc.if_else(system, pa.scalar(blank[name], pa.string()), column)
        batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), hidden)
    yield "anonymized_messages", batch
    yield "redactions", _redactions(batch, counts)


def _is_system(batch: pa.Table) -> pa.Array:
    return pc.or_(pc.is_null(batch["author"]), pc.fill_null(pc.equal(batch["kind"], "system"), fill_value=False))


def _left_out(batch: pa.Table, roster: Roster) -> pa.Array:
    """Which messages are commands, or of who opted out."""
    command = pc.fill_null(pc.equal(batch["kind"], "command"), fill_value=False)
    with_slash = pc.fill_null(pc.match_substring_regex(batch["message"], _SLASH), fill_value=False)
    meant = {row for row in _places(with_slash) if is_command(batch["message"][row].as_py())}
    told = pa.array([row in meant for row in range(len(batch))], pa.bool_())
    hidden = pc.equal(_by_author(batch, lambda key: "hidden" if key in roster.hidden else "shown"), "hidden")
    out = pc.or_(pc.or_(command, told), pc.fill_null(hidden, fill_value=False))
    return pc.and_(out, pc.invert(_is_system(batch)))


def _by_author(batch: pa.Table, value: Callable[[str], str | None]) -> pa.Array:
    """For each message `value` of its author, as `name_key` gives them; null for nobody."""
    authors = batch["author"].combine_chunks().dictionary_encode()
    values = [value(name_key(name)) for name in authors.dictionary.to_pylist()]
    return pa.array(values, pa.string()).take(authors.indices)


def _texts(
    texts: pa.ChunkedArray,
    written: pa.Array,
    redactor: Redactor,
    candidates: Candidates,
    counts: dict[int, Counter[str]],
) -> pa.Array:
    """`texts` without personal data; `counts` learns of what was taken out."""
    column = texts.combine_chunks()
    changed: dict[int, str] = {}
    looked_at, rows = pc.if_else(written.combine_chunks(), column, ""), [*range(len(column))]
    while rows:  # again while something is found: what was taken out may have hidden something else
        found: dict[int, str] = {}
        for place, tried in candidates.among(looked_at).items():
            text, kinds = redactor.redact_once(looked_at[place].as_py(), tried)
            if kinds:
                found[rows[place]] = text
                counts[rows[place]].update(kinds)
        changed.update(found)
        looked_at, rows = pa.array(found.values(), pa.string()), [*found]
    return _replaced(column, changed)


def _tokens(names: pa.ChunkedArray, written: pa.Array, secret: bytes, counts: dict[int, Counter[str]]) -> pa.Array:
    """What stands for the files, where they have names that may tell something."""
    column = names.combine_chunks()
    changed: dict[int, str] = {}
    for row in _places(pc.and_(pc.fill_null(pc.not_equal(column, ""), fill_value=False), written)):
        name = column[row].as_py()
        token = attachment_token(secret, name)
        if token != name:
            changed[row] = token
            counts[row]["attachment"] += 1
    return _replaced(column, changed)


def _replaced(column: pa.Array, changed: Mapping[int, str]) -> pa.Array:
    mask = pa.array([row in changed for row in range(len(column))], pa.bool_())
    return pc.replace_with_mask(column, mask, pa.array([changed[row] for row in sorted(changed)], pa.string()))


def _places(mask: pa.Array) -> list[int]:
    found: list[int] = pc.indices_nonzero(mask).to_pylist()
    return found


def _redactions(batch: pa.Table, counts: Mapping[int, Counter[str]]) -> pa.Table:
    found = [(row, kind, counts[row][kind]) for row in sorted(counts) for kind in sorted(counts[row])]
    messages = batch.select(["chat_id", "message_id"]).take(pa.array([row for row, _, _ in found], pa.int64()))
    kinds, numbers = [kind for _, kind, _ in found], [number for _, _, number in found]
    table = messages.append_column("kind", pa.array(kinds, pa.string()))
    return table.append_column("count", pa.array(numbers, pa.int64())).cast(_REDACTIONS)
