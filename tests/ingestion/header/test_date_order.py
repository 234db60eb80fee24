from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.header.calendars import ERAS
from egregora.ingestion.header.date_order import interpret_dates

EPOCH = date(1970, 1, 1)
PERSIAN, ARABIC = "\u06f0", "\u0660"  # the digit zero of each
BE, AP, AH, REIWA, HEISEI, MINGUO = (ERAS.index(name) for name in ("BE", "AP", "AH", "Reiwa", "Heisei", "Minguo"))


def dating(*keys, american=False, not_after=None, attachment_days=frozenset(), given_order=None, zero="0"):
    counts = Counter((*key, -1)[:4] for key in keys)
    return interpret_dates(
        counts,
        american=american,
        not_after=not_after,
        attachment_days=lambda: attachment_days,
        given_order=given_order,
        zero=zero,
    )


def days_of(found):
    return [EPOCH + timedelta(days=day) for day in found.days.values()]


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (((1, 2, 25), (13, 2, 25)), "dmy"),
        (((1, 2, 25), (2, 13, 25)), "mdy"),
        (((2025, 2, 1), (2025, 2, 3)), "ymd"),
        (((6, 2018, 13),), "myd"),
        (((1, 2, 25), (2, 2, 25), (3, 2, 25)), "dmy"),  # three days in a row, or three months
        (((2, 1, 25), (2, 2, 25), (2, 3, 25)), "mdy"),
        (((11, 1, 25), (12, 1, 25), (1, 2, 25)), "dmy"),  # otherwise back in time
        (((24, 3, 15), (24, 3, 17), (24, 4, 20)), "ymd"),  # otherwise a day in each of three years
        (((9, -8, 19), (11, -8, 19)), "dmy"),
        (((-8, 9, 2019), (-8, 11, 2019)), "mdy"),
    ],
)
def test_the_order_of_dates_comes_from_the_whole_file(keys, order):
    found = dating(*keys)
    assert (found.order, found.certain) == (order, True)
    assert found.reason


def test_with_nothing_to_go_by_the_day_is_first_and_that_is_not_sure():
    found = dating((3, 6, 18))
    assert (found.order, found.certain) == ("dmy", False)
    assert "convention" in found.reason
    assert dating((3, 6, 18), american=True).order == "mdy"
    assert dating((2018, 6, 3)).order == "ymd"


def test_a_day_like_5_5_is_sure_in_every_order():
    assert dating((5, 5, 2025)).certain


def test_a_few_forged_headers_do_not_turn_the_order():
    counts = {(12, 25, 24, -1): 3, (1, 2, 25, -1): 900, (2, 2, 25, -1): 900, (3, 2, 25, -1): 900}
    found = interpret_dates(counts, american=False, not_after=None, attachment_days=frozenset)
    assert found.order == "dmy"
    assert (12, 25, 24, -1) not in found.days


def test_one_impossible_day_decides_when_nothing_else_does():
    counts = {(13, 4, 2025, -1): 1, (4, 4, 2025, -1): 900}
    assert interpret_dates(counts, american=True, not_after=None, attachment_days=frozenset).order == "dmy"


def test_the_day_of_the_export_and_names_of_attachments_decide_what_dates_leave_open():
    late = dating((2, 3, 25), not_after=date(2025, 2, 5))
    assert (late.order, late.reason) == ("mdy", "another reading would put 1 message after the export")
    attachment_days = dating((2, 3, 25), attachment_days=frozenset({date(2025, 2, 3)}))
    assert (attachment_days.order, attachment_days.reason) == ("mdy", "names of attachments say so on 1 day")
    assert dating((2, 3, 25), attachment_days=frozenset({date(2025, 3, 2)})).order == "dmy"


def test_names_of_attachments_are_not_asked_for_when_the_dates_decide():
    def never():
        raise AssertionError

    assert interpret_dates({(13, 2, 2025, -1): 1}, american=False, not_after=None, attachment_days=never).order == "dmy"


def test_an_order_that_was_given_is_obeyed():
    found = dating((1, 2, 25), (13, 2, 25), given_order="mdy")
    assert (found.order, found.reason, len(found.days)) == ("mdy", "the order was given", 1)


@pytest.mark.parametrize(
    ("key", "zero", "calendar", "day"),
    [
        ((15, 3, 2567), "0", "buddhist", date(2024, 3, 15)),
        ((15, 3, 67), "0", "buddhist", date(2024, 3, 15)),
        ((15, 3, 67, BE), "0", "buddhist", date(2024, 3, 15)),
        ((1403, 1, 1), PERSIAN, "persian", date(2024, 3, 20)),
        ((3, 12, 30), PERSIAN, "persian", date(2025, 3, 20)),
        ((98, 1, 1), PERSIAN, "persian", date(2019, 3, 21)),
        ((12, 29, 1402, AP), "0", "persian", date(2024, 3, 19)),
        ((29, 9, 1446), ARABIC, "hijri", date(2025, 3, 29)),
        ((30, 8, 1445, AH), "0", "hijri", None),  # that month had 29 days
        ((6, 5, 3, REIWA), "0", "japanese", date(2024, 5, 3)),
        ((30, 12, 25, HEISEI), "0", "japanese", date(2018, 12, 25)),
        ((113, 3, 5, MINGUO), "0", "minguo", date(2024, 3, 5)),
        ((15, 3, 2024), PERSIAN, "gregorian", date(2024, 3, 15)),
    ],
)
def test_calendars_are_known_by_era_year_and_digits(key, zero, calendar, day):
    found = dating(key, zero=zero)
    assert (found.calendar, days_of(found)) == (calendar, [day] if day else [])


@pytest.mark.parametrize(
    ("year", "new_year"),
    [
        (1391, date(2012, 3, 20)), (1395, date(2016, 3, 20)), (1396, date(2017, 3, 21)), (1399, date(2020, 3, 20)),
        (1400, date(2021, 3, 21)), (1403, date(2024, 3, 20)), (1404, date(2025, 3, 21)), (1408, date(2029, 3, 20)),
    ],
)  # fmt: skip
def test_persian_new_years(year, new_year):
    assert days_of(dating((year, 1, 1))) == [new_year]


def test_every_day_of_the_persian_years_follows_the_day_before():
    keys = [(y, m, d) for y in range(1380, 1421) for m in range(1, 13) for d in range(1, 32)]
    days = sorted(dating(*keys).days.values())
    assert days == list(range(days[0], days[-1] + 1))


@given(st.lists(st.dates(date(2010, 1, 1), date(2031, 12, 31)), min_size=1), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_what_was_written_in_an_order_is_read_back_when_the_order_is_given(days, order):
    parts = [{"d": day.day, "m": day.month, "y": day.year} for day in days]
    found = dating(*(tuple(part[letter] for letter in order) for part in parts), given_order=order)
    assert days_of(found) == list(dict.fromkeys(days))


@given(st.dictionaries(st.tuples(*[st.integers(-12, 3000)] * 3, st.integers(-1, len(ERAS) - 1)), st.integers(1, 99)))
def test_any_numbers_get_some_answer(counts):
    found = interpret_dates(counts, american=False, not_after=date(2025, 1, 1), attachment_days=frozenset)
    assert found.days.keys() <= counts.keys()
