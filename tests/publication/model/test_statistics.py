from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.database_schema import WINDOWED_MESSAGES_SCHEMA
from egregora.publication.model.statistics import PEOPLE, count_activity, months_between
from tests.conftest import examples

EMPTY = dict.fromkeys(WINDOWED_MESSAGES_SCHEMA.names)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — bounds
AUTHORS = st.one_of(st.none(), st.sampled_from([f"author{number}" for number in range(12)]))
ZONES = st.sampled_from(["UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe"])


@pytest.fixture(scope="module")
def connection():
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone='Asia/Tokyo'")  # the machine's own zone decides nothing
    return connection


@pytest.fixture
def counted(connection):
    return lambda rows, zone="UTC": _count(connection, rows, zone)


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(MOMENTS, AUTHORS), max_size=40), ZONES)
def test_every_message_of_a_person_is_counted_once_at_its_wall_time(connection, moments, zone):
    rows = [(at, author, "hello") for at, author in moments]
    found = _count(connection, rows, zone)
    walls = [(at.astimezone(ZoneInfo(zone)), author) for at, author in moments if author]
    assert found.days == Counter(wall.date() for wall, _ in walls)
    assert list(found.days) == sorted(found.days)
    cells = Counter((wall.weekday(), wall.hour) for wall, _ in walls)
    assert {(day, hour): n for day, row in enumerate(found.hours) for hour, n in enumerate(row) if n} == cells
    assert found.people.total == found.total == len(walls)
    by_month = Counter(wall.date().replace(day=1) for wall, _ in walls)
    for at, month in enumerate(found.people.months):
        assert sum(line.counts[at] for line in found.people.series) == by_month[month]


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(MOMENTS, AUTHORS), max_size=40))
def test_the_most_active_stand_alone_and_first(connection, moments):
    people = _count(connection, [(at, author, "") for at, author in moments], "UTC").people
    counts = Counter(author for _, author in moments if author)
    ranked = sorted(counts, key=lambda author: (-counts[author], author))
    assert [(line.name, line.total) for line in people.series if line.name] == [(a, counts[a]) for a in ranked[:PEOPLE]]
    assert people.others == len(ranked[PEOPLE:])
    assert [line.total for line in people.series if not line.name] == (
        [sum(counts[author] for author in ranked[PEOPLE:])] if ranked[PEOPLE:] else []
    )


def test_a_chat_without_people_has_no_days(counted):
    found = counted([(datetime(2025, 1, 1, tzinfo=UTC), None, "Messages are encrypted")])
    assert (found.days, found.people.series, found.languages.series, found.total) == ({}, (), (), 0)


def test_months_without_messages_are_counted_as_none():
    days = [date(2024, 11, 30), date(2025, 2, 1)]
    assert months_between(days) == tuple(date(*month, 1) for month in [(2024, 11), (2024, 12), (2025, 1), (2025, 2)])
    assert months_between([]) == ()


ENGLISH = "I think they should have told her about that, which would have been better"
PORTUGUESE = "eu acho que você não deveria ter feito isso quando ela ainda estava aqui"


def test_languages_are_told_by_the_words_of_a_person_and_day(counted):
    start = datetime(2025, 1, 6, 12, tzinfo=UTC)
    rows = [(start + timedelta(days=n), "ana", PORTUGUESE) for n in range(40)]
    rows += [(start + timedelta(days=n), "bob", text) for n in range(20) for text in (ENGLISH, "ok")]
    languages = counted(rows).languages
    assert [(line.name, line.total) for line in languages.series] == [("en", 40), ("pt", 40)]
    assert languages.months == (date(2025, 1, 1), date(2025, 2, 1))


@pytest.mark.parametrize("text", [ENGLISH, "😀", "नमस्ते दुनिया", ""])
def test_one_language_or_none_that_we_know_is_no_picture(counted, text):
    start = datetime(2025, 1, 6, 12, tzinfo=UTC)
    assert counted([(start + timedelta(days=n), "ana", text) for n in range(9)]).languages.series == ()


def _count(connection, rows, zone):
    said = [
        EMPTY | {"message_id": f"id{number}", "timestamp": at, "author": author, "message": text}
        for number, (at, author, text) in enumerate(rows)
    ]
    table = pa.Table.from_pylist(said, schema=WINDOWED_MESSAGES_SCHEMA.to_pyarrow())
    return count_activity(connection.create_table("messages", table, overwrite=True), zone)
