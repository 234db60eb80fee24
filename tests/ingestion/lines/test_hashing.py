import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.lines.hashing import combine_hashes, hash_spans, hash_texts, span_signatures

TEXTS = st.lists(st.binary(max_size=300) | st.sampled_from([b"", b"a", b"a\0", b"a" * 256, b"a" * 257]), max_size=20)


@given(TEXTS, st.binary(max_size=9))
def test_a_text_has_its_number_wherever_it_lies(texts, before):
    data = np.frombuffer(before + b"".join(texts) + bytes(8), dtype=np.uint8)
    ends = np.cumsum([len(before), *map(len, texts)])
    found = hash_spans(data, ends[:-1], ends[1:]).tolist()
    assert found == hash_texts(texts).tolist() == [int(hash_texts([text])[0]) for text in texts]
    assert len(set(found)) == len(set(texts))


@given(st.binary(min_size=1, max_size=300), st.integers(0, 2**12 - 1))
def test_each_bit_of_a_text_changes_about_half_of_its_number(text, bit):
    changed = bytearray(text)
    changed[bit // 8 % len(text)] ^= 1 << bit % 8
    one, other = hash_texts([text, bytes(changed)]).tolist()
    assert 10 < (one ^ other).bit_count() < 54


@given(st.lists(st.binary(max_size=24), min_size=2, max_size=2))
def test_short_parts_are_told_by_their_words(parts):
    data = np.frombuffer(b"".join(parts) + bytes(8), dtype=np.uint8)
    ends = np.cumsum([len(part) for part in parts])
    starts = ends - [len(part) for part in parts]
    words = span_signatures(data, starts, ends)
    assert all(word[0] == word[1] for word in words) == (parts[0] == parts[1])
    assert (combine_hashes(*words)[0] == combine_hashes(*words)[1]) == (parts[0] == parts[1])
