"""The columns of every table, and the only place where tables and views are created or dropped."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from egregora.core.errors import SchemaError

UTC = dt.Timestamp(timezone="UTC", scale=6)  # DuckDB keeps microseconds; chats have seconds
EMBEDDING_LENGTH = 512
VECTOR = dt.Array(dt.float32, length=EMBEDDING_LENGTH)

_MESSAGE_COLUMNS = {
    "chat_id": "string",
    "message_id": "string",
    "timestamp": UTC,
    "author": "string",  # NULL for lines nobody wrote
    "kind": "string",  # text, command, media, media_omitted, deleted, poll, location, call, empty, system
    "message": "string",
    "attachment": "string",
    "edited": "boolean",
    "deleted": "boolean",
    "export_id": "string",
}
_ENRICHED_COLUMNS = {
    **_MESSAGE_COLUMNS,
    "media_id": "string",
    "media_type": "string",
    "site_relative_path": "string",  # NULL when there is nothing to show
    "media_description": "string",
    "links": "array<string>",
    "link_descriptions": "array<string>",  # one for each of `links`
}

INGESTED_MESSAGES_SCHEMA = ibis.schema(_MESSAGE_COLUMNS)
ANONYMIZED_MESSAGES_SCHEMA = ibis.schema(_MESSAGE_COLUMNS)
EXPORTS_SCHEMA = ibis.schema(
    {
        "export_id": "string",  # of the bytes
        "chat_id": "string",
        "platform": "string",  # android, ios
        "date_order": "string",  # dmy, mdy, ymd
        "messages": "int64",
        "lines": "int64",
        "first_timestamp": UTC,
        "last_timestamp": UTC,
    }
)
# Where a message stands among those of the same chat and time, from 0; only messages behind the first are listed.
MESSAGE_ORDER_SCHEMA = ibis.schema({"chat_id": "string", "message_id": "string", "position": "int64"})
REDACTIONS_SCHEMA = ibis.schema({"chat_id": "string", "message_id": "string", "kind": "string", "count": "int64"})
_SHOWN_COLUMNS = dict.fromkeys(("alias", "bio", "twitter", "website"), "string")  # NULL where nothing is shown
AUTHOR_WISHES_SCHEMA = ibis.schema({"author": "string", **_SHOWN_COLUMNS})  # what members want shown of them
LEFT_OUT_SCHEMA = ibis.schema({"reason": "string", "people": "int64", "messages": "int64"})
# What the gate did not let out, without its text: the builder keeps the rows of each task beside the task's own.
# `where` is as people are told of it, `stage` the task; `sentence` is a keyed digest, by which a sentence counts once.
WITHHELD_SCHEMA = ibis.schema(dict.fromkeys(("kind", "where", "stage", "sentence"), "string"))
MEDIA_FILES_SCHEMA = ibis.schema(
    {
        "media_id": "string",  # of the bytes
        "message_timestamp": UTC,
        "original_filename": "string",  # as anonymized_messages.attachment has it
        "site_relative_path": "string",  # "media/<media_id>.jpg"; NULL when it is not published
        "description": "string",
        "pii_redacted": "boolean",
        "chat_id": "string",
        "message_id": "string",
        "media_type": "string",  # image, sticker, video, audio, document, contact, other
        "size_bytes": "int64",  # as published, or as found when it is not
    }
)
ENRICHED_MESSAGES_SCHEMA = ibis.schema(_ENRICHED_COLUMNS)
KNOWLEDGE_CONTEXT_SCHEMA = ibis.schema(
    {
        "chunk_id": "string",
        "chat_id": "string",
        "starts_at": UTC,
        "ends_at": UTC,
        "message_ids": "array<string>",
        "content": "string",
        "embedding": VECTOR,
    }
)
WINDOWED_MESSAGES_SCHEMA = ibis.schema(  # without export_id: a message that a newer export has too is the same message
    {"window": "string", "position": "int64", **{k: v for k, v in _ENRICHED_COLUMNS.items() if k != "export_id"}}
)
WINDOW_CONTEXT_SCHEMA = ibis.schema(
    {
        "window": "string",
        "rank": "int64",  # 1 is the nearest
        "chunk_id": "string",
        "similarity": "float64",
        "starts_at": UTC,
        "content": "string",
    }
)
GENERATED_POSTS_SCHEMA = ibis.schema(
    {
        "window": "string",
        "post_id": "string",
        "slug": "string",
        "title": "string",
        "date": "date",
        "summary": "string",
        "tags": "array<string>",
        "authors": "array<string>",
        "category": "string",
        "body": "string",  # Markdown
        "cited_message_ids": "array<string>",
        "starts_at": UTC,
        "ends_at": UTC,
        "messages": "int64",
    }
)
AUTHOR_PROFILES_SCHEMA = ibis.schema(
    {
        "author": "string",  # the pseudonym, as in messages
        "handle": "string",  # the pseudonym as people read it
        "messages": "int64",
        "words": "int64",
        "media": "int64",
        "active_days": "int64",
        "first_seen": UTC,
        "last_seen": UTC,
        "topics": "array<string>",
        **_SHOWN_COLUMNS,
    }
)
SITE_FILES_SCHEMA = ibis.schema(
    {
        "path": "string",  # "site/index.html", "content/index.md"
        "content_hash": "string",
        "size_bytes": "int64",
        "made_from": "string",  # a digest of all that decides its bytes; "" when it is made each time
        "post_id": "string",  # the post whose page it is, or was: a page that moved leaves another that leads there
    }
)

# Kept tables: they grow and are never rebuilt.
EMBEDDINGS_SCHEMA = ibis.schema({"text_digest": "string", "model": "string", "embedding": VECTOR})
MODEL_CALLS_SCHEMA = ibis.schema(
    {
        "request_digest": "string",
        "role": "string",
        "model": "string",
        "request": "string",
        "response": "string",  # NULL when the call failed
        "error": "string",
        "input_tokens": "int64",
        "output_tokens": "int64",
        "cost_usd": "float64",
        "created_at": UTC,
    }
)
_RATING_COLUMNS = {"post_id": "string", "rating": "float64", "num_comparisons": "int64", "last_updated": UTC}
ELO_RATINGS_SCHEMA = ibis.schema(_RATING_COLUMNS)
_COMPARISON_COLUMNS = {"comparison_id": "string", "winner_id": "string", "loser_id": "string", "timestamp": UTC}
ELO_COMPARISONS_SCHEMA = ibis.schema(_COMPARISON_COLUMNS)
ANNOTATIONS_SCHEMA = ibis.schema(
    {
        "annotation_id": "string",
        "parent_id": "string",
        "parent_type": "string",  # message, annotation
        "author": "string",
        "commentary": "string",
        "created_at": UTC,
    }
)
SCHEMA_VERSION_TABLE = ibis.schema({"version": "int64", "applied_at": UTC, "description": "string"})
STAGE_RUNS_SCHEMA = ibis.schema(
    {"task": "string", "started_at": UTC, "seconds": "float64", "rows": "int64", "reasons": "string"}
)
DOIT_STATE_SCHEMA = ibis.schema({"task": "string", "data": "string"})

# Every table by its name: that of its schema here, in lower case.
SCHEMAS: dict[str, ibis.Schema] = {
    name.removesuffix("_SCHEMA").removesuffix("_TABLE").lower(): value
    for name, value in list(globals().items())
    if isinstance(value, ibis.Schema)
}


def __getattr__(name: str) -> Any:
    """`PipelineStage`, which `core.stage` has: asked for by name, so that a new stage changes the code of no other."""
    if name != "PipelineStage":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("egregora.core.stage").PipelineStage


# How DuckDB packs columns of messages. Left to itself it tries every way on every column, which takes half of the time
# that a million messages need to be written; texts that are not packed take twice the room and are read faster.
_PACKING = dict.fromkeys(("chat_id", "export_id", "author", "kind"), "dictionary") | dict.fromkeys(
    ("message_id", "message", "attachment"), "uncompressed"
)


def create_table_if_not_exists(conn: Any, table_name: str, schema: ibis.Schema) -> None:
    """An empty table `table_name` of `schema`, unless there is one.

    `conn` is an Ibis DuckDB backend. Errors: SchemaError when a table of that name has other columns.
    """
    if _kind_of(conn, table_name) is None:
        _create_table(conn, table_name, schema)
    elif problems := schema_problems(conn.table(table_name).schema(), schema):
        raise SchemaError(
            f"table {table_name!r} does not have the columns that are declared: {'; '.join(problems)}",
            where="egregora.duckdb",
            fix="move the file aside and build again, or migrate it",
        )


def ensure_message_schema(table: ir.Table) -> ir.Table:
    """`table` with the message columns first, in their order and types, and any others behind them.

    Errors: SchemaError when a message column is missing or a time has no zone.
    """
    missing = [name for name in INGESTED_MESSAGES_SCHEMA.names if name not in table.columns]
    if missing:
        raise SchemaError(f"not a table of messages: it has no column {', '.join(missing)}")
    if table.timestamp.type().timezone is None:
        raise SchemaError("messages have times without a zone", fix="pass the table through normalize_timestamps first")
    others = [name for name in table.columns if name not in INGESTED_MESSAGES_SCHEMA.names]
    typed = {name: table[name].cast(type_) for name, type_ in INGESTED_MESSAGES_SCHEMA.items()}
    return table.select(**typed, **{name: table[name] for name in others})


def create_stage_view(conn: Any, stage: str, query: ir.Table) -> None:
    """Create or replace the view `stage` over `query`."""
    drop_stage(conn, stage)
    conn.create_view(str(stage), query)


def materialize_stage(conn: Any, stage: str, query: ir.Table | ibis.Schema) -> None:
    """Create or replace the table `stage` with the rows of `query`; with a schema only, an empty one.

    Prereq: `conn` is in a transaction, or a reader may find no table in between.
    """
    drop_stage(conn, stage)
    if isinstance(query, ibis.Schema):
        _create_table(conn, str(stage), query)
    else:
        _create_table(conn, str(stage), query.schema())
        conn.insert(str(stage), query)


def _create_table(conn: Any, name: str, schema: ibis.Schema) -> None:
    columns = (
        f"{column.sql(conn.dialect)} {f'USING COMPRESSION {_PACKING[column.name]}' if column.name in _PACKING else ''}"
        for column in schema.to_sqlglot_column_defs(conn.dialect)
    )
    quoted = '"' + name.replace('"', '""') + '"'
    conn.con.execute(f"CREATE TABLE {quoted} ({', '.join(columns)})")


def drop_stage(conn: Any, stage: str) -> None:
    """Drop the table or view `stage`, if there is one."""
    kind = _kind_of(conn, stage)
    if kind == "VIEW":
        conn.drop_view(str(stage))
    elif kind:
        conn.drop_table(str(stage))


def schema_problems(found: ibis.Schema, declared: ibis.Schema) -> list[str]:
    """What is wrong with `found`, a sentence part each; empty when names, order and types are as declared."""
    return [
        *(f"{name} is missing" for name in declared.names if name not in found.names),
        *(f"{name} is not declared" for name in found.names if name not in declared.names),
        *_other_types(found, declared),
        *(["the order of columns differs"] if _same_names_in_other_order(found, declared) else []),
    ]


def _other_types(found: ibis.Schema, declared: ibis.Schema) -> Iterable[str]:
    both = [name for name in declared.names if name in found.names]
    return (
        f"{name} is {found[name]} and not {declared[name]}"
        for name in both
        if found[name].copy(nullable=True) != declared[name].copy(nullable=True)
    )


def _same_names_in_other_order(found: ibis.Schema, declared: ibis.Schema) -> bool:
    return found.names != declared.names and set(found.names) == set(declared.names)


def _kind_of(conn: Any, name: str) -> str | None:
    """What `name` is: "BASE TABLE", "VIEW", or None."""
    # Not a parameter: for one, DuckDB imports pandas, which takes half a second.
    quoted = str(name).replace("'", "''")
    query = f"SELECT table_type FROM information_schema.tables WHERE table_schema = 'main' AND table_name = '{quoted}'"
    row = conn.con.execute(query).fetchone()
    return row[0] if row else None
