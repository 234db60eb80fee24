"""Batches cover a table, each row once, the same way each time."""

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.utils.batching import batch_table, iter_table_record_batches

ROWS = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.text(max_size=3)), max_size=60)


def table_of(rows):
    return pa.table(
        {"key": pa.array([row[0] for row in rows], pa.int64()), "text": pa.array([row[1] for row in rows], pa.string())}
    )


@given(ROWS, st.integers(1, 70))
def test_every_row_is_in_exactly_one_batch_in_a_stable_order(rows, size):
    batches = [batch.to_pyarrow().to_pylist() for batch in batch_table(ibis.memtable(table_of(rows)), size, ["key"])]
    again = [
        batch.to_pyarrow().to_pylist() for batch in batch_table(ibis.memtable(table_of(rows[::-1])), size, ["key"])
    ]
    found = [row for batch in batches for row in batch]
    assert sorted(found, key=repr) == sorted(table_of(rows).to_pylist(), key=repr)
    assert batches == again
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert not batches or 0 < len(batches[-1]) <= size


@given(st.lists(st.integers()), st.integers(1, 100))
def test_the_plan_s_own_example(rows, size):
    table = ibis.memtable(pa.table({"id": pa.array([row % 2**62 for row in rows], pa.int64())}))
    batched = [value for batch in batch_table(table, size, ["id"]) for value in batch.execute()["id"].tolist()]
    assert sorted(batched) == sorted(row % 2**62 for row in rows)


def test_a_stream_is_whole_though_other_queries_run_in_between(memory):
    memory.create_table("numbers", pa.table({"n": range(300_000)}))
    numbers = memory.table("numbers")
    seen = 0
    for batch in iter_table_record_batches(numbers, 70_000, ["n"]):
        assert batch.column(0)[0].as_py() == seen
        seen += batch.num_rows
        assert numbers.count().to_pyarrow().as_py() == 300_000
    assert seen == 300_000


def test_an_expression_over_a_table_in_memory_is_cut_as_well(memory):
    memory.create_table("numbers", pa.table({"n": [3, 1, 2]}))
    joined = memory.table("numbers").join(ibis.memtable({"n": [1, 2, 3], "word": ["a", "b", "c"]}), "n")
    batches = list(iter_table_record_batches(joined, 2, ["n"]))
    assert [batch.column("word").to_pylist() for batch in batches] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_has_at_least_one_row(size):
    with pytest.raises(ValueError, match="at least 1"):
        list(batch_table(ibis.memtable({"id": [1]}), size))
