import zipfile
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.database_schema import INGESTED_MESSAGES_SCHEMA
from egregora.core.errors import ExportError
from egregora.ingestion.parser import ingest
from tests.conftest import examples

LRM = "\u200e"


START = datetime(2024, 1, 10, 9, 0)  # noqa: DTZ001  # a wall time


def android(rows, start=START):
    """The text of an Android chat: `rows` are (minutes since `start`, author or None, text)."""
    lines = []
    for minutes, author, text in rows:
        when = (start + timedelta(minutes=minutes)).strftime("%d/%m/%Y %H:%M")
        lines.append(f"{when} - {author}: {text}\n" if author else f"{when} - {text}\n")
    return "".join(lines)


def key_in(folder):
    path = folder / "key"
    path.write_text("5b" * 32 + "\n")
    return path


@pytest.fixture
def read(tmp_path):
    """Reads a text, or paths: the rows of the messages, and those of the exports."""

    def reading(*exports, timezone="UTC", name="Conversa do WhatsApp com Vila.txt"):
        paths = []
        for export in exports:
            path = export
            if isinstance(export, str):
                path = tmp_path / name
                path.write_bytes(export.encode("utf-8"))
            paths.append(path)
        pieces = list(ingest(exports=tuple(paths), key=key_in(tmp_path), timezone=timezone))
        tables = [piece for name_, piece in pieces if name_ == "ingested_messages"]
        assert all(table.column_names == list(INGESTED_MESSAGES_SCHEMA.names) for table in tables)
        return pa.concat_tables(tables).to_pylist(), pieces[-1][1].to_pylist()

    return reading


