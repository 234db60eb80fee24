from datetime import UTC, datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.database_schema import WINDOWED_MESSAGES_SCHEMA, schema_problems
from egregora.knowledge.windows import assign_windows, bounds
from tests.conftest import examples

ZONES = ("UTC", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "America/Havana")
MOMENTS = st.integers(1_230_000_000, 1_890_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def windows_of(table, period="week", timezone="UTC", from_date="", to_date=""):
    found = assign_windows(
        table.mutate(position=ibis.literal(0, "int64")),
        period=period,
        timezone=timezone,
        from_date=from_date,
        to_date=to_date,
    )
    return {row["message_id"]: row["window"] for row in found.to_pyarrow().to_pylist()}


@pytest.mark.parametrize(
    ("moment", "timezone", "labels"),
    [
        ("2024-12-30T12:00", "UTC", ["2024-12-30", "2025-W01", "2024-12"]),
        ("2021-01-03T12:00", "UTC", ["2021-01-03", "2020-W53", "2021-01"]),
        ("2025-01-31T02:59", "America/Sao_Paulo", ["2025-01-30", "2025-W05", "2025-01"]),
        ("2025-02-01T02:59", "America/Sao_Paulo", ["2025-01-31", "2025-W05", "2025-01"]),
        ("2025-02-01T03:00", "America/Sao_Paulo", ["2025-02-01", "2025-W05", "2025-02"]),
        ("2025-03-30T22:00", "Europe/Berlin", ["2025-03-31", "2025-W14", "2025-03"]),
        ("2025-10-26T22:59", "Europe/Berlin", ["2025-10-26", "2025-W43", "2025-10"]),
    ],
)
def test_a_label_is_that_of_the_local_time(message, enriched, moment, timezone, labels):
    table = enriched([message("m", moment, "hi")])
    assert [windows_of(table, period, timezone)["m"] for period in ("day", "week", "month")] == labels


@settings(max_examples=examples(20))
@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=20),
    period=st.sampled_from(["day", "week", "month"]),
    timezone=st.sampled_from(ZONES),
)
def test_each_message_is_in_exactly_the_window_whose_bounds_hold_it(message, enriched, moments, period, timezone):
    rows = {f"m{n}": moment for n, moment in enumerate(moments)}
    found = windows_of(enriched([message(name, moment, "hi") for name, moment in rows.items()]), period, timezone)
    assert found.keys() == rows.keys()
    for name, window in found.items():
        start, end = bounds(window, timezone)
        assert start <= rows[name] < end


@given(moment=MOMENTS, timezone=st.sampled_from(ZONES[:4]), length=st.sampled_from(["%Y-%m-%d", "%G-W%V", "%Y-%m"]))
def test_one_window_ends_where_the_next_begins(moment, timezone, length):
    _, end = bounds(moment.strftime(length), timezone)
    noon_after = (end + timedelta(hours=18)).strftime(length)
    assert bounds(noon_after, timezone)[0] == end


def test_a_day_on_which_clocks_change_is_shorter_or_longer():
    start, end = bounds("2025-03-30", "Europe/Berlin")
    assert end - start == timedelta(hours=23)
    assert bounds("2018-11-04", "America/Sao_Paulo")[0] == datetime(2018, 11, 4, 3, tzinfo=UTC)  # midnight was skipped


def test_both_dates_of_a_range_count_in_local_time(message, enriched):
    moments = {"a": "2025-01-02T02:59", "b": "2025-01-02T03:00", "c": "2025-01-04T02:59", "d": "2025-01-04T03:00"}
    table = enriched([message(name, moment, "hi") for name, moment in moments.items()])
    found = windows_of(table, "day", "America/Sao_Paulo", "2025-01-02", "2025-01-03")
    assert found == {"b": "2025-01-02", "c": "2025-01-03"}
    assert windows_of(table, "day", "America/Sao_Paulo", from_date="2025-01-03").keys() == {"c", "d"}
    assert windows_of(table, "day", "America/Sao_Paulo", to_date="2025-01-01").keys() == {"a"}


def test_windowed_messages_have_the_declared_columns(message, enriched):
    table = enriched([message("m", "2025-01-01T00:00", "hi"), message("s", "2025-01-01T00:00", "x", author=None)])
    found = assign_windows(
        table.mutate(position=ibis.literal(0, "int64")), period="day", timezone="UTC", from_date="", to_date=""
    )
    assert not schema_problems(found.select(*WINDOWED_MESSAGES_SCHEMA.names).schema(), WINDOWED_MESSAGES_SCHEMA)
    assert set(found.columns) == set(WINDOWED_MESSAGES_SCHEMA.names)
    assert found.count().to_pyarrow().as_py() == 2


def test_an_unknown_period_is_refused(message, enriched):
    with pytest.raises(ValueError, match="fortnight"):
        windows_of(enriched([message("m", "2025-01-01T00:00", "hi")]), "fortnight")
