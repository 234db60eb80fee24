"""Zips as WhatsApp, mail, the web and strangers make them; a builder writes one and says what reading it may give."""

# ruff: noqa: RUF001  # names in Cyrillic letters

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

REFUSED = "refused"
LRM = "\u200e"
ANDROID = "13/01/2024 09:05 - Ana: hi\n13/01/2024 09:06 - Bia: one\ntwo\n"
PHOTO = "00000002-PHOTO-2024-01-13-09-06-00.jpg"
IOS = (
    f"[13.01.24, 09:05:00] Vila: {LRM}Messages are encrypted.\r\n"
    "[13.01.24, 09:05:00] Ana: hi\r\n"
    f"{LRM}[13.01.24, 09:06:00] Bia: {LRM}<attached: {PHOTO}>\r\n"
)
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"
LARGE = 64 << 20

Outcomes = list[list[dict] | str]
Built = tuple[Path, Outcomes]
Builder = Callable[[Path], Built]


def _row(time, author, message, **more):
    return {"time": f"2024-01-13T{time}", "author": author, "message": message, **more}


ANDROID_ROWS = [_row("09:05:00", "Ana", "hi"), _row("09:06:00", "Bia", "one\ntwo")]
IOS_ROWS = [
    _row("09:05:00", None, "Messages are encrypted.", kind="system"),
    _row("09:05:00", "Ana", "hi"),
    _row("09:06:00", "Bia", "", kind="media", attachment=PHOTO),
]


def _zip(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A zip of `members` at `path`, written on 1 February 2024."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return path


def _bytes_of_zip(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _of(members: Mapping[str, str | bytes], *outcomes: list[dict] | str, name: str = "chat.zip") -> Builder:
    return lambda folder: (_zip(folder / name, members), list(outcomes))


def _named(zip_name: str, member: str) -> Builder:
    text, rows = (IOS, IOS_ROWS) if member == "_chat.txt" else (ANDROID, ANDROID_ROWS)
    return _of({member: text, PHOTO: JPEG}, rows, name=zip_name)


def _link(folder: Path) -> Built:
    entry = zipfile.ZipInfo("_chat.txt")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr(entry, "/etc/hostname")
    return folder / "x.zip", [REFUSED]


def _utf8_name_without_flag(folder: Path) -> Built:
    name = "Чат WhatsApp с контактом Вера.txt".encode()
    path = _zip(folder / "x.zip", {"x" * len(name): ANDROID})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name))
    return path, [ANDROID_ROWS]


def _truncated(part: float) -> Builder:
    def build(folder: Path) -> Built:
        path = _zip(folder / "x.zip", {"_chat.txt": IOS, PHOTO: JPEG * 50})
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        return path, [REFUSED]

    return build


def _damaged(folder: Path) -> Built:
    """The chat's checksum does not fit its bytes."""
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("_chat.txt", IOS)
    path.write_bytes(path.read_bytes().replace(b"Ana: hi", b"Ana: HI"))
    return path, [REFUSED]


def _encrypted(folder: Path) -> Built:
    path = _zip(folder / "x.zip", {"_chat.txt": IOS})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header, then the one in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path, [REFUSED]


def _named_otherwise(name: str, content: bytes, outcome: list[dict] | str) -> Builder:
    def build(folder: Path) -> Built:
        (folder / name).write_bytes(content)
        return folder / name, [outcome]

    return build


def _bomb(name: str, start: str, *outcomes: list[dict] | str) -> Builder:
    """A member that grows to 64 MB beside, or in place of, the chat."""

    def build(folder: Path) -> Built:
        members = {"_chat.txt": IOS, name: start.encode() + bytes(LARGE)}
        return _zip(folder / "x.zip", members), list(outcomes)

    return build


def _nested(name: str, depth: int, outcome: list[dict] | str) -> Builder:
    def build(folder: Path) -> Built:
        content = _bytes_of_zip({"_chat.txt": IOS, PHOTO: JPEG})
        for _ in range(depth - 1):
            content = _bytes_of_zip({"inner.zip": content})
        return _zip(folder / "x.zip", {name: content}), [outcome]

    return build


