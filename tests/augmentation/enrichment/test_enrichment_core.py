from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.augmentation.enrichment.core import enrich_conversations
from egregora.core.database_schema import (
    ANONYMIZED_MESSAGES_SCHEMA,
    ENRICHED_MESSAGES_SCHEMA,
    MEDIA_FILES_SCHEMA,
    schema_problems,
)
from tests.conftest import examples

NOON = datetime(2025, 1, 13, 12, tzinfo=UTC)


def message(message_id, text, chat_id="family"):
    row = dict.fromkeys(ANONYMIZED_MESSAGES_SCHEMA.names)
    row |= {"chat_id": chat_id, "message_id": message_id, "timestamp": NOON, "author": "ab12cd34", "kind": "text"}
    return row | {"message": text, "edited": False, "deleted": False, "export_id": "e"}


def medium(media_id, message_id, path="media/x.jpg", chat_id="family"):
    row = dict.fromkeys(MEDIA_FILES_SCHEMA.names)
    row |= {"media_id": media_id, "message_id": message_id, "chat_id": chat_id, "site_relative_path": path}
    return row | {"media_type": "image", "description": f"about {media_id}", "pii_redacted": path is None}


def enriched(messages, media=()):
    memory = ibis.duckdb.connect()
    memory.raw_sql("SET GLOBAL TimeZone='UTC'")
    tables = {}
    for name, rows, schema in (
        ("anonymized_messages", messages, ANONYMIZED_MESSAGES_SCHEMA),
        ("media_files", media, MEDIA_FILES_SCHEMA),
    ):
        descriptions_by_message = pa.Table.from_pylist(list(rows), schema=schema.to_pyarrow())
        tables[name] = memory.create_table(name, descriptions_by_message, schema=schema)
    return enrich_conversations(**tables).order_by("chat_id", "message_id").to_pyarrow()


def links_in(text):
    row = enriched([message("1", text)]).to_pylist()[0]
    return list(zip(row["links"], row["link_descriptions"], strict=True))


def test_the_expression_is_built_without_any_database():
    expression = enrich_conversations(
        anonymized_messages=ibis.table(ANONYMIZED_MESSAGES_SCHEMA, name="anonymized_messages"),
        media_files=ibis.table(MEDIA_FILES_SCHEMA, name="media_files"),
    )
    assert not schema_problems(expression.schema(), ENRICHED_MESSAGES_SCHEMA)


IDS = st.sampled_from("abc")


@settings(max_examples=examples(20))
@given(
    st.dictionaries(st.tuples(IDS, IDS), st.sampled_from(["", "hi", "https://a.org https://b.org", None])),
    st.lists(st.tuples(IDS, IDS, IDS, st.sampled_from([None, "media/x.jpg"]))),
)
def test_every_message_stays_once_as_it_was_whatever_media_there_are(texts, media):
    messages = [message(id_, text, chat) for (chat, id_), text in sorted(texts.items())]
    found = enriched(messages, [medium(media_id, id_, path, chat) for chat, id_, media_id, path in media])
    assert found.select(ANONYMIZED_MESSAGES_SCHEMA.names).to_pylist() == messages
    for row in found.to_pylist():
        own = [media_id for chat, id_, media_id, _ in media if (chat, id_) == (row["chat_id"], row["message_id"])]
        assert row["media_id"] == min(own, default=None)
        assert len(row["links"]) == len(row["link_descriptions"])


def test_a_message_has_the_path_and_the_description_of_the_medium_it_shows():
    row = enriched([message("1", "")], [medium("b", "1"), medium("a", "1", path=None)]).to_pylist()[0]
    assert (row["media_id"], row["site_relative_path"], row["media_description"]) == ("a", None, "about a")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("no link, mailto:x and javascript:alert(1)", []),
        ("see https://www.Example.com/2025/best-roof-tiles.html?x=1.", [("example.com: best roof tiles")]),
        ("(https://en.wikipedia.org/wiki/Foo_(bar)), ok", ["en.wikipedia.org"]),
        ("two: http://b.org/, https://a.org:8080/x", ["b.org", "a.org"]),
        ("https://x.com/a1b2c3-9f8e7d and https://x.com/fotos-da-praia/", ["x.com", "x.com: fotos da praia"]),
        ("https://user:secret@x.com/ana%40x.com-a-b", ["x.com"]),
        ("https://x.com/[person:ab12cd34]/photos then https://y.org", ["y.org"]),
        ("“https://x.com”… <https://y.org>\u2069", ["x.com", "y.org"]),
    ],
)
def test_links_are_described_by_what_they_say_themselves(text, links):
    assert [description for _, description in links_in(text)] == links


@pytest.mark.parametrize(
    "address",
    [
        "https://maps.google.com/?q=-22.97,-43.18",
        "https://www.google.com.br/maps/place/x/@-22.97,-43.18,17z",
        "https://maps.app.goo.gl/AbCdEf",
        "HTTPS://Maps.Apple.com/?ll=1,2",
        "https://foursquare.com/v/4b0588",
        "https://x.org/?to=geo:-22.97,-43.18",
    ],
)
def test_an_address_that_says_where_somebody_is_is_no_link(address):
    assert [description for _, description in links_in(f"{address} and https://x.org/maps")] == ["x.org"]


def test_a_shared_location_has_no_links():
    place = message("1", "place: https://x.org/here") | {"kind": "location"}
    nothing = message("2", "https://x.org/here") | {"kind": None}
    found = enriched([place, nothing]).to_pylist()
    assert [(row["links"], row["link_descriptions"]) for row in found] == [
        ([], []),
        (["https://x.org/here"], ["x.org"]),
    ]


def test_links_come_in_order_as_written_without_the_punctuation_around_them():
    text = "(http://b.org/c_(d)), *https://A.org/x?y=1&z=2* http://b.org/c_(d)!"
    assert [link for link, _ in links_in(text)] == [
        "http://b.org/c_(d)",
        "https://A.org/x?y=1&z=2",
        "http://b.org/c_(d)",
    ]
