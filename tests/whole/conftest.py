"""Built projects that several stories begin with, each built once for all workers of a run."""

import shutil

import pytest

from tests.whole import test_stories, test_wishes
from tests.whole.house import House, toy_house


@pytest.fixture(scope="session")
def built_toy(once):
    """The project of `toy_house` with every stage made."""
    return House(once("toy", lambda folder: toy_house(folder).doit("c", "last")))


@pytest.fixture(scope="session")
def five_weeks(once):
    """A folder with a copy of the package, "code", and with a project of five weeks that it built, "house"."""
    return once("stories", test_stories.build)


@pytest.fixture
def own_weeks(five_weeks, tmp_path):
    """That project, in a folder of the test's own, and run by a copy of the package of its own."""
    shutil.copytree(five_weeks, tmp_path / "copy", copy_function=shutil.copy2)
    return House(tmp_path / "copy" / "house", tmp_path / "copy" / "code")


def _after_weeks(once, number):
    """The chat of the wishes; what the run said lies beside the project."""

    def build(folder):
        house = test_wishes.begun(folder / "house")
        test_wishes.put(house, number)
        (folder / "said").write_text(house.egregora("process", "--output", "."), "utf-8")

    return House(once(f"week{number}", build) / "house")


@pytest.fixture(scope="session")
def after_one_week(once):
    """The chat of the wishes, built after its first week."""
    return _after_weeks(once, 1)


@pytest.fixture(scope="session")
def after_three_weeks(once):
    """The chat of the wishes, built after its third week."""
    return _after_weeks(once, 3)
