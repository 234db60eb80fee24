from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from egregora.privacy.preferences import is_command, opted_out

START = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)


def said(memory, *messages):
    rows = [
        {"timestamp": START + timedelta(minutes=minute), "author": author, "message": message}
        for minute, author, message in messages
    ]
    schema = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("author", pa.string()), ("message", pa.string())])
    return memory.create_table("said", pa.Table.from_pylist(rows, schema=schema), overwrite=True)


def test_the_last_word_counts_whatever_the_order_of_rows(memory):
    assert opted_out(
        said(memory, (3, "Ana", "/egregora opt-in"), (1, "Ana", "/egregora opt-out"), (2, "Bia", "/egregora opt-out"))
    ) == {"bia"}
    assert opted_out(
        said(memory, (1, "Ana", "/egregora opt-in"), (2, "~\u202fANA", "/Egregora  OPT\u2011OUT please"))
    ) == {"ana"}


def test_of_two_words_in_one_minute_opting_out_counts(memory):
    assert opted_out(said(memory, (1, "Ana", "/egregora opt-out"), (1, "Ana", "/egregora opt-in"))) == {"ana"}


def test_speaking_of_opting_out_is_not_opting_out(memory):
    assert (
        opted_out(
            said(memory, (1, "Ana", "send /egregora opt-out"), (2, "Ana", "/egregora opt-outside"), (3, None, "x"))
        )
        == set()
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("/egregora set alias x", True),
        ("\u200e /EGREGORA", True),
        ("/egregoras", False),
        ("try /egregora", False),
        ("", False),
    ],
)
def test_a_command_begins_with_its_word(message, expected):
    assert is_command(message) is expected
