from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.header.day_periods import AM, PM, TimedWord, learn_day_periods


def said(*heads):
    """Headers as ("zuk", day, hour), the hour as a clock of twelve hours shows it; "" for one that is known."""
    return [TimedWord((day, 3, 24, -1), hour * 3600, word) for word, day, hour in heads]


def found(*heads, some_known=False):
    return learn_day_periods(said(*heads), some_known=some_known)


def test_time_goes_back_as_rarely_as_can_be():
    assert found(("zuk", 1, 11), ("vel", 1, 3), ("zuk", 2, 8), ("vel", 2, 1)) == {"zuk": AM, "vel": PM}


def test_a_chat_that_begins_in_the_afternoon_is_told_by_its_later_days():
    assert found(("vel", 1, 3), ("zuk", 2, 8), ("vel", 2, 1)) == {"vel": PM, "zuk": AM}


def test_more_days_begin_with_am():
    assert found(("vel", 1, 3), ("zuk", 2, 8), ("zuk", 3, 8)) == {"vel": PM, "zuk": AM}


def test_where_nothing_tells_the_first_word_is_am():
    assert found(("zuk", 1, 9), ("vel", 2, 9)) == {"zuk": AM, "vel": PM}


def test_four_words_are_told_apart():
    heads = [("dawn", 1, 5), ("morn", 1, 9), ("after", 1, 1), ("eve", 1, 7), ("dawn", 2, 4), ("eve", 2, 8)]
    assert found(*heads) == {"dawn": AM, "morn": AM, "after": PM, "eve": PM}


def test_a_single_word_needs_a_known_one_beside_it():
    heads = [("", 1, 9), ("", 1, 11), ("vel", 1, 1)]
    assert found(*heads) == {}
    assert found(*heads, some_known=True) == {"vel": PM}
    assert found(("vel", 1, 8), ("", 1, 14), some_known=True) == {"vel": AM}


@pytest.mark.parametrize("words", ["a", "a b c d e f g", ""])
def test_one_word_or_seven_are_no_periods(words):
    assert found(*((word, 1, 9) for word in words.split())) == {}


def test_hours_above_twelve_have_no_periods_but_one_of_many_may_be_forged():
    heads = [("zuk", 1, 9), ("vel", 1, 1)] * 30
    assert found(("zuk", 1, 15), *heads[:10]) == {}
    assert found(("zuk", 1, 15), *heads) == {"zuk": AM, "vel": PM}
    assert found(("zuk", 1, 12), ("vel", 1, 12)) != {}


@given(st.lists(st.times()))
def test_days_written_in_order_are_read_back(times):
    times = sorted([*times, time(9), time(21)])
    heads = []
    for moment in (datetime.combine(date(2024, 3, 1), one) + timedelta(days=day) for day in (0, 1) for one in times):
        seconds = (moment.hour % 12 or 12) * 3600 + moment.minute * 60 + moment.second
        heads.append(TimedWord((moment.day, 3, 24, -1), seconds, "vel" if moment.hour >= 12 else "zuk"))
    assert learn_day_periods(heads, some_known=False) == {"zuk": AM, "vel": PM}
