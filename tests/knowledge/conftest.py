from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest

from egregora.core.database_schema import ENRICHED_MESSAGES_SCHEMA, MESSAGE_ORDER_SCHEMA


@pytest.fixture(scope="session")
def message():
    """One enriched message as a dict; what a test does not say is as in a plain text message."""

    def make(message_id, moment, text=None, **others):
        row = dict.fromkeys(ENRICHED_MESSAGES_SCHEMA.names)
        row |= {"chat_id": "family", "message_id": message_id, "author": "ana", "kind": "text", "message": text}
        when = datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment
        return row | {"timestamp": when, "edited": False, "deleted": False, "export_id": "e"} | others

    return make


@pytest.fixture(scope="session")
def enriched():
    """A table of enriched messages in a database of its own."""

    def make(rows):
        con = ibis.duckdb.connect()
        con.raw_sql("SET GLOBAL TimeZone='UTC'")
        table = pa.Table.from_pylist(rows, schema=ENRICHED_MESSAGES_SCHEMA.to_pyarrow())
        return con.create_table("enriched_messages", table, schema=ENRICHED_MESSAGES_SCHEMA)

    return make


@pytest.fixture(scope="session")
def order():
    """A table of places, from (message id, position) of one chat."""

    def make(*places):
        rows = [{"chat_id": "family", "message_id": name, "position": position} for name, position in places]
        return ibis.memtable(pa.Table.from_pylist(rows, schema=MESSAGE_ORDER_SCHEMA.to_pyarrow()))

    return make
