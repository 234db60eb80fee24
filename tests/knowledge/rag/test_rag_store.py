from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.database_schema import (
    KNOWLEDGE_CONTEXT_SCHEMA,
    MESSAGE_ORDER_SCHEMA,
    WINDOW_CONTEXT_SCHEMA,
    WINDOWED_MESSAGES_SCHEMA,
)
from egregora.core.egress import only_screened
from egregora.core.errors import ModelError
from egregora.knowledge.rag.store import build_knowledge
from egregora.knowledge.windows import bounds
from tests.conftest import examples, gate_for

LENGTH = 8
START = datetime(2025, 1, 1, 12, tzinfo=UTC)
NO_ORDER = ibis.memtable(MESSAGE_ORDER_SCHEMA.to_pyarrow().empty_table())
GATE = gate_for("ana souza")
SETTINGS = {"period": "week", "timezone": "America/Sao_Paulo", "from_date": "", "to_date": ""}


class Vowels:
    """An embedder that counts letters, and remembers what it was asked."""

    name = "vowels==1"
    length = LENGTH

    def __init__(self, patience=10**9):
        self.asked = []
        self.patience = patience

    def embed(self, texts):
        if len(self.asked) + len(texts) > self.patience:
            raise ModelError("out of patience")
        only_screened(texts, where=self.name)
        self.asked += texts
        counts = np.array([[1, *(text.count(letter) for letter in "aeiourm")] for text in texts], dtype=np.float64)
        return np.round(counts / np.linalg.norm(counts, axis=1, keepdims=True), 5).astype(np.float32)


class KeptRows:
    """A kept table in a database of its own."""

    def __init__(self):
        self.con = ibis.duckdb.connect()
        vector = f"array<float32, {LENGTH}>"
        self.con.create_table(
            "kept", schema=ibis.schema({"text_digest": "string", "model": "string", "embedding": vector})
        )

    @property
    def table(self):
        return self.con.table("kept")

    def add(self, rows):
        self.con.insert("kept", rows)

    def keep_only(self, column, values):
        kept = self.table.filter(self.table[column].isin(list(values))).to_pyarrow()
        self.con.create_table("kept", kept, schema=self.table.schema(), overwrite=True)


def build(table, kept=None, embedder=None, order=NO_ORDER, **changed):
    pieces = {name: [] for name in ("knowledge_context", "windowed_messages", "window_context")}
    arguments = {
        **SETTINGS,
        **changed,
        "embeddings": kept or KeptRows(),
        "embedder": embedder or Vowels(),
        "gate": GATE,
    }
    for name, piece in build_knowledge(enriched_messages=table, message_order=order, **arguments):
        pieces[name] += piece.to_pylist()
    return pieces


def talk(message, texts, hours=20):
    """A message for each of `texts`, so far apart that each is a chunk."""
    return [message(f"m{n:04d}", START + timedelta(hours=hours * n), text) for n, text in enumerate(texts)]


def by_hand(built, timezone):
    """The context as the rule says it, one pair at a time."""
    chunks = built["knowledge_context"]
    window_of = {row["message_id"]: row["window"] for row in built["windowed_messages"]}
    found = []
    for window in sorted({window_of[chunk["message_ids"][0]] for chunk in chunks}):
        own = [np.array(chunk["embedding"]) for chunk in chunks if window_of[chunk["message_ids"][0]] == window]
        query = np.sum(own, axis=0) / np.linalg.norm(np.sum(own, axis=0))
        start, _ = bounds(window, timezone)
        near = [
            (-round(float(query @ np.array(chunk["embedding"])), 4), chunk["chunk_id"])
            for chunk in chunks
            if chunk["ends_at"] < start
        ]
        found.append((window, [-similarity for similarity, _ in sorted(near)[:3] if similarity <= -0.5]))
    return found


TEXTS = st.lists(st.text(alphabet="aeioumrx ", min_size=1, max_size=12).filter(str.strip), max_size=40)


@settings(max_examples=examples(10))
@given(texts=TEXTS)
def test_a_windows_context_is_the_nearest_of_the_chunks_that_ended_before_it(message, enriched, texts):
    built = build(enriched(talk(message, texts)))
    ends = {chunk["chunk_id"]: chunk["ends_at"] for chunk in built["knowledge_context"]}
    found = {}
    for row in built["window_context"]:
        assert ends[row["chunk_id"]] < bounds(row["window"], SETTINGS["timezone"])[0]
        found.setdefault(row["window"], []).append(row)
    for window, similarities in by_hand(built, SETTINGS["timezone"]):
        rows = found.get(window, [])
        assert [row["rank"] for row in rows] == list(range(1, len(similarities) + 1))
        assert [row["similarity"] for row in rows] == pytest.approx(similarities, abs=2e-3)
        order = [(-row["similarity"], row["chunk_id"]) for row in rows]
        assert order == sorted(order)