def said(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def ios(*lines):
    return "".join(f"{line}\r\n" for line in lines)


def test_android_kinds_texts_and_files(read):
    rows, _ = read(
        android(
            [
                (0, None, 'Ana criou o grupo "Vila: avisos"'),
                (1, "Ana", "oi\n\nsegunda linha\u2028ainda"),
                (2, "Ana", f"{LRM}IMG-20240110-WA0001.jpg (arquivo anexado)\nolha: isso"),
                (3, "Bia", "<Mídia oculta>"),
                (4, "Bia", "Mensagem apagada"),
                (5, "Bia", "corrigi <Mensagem editada>"),
                (6, "Bia", "/egregora opt-out"),
                (7, "~\u202fCaio", ""),
                (8, "Ana", "ENQUETE:\nQual dia?\nOPÇÃO: seg (1 voto)\nOPÇÃO: ter (0 votos)\n"),
                (9, "Ana", "Localização: https://maps.google.com/?q=-1.5,-48.4"),
                (10, "Ana", "Ligação de voz perdida"),
                (11, "Ana", "null"),
                (12, "Ana", "<b>½ ﬁ</b> https://example.org (aqui)"),
                (13, "Ana", f"{LRM}Ata 2024.pdf • {LRM}3 páginas {LRM}(Wort für angehängt)"),
            ]
        )
    )
    assert said(rows, "author", "kind", "message", "attachment", "edited", "deleted") == [
        (None, "system", 'Ana criou o grupo "Vila: avisos"', None, False, False),
        ("Ana", "text", "oi\n\nsegunda linha\u2028ainda", None, False, False),
        ("Ana", "media", "olha: isso", "IMG-20240110-WA0001.jpg", False, False),
        ("Bia", "media_omitted", "<Mídia oculta>", None, False, False),
        ("Bia", "deleted", "Mensagem apagada", None, False, True),
        ("Bia", "text", "corrigi", None, True, False),
        ("Bia", "command", "/egregora opt-out", None, False, False),
        ("~ Caio", "empty", "", None, False, False),
        ("Ana", "poll", "ENQUETE:\nQual dia?\nOPÇÃO: seg (1 voto)\nOPÇÃO: ter (0 votos)\n", None, False, False),
        ("Ana", "location", "Localização: https://maps.google.com/?q=-1.5,-48.4", None, False, False),
        ("Ana", "call", "Ligação de voz perdida", None, False, False),
        ("Ana", "empty", "null", None, False, False),
        ("Ana", "text", "<b>½ ﬁ</b> https://example.org (aqui)", None, False, False),
        ("Ana", "media", "", "Ata 2024.pdf", False, False),
    ]


def test_ios_kinds_texts_and_files(read):
    head = "[13.01.24, 09:00:0{}] "
    rows, exports = read(
        ios(
            head.format(0) + f"Vila: norte: {LRM}Nachrichten sind verschlüsselt.",
            head.format(1) + "Ana: zwei\nZeilen\n[13.01.24, 09:00:00] Bia: eingefügt",
            LRM + head.format(2) + f"Ana: schau {LRM}<Anhang: 00000002-PHOTO-2024-01-13-09-00-02.jpg>",
            LRM + head.format(3) + f"Ana: Ata.pdf • {LRM}2 Seiten {LRM}<unbekannt: 00000003-Ata.pdf>",
            LRM + head.format(4) + f"Ana: {LRM}kuva jätettiin pois",
            LRM + head.format(5) + f"Ana: besser {LRM}<Muokattu>",
            head.format(6) + f"\u202a+55\u00a011\u00a098888-7777\u202c: {LRM}Diese Nachricht wurde gelöscht.",
            head.format(7) + f"Bia: {LRM}Bia hat die Gruppe verlassen",
            head.format(8) + "Bia: ",
        ),
        name="_chat.txt",
    )
    assert said(rows, "author", "kind", "message", "attachment", "edited") == [
        (None, "system", "Nachrichten sind verschlüsselt.", None, False),
        ("Ana", "text", "zwei\nZeilen\n[13.01.24, 09:00:00] Bia: eingefügt", None, False),
        ("Ana", "media", "schau", "00000002-PHOTO-2024-01-13-09-00-02.jpg", False),
        ("Ana", "media", "", "00000003-Ata.pdf", False),
        ("Ana", "media_omitted", "kuva jätettiin pois", None, False),
        ("Ana", "text", "besser", None, True),
        ("+55 11 98888-7777", "deleted", "Diese Nachricht wurde gelöscht.", None, False),
        (None, "system", "Bia hat die Gruppe verlassen", None, False),
        ("Bia", "empty", "", None, False),
    ]
    assert (exports[0]["platform"], exports[0]["date_order"], exports[0]["messages"]) == ("ios", "dmy", 9)
    assert exports[0]["lines"] == 11


def test_a_person_who_only_sends_files_keeps_the_name(read):
    line = LRM + "[13.01.24, 09:00:0{0}] Ana: " + LRM + "<Anhang: 0000000{0}-PHOTO-2024-01-13-09-00-0{0}.jpg>"
    rows, _ = read(ios(*(line.format(n) for n in range(8))))
    assert {row["author"] for row in rows} == {"Ana"}


def test_a_colon_inside_a_name_is_told_from_all_lines_of_it(read):
    texts = ["oi", "tudo bem?", "sim", "não", "talvez", "Obs: trazer casaco"]
    rows, _ = read(
        android(
            [
                *((n, "Ana: casa", text) for n, text in enumerate(texts)),
                (6, None, "Bia adicionou Ana: casa"),
                (7, None, "Ana: casa saiu"),
                (8, "Bia", "Obs: eu também"),
                (9, "Bia", "nada"),
                (10, 'João "Jo" Silva', "hi: there"),
                (11, 'Zé 5" tela', "oi"),
            ]
        )
    )
    assert said(rows, "author", "message") == [
        *(("Ana: casa", text) for text in texts),
        (None, "Bia adicionou Ana: casa"),
        (None, "Ana: casa saiu"),
        ("Bia", "Obs: eu também"),
        ("Bia", "nada"),
        ('João "Jo" Silva', "hi: there"),
        ('Zé 5" tela', "oi"),
    ]


def test_lines_that_only_look_like_headers_are_text(read):
    text = "oi\n10:30 - falso: linha\n[10:42, 05/03/2021] Zoe: web\n2016-04-29 10:30:00\n45/45/2024 10:00 - x: y"
    rows, _ = read(android([(0, "Ana", text), (1, "Bia", "13/13/2024 10:00")]))
    assert said(rows, "author", "message") == [("Ana", text), ("Bia", "13/13/2024 10:00")]


def test_a_file_saved_again_with_crlf_reads_as_before(read):
    text = android([(0, "Ana", "uma\nduas"), (1, "Bia", "oi"), (2, "Bia", "fim")])
    assert read(text)[0][0]["message"] == "uma\nduas"
    again = read(text.replace("\n", "\r\n"))[0]
    assert said(again, "author", "message") == [("Ana", "uma\nduas"), ("Bia", "oi"), ("Bia", "fim")]


def test_lines_before_the_first_message_are_counted(read):
    rows, exports = read("saved by a tool\n\n" + android([(0, "Ana", "oi")]))
    assert (len(rows), exports[0]["lines"]) == (1, 3)


def test_wall_times_become_utc_and_the_zone_changes_no_id(read):
    text = android([(0, "Ana", "oi"), (1, "Ana", "oi")])
    rows, exports = read(text, timezone="America/Sao_Paulo")
    assert rows[0]["timestamp"].replace(tzinfo=None) == datetime(2024, 1, 10, 12, 0)  # noqa: DTZ001
    assert exports[0]["last_timestamp"] == rows[1]["timestamp"]
    assert said(read(text)[0], "message_id") == said(rows, "message_id")


def test_ids_are_pinned_and_equal_messages_have_different_ones(read):
    rows, exports = read(android([(0, "Ana", "oi"), (0, "Ana", "oi"), (0, "Ana", "oi"), (1, "Ana", "oi")]))
    ids = ["996333598a2e97e3", "39c6006045236c93", "cb910720ed3e78e1", "4abcd50358de517d"]
    assert [row["message_id"] for row in rows] == ids
    assert {row["chat_id"] for row in rows} == {exports[0]["chat_id"]} == {"chat-a2fd8c03"}


@pytest.mark.parametrize(
    "text", ["", "not a chat at all\n", "2025-01-01 10:00:00 INFO started: yes\n", "{}", "\n\n\n", "\0\0"]
)
def test_what_is_no_chat_is_an_error(read, text):
    with pytest.raises(ExportError) as caught:
        read(text)
    assert caught.value.where
    assert caught.value.fix


def test_a_chat_without_people_is_fine(read):
    rows, exports = read(android([(0, None, "As mensagens são protegidas")]))
    assert said(rows, "author", "kind") == [(None, "system")]
    assert exports[0]["messages"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "Conversa do WhatsApp com Vila (1).txt",
        "1a2b3c4d-Conversa do WhatsApp com Vila.txt",
        "Conversa_do_WhatsApp_com_Vila.txt",
        "WhatsApp Chat with VILA.txt",
        "WhatsApp-Chat mit Vila-1.txt",
        "WhatsApp+Chat+-+Vila.txt",
        "与Vila的 WhatsApp 聊天.txt",
    ],
)
def test_one_chat_has_one_id_whatever_the_file_is_called(read, name):
    text = android([(0, "Ana", "oi")])
    assert said(read(text, name=name)[0], "chat_id") == said(read(text)[0], "chat_id")


