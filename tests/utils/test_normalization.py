"""Times come out in UTC, and stay as they are when they were."""
# ruff: noqa: DTZ001 - wall times have no zone

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.utils.normalization import local_time, normalize_timestamps

TIMES = st.lists(st.one_of(st.none(), st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1))), max_size=20)
ZONES = st.sampled_from(["UTC", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"])


def normalized(times, zone):
    table = ibis.memtable(pa.table({"at": pa.array(times, pa.timestamp("us")), "n": range(len(times))}))
    return normalize_timestamps(table, timezone=zone)


def values(table):
    return [time and time.astimezone(UTC) for time in table.order_by("n").to_pyarrow()["at"].to_pylist()]


@given(TIMES, ZONES, ZONES)
def test_doing_it_twice_changes_nothing(times, zone, other):
    once = normalized(times, zone)
    assert values(normalize_timestamps(once, timezone=other)) == values(once)
    assert once.schema()["at"].timezone == "UTC"


@given(TIMES, ZONES)
def test_a_wall_time_is_the_moment_at_which_clocks_showed_it(times, zone):
    for time, moment in zip(times, values(normalized(times, zone)), strict=True):
        if time is None:
            assert moment is None
        elif _exists_once(time, zone):
            assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == time


def test_known_moments():
    times = [datetime(2024, 1, 1, 12), datetime(2024, 7, 1, 12)]
    assert values(normalized(times, "Europe/Berlin")) == [
        datetime(2024, 1, 1, 11, tzinfo=UTC),
        datetime(2024, 7, 1, 10, tzinfo=UTC),
    ]


@given(st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), ZONES)
def test_clocks_show_the_time_of_their_zone(moment, zone):
    shown = local_time(zone, ibis.literal(moment, type="timestamp('UTC', 6)"))
    assert ibis.duckdb.connect().to_pyarrow(shown).as_py() == moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_a_table_without_times_is_as_it_was():
    assert normalize_timestamps(ibis.memtable({"n": [1]})).to_pyarrow().to_pylist() == [{"n": 1}]


def test_a_zone_that_does_not_exist_fails():
    with pytest.raises(Exception, match="Mars"):
        normalized([datetime(2024, 1, 1)], "Mars/Olympus").to_pyarrow()


def _exists_once(time, zone):
    first, second = (time.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    return first.utcoffset() == second.utcoffset()