@settings(max_examples=examples(6))
@given(texts=TEXTS, later=TEXTS)
def test_a_new_week_changes_the_context_of_no_earlier_one(message, enriched, texts, later):
    rows = talk(message, [*texts, *later])
    before = build(enriched(rows[: len(texts)]))
    last = max((row["window"] for row in before["windowed_messages"]), default="")
    kept = [row for row in before["window_context"] if row["window"] < last]
    after = build(enriched(rows))["window_context"]
    assert [row for row in after if row["window"] < last] == kept


@settings(max_examples=examples(6))
@given(texts=TEXTS, data=st.data())
def test_a_second_build_embeds_nothing_and_makes_the_same_whatever_the_order_of_rows(message, enriched, texts, data):
    rows, kept, first, second = talk(message, texts), KeptRows(), Vowels(), Vowels()
    built = build(enriched(rows), kept, first)
    assert len(first.asked) == len(set(first.asked)) == len({text.strip() for text in texts if text.strip()})
    assert build(enriched(data.draw(st.permutations(rows))), kept, second) == built
    assert second.asked == []


def test_a_run_that_is_cut_off_keeps_the_vectors_it_paid_for(message, enriched):
    table, kept = enriched(talk(message, [f"text {n}" for n in range(600)], hours=1)), KeptRows()
    with pytest.raises(ModelError):
        build(table, kept, Vowels(patience=520))
    again = Vowels()
    built = build(table, kept, again)
    assert len(again.asked) == 600 - 512
    assert built == build(table)


def test_another_models_vectors_are_not_taken(message, enriched):
    table, kept, other = enriched(talk(message, ["a", "b"])), KeptRows(), Vowels()
    build(table, kept)
    other.name = "vowels==2"
    build(table, kept, other)
    assert other.asked == ["a", "b"]


def test_the_pieces_fit_the_declared_tables(message, enriched):
    table = enriched(talk(message, ["aaa", "aab", "eee"] * 9))
    schemas = [KNOWLEDGE_CONTEXT_SCHEMA, WINDOWED_MESSAGES_SCHEMA, WINDOW_CONTEXT_SCHEMA]
    pieces = build_knowledge(
        enriched_messages=table, message_order=NO_ORDER, embeddings=KeptRows(), embedder=Vowels(), gate=GATE, **SETTINGS
    )
    for (_, piece), schema in zip(pieces, schemas, strict=True):
        declared = schema.to_pyarrow()
        assert piece.num_rows
        assert piece.schema.names == declared.names
        others = [name for name in declared.names if name != "embedding"]
        assert [piece.schema.field(name).type for name in others] == [declared.field(name).type for name in others]


def test_messages_outside_the_dates_are_in_no_table(message, enriched):
    table = enriched(talk(message, ["a"] * 60))
    built = build(table, from_date="2025-01-13", to_date="2025-01-26")
    assert {row["window"] for row in built["windowed_messages"]} == {"2025-W03", "2025-W04"}
    assert len(built["knowledge_context"]) == len(built["windowed_messages"])
    assert {row["window"] for row in built["window_context"]} == {"2025-W04"}


def test_messages_nobody_wrote_are_windowed_and_not_chunked(message, enriched):
    rows = [message("s", "2025-01-01T10:00", "Ana joined", author=None, kind="system")]
    built = build(enriched(rows))
    assert [row["message_id"] for row in built["windowed_messages"]] == ["s"]
    assert built["knowledge_context"] == built["window_context"] == []


def test_an_empty_chat_makes_empty_tables(enriched):
    assert build(enriched([])) == {"knowledge_context": [], "windowed_messages": [], "window_context": []}


def test_vectors_have_the_models_length(message, enriched):
    kept = KeptRows()
    (row,) = build(enriched(talk(message, ["a"])), kept)["knowledge_context"]
    assert len(row["embedding"]) == LENGTH
    assert kept.table.to_pyarrow().column("embedding").type == pa.list_(pa.float32(), LENGTH)


def test_messages_of_one_minute_stand_as_they_were_written(message, enriched, order):
    rows = [message(name, START, text) for name, text in (("b", "first"), ("a", "second"), ("c", "third"))]
    built = build(enriched(rows), order=order(("a", 1), ("c", 2)))
    assert [row["message_id"] for row in built["windowed_messages"]] == ["b", "a", "c"]
    assert [chunk["message_ids"] for chunk in built["knowledge_context"]] == [["b", "a", "c"]]


def test_a_line_with_a_name_is_withheld_from_all_tables_and_from_the_model(message, enriched):
    embedder, texts = Vowels(), ["all is well", "Ana Souza said so\nand it was"]
    made = build(enriched(talk(message, texts)), embedder=embedder)
    assert "[withheld]\nand it was" in "\n".join(embedder.asked)
    assert "Ana" not in str(made)
