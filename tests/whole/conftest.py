"""Built projects that several stories begin with, each built once for all workers of a run."""

import pytest

from tests.whole import test_wishes
from tests.whole.house import House, toy_house


@pytest.fixture(scope="session")
def built_toy(once):
    """The project of `toy_house` with every stage made."""
    return House(once("toy", lambda folder: toy_house(folder).doit("c", "last")))


def _after_weeks(once, number):
    def build(folder):
        house = test_wishes.begun(folder)
        test_wishes.put(house, number)
        house.doit()

    return House(once(f"week{number}", build))


@pytest.fixture(scope="session")
def after_one_week(once):
    """The chat of the wishes, built after its first week."""
    return _after_weeks(once, 1)


@pytest.fixture(scope="session")
def after_three_weeks(once):
    """The chat of the wishes, built after its third week."""
    return _after_weeks(once, 3)
