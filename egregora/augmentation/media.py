"""The stage `media`: the file of each message, its type and description; publishes pictures."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from egregora.augmentation.attachments import Attachment, Content, Exports, UnreadableError, open_exports
from egregora.config.key import read_key
from egregora.core.database_schema import MEDIA_FILES_SCHEMA
from egregora.core.fingerprint import digest
from egregora.utils.batching import iter_table_record_batches
from egregora.utils.files import write_atomically
from egregora.utils.image_metadata import DamagedError, kind_of, without_metadata

PICTURE_LIMIT = 50 << 20  # bytes of a picture that is published

_BATCH = 1024
_PUBLISHED = {".jpg": "jpg", ".jpeg": "jpg", ".png": "png", ".webp": "webp", ".gif": "gif"}
_OWN_NAMES = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp|gif)")
_EXTENSIONS = {
    "image": re.compile(r"\.(?:jpe?g|png|gif|heic|heif|bmp|tiff?)"),
    "sticker": re.compile(r"\.webp"),
    "video": re.compile(r"\.(?:mp4|3gp|mov|mkv|avi|m4v|webm|wmv)"),
    "audio": re.compile(r"\.(?:opus|ogg|oga|mp3|m4a|aac|amr|wav|wma)"),
    "document": re.compile(
        r"\.(?:pdf|docx?|xlsx?|pptx?|od[pst]|rtf|txt|csv|epub|html?|json|xml|zip|rar|7z|gz|tar|ics)"
    ),
    "contact": re.compile(r"\.vcf"),
}
_SIGNATURES = {
    "image": re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|....ftyp(?:heic|heix|mif1)", re.DOTALL),
    "sticker": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "video": re.compile(rb"....ftyp|\x1a\x45\xdf\xa3|RIFF....AVI ", re.DOTALL),
    "audio": re.compile(rb"OggS|ID3|#!AMR|RIFF....WAVE", re.DOTALL),
    "document": re.compile(rb"%PDF|PK\x03\x04|\xd0\xcf\x11\xe0"),
    "contact": re.compile(rb"\s*BEGIN:VCARD", re.IGNORECASE),
}
_TYPE_NAMES = {"image": "photo", "contact": "contact card", "other": "file"}
_WITHHELD = frozenset({"contact", "document"})  # types that usually contain personal data


@dataclass(frozen=True, slots=True)
class MediaFile:
    """The columns of `media_files` that depend on the file only."""

    media_id: str
    media_type: str
    description: str
    size_bytes: int = 0
    site_relative_path: str | None = None
    pii_redacted: bool = False


Known = dict[tuple[str, str, Attachment | None], MediaFile]  # by chat, token and file


def collect_media(
    *, anonymized_messages: ir.Table, exports: tuple[Path, ...], key: Path, media_dir: Path
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of `media_files`, and write pictures without their metadata to `media_dir`.

    Shape: a row for each message with an attachment.
    Order: by time, then message id. At the end, pictures without a row are removed from `media_dir`.
    Errors: ExportError for a zip that cannot be opened; PrivacyError without a key.
    """
    sources = anonymized_messages.select("export_id", "chat_id").distinct().to_pyarrow()
    pairs = [(row["export_id"], row["chat_id"]) for row in sources.to_pylist()]
    known: Known = {}
    with open_exports(exports, read_key(key), pairs) as opened:
        for batch in iter_table_record_batches(
            _messages_with_files(anonymized_messages), _BATCH, ["timestamp", "message_id"]
        ):
            rows = [_row(message, opened, media_dir, known) for message in batch.to_pylist()]
            yield "media_files", pa.Table.from_pylist(rows, schema=MEDIA_FILES_SCHEMA.to_pyarrow())
    _remove_others(media_dir, {file.site_relative_path for file in known.values()})


