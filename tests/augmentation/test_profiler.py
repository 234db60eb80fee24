from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.augmentation import profiler
from egregora.augmentation.profiler import profile_authors
from egregora.core.database_schema import AUTHOR_WISHES_SCHEMA, WINDOWED_MESSAGES_SCHEMA
from tests.conftest import examples


def message(author, moment, text="hello there", kind="text", **others):
    row = dict.fromkeys(WINDOWED_MESSAGES_SCHEMA.names)
    row |= {"chat_id": "family", "author": author, "kind": kind, "message": text}
    return row | {"timestamp": datetime.fromisoformat(moment).replace(tzinfo=UTC)} | others


def profiles(rows, timezone="UTC", **others):
    memory = ibis.duckdb.connect()
    memory.raw_sql("SET GLOBAL TimeZone='UTC'")
    numbered = [row | {"message_id": str(number)} for number, row in enumerate(rows)]
    table = pa.Table.from_pylist(numbered, schema=WINDOWED_MESSAGES_SCHEMA.to_pyarrow())
    windowed = memory.create_table("windowed_messages", table, schema=WINDOWED_MESSAGES_SCHEMA)
    [(name, found)] = profile_authors(windowed_messages=windowed, timezone=timezone, **others)
    assert name == "author_profiles"
    return {row["author"]: row for row in found.to_pylist()}


def test_counts_are_of_people_and_days_are_local():
    rows = [
        message("0a0b0c0d", "2025-01-01 01:00", "one two"),
        message("0a0b0c0d", "2025-01-01 12:00", "see https://example.com/a-b [phone]"),
        message("0a0b0c0d", "2025-01-02 12:00", "", kind="media_omitted"),
        message(None, "2025-01-02 13:00", "somebody joined", kind="system"),
        message("ffffffff", "2025-01-03 12:00", "caption", kind="media", media_id="m"),
    ]
    found = profiles(rows, "America/Sao_Paulo")
    assert list(found) == ["0a0b0c0d", "ffffffff"]
    numbers = {
        author: [row[name] for name in ("messages", "words", "media", "active_days")] for author, row in found.items()
    }
    assert numbers == {"0a0b0c0d": [3, 3, 1, 3], "ffffffff": [1, 1, 1, 1]}
    assert found["0a0b0c0d"]["first_seen"] == datetime(2025, 1, 1, 1, tzinfo=UTC)
    assert found["0a0b0c0d"]["last_seen"] == datetime(2025, 1, 2, 12, tzinfo=UTC)


def test_topics_are_words_that_are_more_theirs_than_the_groups():
    rows = [
        message("0a0b0c0d", f"2025-01-01 0{hour}:00", "the roof and our garden [person:ffffffff]") for hour in range(3)
    ]
    rows += [message("ffffffff", f"2025-01-01 0{hour}:00", "a feijoada e a horta garden kkkk") for hour in range(3)]
    found = profiles(rows)
    assert found["0a0b0c0d"]["topics"][0] == "roof"
    assert found["ffffffff"]["topics"][:2] == ["feijoada", "horta"]


CODES = st.lists(st.sampled_from(["0000aaaa", "0000aabb", "8000aabb", "8080aabb", "00000000", "12345678"]), unique=True)


@settings(max_examples=examples(20))
@given(CODES)
def test_a_handle_stays_whoever_joins_later_and_is_nobody_elses(codes):
    rows = [message(code, f"2025-01-01 00:0{number}") for number, code in enumerate(codes)]
    handles, before = ({author: row["handle"] for author, row in profiles(some).items()} for some in (rows, rows[:-1]))
    assert before.items() <= handles.items()
    assert len(set(handles.values())) == len(codes)


def test_handles_are_pinned():
    assert profiles([message("00000000", "2025-01-01")])["00000000"]["handle"] == "Agile Albatross"
    assert profiles([message("7f7f0000", "2025-01-01")])["7f7f0000"]["handle"] == "Teal Quokka"


def test_a_handle_may_be_the_pseudonym_itself():
    rows = [message("00000000", "2025-01-01"), message("7f7f0000", "2025-01-01")]
    assert {author: row["handle"] for author, row in profiles(rows, handles="code").items()} == {
        "00000000": "00000000",
        "7f7f0000": "7f7f0000",
    }


def test_what_somebody_wants_shown_is_in_the_profile_but_for_another_ones_handle():
    rows = [message("00000000", "2025-01-01"), message("7f7f0000", "2025-01-01")]
    wishes = [
        {"author": "00000000", "alias": "Captain", "bio": None, "twitter": None, "website": "https://example.org"},
        {"author": "7f7f0000", "alias": "agile albatross", "bio": "mine", "twitter": None, "website": None},
    ]
    found = profiles(rows, author_wishes=ibis.memtable(pa.Table.from_pylist(wishes, AUTHOR_WISHES_SCHEMA.to_pyarrow())))
    assert [found["00000000"][name] for name in ("alias", "website")] == ["Captain", "https://example.org"]
    assert [found["7f7f0000"][name] for name in ("alias", "bio")] == [None, "mine"]
    assert profiles(rows)["00000000"]["alias"] is None


def test_there_are_enough_different_names():
    text = Path(profiler.__file__).with_name("handles.txt").read_text(encoding="utf-8")
    _, adjectives, animals = (part.split() for part in text.split("["))
    assert len({*adjectives[1:]}) == len(adjectives[1:]) == 128
    assert len({*animals[1:]}) == len(animals[1:]) == 128
