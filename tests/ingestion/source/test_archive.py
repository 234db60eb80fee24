import io
import zipfile
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egregora.core.errors import ExportError
from egregora.ingestion.source.archive import Chat, open_chats
from tests.conftest import examples

CHAT = "01/02/2025 10:00 - Ana: oi\n01/02/2025 10:01 - Bia: olá\n"
OTHER = "01/02/2025 11:00 - Zoe: another chat\n" * 3
IOS = "[01/02/2025, 10:00:00] Ana: oi\r\n[01/02/2025, 10:01:00] Bia: a\nb\r\n"
NOTES = "1 kilo of salt\n" * 99


def zip_bytes(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 2, 3, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_at(path, members):
    path.write_bytes(zip_bytes(members))
    return path


def members_of(path):
    return [chat.member for chat in open_chats(path)]


def text_of(path):
    return b"".join(open_chats(path)[0].pieces()).decode()


def refused(path):
    with pytest.raises(ExportError) as caught:
        open_chats(path)
    assert str(path) in caught.value.where
    assert caught.value.fix
    return str(caught.value.what)


def test_a_text_with_headers_is_the_chat_and_the_others_came_with_it(tmp_path):
    path = zip_at(tmp_path / "x.zip", {"notas.txt": NOTES, "Conversa.txt": CHAT, "IMG.jpg": b"x", "a/b.pdf": b"x"})
    (chat,) = open_chats(path)
    assert (chat.path, chat.member, chat.written_on) == (path, "Conversa.txt", date(2025, 2, 3))
    assert chat.files() == {"notas.txt", "IMG.jpg", "b.pdf"}
    assert b"".join(chat.pieces(1)) == b"".join(chat.pieces()) == CHAT.encode()
    assert chat.beginning() == CHAT
    assert len(list(chat.pieces(1))) == -(-len(CHAT.encode()) // 64)


def test_a_bare_text_is_a_chat_whatever_its_name(tmp_path):
    for name in ("x.txt", "x.zip", "x"):
        (tmp_path / name).write_text(CHAT)
        assert open_chats(tmp_path / name) == (Chat(tmp_path / name, None, None),)
        assert open_chats(tmp_path / name)[0].files() == frozenset()
        assert text_of(tmp_path / name) == CHAT


def test_a_zip_is_a_zip_whatever_its_name(tmp_path):
    assert text_of(zip_at(tmp_path / "x.txt", {"Conversa.txt": CHAT})) == CHAT


def test_a_folder_is_an_export_that_was_unpacked(tmp_path):
    (tmp_path / "_chat.txt").write_bytes(IOS.encode("utf-16"))
    (tmp_path / "IMG.jpg").touch()
    (chat,) = open_chats(tmp_path)
    assert (chat.member, chat.files()) == ("_chat.txt", {"IMG.jpg"})
    assert b"".join(chat.pieces()) == IOS.encode()


def test_beside_chat_txt_texts_are_attachments_and_in_other_folders_they_may_be_chats(tmp_path):
    names = {"__MACOSX/g/._chat.txt": IOS, "g/_chat.txt": IOS, "g/1-other.txt": CHAT * 9, "h/_CHAT.TXT": IOS}
    path = zip_at(tmp_path / "x.zip", {**names, "Ana.txt": CHAT, "g/a.jpg": b"", "h/b.jpg": b""})
    chats = open_chats(path)
    assert [chat.member for chat in chats] == ["Ana.txt", "g/_chat.txt", "h/_CHAT.TXT"]
    assert [chat.files() for chat in chats] == [{"1-other.txt", "a.jpg", "b.jpg"}, {"1-other.txt", "a.jpg"}, {"b.jpg"}]


@pytest.mark.parametrize("name", ["_chat.txt", "_CHAT.TXT", "_chat (1).txt", "_chat-2.txt", "_chat copy.txt"])
def test_what_the_app_names_is_a_chat_though_headers_are_rare_in_it(tmp_path, name):
    rare = IOS + "a line of a long message\n" * 99
    assert members_of(zip_at(tmp_path / "x.zip", {f"g/{name}": rare, "Ana.txt": CHAT})) == ["Ana.txt", f"g/{name}"]
    assert members_of(zip_at(tmp_path / "y.zip", {"g/Bia.txt": rare, "Ana.txt": CHAT})) == ["Ana.txt"]
    assert members_of(zip_at(tmp_path / "z.zip", {"g/Bia.txt": rare})) == ["g/Bia.txt"]


@pytest.mark.parametrize(
    "line", ["01/02/2025 10:02 - Ana: \u200eold.txt (file attached)\n", "01/02/2025 10:02 - Ana: old.txt (anexado)\n"]
)
def test_a_chat_that_was_sent_in_another_is_an_attachment_wherever_it_is_spoken_of(tmp_path, line):
    chat = CHAT + "01/02/2025 10:00 - Ana: old.txt\n" * 20_000
    path = zip_at(tmp_path / "x.zip", {"old.txt": OTHER * 9, "new.txt": chat + line})
    assert members_of(path) == ["new.txt"]
    assert open_chats(path)[0].files() == {"old.txt"}
    assert members_of(zip_at(tmp_path / "y.zip", {"old.txt": OTHER * 9, "new.txt": chat})) == ["new.txt", "old.txt"]


def test_two_chats_that_were_sent_in_each_other_are_both_chats(tmp_path):
    sent = "01/02/2025 10:02 - Ana: \u200e{} (file attached)\n".format
    path = zip_at(tmp_path / "x.zip", {"a.txt": CHAT + sent("b.txt"), "b.txt": CHAT + sent("a.txt")})
    assert members_of(path) == ["a.txt", "b.txt"]


def test_zips_in_a_zip_are_opened_and_no_deeper_ones(tmp_path):
    inner = zip_bytes({"_chat.txt": IOS, "IMG.jpg": b"x"})
    path = zip_at(tmp_path / "x.zip", {"b.zip": inner, "a.zip": zip_bytes({"Ana.txt": CHAT}), "p.jpg": b"x"})
    chats = open_chats(path)
    assert [(chat.member, chat.files()) for chat in chats] == [
        ("a.zip/Ana.txt", frozenset()),
        ("b.zip/_chat.txt", {"IMG.jpg"}),
    ]
    assert [b"".join(chat.pieces()).decode() for chat in chats] == [CHAT, IOS]
    assert "in the zip in the zip" in refused(zip_at(tmp_path / "y.zip", {"x.zip": path.read_bytes()}))
    assert members_of(zip_at(tmp_path / "z.zip", {"Ana.txt": CHAT, "b.zip": inner})) == ["Ana.txt"]


def test_a_bomb_beside_the_chat_is_never_opened_and_as_chat_refused(tmp_path):
    zeros = bytes(40 << 20)
    path = zip_at(tmp_path / "x.zip", {"Ana.txt": CHAT, "v.mp4": zeros, "n.txt": CHAT.encode() + zeros})
    assert members_of(path) == ["Ana.txt"]
    for name in ("_chat.txt", "Ana.txt"):
        assert "200:1" in refused(zip_at(tmp_path / "y.zip", {name: CHAT.encode() + zeros}))


@pytest.mark.parametrize("name", ["../a.jpg", "/_chat.txt", "C:\\a", "..\\_chat.txt"])
def test_one_member_that_leads_out_is_enough_to_refuse_an_export(tmp_path, name):
    assert f"leads out of it: {name.replace(chr(92), '/')!r}" in refused(
        zip_at(tmp_path / "x.zip", {"_chat.txt": IOS, name: b""})
    )
    inner = zip_bytes({"_chat.txt": IOS, name: b""})
    assert "leads out" in refused(zip_at(tmp_path / "y.zip", {"a.zip": inner}))


@pytest.mark.parametrize("cut", [4, 40, 100, -1, -30])
def test_a_zip_cut_off_is_an_error_that_names_it(tmp_path, cut):
    path = zip_at(tmp_path / "x.zip", {"_chat.txt": IOS * 50})
    path.write_bytes(path.read_bytes()[:cut])
    assert "cut off" in refused(path)


def test_damaged_bytes_inside_a_zip_are_an_error(tmp_path):
    text = "".join(f"01/02/2025 10:00 - Ana: {n * 7919}\n" for n in range(99_000))
    path = zip_at(tmp_path / "x.zip", {"_chat.txt": text})
    data = bytearray(path.read_bytes())
    data[-2000:-1900] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(ExportError, match="damaged"):
        text_of(path)


def test_an_encrypted_chat_is_an_error_and_an_encrypted_picture_is_none(tmp_path):
    path = zip_at(tmp_path / "x.zip", {"_chat.txt": IOS, "a.jpg": b"x"})
    data = path.read_bytes()
    for name, says in (("a.jpg", None), ("_chat.txt", "password")):
        at = data.rindex(b"PK\1\2", 0, data.rindex(name.encode())) + 8
        path.write_bytes(data[:at] + b"\1" + data[at + 1 :])
        assert members_of(path) == ["_chat.txt"] if says is None else says in refused(path)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({f"S{n}.png": b"" for n in range(14)}, "this zip has 14 pictures and no chat text"),
        ({"a.jpg": b"", "b.MP4": b"", "c": b""}, "this zip has 1 picture, 1 video, 1 other file and no chat text"),
        ({}, "this zip has no files and no chat text"),
        ({"a.txt": "Dear Ana,\n"}, "this zip has 1 text, and no line looks like a message of a WhatsApp chat"),
        ({"_chat.txt": ""}, "this zip has 1 text, and no line looks like a message of a WhatsApp chat"),
        ({"[Content_Types].xml": "", "word/document.xml": ""}, "this is a Word document, not a chat"),
    ],
)
def test_a_zip_without_a_chat_is_told_for_what_it_is(tmp_path, members, says):
    assert refused(zip_at(tmp_path / "x.zip", members)) == says


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"%PDF-1.7\n", "this is a PDF document, not a chat"),
        (b"\xff\xd8\xff\xe0", "this is a picture, not a chat"),
        (b"\0\0\0\x18ftypmp42", "this is a video or a picture, not a chat"),
        (b"Dear Ana,\n", "no line looks like a message of a WhatsApp chat"),
        (b"", "the export is empty"),
    ],
)
def test_a_file_without_a_chat_is_told_for_what_it_is(tmp_path, start, says):
    (tmp_path / "x.txt").write_bytes(start)
    assert refused(tmp_path / "x.txt") == says


