import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.utils.background import ahead


@given(st.lists(st.none() | st.integers(), max_size=20), st.integers(1, 3))
def test_the_items_are_the_same_in_the_same_order(items, waiting):
    assert list(ahead(iter(items), waiting)) == items


def test_an_error_is_raised_in_its_place():
    def items():
        yield 1
        yield 2
        raise KeyError("third")

    found = []
    with pytest.raises(KeyError, match="third"):
        found.extend(ahead(items()))
    assert found == [1, 2]


def test_who_stops_early_stops_the_thread():
    before = threading.active_count()
    made = []

    def items():
        for number in range(1000):
            made.append(number)
            yield number

    reading = ahead(items())
    assert next(reading) == 0
    reading.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert len(made) < 10
