import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.content.learned_phrases import LearnedPhrases
from egregora.ingestion.content.message_body import WHOLE_PHRASES, parse_android_body, parse_ios_body
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
        parse_android_body("", text)
        parse_android_body(LRM, text)
        parse_ios_body(LRM, LRM, text)
        parse_ios_body("", LRM, text)
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
    assert parse_ios_body(LRM, "", f"{caption}\n{pages} {LRM}<Anhang: {name}>") == (
        "media",
        caption + "\n",
        name,
        False,
    )
    assert parse_android_body(LRM, f"{name} • {LRM}2 Seiten {LRM}(angehängt)\n{caption}") == (
        "media",
        caption,
        name,
        False,
    )


@pytest.mark.parametrize(
    "text", ["/egregora opt-out", "/Egrégora opt-out", "/e\u0301gre\u0301gora", "\uff0fegregora", "/\uff25gregora"]
)
def test_a_command_is_one_in_other_letters_too(text):
    assert parse_android_body("", text).kind == "command"
    assert parse_ios_body("", "", text).kind == "command"


HOSTILE = [
    *PIECES,
    "\u200f",
    "\uff1a",
    "A:\n",
    "a: ",
    "\u2022 ",
    " \u2022 ",
    f" {LRM}",
    "a.b.",
    "1-",
    "\uff0f",
    "\u0345",
]
HOSTILE += [
    "a: https://maps.google.com/?q=1.1,1.1",
    "12345678-",
    "(1 a)\n",
    f"{LRM}<a: ",
    " (a)\n",
    "> ",
    "((",
    "a.a a.a ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_one_long_text_takes_milliseconds(piece):
    learned = LearnedPhrases(frozenset({"a b"}), frozenset({"a b"}), frozenset({"a"}))
    for text in long_texts(piece):
        started = time.process_time()
        parse_android_body("", text, learned)
        parse_android_body(LRM, text, learned)
        parse_ios_body(LRM, "", text)
        parse_ios_body("", LRM, text)
        assert time.process_time() - started < 0.1  # on a busy machine; 5 ms for each on one that is not


def typed(text):
    """Whether `text` has nothing that only the app writes."""
    signs = (*"<()/\uff0f\u200e\u200f", ":\n", "\uff1a\n")
    return text in {"", "null"} or not (text in WHOLE_PHRASES or any(sign in text for sign in signs))


@given(st.text(max_size=200).filter(typed))
def test_what_people_type_is_kept_as_it_is(text):
    kind = "empty" if text in {"", "null"} else "text"
    assert parse_android_body("", text) == (kind, text, None, False)
    assert parse_ios_body("", "", text) == (kind, text, None, False)


@given(st.text("a<>()/: \n.•1\U0001f602", max_size=60))
def test_brackets_and_links_without_words_of_the_app_are_kept_too(text):
    assert parse_android_body("", text).message == text
    assert parse_ios_body("", "", text).message == text


@given(
    st.text(max_size=60).filter(typed),
    st.sampled_from(["This message was edited", "Se editó este mensaje."]),
)
def test_an_edited_text_loses_the_marker_alone(text, words):
    assert parse_android_body("", f"{text} <{words}>") == ("text", text, None, True)
    assert parse_ios_body(LRM, "", f"{text} {LRM}<{words}>") == ("text", text, None, True)
    assert parse_ios_body(LRM, "", f"{text} {LRM}<\u10d0\u10d1>") == ("text", text, None, True)


@pytest.mark.parametrize(
    ("mark", "text", "wanted"),
    [
        ("", "Данное сообщение удалено", ("deleted", None)),
        ("", "Bu mesaj silindi", ("deleted", None)),
        ("", "此消息已删除", ("deleted", None)),
        ("", "This message was deleted.", ("deleted", None)),
        ("", "this message was deleted by me", ("text", None)),
        ("", "Missed group video call", ("call", None)),
        ("", "Video call", ("text", None)),  # a person's words as well
        ("", "live location shared", ("location", None)),
        ("", "<Media tidak disertakan>", ("media_omitted", None)),
        ("", "<省略多媒体文件>", ("media_omitted", None)),
        ("", "image omitted", ("text", None)),
        ("", "Café Zoe (Rua A, 5): https://foursquare.com/v/4b058804f964a520b8b422e3", ("location", None)),
        ("", "Place: https://maps.google.com/?q=-1.4558,-48.4902", ("location", None)),
        ("", "look: https://maps.google.com/?q=pizza", ("text", None)),
        ("", "Report is done (file attached)", ("text", None)),
        ("", "Ata 2024.pdf (ficheiro anexado)", ("media", "Ata 2024.pdf")),
        (LRM, "Rapport.pdf • \u200e2 pages \u200e(ეს ფაილი)", ("media", "Rapport.pdf")),
        (LRM, "DOC-20240113-WA0000. (ეს ფაილი)", ("media", "DOC-20240113-WA0000.")),
        (LRM, "a • b.pdf (ეს ფაილი)", ("media", "a • b.pdf")),
        (LRM, "Makefile (file attached)", ("media", "Makefile")),
        (LRM, "ok. (yes)", ("text", None)),
        (
            "",
            "投票\uff1a\n几点\uff1f\n选项\uff1a 三点 \uff083 票\uff09\n选项\uff1a 四点 \uff081 票\uff09\n",
            ("poll", None),
        ),
        ("", "გამოკითხვა:\nროდის?\nვარიანტი: ახლა (3 ხმა)\nვარიანტი: მერე (1 ხმა)\n", ("poll", None)),
        ("", "TODO:\nbuy:\nAna: milk (2 l)\nAna: eggs (3 l)\n", ("text", None)),
        ("", "POLL:\nwho comes?\nOPTION: me (1 vote)\n", ("text", None)),  # a poll has two options at least
        ("", "2014-01-13-PHOTO-00000001.jpg <\u200eattached>", ("media", "2014-01-13-PHOTO-00000001.jpg")),
        ("", "2014-01-13-PHOTO-00000001.jpg <\u200eდართულია>", ("media", "2014-01-13-PHOTO-00000001.jpg")),
    ],
)
def test_what_android_writes(mark, text, wanted):
    body = parse_android_body(mark, text)
    assert (body.kind, body.attachment) == wanted
    assert body.message in {"", text, mark + text}
    assert (body.message == "") == (body.kind == "media")


PHOTO = "00000001-PHOTO-2024-01-13-09-05-01.jpg"


@pytest.mark.parametrize(
    ("lead", "mark", "text", "wanted"),
    [
        (LRM, LRM, f"<attached: {PHOTO}>", ("media", "", PHOTO)),
        (LRM, LRM, f"<附件\uff1a{PHOTO}>", ("media", "", PHOTO)),
        (LRM, LRM, f"<{PHOTO} eklendi>", ("media", "", PHOTO)),
        (LRM, LRM, f"<{PHOTO} ორი სიტყვა>", ("media", "", PHOTO)),
        ("", "", f"<ეს: {PHOTO}>", ("media", "", PHOTO)),  # a tool took the marks away
        ("", "", "<pièce jointe : Ata.pdf>", ("media", "", "Ata.pdf")),
        ("", "", "<b: i>", ("text", "<b: i>", None)),
        ("", "", "<a: b.txt>", ("text", "<a: b.txt>", None)),
        ("", "", "a.txt <b>", ("text", "a.txt <b>", None)),
        (LRM, LRM, "<View once voice message omitted>", ("media_omitted", "<View once voice message omitted>", None)),
        (LRM, LRM, "<ეს არის>", ("media_omitted", "<ეს არის>", None)),
        (LRM, LRM, "სურათი გამოტოვებულია", ("media_omitted", "სურათი გამოტოვებულია", None)),
        (LRM, "", f"Look! {LRM}image omitted", ("media_omitted", "Look!", None)),
        (
            LRM,
            "",
            f"Rapport.pdf • {LRM}2 pages {LRM}document omitted",
            ("media_omitted", f"Rapport.pdf • {LRM}2 pages", None),
        ),
        ("", LRM, "image omitted", ("media_omitted", "image omitted", None)),
        ("", LRM, "Bu mesaj silindi.", ("deleted", "Bu mesaj silindi.", None)),
        ("", LRM, "此消息已删除。", ("deleted", "此消息已删除。", None)),
        (
            "",
            LRM,
            "This message was deleted by admin Ana.",
            ("deleted", "This message was deleted by admin Ana.", None),
        ),
        ("", LRM, f"Voice call. {LRM}2 min", ("call", f"Voice call. {LRM}2 min", None)),
        ("", LRM, f"Voice call, {LRM}No answer", ("call", f"Voice call, {LRM}No answer", None)),
        ("", LRM, f"ხმოვანი ზარი. {LRM}2 წთ", ("call", f"ხმოვანი ზარი. {LRM}2 წთ", None)),
        (
            "",
            LRM,
            f"Missed voice call. {LRM}Tap to call back",
            ("call", f"Missed voice call. {LRM}Tap to call back", None),
        ),
        ("", LRM, f"Ana has a new number. {LRM}Tap to add", ("system", f"Ana has a new number. {LRM}Tap to add", None)),
        ("", LRM, f"{LRM}Ana left", ("system", f"{LRM}Ana left", None)),
        ("", LRM, "/egregora opt-out", ("command", "/egregora opt-out", None)),
        ("", "", "Voice call", ("text", "Voice call", None)),
    ],
)
def test_what_ios_writes(lead, mark, text, wanted):
    body = parse_ios_body(lead, mark, text)
    assert (body.kind, body.message, body.attachment) == wanted
    assert not body.edited


def test_a_caption_may_be_edited_too():
    caption = f"one\ntwo {LRM}<attached: {PHOTO}> {LRM}<This message was edited>"
    assert parse_ios_body(LRM, "", caption) == ("media", "one\ntwo", PHOTO, True)
    text = "IMG-20240113-WA0001.jpg (file attached)\nbetter <This message was edited>"
    assert parse_android_body(LRM, text) == ("media", "better", "IMG-20240113-WA0001.jpg", True)


@pytest.mark.parametrize("read", [parse_android_body, lambda mark, text: parse_ios_body("", mark, text)])
def test_what_was_edited_was_typed(read):
    for text in ("null", "This message was deleted", "Missed voice call", "L: https://maps.google.com/?q=1.5,1.5"):
        assert read("", f"{text} <This message was edited>") == ("text", text, None, True)
    assert read("", "/egregora opt-out <This message was edited>") == ("command", "/egregora opt-out", None, True)


def test_every_exact_text_is_more_than_plain():
    assert {parse_android_body("", text).kind for text in WHOLE_PHRASES} == {
        "deleted",
        "call",
        "empty",
        "location",
        "media_omitted",
    }
