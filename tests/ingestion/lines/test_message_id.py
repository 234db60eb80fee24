import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.lines.message_id import OccurrenceCounter, message_ids, to_hex

NUMBERS = st.integers(0, 2**64 - 1)


def test_ids_are_siphash_as_published():
    """The vectors for 8 and 16 bytes, from the paper's reference code."""
    key = bytes(range(16))
    first, second = (np.array([int.from_bytes(bytes(range(at, at + 8)), "little")], dtype=np.uint64) for at in (0, 8))
    assert int(message_ids(key, [first])[0]) == 0x93F5F5799A932462
    assert int(message_ids(key, [first, second])[0]) == 0x3F2ACC7F57C29BDB


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=50))
def test_an_id_is_of_its_row_alone(rows):
    columns = [np.array(column, dtype=np.uint64) for column in zip(*rows, strict=True)]
    together = message_ids(bytes(16), columns)
    alone = [message_ids(bytes(16), [column[at : at + 1] for column in columns])[0] for at in range(len(rows))]
    assert together.tolist() == alone
    assert to_hex(together).tobytes().decode() == "".join(f"{number:016x}" for number in alone)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=60), st.data())
def test_occurrences_in_pieces_are_those_of_the_whole(rows, data):
    """Rows are (time, number); a piece forgets what is earlier than everything after it."""
    seen, counted = {}, []
    for _, number in rows:
        counted.append(seen.get(number, 0))
        seen[number] = counted[-1] + 1
    occurrences, found = OccurrenceCounter(), []
    while len(found) < len(rows):
        size = data.draw(st.integers(1, 20))
        piece = rows[len(found) : len(found) + size]
        times, numbers = np.array([row[0] for row in piece]), np.array([row[1] for row in piece], dtype=np.uint64)
        found += occurrences.count(times, numbers).tolist()
        occurrences.forget(0)
    assert found == counted


def test_a_piece_that_is_forgotten_is_counted_anew():
    occurrences, one = OccurrenceCounter(), np.array([7], dtype=np.uint64)
    counts = [occurrences.count(np.array([time]), one).tolist() for time in (10, 20)]
    occurrences.forget(15)
    assert [*counts, occurrences.count(np.array([20]), one).tolist()] == [[0], [1], [1]]
