from collections import Counter
from datetime import date

import pytest

from egregora.ingestion.headers import decide_order, learn_shape, read_date, read_time


def order_of(*dates, american=False, not_after=None, named=frozenset()):
    return decide_order(Counter(dates), american=american, not_after=not_after, named=lambda: named)


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (("01/02/25", "13/02/25"), "dmy"),
        (("01/02/25", "02/13/25"), "mdy"),
        (("2025/02/01",), "ymd"),
        (("01.02.25", "02.02.25", "03.02.25"), "dmy"),  # three days in a row, or three months
        (("02/01/25", "02/02/25", "02/03/25"), "mdy"),
        (("11/01/25", "12/01/25", "01/02/25"), "dmy"),  # otherwise back in time
        (("03/06/18",), "dmy"),  # by convention
    ],
)
def test_the_order_of_a_date_comes_from_the_whole_file(dates, order):
    assert order_of(*dates) == order


def test_a_single_wrong_date_among_many_does_not_turn_the_order():
    heads = Counter({"12/25/24": 1, "13/01/25": 30, "14/01/25": 30})
    assert decide_order(heads, american=False, not_after=None, named=frozenset) == "dmy"


def test_the_day_of_the_export_and_names_of_attachments_decide_what_dates_leave_open():
    assert order_of("02/03/25", not_after=date(2025, 2, 5)) == "mdy"
    assert order_of("02/03/25", named=frozenset({date(2025, 2, 3)})) == "mdy"
    assert order_of("02/03/25", named=frozenset({date(2025, 3, 2)})) == "dmy"
    assert order_of("02/03/25", american=True) == "mdy"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:30", 1800),
        ("12:08 AM", 480),
        ("12:08 p.\u00a0m.", 43680),
        ("1:55:07\u202fPM", 50107),
        ("13:30 PM", 48600),
        ("下午3:21", 55260),
        ("klo 21.25.15", 77115),
        ("\u0669:\u0660\u0665", 32700),
        ("25:00", None),
        ("10:75", None),
    ],
)
def test_times(text, seconds):
    assert read_time(text) == seconds


def test_a_day_that_no_calendar_has_is_none():
    assert read_date("31/02/24", "dmy") is None
    assert read_date("29.02.24", "dmy") == date(2024, 2, 29)


def test_the_shape_is_that_of_most_lines_and_web_copies_are_none():
    lines = ["[10:42, 05/03/2021] Zoe: copied"] * 5 + ["5.3.21, 10:42 - Zoe: hi"] * 2
    shape = learn_shape("\n".join(lines))
    assert shape is not None
    assert (shape.platform, shape.closing) == ("android", " - ")
    assert learn_shape("2021-03-05 no chat\n10:42 neither") is None