def _on_the_day(folder: Path) -> Built:
    """02/03/24 in a zip of 10 February 2024: it is no 2 March, as no message is later than its export."""
    text = "02/03/24, 10:00 - Ana: hi\n"
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("WhatsApp Chat with Vila.txt", (2024, 2, 10, 12, 0, 0)), text)
    return path, [[{"time": "2024-02-03T10:00:00", "author": "Ana", "message": "hi"}]]


def _names_by_case(folder: Path) -> Built:
    """`_chat.txt` is what the app writes, `_Chat.TXT` is not."""
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", IOS)
        archive.writestr("_Chat.TXT", "a note\n")
        archive.writestr("IMG-20240113-WA0001.jpg", JPEG)
        archive.writestr("img-20240113-wa0001.JPG", JPEG)
    return path, [IOS_ROWS]


OTHER = "13/01/2024 08:00 - Zoe: another chat\n13/01/2024 08:01 - Yan: yes\n13/01/2024 08:02 - Zoe: end\n"
OTHER_ROWS = [_row("08:00:00", "Zoe", "another chat"), _row("08:01:00", "Yan", "yes"), _row("08:02:00", "Zoe", "end")]
SENT_CHAT = ANDROID + f"13/01/2024 09:07 - Bia: {LRM}old.txt (file attached)\n"
SENT_ROWS = [*ANDROID_ROWS, _row("09:07:00", "Bia", "", kind="media", attachment="old.txt")]
NOTES = "00000003-notes.txt"
IOS_WITH_NOTES = f"{IOS}{LRM}[13.01.24, 09:07:00] Ana: {LRM}<attached: {NOTES}>\r\n"
IOS_ROWS_WITH_NOTES = [*IOS_ROWS, _row("09:07:00", "Ana", "", kind="media", attachment=NOTES)]
FILES = "".join(f"13/01/2024 09:{n:02} - Ana: {LRM}IMG-20240113-WA{n:04}.jpg (file attached)\n" for n in range(3))
FILE_ROWS = [_row(f"09:{n:02}:00", "Ana", "", kind="media", attachment=f"IMG-20240113-WA{n:04}.jpg") for n in range(3)]
MANY = {"_chat.txt": IOS, **{f"IMG-20240113-WA{n:04}.jpg": JPEG for n in range(3000)}}
INNER = _bytes_of_zip({"_chat.txt": IOS, PHOTO: JPEG})
NAMES = {
    "WhatsApp Chat with Vila.zip": "WhatsApp Chat with Vila.txt",
    "WhatsApp Chat - Vila.zip": "_chat.txt",
    "Conversa do WhatsApp com Vila.zip": "Conversa do WhatsApp com Vila.txt",
    "Conversa_no_WhatsApp_com_Vila.zip": "Conversa no WhatsApp com Vila.txt",
    "Chat+de+WhatsApp+con+Vila.zip": "Chat de WhatsApp con Vila.txt",
    "Chat%20WhatsApp%20con%20Vila.zip": "Chat WhatsApp con Vila.txt",
    "Discussion WhatsApp avec Vila.zip": "Discussion WhatsApp avec Vila.txt",
    "WhatsApp-Chat mit Vila.zip": "WhatsApp-Chat mit Vila.txt",
    "Чат WhatsApp с контактом Vila.zip": "Чат WhatsApp с контактом Vila.txt",
    "Chat WhatsApp s uživatelem Vila.zip": "Chat WhatsApp s uživatelem Vila.txt",
    "与Vila的 WhatsApp 聊天.zip": "与Vila的 WhatsApp 聊天.txt",
    "დიალოგი.zip": "დიალოგი.txt",
}
LEADS_OUT = ["../_chat.txt", "a/../../_chat.txt", "/_chat.txt", "C:/_chat.txt", "C:\\_chat.txt", "..\\_chat.txt"]

