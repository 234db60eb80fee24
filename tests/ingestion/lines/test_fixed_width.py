"""Headers of one length are what the scan of a token after the other finds."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from egregora.ingestion.header.learn import learn_header_format
from egregora.ingestion.lines.fixed_width import fixed_width_header
from egregora.ingestion.lines.scanner import PADDING, Scanner

FIRST = ("31/12/2024, 23:59 - A: b", "[31/12/2024, 23:59:58] A: b", "1/2/24, 9:05 - A: b", "2024-12-31 23:59 - A: b")
PIECES = ("31", "1", "/", "12", "2024", "24", ", ", " ", "23", "9", ":", "59", "7", " - ", "[", "]", "\u200e", "A: b")
LINES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def changed(line, at, sign):
    return line[: at % len(line)] + sign + line[at % len(line) + 1 :]


@given(st.sampled_from(FIRST), st.lists(LINES | st.sampled_from(FIRST), max_size=8), st.integers(0, 99), st.data())
@example(FIRST[0], ["31/12/2024, 23:59", "31/12/2024, 23:5/ - A: b", "31/12/2024, 23:5: - A: b"], 0, None)
def test_every_header_of_a_chat_is_found_alike(first, lines, at, data):
    sign = data.draw(st.sampled_from("09/: \u200e\u00b2")) if data else "0"
    chat = [first, *lines, changed(first, at, sign), "\u200e" + first, first]
    whole = "\n".join(chat).encode()
    columns = np.frombuffer(whole + bytes(PADDING), dtype=np.uint8)
    begins = np.concatenate([[0], np.flatnonzero(columns == ord("\n")) + 1])
    header_format = learn_header_format(first)
    scanner = Scanner(header_format)
    assert fixed_width_header(header_format.tokens, header_format.zero) is not None
    for found, expected in zip(scanner.scan(columns, begins), scanner.scan_tokens(columns, begins), strict=True):
        assert found.tolist() == expected.tolist()
        assert found.dtype == expected.dtype


def test_headers_with_words_and_other_digits_have_no_fixed_length():
    for line in ("31/12/2024, 11:59 PM - A: b", "31. Dez. 2024, 23:59 - A: b", "٣١/١٢/٢٠٢٤، ٢٣:٥٩ - A: b"):
        header_format = learn_header_format(line)
        assert fixed_width_header(header_format.tokens, header_format.zero) is None
