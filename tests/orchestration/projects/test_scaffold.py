import os
import stat
import zipfile

import pytest

from egregora.config.project import Project
from egregora.core.errors import ExportError
from egregora.ingestion.source.archive import open_chats
from egregora.orchestration.projects.scaffold import add_export, begin_project
from tests.whole.chats import export, lines_of_weeks

TEXT = "\n".join(lines_of_weeks(range(1)))


@pytest.fixture
def project(tmp_path):
    return begin_project(tmp_path / "blog")


@pytest.fixture
def unpacked(tmp_path):
    """A folder as it is when somebody unpacked an export, and opened it on a Mac."""
    folder = tmp_path / "WhatsApp Chat - Our Street"
    (folder / "more").mkdir(parents=True)
    (folder / "_chat.txt").write_text(TEXT)
    (folder / "more" / "IMG-1.jpg").write_bytes(b"a picture")
    (folder / ".DS_Store").touch()
    (folder / "link.txt").symlink_to(folder / "_chat.txt")
    os.utime(folder / "_chat.txt", (1_700_000_000, 1_700_000_000))
    os.utime(folder / "more" / "IMG-1.jpg", (0, 0))
    return folder


def names(project):
    return [path.name for path in sorted(project.exports_dir.iterdir())]


def test_a_folder_comes_in_as_a_zip_and_the_same_folder_only_once(project, unpacked):
    assert add_export(project, unpacked)
    (path,) = project.exports()
    assert names(project) == [path.name]
    assert path.name.endswith("-WhatsApp Chat - Our Street.zip")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    (unpacked / "new.txt").touch()
    (unpacked / "new.txt").unlink()
    assert not add_export(project, unpacked)
    assert (names(project), path.read_bytes()) == ([path.name], before)
    (chat,) = open_chats(path)
    assert b"".join(chat.pieces()).decode() == TEXT
    assert (chat.member, chat.files(), chat.written_on.year) == ("_chat.txt", {"IMG-1.jpg"}, 2023)


def test_a_text_is_packed_and_a_picture_is_stored(project, unpacked):
    add_export(project, unpacked)
    with zipfile.ZipFile(project.exports()[0]) as archive:
        assert archive.testzip() is None
        assert {entry.filename: entry.compress_type for entry in archive.infolist()} == {
            "_chat.txt": zipfile.ZIP_DEFLATED,
            "more/IMG-1.jpg": zipfile.ZIP_STORED,
        }


def test_a_folder_of_exports_comes_in_as_one(project, tmp_path):
    (tmp_path / "all").mkdir()
    for title in ("Ana", "Bia"):
        (tmp_path / "all" / f"{title}.zip").write_bytes(export(lines_of_weeks(range(1)), title=title))
    assert add_export(project, tmp_path / "all")
    assert len(open_chats(project.exports()[0])) == 2


def test_an_export_is_taken_for_what_is_in_it_whatever_its_name(project, tmp_path):
    (tmp_path / "a.txt").write_bytes(export(lines_of_weeks(range(1))))
    (tmp_path / "b.zip").write_text(TEXT)
    (tmp_path / "c").write_bytes(export(lines_of_weeks(range(2))))
    (tmp_path / "d.text").write_text(TEXT + "\n")
    assert all(add_export(project, tmp_path / name) for name in ("a.txt", "b.zip", "c", "d.text"))
    assert sorted(name.partition("-")[2] for name in names(project)) == ["a.txt", "b.zip", "c.zip", "d.text.txt"]
    assert len(project.exports()) == 4


def test_what_has_no_chat_is_refused_and_nothing_is_left(project, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "empty").mkdir()
    for name, says in (("a.pdf", "PDF"), ("empty", "no chat text"), ("gone.zip", "cannot be read")):
        with pytest.raises(ExportError, match=says):
            add_export(project, tmp_path / name)
    assert names(project) == []


def test_an_export_that_cannot_be_copied_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    with pytest.raises(ExportError, match="No such file"):
        add_export(Project(tmp_path / "none"), tmp_path / "a.txt")
    assert not (tmp_path / "none").exists()
