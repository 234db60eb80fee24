from datetime import UTC, datetime, timedelta, timezone

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.database_schema import ELO_COMPARISONS_SCHEMA, ELO_RATINGS_SCHEMA
from egregora.core.errors import SchemaError
from egregora.knowledge.ranking import elo
from egregora.knowledge.ranking.store import RankingStore
from egregora.orchestration.database import Database
from tests.conftest import examples

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def new_store():
    con = ibis.duckdb.connect()
    con.raw_sql("SET GLOBAL TimeZone='UTC'")
    store = RankingStore(con)
    store.create_tables()
    return store


def ratings_of(store):
    return {row["post_id"]: (row["rating"], row["num_comparisons"]) for row in store.ratings().to_pyarrow().to_pylist()}


def record_and_stop(database):
    with database.write() as writer:
        RankingStore(writer.ibis).record("a", "b", NOON)
        raise KeyboardInterrupt


def test_the_tables_are_as_declared():
    store = new_store()
    store.create_tables()
    assert store.ratings().schema() == ELO_RATINGS_SCHEMA
    assert store.comparisons().schema() == ELO_COMPARISONS_SCHEMA


def test_a_table_with_other_columns_is_refused():
    con = ibis.duckdb.connect()
    con.create_table("elo_ratings", schema=ibis.schema({"post_id": "string", "elo_global": "float64"}))
    with pytest.raises(SchemaError, match="rating is missing"):
        RankingStore(con).create_tables()


def test_a_comparison_moves_both_ratings():
    store = new_store()
    store.record("a", "b", NOON)
    assert ratings_of(store) == {"a": (1516.0, 1), "b": (1484.0, 1)}
    (row,) = store.comparisons().to_pyarrow().to_pylist()
    assert (row["winner_id"], row["loser_id"], row["timestamp"]) == ("a", "b", NOON)
    assert {row["last_updated"] for row in store.ratings().to_pyarrow().to_pylist()} == {NOON}


def test_the_same_comparison_counts_once():
    store = new_store()
    store.record("a", "b", NOON)
    once = ratings_of(store)
    store.record("a", "b", NOON.astimezone(timezone(timedelta(hours=-3))))
    assert ratings_of(store) == once
    assert store.comparisons().count().to_pyarrow().as_py() == 1


@settings(max_examples=examples(6))
@given(st.lists(st.permutations("abcd").map(lambda posts: posts[:2]), max_size=8))
def test_replaying_the_comparisons_in_order_gives_the_ratings(pairs):
    store = new_store()
    for minute, (winner, loser) in enumerate(pairs):
        store.record(winner, loser, NOON + timedelta(minutes=minute))
    replayed = {}
    for row in store.comparisons().order_by("timestamp").to_pyarrow().to_pylist():
        pair = (row["winner_id"], row["loser_id"])
        before = [replayed.get(post, (elo.START, 0)) for post in pair]
        after = elo.after(before[0][0], before[1][0])
        replayed |= {post: (rating, old[1] + 1) for post, rating, old in zip(pair, after, before, strict=True)}
    assert ratings_of(store) == replayed


def test_the_top_is_ordered_by_rating_then_by_post():
    store = new_store()
    store.record("z", "b", NOON)
    store.record("y", "a", NOON)
    found = [row["post_id"] for row in store.top(3).to_pyarrow().to_pylist()]
    assert found == ["y", "z", "a"]


def test_a_post_is_not_compared_with_itself_nor_at_a_time_without_a_zone():
    store = new_store()
    with pytest.raises(ValueError, match="itself"):
        store.record("a", "a", NOON)
    with pytest.raises(ValueError, match="zone"):
        store.record("a", "b", NOON.replace(tzinfo=None))
    assert ratings_of(store) == {}


def test_rankings_share_the_projects_file_and_its_transaction(tmp_path):
    with Database.open(tmp_path / "egregora.duckdb") as database:
        with database.write() as writer:
            RankingStore(writer.ibis).create_tables()
        with pytest.raises(KeyboardInterrupt):
            record_and_stop(database)
        assert ratings_of(RankingStore(database.ibis)) == {}
        with database.write() as writer:
            RankingStore(writer.ibis).record("a", "b", NOON)
        assert ratings_of(RankingStore(database.ibis)) == {"a": (1516.0, 1), "b": (1484.0, 1)}
