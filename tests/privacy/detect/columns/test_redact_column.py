from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from egregora.privacy.detect.columns.prefilter import Candidates
from egregora.privacy.detect.columns.redact_column import redacted
from egregora.privacy.roster import Roster

ROSTER = Roster({"ana souza": "aaaaaaaa", "5511987654321": "eeeeeeee"}, hidden=frozenset())
REDACTOR, CANDIDATES = ROSTER.redactor(), Candidates(ROSTER.names())
PIECES = [
    "Ana",
    "oi",
    "\n",
    "@\u2068Ana Souza\u2069",
    "ana@example.org",
    "+55 11 98765-4321",
    "Kyle",
    "анна",
    "[phone]",
]
TEXTS = st.lists(st.none() | st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join), max_size=12)


def _all_redacted(texts: list[str | None]) -> tuple[list[str | None], dict[int, Counter[str]]]:
    column, counts = redacted(pa.array(texts, pa.string()), REDACTOR, CANDIDATES)
    return column.to_pylist(), counts


@given(TEXTS)
def test_a_column_is_redacted_as_its_texts_are_one_by_one(texts):
    alone = [(None, Counter()) if text is None else REDACTOR.redact(text) for text in texts]
    written, counts = _all_redacted(texts)
    assert written == [text for text, _ in alone]
    assert counts == {place: kinds for place, (_, kinds) in enumerate(alone) if kinds}


@given(TEXTS)
def test_a_column_that_was_redacted_holds_nothing_more(texts):
    once, _ = _all_redacted(texts)
    assert _all_redacted(once) == (once, {})


def test_each_of_equal_texts_counts():
    written, counts = _all_redacted(["oi Ana", None, "oi", "oi Ana"])
    assert written == ["oi [person:aaaaaaaa]", None, "oi", "oi [person:aaaaaaaa]"]
    assert counts == {0: Counter(person=1), 3: Counter(person=1)}
