"""What is told of a chat adds up, whatever the chat, and tells nobody's name."""

import zipfile
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from egregora.core.errors import ExportError
from egregora.ingestion.report.render import app_language, date_order_warning, heading, problems, summary, text_block
from egregora.ingestion.report.report import report_on
from egregora.ingestion.source.archive import open_chats

BEGIN = datetime(2024, 1, 25, 9, 58)  # noqa: DTZ001 - an export has wall times
LRM = "\u200e"
FORMS = {"android": "{:%d/%m/%Y, %H:%M} - ", "ios": "[{:%d/%m/%Y, %H:%M:%S}] "}
SAID = ["hi", "", "two\nlines", "a\n\n12/05/2024 10:00 no head", "/egregora opt-out", "null", "ends in )", "null\n"]
PASTED = "[05/03/2021, 10:42:11] Zoe: pasted"


def head(number, platform="android"):
    return FORMS[platform].format(BEGIN + timedelta(minutes=7 * number))


def chat_in(folder, data, name="WhatsApp Chat with Rosa Weber.txt"):
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    (chat,) = open_chats(path)
    return chat


def read(chat, **known):
    """A report, the line on which each message begins, and each message's text."""
    report, lines, texts = report_on(chat, **known), [], []
    for piece in report.pieces():
        lines += piece.lines.tolist()
        texts += [text.decode() for text in piece.rows.texts]
    return report, lines, texts


def adds_up(report, lines, data):
    assert report.lines == data.count(b"\n") + (not data.endswith(b"\n"))
    assert report.lines == report.message_lines + report.continuation_lines + report.preamble
    assert report.message_lines == len(lines) == report.messages + report.system_lines
    assert report.preamble == report.preamble_lines.count == lines[0] - 1
    assert lines == sorted(set(lines))
    assert lines[-1] <= report.lines
    assert report.header_like_lines.count <= report.continuation_lines
    assert not set(report.header_like_lines.first) & set(lines)
    assert report.attachments.found + report.attachments.missing == report.kind_counts["media"]


@st.composite
def chats(draw):
    """The text of a chat with lines before it, events, attachments, and texts over several lines."""
    platform = draw(st.sampled_from(["android", "ios"]))
    end = "\n" if platform == "android" else "\r\n"
    event = "Ana added Bia" if platform == "android" else f"Us: {LRM}Ana added Bia"
    file = "IMG-20240125-WA0001.jpg (file attached)" if platform == "android" else f"{LRM}<attached: a.jpg>"
    bodies = st.one_of(
        st.tuples(st.sampled_from(["Ana", "Bia Lima", "+44 7700 900123"]), st.sampled_from([*SAID, file])).map(
            ": ".join
        ),
        st.just(event),
    )
    said = draw(st.lists(bodies, min_size=2, max_size=20))
    before = draw(st.lists(st.sampled_from(["", "A preamble", "Us: hi"]), max_size=3))
    text = "".join(line + "\n" for line in before)
    text += end.join(head(number, platform) + body for number, body in enumerate(said))
    return (text + draw(st.sampled_from(["", end]))).encode()


def damaged(data, cuts):
    for at, length, put in cuts:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + length :]
    return data


CUTS = st.lists(
    st.tuples(
        st.integers(0, 5_000),
        st.integers(0, 12),
        st.sampled_from([b"", b"\n", b"\r\n", b"\xff", PASTED.encode() + b"\n", b"\n99/99/2024, 10:00 - Ana: x\n"]),
    ),
    max_size=6,
)  # fmt: skip


@given(chats(), CUTS)
def test_every_count_adds_up_in_any_chat_whole_or_damaged(tmp_path_factory, data, cuts):
    data = damaged(data, cuts)
    assume(data)
    try:
        report, lines, _ = read(chat_in(tmp_path_factory.mktemp("chat"), data))
    except ExportError:
        event("no chat is left")
        return
    adds_up(report, lines, data)
    assert text_block("x", summary(report, timezone="UTC"))


def test_each_message_has_the_number_of_its_line_beyond_the_first_piece(tmp_path):
    said = [f"{head(number)}Ana: message {number}" + "\nand more" * (number % 3) for number in range(120_000)]
    data = "Before it\n" + "\n".join(said)
    assert len(data) > 5 << 20
    report, lines, texts = read(chat_in(tmp_path, data))
    by_line = data.split("\n")
    assert len(lines) == len(said)
    assert all(by_line[line - 1].endswith(text.split("\n")[0]) for line, text in zip(lines, texts, strict=True))
    adds_up(report, lines, data.encode())
    assert report.continuation_lines == 120_000


