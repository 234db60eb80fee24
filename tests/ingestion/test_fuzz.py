"""Hostile exports are read or refused in time, and nothing of them is lost; `fuzz.py` makes and checks them."""

import time
from collections import Counter

import pytest

from egregora.ingestion.source.archive import open_chats
from tests.conftest import examples
from tests.ingestion import fuzz

BATCHES, INPUTS = examples(8), 25
FOUND = {
    "the name of a file that tells the order of dates lies in two pieces": (
        b"05/01/2024, 10:00 - Ana: IMG-20240105-WA0001.jpg (file attached)\n05/01/2024, 10:01 - Ana: hi\n"
    ),
    "a blank line alone in a piece stands before the first head": (
        b"\n05/01/2024 10:00 - Zoe: a\n\r\n05/01/2024 10:00 - Zoe: b\r\n05/01/2024 10:01 - Zoe: c\nd\n"
    ),
}


def messages_of_a_minute(text, export):
    """What one of two exports has of a minute with 6,000 messages."""
    words = ((at, "ok" if at * at * (at + export) % 11 % 2 else "no") for at in range(6_000))
    return "".join(f"05/01/2024, 10:00 - Ana: {text.format(at=at, export=export, word=word)}\n" for at, word in words)


@pytest.mark.parametrize(
    ("text", "most"),
    [("{at}", 6_000), ("ok", 6_000), ("{word}", 12_000), ("{at} of {export}", 12_000), ("a.jpg <{word}>{at}", 12_000)],
)
def test_thousands_of_messages_in_a_minute_are_merged_in_time(tmp_path, text, most):
    (tmp_path / "key").write_text("5b" * 32 + "\n")
    paths = [tmp_path / name / "_chat.txt" for name in ("one", "other")]
    for export, path in enumerate(paths):
        path.parent.mkdir()
        path.write_text(messages_of_a_minute(text, export))
    with fuzz.in_time():
        tables = fuzz.ingested([tmp_path / "one" / "_chat.txt"], tmp_path / "key", "dmy", "UTC")
        assert len(tables["ingested_messages"]) == 6_000
        tables = fuzz.ingested(paths, tmp_path / "key", "dmy", "UTC")
    assert 6_000 <= len(tables["ingested_messages"]) <= most


@pytest.mark.parametrize("batch", range(BATCHES))
def test_hostile_exports_are_read_or_refused_in_time_and_nothing_is_lost(batch):
    seen = Counter()
    for number in range(batch * INPUTS, (batch + 1) * INPUTS):
        failure, (kind, rows) = fuzz.failure_of("the same each time", number)
        assert failure is None, failure
        seen[kind] += 1
        seen["rows"] += rows
    assert {"text", "merge", "rows"} <= seen.keys()
    assert seen["text refused"] + seen["zip refused"] + seen["merge refused"] < INPUTS * 2 // 3


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
@pytest.mark.parametrize("data", FOUND.values(), ids=FOUND)
def test_what_differed_in_small_pieces_once_is_the_same(tmp_path, data, size):
    path = tmp_path / "_chat.txt"
    path.write_bytes(data)
    (chat,) = open_chats(path)
    small = fuzz.InPieces(path, None, None).sized(size)
    fuzz.check_pieces(small, None, fuzz.reported(chat, None), data)


@pytest.mark.parametrize(
    ("author", "kind", "text"),
    [
        ("Ana", "text", b"h"),
        ("Ana", "text", b"i"),
        ("An", "text", b"hi"),
        ("Ana", "text", b"hi you"),
        (None, "text", b"Ana: hi"),
        (None, "system", b"hi"),
        ("Ana", "media", b"hey"),
    ],
)
def test_what_is_lost_between_two_headers_is_noticed(author, kind, text):
    fuzz.check_text(b"Ana: hi\n", (0, "Ana", "text", b"hi", None, False), ios=False)
    with pytest.raises(fuzz.WrongError):
        fuzz.check_text(b"Ana: hi\n", (0, author, kind, text, None, False), ios=False)


@pytest.mark.parametrize("pause", [0, 60])
def test_what_takes_too_long_is_noticed(pause):
    with pytest.raises(fuzz.WrongError, match="seconds"), fuzz.in_time(0.05):
        go_on(pause)


def go_on(pause):
    while True:
        time.sleep(pause)
