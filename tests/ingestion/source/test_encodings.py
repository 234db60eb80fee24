# ruff: noqa: RUF001  # chats in many scripts

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.source.encodings import MIN_FIRST_PIECE, utf8_pieces

HEAD = "01/02/2025 10:00 - Ana: "
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
SIZES = st.integers(MIN_FIRST_PIECE, 200)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def pieces_of(data, size=1 << 20):
    return list(utf8_pieces(lambda: (data[at : at + size] for at in range(0, len(data), size))))


def text_of(data, size=1 << 20):
    return b"".join(pieces_of(data, size)).decode()


@given(TEXTS, st.sampled_from(ENCODINGS), SIZES)
def test_every_encoding_gives_the_text_in_pieces_that_are_whole(text, encoding, size):
    pieces = pieces_of((HEAD + text).encode(encoding), size)
    assert "".join(piece.decode() for piece in pieces) == HEAD + text
    assert all(pieces)


@given(TEXTS, SIZES)
def test_valid_pieces_are_handed_on_as_they_are_but_for_a_character_that_was_cut(text, size):
    data = (HEAD + text).encode()
    ends = list(accumulate(map(len, pieces_of(data, size))))
    assert ends[-1:] == [len(data)]
    assert all(end % size == 0 or (end // size + 1) * size - end <= 3 for end in ends[:-1])


@given(st.binary(), SIZES)
def test_any_bytes_give_valid_utf_8_that_does_not_depend_on_the_size_of_the_pieces(data, size):
    data = HEAD.encode() + data
    assert text_of(data, size) == text_of(data)


@given(TEXTS)
def test_cp1252_is_read_where_a_file_is_no_utf_8(text):
    data = (HEAD + text).encode("cp1252", "ignore")
    try:
        wanted = data.decode()
    except UnicodeDecodeError:
        wanted = data.decode("cp1252")
        if not any(len(char.encode()) > 1 for char in data.decode(errors="ignore")):
            assert text_of(data, MIN_FIRST_PIECE) == wanted
    else:
        assert text_of(data) == wanted


@given(st.lists(TEXTS, min_size=2, max_size=5), SIZES)
def test_a_stray_byte_in_utf_8_is_replaced_and_nothing_else_is_lost(texts, size):
    texts[0] = HEAD + "á" + texts[0]
    data = b"\xff".join(text.encode() for text in texts)
    assert text_of(data, size) == "\ufffd".join(texts)


def test_many_strays_are_cp1252_though_two_of_them_make_a_character_by_chance():
    text = HEAD + "não é \xc9\xbb " * 30 + "está " * 4000
    assert "está" in text_of(text.encode("cp1252"))
    assert text_of((HEAD + "não é").encode() + b"\xe9") == HEAD + "não é\ufffd"


def test_what_is_decided_by_the_end_of_the_file_holds_for_its_beginning():
    data = HEAD.encode() + b"\xe9" + b"a" * 500
    assert text_of(data, MIN_FIRST_PIECE) == HEAD + "é" + "a" * 500
    assert text_of(data + "ção ".encode(), MIN_FIRST_PIECE) == HEAD + "\ufffd" + "a" * 500 + "ção "


@pytest.mark.parametrize("bytes_", [b"", b"a", b"\0", b"\xe1", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_hardly_any_bytes_are_no_problem(bytes_):
    assert text_of(bytes_) in {"", "a", "\0", "á"}


def test_zeros_line_ends_and_inner_marks_stay():
    text = HEAD + "a\0b\0\0\r\nc\rd\ne\ufeff\0" + "\0\0x" * 50
    for encoding in ENCODINGS:
        assert text_of(text.encode(encoding), MIN_FIRST_PIECE) == text
    assert text_of(("\ufeff\ufeff" + text).encode()) == "\ufeff" + text


@pytest.mark.parametrize(
    "text",
    [
        "[05/03/2021 10:42:11] 张伟: 我们明天见\r\n" + "我们明天见面吧" * 200,
        "\u200f[٠٥/٠٣/٢٠٢١، ١٠:٤٢:١١] أحمد: مرحبا\n" + "نلتقي غدا" * 50,
        "2021年3月5日 上午10:42 - 张伟: 你好\n",
        "05.03.21, 10:42 - Вера: привет\n",
        "ހ 2021-03-05 10:42 - x: y\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_wide_characters_without_a_mark_are_told_in_any_script(text, encoding):
    assert text_of(text.encode(encoding)) == text


def test_a_character_that_is_never_finished_is_replaced_at_the_end():
    assert text_of(HEAD.encode() + "á".encode() + b"\xf0\x9f\x98") == HEAD + "á\ufffd"
    assert text_of(HEAD.encode("utf-16") + b"a") == HEAD + "\ufffd"