def test_the_chat_of_a_zip_is_named_inside_it(read, tmp_path):
    def chat_of(name, member, text):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, text)
        return read(tmp_path / name)[1][0]["chat_id"]

    line = "[13.01.24, 09:00:00] {}: " + LRM + "Messages are encrypted."
    typed = "[13.01.24, 09:00:01] Bia: hi"
    first = chat_of("WhatsApp Chat - Vila.zip", "_chat.txt", ios(line.format("Vila"), typed))
    assert chat_of("renamed.zip", "_chat.txt", ios(line.format("vila"), typed, typed)) == first
    assert chat_of("12345678-x.zip", "WhatsApp Chat with Vila.txt", android([(0, "Bia", "hi")])) == first
    assert chat_of("WhatsApp Chat - Vila (2).zip", "_chat.txt", ios(typed)) == first
    assert chat_of("WhatsApp Chat - Vila.zip", "_chat.txt", ios(line.format("Norte"), typed)) != first
    assert chat_of("Bia.zip", "_chat.txt", ios(line.format("Bia"), typed)) == chat_of(
        "x.zip", "_chat.txt", ios(line.format("Bia"), typed, typed)
    )


def merged(folder, texts):
    """The rows, without the export, of exports of one chat."""
    paths = []
    for number, text in enumerate(texts):
        path = folder / str(number) / "Conversa do WhatsApp com Vila.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        paths.append(path)
    rows = []
    for name, table in ingest(exports=tuple(paths), key=key_in(folder), timezone="UTC"):
        if name == "ingested_messages":
            rows += table.drop_columns("export_id").to_pylist()
    return sorted(rows, key=lambda row: row["message_id"])


