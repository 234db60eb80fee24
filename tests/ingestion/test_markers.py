import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.markers import read_android, read_ios
from egregora.ingestion.parser import ingest

LRM = "\u200e"
PIECES = [
    "a",
    "a.b ",
    "a.b <",
    "a <",
    " <",
    "<",
    "(",
    ") ",
    "(a)",
    " • 1 ",
    f"a • {LRM}1 (",
    "a • 1",
    f"{LRM}<",
    LRM,
    "/",
]
PIECES += ["1", " ", "\n", "a\n", "AA:\n", "AA:\nBB: (1 c)", "BB: (1 c) ", "a: https://foursquare.com/v/", f". {LRM}"]
ENDS = ["", ">", " <Anhang>", f"{LRM}<Anhang: a.jpg>", "(b)", ")\n", "x"]


def long_texts(piece):
    for end in ENDS:
        yield piece * (60_000 // len(piece)) + end
        yield "ENQUETE:\n" + piece * (60_000 // len(piece)) + end


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece):
    started = time.process_time()
    for text in long_texts(piece):
        read_android("", text)
        read_android(LRM, text)
        read_ios(LRM, LRM, text)
        read_ios("", LRM, text)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("head", ["10/01/2024 09:00 - Ana: ", "[10.01.24, 09:00:00] Ana: "])
def test_no_chat_of_long_messages_takes_long(tmp_path, head):
    (tmp_path / "key").write_text("5b" * 32 + "\n")
    path = tmp_path / "WhatsApp Chat with Vila.txt"
    path.write_text("".join(head + text + "\n" for piece in PIECES for text in long_texts(piece)), "utf-8")
    started = time.process_time()
    messages = [table for name, table in ingest(exports=(path,), key=tmp_path / "key", timezone="UTC") if "ing" in name]
    assert sum(map(len, messages)) == len(PIECES) * len(ENDS) * 2
    assert time.process_time() - started < 60


@given(st.text("ab.<>()\n", max_size=500), st.sampled_from(["", f"Ata.pdf • {LRM}2 Seiten"]))
def test_a_file_is_found_beside_any_caption(caption, pages):
    name = "a" * 251 + ".pdf"
    assert read_ios(LRM, "", f"{caption}\n{pages} {LRM}<Anhang: {name}>") == ("media", caption + "\n", name, False)
    assert read_android(LRM, f"{name} • {LRM}2 Seiten {LRM}(angehängt)\n{caption}") == ("media", caption, name, False)


@pytest.mark.parametrize(
    "text", ["/egregora opt-out", "/Egrégora opt-out", "/e\u0301gre\u0301gora", "\uff0fegregora", "/\uff25gregora"]
)
def test_a_command_is_one_in_other_letters_too(text):
    assert read_android("", text).kind == "command"
    assert read_ios("", "", text).kind == "command"