BUILDERS: dict[str, Builder] = {
    **{f"named {name}": _named(name, member) for name, member in NAMES.items()},
    **{f"only {name!r}": _of({name: IOS}, REFUSED) for name in LEADS_OUT},
    **{
        f"{name!r} beside the chat": _of({"_chat.txt": IOS, name: IOS * 9, "../x.jpg": JPEG}, IOS_ROWS, REFUSED)
        for name in LEADS_OUT
    },
    "only a link": _link,
    "a note and a list beside the chat": _of(
        {"notes.txt": "10:30 buy: milk\n" * 500, "WhatsApp Chat with Vila.txt": ANDROID, "list.txt": ""}, ANDROID_ROWS
    ),
    "a text attachment beside _chat.txt": _of({NOTES: ANDROID * 9, "_chat.txt": IOS_WITH_NOTES}, IOS_ROWS_WITH_NOTES),
    "a chat that was sent in a chat": _of({"old.txt": OTHER * 9, "WhatsApp Chat with V.txt": SENT_CHAT}, SENT_ROWS),
    "two chats": _of(
        {"WhatsApp Chat with Vila.txt": ANDROID, "WhatsApp Chat with Zoe.txt": OTHER}, [*OTHER_ROWS, *ANDROID_ROWS]
    ),
    "in a folder, with what macOS adds": _of(
        {"Vila/": "", "Vila/_chat.txt": IOS, "__MACOSX/Vila/._chat.txt": IOS * 2, "Vila/.DS_Store": b"\0\0\0\1Bud1"},
        IOS_ROWS,
    ),
    "macOS's shadow of an Android chat": _of(
        {"__MACOSX/._WhatsApp Chat with Vila.txt": b"\0\5\26\7\0", "WhatsApp Chat with Vila.txt": ANDROID}, ANDROID_ROWS
    ),
    "a zip in a zip": _nested("WhatsApp Chat - Vila.zip", 1, IOS_ROWS),
    "a zip in a zip in a zip": _nested("outer.zip", 2, REFUSED),
    "a zip that was sent in a chat": _of({"_chat.txt": IOS, "00000009-old.zip": INNER}, IOS_ROWS),
    "a bomb beside the chat": _bomb("VID-20240113-WA0001.mp4", "", IOS_ROWS),
    "a bomb as the chat": _bomb("_chat.txt", IOS, REFUSED),
    "names that differ by case": _names_by_case,
    "a UTF-8 name without the flag": _utf8_name_without_flag,
    "cut off near the end": _truncated(0.9),
    "cut off in the middle": _truncated(0.5),
    "a chat with a wrong checksum": _damaged,
    "encrypted": _encrypted,
    "a text named .zip": _named_otherwise("WhatsApp Chat with Vila.zip", ANDROID.encode(), ANDROID_ROWS),
    "a zip named .txt": _named_otherwise("WhatsApp Chat - Vila.txt", INNER, IOS_ROWS),
    "a zip without an extension": _named_otherwise("WhatsApp Chat - Vila", INNER, IOS_ROWS),
    "UTF-16 inside": _of({"WhatsApp Chat with Vila.txt": ANDROID.encode("utf-16")}, ANDROID_ROWS),
    "a byte order mark inside": _of({"_chat.txt": ("\ufeff" + IOS).encode()}, IOS_ROWS),
    "3,000 members": _of(MANY, IOS_ROWS),
    "screenshots only": _of({"Screenshot_1.png": JPEG, "Screenshot_2.png": JPEG}, REFUSED),
    "a text that is no chat": _of({"readme.txt": "Dear Ana,\nsee you.\n"}, REFUSED),
    "an empty chat": _of({"_chat.txt": ""}, REFUSED),
    "no members": _of({}, REFUSED),
    "an empty file": _named_otherwise("x.zip", b"", REFUSED),
    "attachments that are there and that are not": _of(
        {"WhatsApp Chat with Vila.txt": FILES, "IMG-20240113-WA0000.jpg": JPEG}, FILE_ROWS
    ),
    "written before the later of two readings of its dates": _on_the_day,
}
