"""Built projects that several stories begin with, each built once for all workers of a run."""

import fcntl
import shutil

import pytest

from tests.whole import test_wishes
from tests.whole.house import House, toy_house


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """`once(name, build)`: the folder that `build` filled; of several workers one builds, and the others wait."""
    root = tmp_path_factory.getbasetemp()
    # xdist gives each of its workers a folder in the folder of the whole run.
    root = root.parent if root.name.startswith("popen-") else root

    def shared(name, build):
        folder, done = root / f"shared-{name}", root / f"shared-{name}.done"
        with (root / f"shared-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a build that failed
                build(folder)
                done.touch()
        return folder

    return shared


@pytest.fixture(scope="session")
def built_toy(once):
    """The project of `toy_house` with every stage made."""
    return House(once("toy", lambda folder: toy_house(folder).doit("c", "last")))


@pytest.fixture(scope="session")
def demo(once):
    """The sample that comes with the program, built."""
    return House(once("demo", lambda folder: House(folder).egregora("demo", "--output", ".")))


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
