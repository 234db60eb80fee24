import zipfile
from datetime import date

import pytest

from egregora.core.errors import ExportError
from egregora.ingestion.archive import open_chat, open_members

CHAT = "01/02/2025 10:00 - Ana: oi\n01/02/2025 10:01 - Bia: olá\n"


def zip_of(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.pop("named", {}).items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 2, 3, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
        for name, text in members.items():
            archive.writestr(f"{name}.txt", text)
    return path


def text_of(path):
    return "".join(open_chat(path).pieces())


def test_the_text_with_the_most_heads_is_the_chat(tmp_path):
    path = zip_of(tmp_path / "x.zip", named={"notas.txt": "a longer text " * 99, "Conversa.txt": CHAT, "IMG.jpg": b"x"})
    assert open_chat(path).member == "Conversa.txt"
    assert open_chat(path).written_on == date(2025, 2, 3)
    assert text_of(path) == CHAT


def test_chat_txt_wins_and_what_macos_adds_is_passed_over(tmp_path):
    names = {"__MACOSX/._chat.txt": CHAT, "g/_chat.txt": CHAT, "g/other.txt": CHAT * 9, "g/": ""}
    path = zip_of(tmp_path / "x.zip", named=names)
    assert open_chat(path).member == "g/_chat.txt"
    assert [member.name for member in open_members(path)] == ["g/_chat.txt", "g/other.txt"]


@pytest.mark.parametrize("name", ["../_chat.txt", "/_chat.txt", "a/../../_chat.txt", "C:/_chat.txt", "..\\_chat.txt"])
def test_a_member_that_leads_out_is_not_read(tmp_path, name):
    with pytest.raises(ExportError, match="no chat"):
        open_chat(zip_of(tmp_path / "x.zip", named={name: CHAT}))


def test_a_link_is_not_read(tmp_path):
    entry = zipfile.ZipInfo("_chat.txt")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/hostname")
    with pytest.raises(ExportError, match="no chat"):
        open_chat(tmp_path / "x.zip")


def test_a_bomb_beside_the_chat_does_no_harm_and_a_bomb_as_chat_is_refused(tmp_path):
    zeros = b"\0" * (40 << 20)
    assert text_of(zip_of(tmp_path / "x.zip", named={"_chat.txt": CHAT, "v.mp4": zeros})) == CHAT
    with pytest.raises(ExportError, match="200:1"):
        open_chat(zip_of(tmp_path / "y.zip", named={"_chat.txt": zeros}))


@pytest.mark.parametrize("cut", [4, 40, 100])
def test_a_zip_cut_off_is_an_error_that_names_it(tmp_path, cut):
    path = zip_of(tmp_path / "x.zip", _chat=CHAT * 50)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ExportError, match="cut off") as caught:
        open_chat(path)
    assert str(path) in caught.value.where
    assert caught.value.fix


def test_damaged_bytes_inside_a_zip_are_an_error(tmp_path):
    path = zip_of(tmp_path / "x.zip", _chat="".join(f"01/02/2025 10:00 - Ana: {n * 7919}\n" for n in range(2000)))
    data = bytearray(path.read_bytes())
    data[2000:2100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(ExportError, match="damaged"):
        text_of(path)


def test_an_encrypted_chat_is_an_error(tmp_path):
    path = zip_of(tmp_path / "x.zip", _chat=CHAT)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ExportError, match="password"):
        open_chat(path)


def test_nothing_and_a_missing_file_are_errors(tmp_path):
    (tmp_path / "x.zip").touch()
    with pytest.raises(ExportError, match="empty"):
        open_chat(tmp_path / "x.zip")
    with pytest.raises(ExportError, match="cannot be read"):
        open_chat(tmp_path / "gone.zip")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_told_from_the_first_bytes(tmp_path, encoding):
    path = tmp_path / "x.txt"
    path.write_bytes(CHAT.encode(encoding))
    assert text_of(path) == CHAT


def test_a_letter_that_spans_two_pieces_stays_whole(tmp_path):
    text = "a" + "ã" * (3 << 20)
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    assert text_of(tmp_path / "x.txt") == text


def test_a_stray_byte_is_replaced(tmp_path):
    (tmp_path / "x.txt").write_bytes(CHAT.encode() + b"\xff")
    assert text_of(tmp_path / "x.txt") == CHAT + "\ufffd"
