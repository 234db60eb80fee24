"""What all tests share: hypothesis finds the same examples each time; EGREGORA_EXAMPLES says how many."""

import fcntl
import os
import shutil

import ibis
import pytest
from hypothesis import HealthCheck, settings

from egregora.core.seal import mark_screened
from egregora.privacy.egress.gate import RosterGate
from egregora.privacy.roster import Roster
from tests.whole.house import House

for _name, _count in {"fast": 25, "default": 100, "full": 5_000}.items():
    settings.register_profile(
        _name, derandomize=True, deadline=None, max_examples=_count, suppress_health_check=[HealthCheck.too_slow]
    )
settings.load_profile(os.environ.get("EGREGORA_EXAMPLES", "default"))


def examples(usual):
    """How many examples a dear or a deep property gets, where others get what the profile says."""
    return -(-usual * settings.default.max_examples // 100)


def gate_for(*names):
    """The gate of a chat in which people of these names write; `person_key` must leave them as they are."""
    return RosterGate(Roster({name: f"{number:08x}" for number, name in enumerate(names)}, frozenset()))


class OpenGate:
    """A gate that stops nothing, for tests of what stands behind one."""

    def screen(self, texts, *, where, beside=()):  # noqa: ARG002
        return [mark_screened(text) for text in texts]

    withheld = ()

    def accepts(self, _setting, _value):
        return True

    def check_files(self, files):
        return dict(files)

    def with_allowlist(self, words=(), phrases=(), *, screened=None):  # noqa: ARG002
        return self


@pytest.fixture
def memory():
    """An Ibis backend over a database of the test's own, in memory."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET GLOBAL TimeZone='UTC'")
    return backend


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
def demo(once):
    """The sample that comes with the program, built."""
    return House(once("demo", lambda folder: House(folder).egregora("demo", "--output", ".")))
