"""What all tests share: hypothesis finds the same examples each time."""

import ibis
import pytest
from hypothesis import HealthCheck, settings

from egregora.core.seal import sealed
from egregora.privacy.gate import RosterGate
from egregora.privacy.roster import Roster

settings.register_profile(
    "same each time", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same each time")


def gate_for(*names):
    """The gate of a chat in which people of these names write; `name_key` must leave them as they are."""
    return RosterGate(Roster({name: f"{number:08x}" for number, name in enumerate(names)}, frozenset()))


class OpenGate:
    """A gate that stops nothing, for tests of what stands behind one."""

    def clear(self, texts, *, where):  # noqa: ARG002
        return [sealed(text) for text in texts]

    def let_out(self, files):
        pass

    def sparing(self, words, asked=()):  # noqa: ARG002
        return self


@pytest.fixture
def memory():
    """An Ibis backend over a database of the test's own, in memory."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET GLOBAL TimeZone='UTC'")
    return backend