def test_a_folder_without_a_chat_and_a_missing_file_are_errors(tmp_path):
    assert refused(tmp_path) == "this folder has no files and no chat text"
    assert "cannot be read" in refused(tmp_path / "gone.zip")


def test_a_chat_that_is_gone_when_it_is_read_is_an_error(tmp_path):
    path = zip_at(tmp_path / "x.zip", {"a.zip": zip_bytes({"Ana.txt": CHAT})})
    chat = open_chats(path)[0]
    for members in ({"Bia.txt": CHAT}, {"a.zip": zip_bytes({"Bia.txt": CHAT})}):
        zip_at(path, members)
        with pytest.raises(ExportError):
            chat.beginning()


def read_or_refuse(path, data):
    path.write_bytes(data)
    try:
        return "".join(b"".join(chat.pieces()).decode() for chat in open_chats(path))
    except ExportError as error:
        return error.where and error.fix


fuzzed = settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
WHOLE = zip_bytes({"g/": "", "g/_chat.txt": IOS, "Ana.txt": CHAT * 9, "a.jpg": b"x" * 40})
NESTED = zip_bytes({"a.zip": zip_bytes({"_chat.txt": IOS})})


@fuzzed
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\3\4", CHAT.encode()]))
def test_any_bytes_are_chats_or_refused(tmp_path, data, start):
    assert read_or_refuse(tmp_path / "x.zip", start + data)


@fuzzed
@given(
    whole=st.sampled_from([WHOLE, NESTED]),
    places=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_any_damage_to_a_zip_is_chats_or_refused(tmp_path, whole, places):
    data = bytearray(whole)
    for place, byte in places:
        data[place % len(data)] = byte
    assert read_or_refuse(tmp_path / "x.zip", data)
