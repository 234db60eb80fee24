from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.privacy.names import fold
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


@pytest.mark.parametrize(
    "command",
    [
        "/egrégora opt-out",
        "/EGRE\u0301GORA opt out",
        "\uff0fegregora opt-out",
        "\u200e /e\u200bgregora optout",
        "\uff0f\uff25\uff47\uff52\uff45\uff47\uff4f\uff52\uff41\u3000\uff4f\uff50\uff54\uff0d\uff4f\uff55\uff54",
        "\u2068/\U0001d41e\U0001d420\U0001d42b\U0001d41e\U0001d420\U0001d428\U0001d42b\U0001d41a opt\u2011out",
    ],
)
def test_an_opt_out_counts_however_it_is_spelled(memory, command):
    assert is_command(command)
    assert opted_out(said(memory, (1, "Ana", command))) == {"ana"}


def test_no_sign_but_the_two_slashes_folds_to_one():
    assert [char for char in map(chr, range(0x30000)) if fold(char)[:1] == "/"] == ["/", "\uff0f"]


@given(st.text(st.sampled_from(" \t\n\u200e\u200b\u0301\u2068\x00"), max_size=4), st.sampled_from("/\uff0f"))
def test_what_folds_to_a_command_is_one(before, slash):
    assert is_command(f"{before}{slash}egregora opt-out") == fold(before).isspace() or not fold(before)


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