def _messages_with_files(messages: ir.Table) -> ir.Table:
    """The columns needed here, of the messages with an attachment."""
    with_file = messages.filter((messages.kind == "media") & messages.attachment.notnull())
    return with_file.select("chat_id", "message_id", "timestamp", "attachment", "export_id")


def _row(message: Mapping[str, Any], exports: Exports, media_dir: Path, known: Known) -> dict[str, Any]:
    """The row of `media_files` for a message; `known` caches files."""
    token, chat_id = message["attachment"], message["chat_id"]
    attachment = exports.attachment(token, chat_id, message["export_id"])
    file_key = (chat_id, token, attachment)
    if file_key not in known:
        known[file_key] = describe_file(token, chat_id, attachment, media_dir)
    return {
        "message_timestamp": message["timestamp"],
        "original_filename": token,
        "chat_id": chat_id,
        "message_id": message["message_id"],
        **asdict(known[file_key]),
    }


def describe_file(token: str, chat_id: str, attachment: Attachment | None, media_dir: Path) -> MediaFile:
    """The row data of a file; a picture is published as a side effect. `attachment` None: not in the export.

    The id is the digest of the original bytes, so a picture that was sent twice is one file.
    """
    by_name = _type_of(_EXTENSIONS, _extension(token))
    if attachment is None:
        return MediaFile(
            digest("missing", chat_id, token), by_name, f"{_description(token, by_name)}, not in the export"
        )
    try:
        content = attachment.read(PICTURE_LIMIT)
    except UnreadableError:
        return MediaFile(digest("unreadable", chat_id, token), by_name, f"{_description(token, by_name)}, not readable")
    if _extension(token) in _PUBLISHED:
        return _picture(token, by_name, content, media_dir)
    media_type = _type_of(_SIGNATURES, content.data[:64]) if by_name == "other" else by_name
    return MediaFile(
        content.digest, media_type, _description(token, media_type), content.size, pii_redacted=media_type in _WITHHELD
    )


def _picture(token: str, media_type: str, content: Content, media_dir: Path) -> MediaFile:
    kind, description = _PUBLISHED[_extension(token)], _description(token, media_type)
    if kind_of(content.data[:16]) != kind:
        return MediaFile(content.digest, "other", "file, not what its name says", content.size)
    if content.size > PICTURE_LIMIT:
        return MediaFile(content.digest, media_type, f"{description}, too large to publish", content.size)
    try:
        picture = without_metadata(content.data)
    except DamagedError:
        return MediaFile(content.digest, media_type, f"{description}, damaged", content.size)
    name = f"{content.digest}.{kind}"
    _publish(picture.data, media_dir / name)
    full = description if media_type == "sticker" else f"{description}, {picture.width} × {picture.height}"  # noqa: RUF001  # a multiplication sign is meant
    return MediaFile(content.digest, media_type, full, len(picture.data), f"media/{name}")


def _extension(token: str) -> str:
    return PurePosixPath(token).suffix.lower()


def _type_of(patterns: Mapping[str, re.Pattern[Any]], value: str | bytes) -> str:
    return next((media_type for media_type, pattern in patterns.items() if pattern.match(value)), "other")


def _description(token: str, media_type: str) -> str:
    """The type of the file in words; it contains no name."""
    if media_type == "audio" and (token.startswith("PTT-") or _extension(token) == ".opus"):
        return "voice message"
    if media_type == "document" and _extension(token) == ".pdf":
        return "PDF document"
    return _TYPE_NAMES.get(media_type, media_type)


def _publish(data: bytes, path: Path) -> None:
    """`data` in `path`, whole or not at all; a file that has it already is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (path.is_file() and path.read_bytes() == data):
        write_atomically(path, data)


def _remove_others(media_dir: Path, published: set[str | None]) -> None:
    """Remove the pictures that no row has: a picture must not outlive its author's opt-out."""
    for path in sorted(media_dir.glob("*")):
        if _OWN_NAMES.fullmatch(path.name) and f"media/{path.name}" not in published:
            path.unlink()
