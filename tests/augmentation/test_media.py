import zipfile
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from egregora.augmentation import media
from egregora.augmentation.media import collect_media
from egregora.config.key import attachment_token
from egregora.core.database_schema import ANONYMIZED_MESSAGES_SCHEMA, MEDIA_FILES_SCHEMA
from egregora.core.errors import ExportError
from egregora.core.fingerprint import bytes_digest, file_digest
from tests.augmentation import pictures

START = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)
KEY = bytes([0x11] * 32)
PHOTO, STICKER = "IMG-20240305-WA0001.jpg", "STK-20240305-WA0002.webp"


class Album:
    """A folder with a key, exports, and messages that speak of files."""

    def __init__(self, folder, memory):
        self.folder, self.memory, self.media_dir, self.exports = folder, memory, folder / "media", []
        (folder / "key").write_text(KEY.hex() + "\n")

    def export(self, files, name="chat.zip"):
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in files.items():
                archive.writestr(member, data)
        self.exports.append(path)
        return path

    def collect(self, *messages):
        columns = ANONYMIZED_MESSAGES_SCHEMA.to_pyarrow()
        table = self.memory.create_table("spoken", pa.Table.from_pylist(messages, schema=columns), overwrite=True)
        made = collect_media(
            anonymized_messages=table,
            exports=tuple(self.exports),
            key=self.folder / "key",
            media_dir=self.media_dir,
        )
        return [row for name, piece in made if self._is_whole(name, piece) for row in piece.to_pylist()]

    @staticmethod
    def _is_whole(name, piece):
        assert name == "media_files"
        assert tuple(piece.column_names) == MEDIA_FILES_SCHEMA.names
        return True

    @property
    def published(self):
        return sorted(path.name for path in self.media_dir.glob("*")) if self.media_dir.exists() else []


@pytest.fixture
def album(tmp_path, memory):
    return Album(tmp_path, memory)


def sent(name, number=1, kind="media", **other):
    return {
        "chat_id": "chat",
        "message_id": f"m{number}",
        "timestamp": START + timedelta(minutes=number),
        "author": "aaaaaaaa",
        "kind": kind,
        "message": "",
        "attachment": name and attachment_token(KEY, name),
        "edited": False,
        "deleted": False,
        "export_id": "",
        **other,
    }


def test_a_photo_is_published_without_its_metadata(album):
    album.export({"_chat.txt": "…", PHOTO: pictures.JPEG})
    (row,) = album.collect(sent(PHOTO), sent(None, 2), sent("x", 3, kind="text"))
    media_id = bytes_digest(pictures.JPEG)
    assert row == {
        "media_id": media_id,
        "message_timestamp": START + timedelta(minutes=1),
        "original_filename": PHOTO,
        "site_relative_path": f"media/{media_id}.jpg",
        "description": "photo, 24 × 16",  # noqa: RUF001  # a multiplication sign
        "pii_redacted": False,
        "chat_id": "chat",
        "message_id": "m1",
        "media_type": "image",
        "size_bytes": len(pictures.JPEG_CLEAN),
    }
    assert (album.media_dir / f"{media_id}.jpg").read_bytes() == pictures.JPEG_CLEAN


def test_the_same_again_touches_nothing_and_the_same_picture_is_one_file(album):
    album.export({PHOTO: pictures.PNG, "Ana Silva.PNG": pictures.PNG, "b.png": pictures.PNG})
    messages = [sent("Ana Silva.PNG", 2), sent("b.png", 1), sent("Ana Silva.PNG", 3)]
    rows = album.collect(*messages)
    (name,) = album.published
    before = (album.media_dir / name).stat().st_mtime_ns
    assert [row["message_id"] for row in rows] == ["m1", "m2", "m3"]
    assert {(row["media_id"], row["site_relative_path"]) for row in rows} == {(name[:32], f"media/{name}")}
    assert album.collect(*reversed(messages)) == rows
    assert (album.media_dir / name).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("PTT-20240305-WA0001.opus", b"OggS", ("audio", "voice message", False)),
        ("AUD-20240305-WA0001.mp3", b"ID3", ("audio", "audio", False)),
        ("VID-20240305-WA0001.mp4", b"\0\0\0\x18ftypisom", ("video", "video", False)),
        ("Ana Silva.vcf", b"BEGIN:VCARD", ("contact", "contact card", True)),
        ("contract Ana.pdf", b"%PDF-1.4", ("document", "PDF document", True)),
        ("Ana.xlsx", b"PK\3\4", ("document", "document", True)),
        ("DOC-20240305-WA0001.", b"begin:vcard", ("contact", "contact card", True)),
        ("Ana.exe", b"MZ", ("other", "file", False)),
        ("IMG-20240305-WA0001.heic", b"\0\0\0\x18ftypheic", ("image", "photo", False)),
        (PHOTO, pictures.PNG, ("other", "file, not what its name says", False)),
        (PHOTO, b"<script>", ("other", "file, not what its name says", False)),
        (PHOTO, pictures.JPEG[:90], ("image", "photo, damaged", False)),
        (PHOTO, b"", ("other", "file, not what its name says", False)),
    ],
)
def test_what_is_no_whole_picture_is_not_published(album, name, data, said):
    album.export({name: data})
    (row,) = album.collect(sent(name))
    assert (row["media_type"], row["description"], row["pii_redacted"]) == said
    assert (row["media_id"], row["site_relative_path"], row["size_bytes"]) == (bytes_digest(data), None, len(data))
    assert "Ana" not in str(row)
    assert album.published == []


