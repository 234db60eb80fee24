"""Digests and what changed."""

from hypothesis import given
from hypothesis import strategies as st

from egregora.core.fingerprint import TableHash, changes, digest

PARTS = st.lists(st.text())
FINGERPRINTS = st.dictionaries(st.sampled_from(["code", "schema", "input a", "setting b"]), st.sampled_from("xyz"))


@given(PARTS, PARTS)
def test_different_parts_never_hash_alike(a, b):
    assert (digest(*a) == digest(*b)) == (a == b)


def test_digests_stay_what_they_are():
    assert digest() == "99aa06d3014798d86001c324468d497f"
    assert digest("ab", "c") == "490a258e5bcabd9490fdeed9aa16ca24"


@given(FINGERPRINTS, FINGERPRINTS)
def test_changes_name_exactly_the_parts_that_differ(old, new):
    named = set(changes(old, new))
    assert named == {name for name in {*old, *new} if old.get(name) != new.get(name)}


def test_what_was_never_made_says_so():
    assert changes(None, {"code": "x"}) == ("never made",)


HASHES = st.builds(TableHash, st.integers(0), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.just("abcd"))


@given(HASHES, HASHES, HASHES)
def test_table_hashes_add_up_in_any_order_and_are_written_exactly(a, b, c):
    assert a.plus(b).plus(c) == c.plus(a.plus(b))
    assert TableHash.parse(str(a)) == a
