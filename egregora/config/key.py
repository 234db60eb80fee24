"""The project's secret: made once, never shown, and what is computed with it."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from pathlib import Path, PurePosixPath

from egregora.core.errors import PrivacyError
from egregora.utils.files import PRIVATE_FOLDER, write_atomically

KEY_BYTES = 32

_WRITTEN_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\s?")
_RESTORE = (
    "restore it from a backup: nothing else brings the pseudonyms back. Without one, move egregora.duckdb aside and run"
    " `egregora init` here: a new key gives everybody new pseudonyms and every post a rewrite, and who was to be"
    " forgotten has to be named again"
)
# Names the app itself makes; the last group is the extension, which may be empty.
# Source: facts/whatsapp-formats.md, "Names".
_APP_MADE = re.compile(
    r"(?:(?:IMG|VID|AUD|PTT|DOC|STK)-[0-9]{8}-WA[0-9]{4,6}"
    r"|[0-9]{8}-(?:PHOTO|VIDEO|AUDIO|STICKER|GIF)-[0-9]{4}(?:-[0-9]{2}){5}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}-(?:PHOTO|VIDEO|AUDIO)-[0-9]{8})(?:\.([A-Za-z0-9]{0,5}))?"
)
# An extension can be a name too ("notes.ana"), so only those that say what a file is are kept.
_EXTENSIONS = re.compile(
    "3gp|7z|aac|amr|apk|avi|bmp|csv|docx?|epub|gif|gz|heic|heif|html?|ics|jpe?g|json|m4a|m4v|mkv|mov|mp3|mp4|od[pst]|oga|ogg"
    "|opus|pdf|png|pptx?|rar|rtf|svg|tar|tiff?|txt|vcf|wav|web[mp]|wm[av]|xlsx?|xml|zip"
)


def create_key(path: Path) -> None:
    """A new key of 256 random bits in the new file `path`, which nobody but its owner may read.

    Shape: 64 hex digits and a newline; mode 0600 from the first byte; a folder made for it has mode 0700. The file is
    there whole or not at all, whenever the program is stopped.
    Errors: PrivacyError when `path` exists, whatever is in it.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        write_atomically(path, secrets.token_hex(KEY_BYTES) + "\n", new=True)
    except FileExistsError as error:
        raise PrivacyError(
            "there is a key already", where=str(path), fix="keep it: another key gives everybody new pseudonyms"
        ) from error


def read_key(path: Path) -> bytes:
    """The 32 bytes of the key in `path`.

    Errors: PrivacyError when the file is missing, cannot be read or is no key.
    """
    try:
        written = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise PrivacyError("the project's key cannot be read", where=str(path), fix=_RESTORE) from error
    if not _WRITTEN_KEY.fullmatch(written):
        raise PrivacyError("the project's key is damaged", where=str(path), fix=_RESTORE)
    return bytes.fromhex(written.strip())


def keyed_digest(key: bytes, *parts: str) -> str:
    """The HMAC-SHA256 of `parts` as 64 hex digits; each part behind its length: ("ab", "c") is not ("a", "bc")."""
    state = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()


def attachment_token(key: bytes, name: str) -> str:
    """What stands for an attachment's file name from `anonymized` on: the same in a text and in a zip.

    A name the app made stays as it is; any other becomes `file-<12 hex digits>` with its lower-case extension,
    when that is one we know.
    """
    name = _written_alike(name)
    made = _APP_MADE.fullmatch(name)
    if made and (not made[1] or _EXTENSIONS.fullmatch(made[1].lower())):
        return name
    extension = PurePosixPath(name).suffix.lower()
    kept = extension if _EXTENSIONS.fullmatch(extension[1:]) else ""
    return f"file-{keyed_digest(key, 'attachment', name)[:12]}{kept}"


def _written_alike(name: str) -> str:
    """`name` without invisible marks and composed: zips of a Mac hold decomposed accents, texts hold marks."""
    visible = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFC", visible).strip()
