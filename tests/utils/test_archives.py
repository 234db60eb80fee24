import io
import zipfile
from datetime import date

import pytest

from egregora.core.errors import ExportError
from egregora.utils import archives as containers
from egregora.utils.archives import inner_zips, is_zip, open_container, open_inner
from egregora.utils.file_part import FilePart

DAY = (2025, 2, 3, 4, 5, 6)


def zip_bytes(members, packing=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, DAY), data, packing)
    return buffer.getvalue()


def zip_at(path, members, packing=zipfile.ZIP_DEFLATED):
    path.write_bytes(zip_bytes(members, packing))
    return path


def content(container, name, size=5):
    return b"".join(container.pieces(container.members[name], size))


def test_members_are_found_by_name_without_folders_and_what_macos_adds(tmp_path):
    names = ["g/", "g/a.txt", "__MACOSX/g/._a.txt", "g/._a.txt", ".DS_Store", "b\\c.jpg", "g/a.TXT"]
    with open_container(zip_at(tmp_path / "x.zip", dict.fromkeys(names, b"twelve bytes"))) as container:
        assert list(container.members) == ["g/a.txt", "b/c.jpg", "g/a.TXT"]
        member = container.members["g/a.txt"]
        assert (member.base, member.folder, member.size, member.written_on) == ("a.txt", "g", 12, date(2025, 2, 3))
        assert list(container.pieces(member, 5)) == [b"twelv", b"e byt", b"es"]


def test_a_folder_is_read_like_the_zip_it_was_without_what_is_hidden_and_links(tmp_path):
    (tmp_path / "g" / ".git").mkdir(parents=True)
    for name in ("b.jpg", "a.txt", ".hidden", ".git/config", "._a.txt"):
        (tmp_path / "g" / name).write_bytes(name.encode())
    (tmp_path / "link.txt").symlink_to(tmp_path / "g" / "a.txt")
    (tmp_path / "linked").symlink_to(tmp_path / "g")
    with open_container(tmp_path) as container:
        assert list(container.members) == ["g/a.txt", "g/b.jpg"]
        assert content(container, "g/a.txt") == b"a.txt"


@pytest.mark.parametrize(
    "name", ["../a", "/a", "a/../../b", "C:/a", "C:\\a", "c:a", "..\\a", "\\\\host\\a", "a/..", "__MACOSX/../a", "../"]
)
def test_a_zip_with_a_member_that_leads_out_is_refused_as_a_whole(tmp_path, name):
    path = zip_at(tmp_path / "x.zip", {"_chat.txt": b"", name: b""})
    with pytest.raises(ExportError, match="leads out of it") as caught, open_container(path):
        pass
    assert (caught.value.where, bool(caught.value.fix)) == (str(path), True)
    with open_container(path, any_names=True) as container:
        assert "_chat.txt" in container.members


def test_names_that_only_look_odd_are_names(tmp_path):
    names = ["..a.jpg", "Q: what.pdf", "a..b/c.txt", "~/x.txt"]
    with open_container(zip_at(tmp_path / "x.zip", dict.fromkeys(names, b""))) as container:
        assert list(container.members) == names


def test_a_link_in_a_zip_is_refused(tmp_path):
    entry = zipfile.ZipInfo("_chat.txt")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/hostname")
    with pytest.raises(ExportError, match="is a link"), open_container(tmp_path / "x.zip"):
        pass


def test_names_in_utf_8_are_read_with_and_without_the_flag(tmp_path):
    name = "Чат Ana 🚀.txt"
    path = zip_at(tmp_path / "x.zip", {"x" * len(name.encode()): b"", "Olá.txt": b""})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name.encode()), name.encode()))
    with open_container(path) as container:
        assert list(container.members) == [name, "Olá.txt"]


def test_more_members_than_an_export_has_are_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
        archive.filelist = archive.filelist * (containers.MEMBER_LIMIT + 1)  # one file, told of many times
    with pytest.raises(ExportError, match="200,000"), open_container(path):
        pass


def test_a_bomb_is_refused_before_and_while_it_is_read(tmp_path):
    path = zip_at(tmp_path / "x.zip", {"a": bytes(20 << 20), "b": bytes(2 << 20)})
    with open_container(path) as container:
        with pytest.raises(ExportError, match="200:1"):
            next(container.pieces(container.members["a"], 1 << 20))
        with pytest.raises(ExportError, match="200:1"):
            next(container.pieces(container.members["b"], 1 << 20, small=1 << 20))
        assert sum(map(len, container.pieces(container.members["b"], 1 << 20))) == 2 << 20


def test_a_size_that_lies_is_found_out(tmp_path):
    data = zip_bytes({"a": bytes(range(256)) * (8 << 10)})
    at = data.index(b"PK\1\2") + 24
    path = tmp_path / "x.zip"
    path.write_bytes(data[:at] + (5).to_bytes(4, "little") + data[at + 4 :])
    with open_container(path) as container, pytest.raises(ExportError):
        content(container, "a", 1 << 20)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_in_a_zip_is_read_however_it_is_packed(tmp_path, packing):
    inside = zip_bytes({"_chat.txt": b"hi", "IMG.jpg": bytes(range(256)) * 9})
    path = zip_at(tmp_path / "x.zip", {"pre.jpg": b"x", "b.zip": inside, "a.ZIP": inside}, packing)
    with open_container(path) as outer:
        assert [member.name for member in inner_zips(outer)] == ["a.ZIP", "b.zip"]
        with open_inner(outer, outer.members["b.zip"]) as inner:
            assert content(inner, "IMG.jpg", 100) == bytes(range(256)) * 9
            assert content(inner, "_chat.txt") == b"hi"


def test_zips_beside_a_text_are_attachments(tmp_path):
    path = zip_at(tmp_path / "x.zip", {"a.zip": zip_bytes({}), "chat.txt": b""})
    with open_container(path) as container:
        assert inner_zips(container) == ()


def test_a_packed_zip_that_is_too_large_to_hold_is_refused(tmp_path):
    big = zip_bytes({"v.mp4": bytes(257 << 20)}, zipfile.ZIP_STORED)
    with (
        open_container(zip_at(tmp_path / "x.zip", {"a.zip": big})) as outer,
        pytest.raises(ExportError, match="256 MB"),
        open_inner(outer, outer.members["a.zip"]),
    ):
        pass


def test_a_zip_is_told_by_its_bytes(tmp_path):
    assert is_zip(zip_at(tmp_path / "a.txt", {"a": b""}))
    (tmp_path / "b.zip").write_bytes(b"01/02/2025 10:00 - Ana: PK\n")
    assert not is_zip(tmp_path / "b.zip")
    (tmp_path / "c.zip").write_bytes(zip_bytes({"a": b"x" * 99})[:40])
    assert is_zip(tmp_path / "c.zip")
    with pytest.raises(ExportError, match="cannot be read"):
        is_zip(tmp_path / "gone.zip")


def test_a_part_of_a_file_is_a_file(tmp_path):
    (tmp_path / "x").write_bytes(b"0123456789")
    with FilePart(tmp_path / "x", 3, 4) as part:
        assert (part.read(), part.read(1)) == (b"3456", b"")
        assert (part.seek(-2, io.SEEK_END), part.read(9)) == (2, b"56")
        assert (part.seek(1), part.seek(1, io.SEEK_CUR), part.read(1), part.tell()) == (1, 2, b"5", 3)
        assert (part.seek(99), part.read()) == (99, b"")
        with pytest.raises(OSError, match="before"):
            part.seek(-1)