def order_of(folder, texts):
    """The words of exports of one chat, sorted by time and place."""
    places, messages = {}, []
    paths = [folder / f"{number}" / "WhatsApp Chat with Vila.txt" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    for name, table in ingest(exports=tuple(paths), key=key_in(folder), timezone="UTC"):
        if name == "message_order":
            places |= {row["message_id"]: row["position"] for row in table.to_pylist()}
        elif name == "ingested_messages":
            messages += table.to_pylist()
    messages.sort(key=lambda row: (row["timestamp"], places.get(row["message_id"], 0), row["message_id"]))
    return [row["message"] for row in messages]


@settings(max_examples=examples(20))
@given(minutes=st.lists(st.integers(0, 2), min_size=3, max_size=30), cut=st.integers(0, 30))
def test_messages_of_one_minute_keep_their_order_also_where_an_export_was_cut_off(tmp_path_factory, minutes, cut):
    folder = tmp_path_factory.mktemp("order")
    at, rows = 0, []
    for number, step in enumerate(minutes):
        at += step
        rows.append((at, "Ana", f"message {number}"))
    whole, tail = android(rows), android(rows[min(cut, len(rows) - 2) :])
    assert order_of(folder, [whole]) == [text for _, _, text in rows]
    assert order_of(folder, [whole, tail]) == [text for _, _, text in rows]


def test_without_the_key_an_id_tells_nothing(tmp_path):
    text = android([(0, "Ana", "oi"), (1, "Bia", "sim")])
    ids = {row["message_id"] for row in merged(tmp_path, [text])}
    (tmp_path / "other").mkdir()
    path = tmp_path / "0" / "Conversa do WhatsApp com Vila.txt"
    key = tmp_path / "other" / "key"
    key.write_text("6c" * 32 + "\n")
    found = [table.to_pylist() for _, table in ingest(exports=(path,), key=key, timezone="UTC")]
    assert not ids & {row["message_id"] for rows in found for row in rows if "message_id" in row}


WORDS = st.sampled_from(["oi", "sim", "não", "oi\nde novo"])
CHATS = st.lists(st.tuples(st.sampled_from(["Ana", "Bia", None]), WORDS), min_size=8, max_size=40)


@settings(max_examples=examples(25))
@given(chat=CHATS, cuts=st.lists(st.tuples(st.integers(0, 20), st.integers(3, 20)), max_size=3), order=st.randoms())
def test_overlapping_exports_in_any_order_are_the_whole(tmp_path_factory, chat, cuts, order):
    rows = [(number, *row) for number, row in enumerate(chat)]
    parts = [rows[start : start + length] for start, length in cuts]
    texts = [android(part) for part in [rows, *parts] if part]
    order.shuffle(texts)
    assert merged(tmp_path_factory.mktemp("m"), texts) == merged(tmp_path_factory.mktemp("w"), [android(rows)])


@settings(max_examples=examples(25))
@given(chat=CHATS, first_end=st.integers(5, 40), second_start=st.integers(0, 40), swap=st.booleans())
def test_two_exports_that_overlap_are_the_whole(tmp_path_factory, chat, first_end, second_start, swap):
    rows = [(number, *row) for number, row in enumerate(chat)]
    first, second = rows[:first_end], rows[min(second_start, first_end - 3, len(rows) - 3) :]
    texts = [android(second), android(first)] if swap else [android(first), android(second)]
    assert merged(tmp_path_factory.mktemp("m"), texts) == merged(tmp_path_factory.mktemp("w"), [android(rows)])


def test_a_newer_state_replaces_an_older_one_and_nothing_is_lost(read, tmp_path):
    old = [(0, "Ana", "antes"), (5, "Ana", "um"), (6, "Bia", "errado"), (7, "Bia", "some"), (9, "Ana", "dois")]
    new = [(5, "Ana", "um"), (6, "Bia", "certo <Mensagem editada>"), (9, "Ana", "dois"), (11, "Bia", "fim")]
    rows = merged(tmp_path, [android(old), android(new)])
    assert sorted(row["message"] for row in rows) == ["antes", "certo", "dois", "fim", "some", "um"]
    assert rows == merged(tmp_path, [android(new), android(old)])


def test_a_command_that_a_newer_export_no_longer_has_still_counts(tmp_path):
    old = [(5, "Ana", "um"), (6, "Bia", "/egrégora opt-out"), (7, "Bia", "some"), (9, "Ana", "dois")]
    new = [(5, "Ana", "um"), (6, "Bia", "Mensagem apagada"), (9, "Ana", "dois"), (11, "Bia", "fim")]
    rows = merged(tmp_path, [android(old), android(new)])
    assert said(sorted(rows, key=lambda row: row["message"]), "kind", "message") == [
        ("command", "/egrégora opt-out"),
        ("deleted", "Mensagem apagada"),
        ("text", "dois"),
        ("text", "fim"),
        ("text", "some"),
        ("text", "um"),
    ]


def test_the_same_bytes_twice_count_once(tmp_path):
    text = android([(0, "Ana", "oi"), (1, "Bia", "oi")])
    assert len(merged(tmp_path, [text, text])) == 2


def test_a_message_longer_than_any_app_writes_is_an_error(read):
    rows, _ = read(android([(0, "Ana", "x\n" * 35_000), (1, "Bia", "oi")]))
    assert [len(row["message"]) for row in rows] == [70_000, 2]
    with pytest.raises(ExportError, match="a single message"):
        read(android([(0, "Ana", "x\n" * (2 << 20)), (1, "Bia", "oi")]))


def test_a_chat_longer_than_a_piece_reads_whole(read):
    chat = [(n // 3, f"P{n % 7}", f"mensagem {n}\n" + "x😀" * (n % 40)) for n in range(60_000)]
    rows, exports = read(android(chat))
    assert said(rows, "author", "message") == [(author, text) for _, author, text in chat]
    assert len({row["message_id"] for row in rows}) == exports[0]["messages"] == len(chat)
