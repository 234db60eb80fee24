"""What all tests share: hypothesis finds the same examples each time."""

import ibis
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "same each time", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same each time")


@pytest.fixture
def memory():
    """An Ibis backend over a database of the test's own, in memory."""
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET GLOBAL TimeZone='UTC'")
    return backend