def test_a_sticker_is_a_sticker(album):
    album.export({STICKER: pictures.WEBP})
    (row,) = album.collect(sent(STICKER))
    assert (row["media_type"], row["description"]) == ("sticker", "sticker")
    assert (album.folder / row["site_relative_path"]).read_bytes() == pictures.WEBP_CLEAN


def test_a_file_in_no_export_is_told(album):
    (album.folder / "chat.txt").write_text("PK is how I begin")
    album.exports.append(album.folder / "chat.txt")
    first, again = album.collect(sent(PHOTO)), album.collect(sent(PHOTO))
    assert first == again
    assert first[0]["description"] == "photo, not in the export"
    assert (first[0]["size_bytes"], first[0]["site_relative_path"]) == (0, None)
    assert album.collect(sent(PHOTO, chat_id="other"))[0]["media_id"] != first[0]["media_id"]


def test_hostile_member_names_stay_inside(album):
    names = ["../../evil.jpg", "/abs/olute.jpg", "..\\..\\win.jpg", "C:\\drive.jpg", "a/b/../c.jpg"]
    album.export(dict.fromkeys(names, pictures.JPEG))
    rows = album.collect(*(sent(name.replace("\\", "/").split("/")[-1], number) for number, name in enumerate(names)))
    assert {row["site_relative_path"] for row in rows} == {f"media/{bytes_digest(pictures.JPEG)}.jpg"}
    assert sorted(path.name for path in album.folder.iterdir()) == ["chat.zip", "key", "media"]
    assert len(album.published) == 1


def test_two_chats_with_files_of_one_name_keep_their_own(album):
    ours = album.export({PHOTO: pictures.JPEG}, "b.zip")
    theirs = album.export({PHOTO: pictures.JPEG_CLEAN}, "a.zip")
    short = {path: file_digest(path)[:16] for path in (ours, theirs)}
    without = sent(PHOTO, 3, chat_id="ours", export_id="gone")
    rows = album.collect(
        sent(PHOTO, 1, chat_id="ours", export_id=short[ours]),
        sent(PHOTO, 2, chat_id="theirs", export_id=short[theirs]),
        without,
        sent(PHOTO, 4, chat_id="third", export_id="gone"),
    )
    assert rows.pop()["description"] == "photo, not in the export"
    assert [row["media_id"] for row in rows] == [
        bytes_digest(data) for data in (pictures.JPEG, pictures.JPEG_CLEAN, pictures.JPEG)
    ]
    alone = album.collect(without)
    assert alone[0]["media_id"] == bytes_digest(pictures.JPEG_CLEAN)  # of no known chat: the first by path


def test_what_cannot_be_read_does_not_stop_the_rest(album):
    path = album.export(
        {"IMG-20240305-WA0002.jpg": pictures.JPEG, "VID-20240305-WA0003.mp4": bytes(9 << 20), PHOTO: pictures.PNG}
    )
    damaged = bytearray(path.read_bytes())
    place = damaged.index(b"IMG-20240305-WA0002.jpg") + 40
    damaged[place : place + 8] = b"\xff" * 8
    path.write_bytes(damaged)
    rows = album.collect(sent("IMG-20240305-WA0002.jpg", 1), sent("VID-20240305-WA0003.mp4", 2), sent(PHOTO, 3))
    assert [row["description"] for row in rows] == [
        "photo, not readable",
        "video, not readable",  # grows a thousandfold
        "file, not what its name says",
    ]


def test_an_encrypted_member_is_not_readable(album):
    path = album.export({PHOTO: pictures.JPEG})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert album.collect(sent(PHOTO))[0]["description"] == "photo, not readable"


def test_a_picture_beyond_the_limit_is_not_published(album):
    member = album.export({PHOTO: pictures.JPEG})
    with media.open_exports([member], KEY, []) as opened:
        content = opened.attachment(PHOTO, "chat", "").read(20)
    assert (content.size, content.digest) == (len(pictures.JPEG), bytes_digest(pictures.JPEG))
    huge = pictures.JPEG + bytes(range(256)) * (media.PICTURE_LIMIT // 256)
    with zipfile.ZipFile(member, "w") as archive:
        archive.writestr(PHOTO, huge)
    (row,) = album.collect(sent(PHOTO))
    assert (row["description"], row["size_bytes"]) == ("photo, too large to publish", len(huge))
    assert (row["media_id"], album.published) == (bytes_digest(huge), [])


def test_a_zip_that_is_cut_off_is_told(album):
    path = album.export({PHOTO: pictures.JPEG})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ExportError) as told:
        album.collect(sent(PHOTO))
    assert told.value.where == str(path)


def test_a_picture_goes_when_nobody_speaks_of_it_any_more(album):
    album.export({PHOTO: pictures.JPEG, "b.png": pictures.PNG})
    album.collect(sent(PHOTO, 1), sent("b.png", 2))
    (album.media_dir / "notes.txt").write_text("kept: not ours")
    album.collect(sent("b.png", 2))
    assert album.published == sorted([f"{bytes_digest(pictures.PNG)}.png", "notes.txt"])
