"""The contract: every table is as it is declared, and nothing else creates tables."""

import ast
import re
from pathlib import Path

import ibis
import pytest

from egregora.core import database_schema
from egregora.core.database_schema import (
    ELO_COMPARISONS_SCHEMA,
    ELO_RATINGS_SCHEMA,
    INGESTED_MESSAGES_SCHEMA,
    MEDIA_FILES_SCHEMA,
    SCHEMA_VERSION_TABLE,
    SCHEMAS,
    PipelineStage,
    create_stage_view,
    create_table_if_not_exists,
    ensure_message_schema,
    materialize_stage,
)
from egregora.core.errors import SchemaError
from egregora.orchestration.pipeline import STAGES

SOURCES = sorted(Path(database_schema.__file__).parent.parent.rglob("*.py"))
DDL = re.compile(
    r"\b(create|alter|drop)\s+(or\s+replace\s+)?(temp\w*\s+|unique\s+)?(table|view|index|schema|sequence|macro|type)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_duckdb_reads_back_what_is_declared(memory, name):
    create_table_if_not_exists(memory, name, SCHEMAS[name])
    create_table_if_not_exists(memory, name, SCHEMAS[name])
    assert memory.table(name).schema() == SCHEMAS[name]


def test_the_names_and_the_order_of_the_contract():
    assert ELO_RATINGS_SCHEMA.names == ("post_id", "rating", "num_comparisons", "last_updated")
    assert ELO_COMPARISONS_SCHEMA.names == ("comparison_id", "winner_id", "loser_id", "timestamp")
    assert MEDIA_FILES_SCHEMA.names[:6] == (
        "media_id", "message_timestamp", "original_filename", "site_relative_path", "description", "pii_redacted"
    )  # fmt: skip
    assert SCHEMA_VERSION_TABLE.names == ("version", "applied_at", "description")
    assert INGESTED_MESSAGES_SCHEMA.names == (
        "chat_id", "message_id", "timestamp", "author", "kind",
        "message", "attachment", "edited", "deleted", "export_id",
    )  # fmt: skip


def test_every_schema_is_listed_and_every_stage_names_one():
    declared = [value for value in vars(database_schema).values() if isinstance(value, ibis.Schema)]
    assert [*SCHEMAS.values()] == declared
    assert len(SCHEMAS) > 20
    for stage in STAGES:
        for table, where in {**stage.tables, **stage.kept}.items():
            assert getattr(database_schema, where.partition(":")[2]) == SCHEMAS[table]
    assert [stage.table for stage in STAGES] == [stage.value for stage in PipelineStage]


def test_no_other_module_contains_ddl():
    found = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES
        if path.name != "database_schema.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DDL.search(node.value)
    ]
    assert found == []


def test_a_table_with_other_columns_is_refused(memory):
    memory.create_table("elo_ratings", schema=ibis.schema({"rating": "string", "extra": "int64"}))
    with pytest.raises(
        SchemaError, match=r"post_id is missing.*extra is not declared.*rating is string and not float64"
    ):
        create_table_if_not_exists(memory, "elo_ratings", ELO_RATINGS_SCHEMA)


def test_a_stage_may_turn_from_table_to_view_and_back(memory):
    rows = ibis.memtable({"n": [1, 2]})
    memory.create_table("source", rows)
    source = memory.table("source")
    materialize_stage(memory, PipelineStage.ENRICHED, source)
    create_stage_view(memory, PipelineStage.ENRICHED, source.filter(source.n > 1))
    assert memory.table("enriched_messages").n.to_pyarrow().to_pylist() == [2]
    materialize_stage(memory, PipelineStage.ENRICHED, source.filter(source.n < 2))
    assert memory.table("enriched_messages").n.to_pyarrow().to_pylist() == [1]


def test_messages_come_out_in_the_declared_order(memory):
    columns = dict(reversed(list(INGESTED_MESSAGES_SCHEMA.items())))
    table = ibis.table({"extra": "int64", **columns}, name="t")
    assert ensure_message_schema(table).columns == (*INGESTED_MESSAGES_SCHEMA.names, "extra")
    with pytest.raises(SchemaError, match="no column author"):
        ensure_message_schema(table.drop("author"))
    with pytest.raises(SchemaError, match="without a zone"):
        ensure_message_schema(table.mutate(timestamp=table.timestamp.cast("timestamp")))
