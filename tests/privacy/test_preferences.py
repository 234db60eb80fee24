from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.core.names import fold
from egregora.privacy.preferences import FIELDS, is_command, opted_out, read_preferences

START = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)


def said(memory, *messages):
    rows = [
        {
            "timestamp": START + timedelta(minutes=minute),
            "author": author,
            "message": message,
            "chat_id": "c",
            "message_id": f"m{number}",
        }
        for number, (minute, author, message) in enumerate(messages)
    ]
    texts = [(name, pa.string()) for name in ("author", "message", "chat_id", "message_id")]
    schema = pa.schema([("timestamp", pa.timestamp("us", "UTC")), *texts])
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


def wished(memory, *messages, order=()):
    rows = [{"chat_id": "c", "message_id": name, "position": position} for name, position in order]
    schema = pa.schema([("chat_id", pa.string()), ("message_id", pa.string()), ("position", pa.int64())])
    places = memory.create_table("places", pa.Table.from_pylist(rows, schema=schema), overwrite=True)
    found = read_preferences(said(memory, *messages), places)
    return {author: {field: wish.value for field, wish in own.items()} for author, own in found.items()}


@pytest.mark.parametrize("field", FIELDS)
def test_the_last_wish_about_a_field_counts(memory, field):
    assert wished(
        memory,
        (3, "~ANA", f"/egregora set {field} second one"),
        (1, "Ana", f"/egregora set {field} first"),
        (2, "Bia", f"/egregora set {field} hers"),
        (4, "Bia", f"/egregora remove {field}"),
    ) == {"ana": {field: "second one"}, "bia": {field: ""}}


def test_of_two_wishes_in_one_minute_the_later_message_counts(memory):
    messages = ((1, "Ana", "/egregora set alias First"), (1, "Ana", "/egregora set alias Last"))
    assert wished(memory, *messages, order=[("m1", 1)]) == {"ana": {"alias": "Last"}}
    assert wished(memory, *messages, order=[("m0", 1)]) == {"ana": {"alias": "First"}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('/egregora set alias "Casey"', "Casey"),
        ("\u200e\uff0fEGRÉGORA  Set  ALIAS:  \u201cCaptain of the roof\u201d ", "Captain of the roof"),
        ("/egregora set\nalias\nCasey\nJones", "Casey\nJones"),
        ("/egregora set alias ''", ""),
        ("/egregora remove alias please", ""),
    ],
)
def test_a_wish_is_understood_however_it_is_written(memory, message, expected):
    assert wished(memory, (1, "Ana", message)) == {"ana": {"alias": expected}}


@pytest.mark.parametrize(
    "message", ["/egregora secret alias x", "/egregora set alias", "/egregora set salary 3", "set alias x"]
)
def test_what_is_no_wish_changes_nothing(memory, message):
    assert wished(memory, (1, "Ana", message)) == {}


def test_who_asks_for_the_same_again_has_asked_first_already(memory):
    wishes = (
        (1, "Ana", "/egregora set alias X"),
        (2, "Bia", "/egregora set alias X"),
        (3, "Ana", "/egregora set alias X"),
    )
    found = read_preferences(said(memory, *wishes))
    assert found["ana"]["alias"].position < found["bia"]["alias"].position