def test_a_report_tells_everything_that_was_found(tmp_path):
    photo, contact = "IMG-20240125-WA0001.jpg", "Rosa Weber.vcf"
    lines = [
        "Not a message",
        "1/25/24, 10:00\u202fPM - Messages are end-to-end encrypted.",
        "1/25/24, 10:01\u202fPM - Rosa Weber: hello",
        "[05/03/2021, 10:42:11] Zoe: a copy of another chat",
        f"1/25/24, 10:02\u202fPM - Rosa Weber: {LRM}{photo} (file attached)",
        f"1/26/24, 10:03\u202fPM - +44 7700 900123: {LRM}{contact} (file attached)",
        "1/26/24, 10:04\u202fPM - Rosa Weber: This message was deleted",
        "1/26/24, 10:05\u202fPM - Rosa Weber: changed <This message was edited>",
    ]
    path = tmp_path / "WhatsApp Chat with Rosa Weber.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("WhatsApp Chat with Rosa Weber.txt", "\n".join(lines))
        archive.writestr(photo, b"x")
    (chat,) = open_chats(path)
    report, _, _ = read(chat)
    said = dict(summary(report, timezone="America/Sao_Paulo"))
    assert said["platform"] == r"Android, message headers like “1/25/24, 10:00\u202fPM - ”"
    assert said["language"].startswith("English")
    assert said["date order"].startswith("month first: another reading has no such day for")
    assert said["time range"] == "2024-01-25 22:00 to 2024-01-26 22:05, America/Sao_Paulo"
    assert said["messages"] == "5 of 2 authors: 2 text, 2 media, 1 deleted; 1 of them edited"
    assert said["system lines"] == "1"
    assert said["attachments"] == "1 found, 1 missing: a .vcf (line 6)"
    assert said["lines"] == "8: 6 begin a message or system line, 1 continue one, 1 before the first"
    assert said["not understood"] == "1 line: 1"
    assert said["read as text"] == "1 line that could begin a message: 4"
    assert "authors" not in said
    assert date_order_warning(report.survey, option="{}") == ""

    shown = text_block(heading(report, names=False), summary(report, timezone="UTC"))
    assert "Rosa" not in shown
    assert "7700" not in shown
    named = text_block(heading(report, names=True), summary(report, timezone="UTC", names=True))
    assert "WhatsApp Chat with Rosa Weber.zip" in named
    assert "authors         +44 7700 900123, Rosa Weber" in named
    assert "Rosa Weber.vcf (line 6)" in named
    assert dict(problems(report)).keys() == {"attachments", "not understood", "read as text"}


@pytest.mark.parametrize(
    ("dates", "order", "orders"),
    [
        (["03/04/24", "05/06/24"], "day first", ["mdy", "ymd"]),
        (["03/04/2024", "05/06/2024"], "day first", ["mdy"]),
    ],
)
def test_an_order_of_dates_that_is_not_certain_is_said_with_what_to_do(tmp_path, dates, order, orders):
    text = "".join(f"{day}, 10:00 - Ana: hi\n" for day in dates)
    report, _, _ = read(chat_in(tmp_path, text))
    said = date_order_warning(report.survey, option="--date-order {}")
    assert f"not certain: {order} by convention, so it begins on 2024-04-03" in said
    assert [name for name in ("dmy", "mdy", "ymd") if f"--date-order {name}" in said] == orders
    sure, _, _ = read(chat_in(tmp_path, text), order="mdy")
    assert (date_order_warning(sure.survey, option="{}"), dict(summary(sure, timezone="UTC"))["date order"]) == (
        "", "month first: the order was given"
    )  # fmt: skip


def test_a_bare_text_misses_no_attachment_and_long_lists_are_cut(tmp_path):
    lines = [f"{head(number)}Ana: IMG-20240125-WA{number:04}.jpg (file attached)" for number in range(30)]
    report, _, _ = read(chat_in(tmp_path, "\n".join(["x"] * 25 + lines)))
    said = dict(summary(report, timezone="UTC"))
    assert said["attachments"] == "30 named; a text file comes without its files"
    assert said["not understood"].endswith("19, 20 and 5 more")
    assert problems(report) == [("not understood", said["not understood"])]


def test_the_language_is_told_by_what_the_app_wrote():
    assert app_language(["<Mídia oculta>", "Mensagem apagada"]) == "Portuguese"
    assert app_language(["x.jpg (Datei angehängt)"]) == "German"
    assert app_language(["hello"]) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WhatsApp Chat with Rosa.txt", "WhatsApp Chat with ….txt"),
        ("WhatsApp_Chat_with_Rosa_Weber.txt", "….txt"),
        ("rosa.txt", "….txt"),
        ("_chat.txt", "_chat.txt"),
        ("3f2a1b4c-Conversa do WhatsApp com Rosa.txt", "3f2a1b4c-Conversa do WhatsApp com ….txt"),
    ],
)
def test_a_heading_keeps_the_title_to_itself(tmp_path, name, said):
    report = report_on(chat_in(tmp_path, f"{head(0)}Ana: hi\n{head(1)}Ana: hi", name))
    assert heading(report, names=False) == said
    assert heading(report, names=True) == name


def test_names_cannot_command_the_terminal(tmp_path):
    report, _, _ = read(chat_in(tmp_path, f"{head(0)}A\x1b[31mna: hi\n{head(1)}A\x1b[31mna: hi"))
    assert "\x1b" not in text_block("", summary(report, timezone="UTC", names=True))


def test_the_wall_times_of_a_span_are_those_of_the_file_in_any_order(tmp_path):
    report, _, _ = read(chat_in(tmp_path, f"{head(5)}Ana: late\n{head(0)}Ana: early\n{head(3)}Ana: mid"))
    assert np.diff(report.time_range).tolist() == [5 * 7 * 60]
