"""Describes a file that was given instead of an export, in words for the person who gave it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89PNG", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, a sound or a video"),
    (b"OggS", "a sound"),
    (b"ID3", "a sound"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a database, perhaps WhatsApp's own backup"),
    (b"{\\rtf", "a rich text document"),
    (b"{", "a JSON file, perhaps of another app"),
    (b"<", "a web page"),
)
_ZIP_SIGNATURES = (  # other formats that are zips, by the beginning of a member's name
    ("word/", "a Word document"),
    ("xl/", "an Excel document"),
    ("ppt/", "a PowerPoint document"),
    ("META-INF/", "a program or a book"),
)
_KINDS = (
    ("picture", re.compile(r"jpe?g|png|gif|webp|heic|heif|bmp|tiff?")),
    ("video", re.compile(r"mp4|3gp|mov|mkv|avi|m4v|webm")),
    ("sound", re.compile(r"opus|ogg|mp3|m4a|aac|amr|wav")),
    ("text", re.compile(r"txt")),
    ("zip", re.compile(r"zip")),
)


def describe_file(start: bytes) -> str:
    """What a file that begins with `start` is; "" when unknown."""
    if start[4:8] == b"ftyp":
        return "a video or a picture"
    return next((what for signature, what in _SIGNATURES if start.startswith(signature)), "")


def describe_zip(names: Iterable[str]) -> str:
    """What a zip with these members is; "" when unknown."""
    names = tuple(names)
    if "mimetype" in names:
        return "an OpenDocument file or a book"
    return next((what for signature, what in _ZIP_SIGNATURES if any(name.startswith(signature) for name in names)), "")


def describe_files(names: Collection[str]) -> str:
    """How many files of each kind these are: "14 pictures, 1 video"."""
    kinds = Counter(_kind(name) for name in names)
    order = [kind for kind, _ in _KINDS] + ["other file"]
    parts = [f"{kinds[kind]} {kind}{'s' * (kinds[kind] > 1)}" for kind in order if kinds[kind]]
    return ", ".join(parts) or "no files"


def _kind(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind, endings in _KINDS if endings.fullmatch(ending)), "other file")
