"""The bytes of a text in any of the encodings that exports come in, as valid UTF-8."""

import codecs
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain

LEAST = 64  # bytes of the first piece that tell the encoding

_CONTINUES, _LEADS = 0x80, 0xC0  # where the bytes inside and at the start of a character of several bytes begin
_TELLING = frozenset(b"\n\r []" + bytes(range(0x21, 0x40)))  # what the head of a message is made of in any script
_CP1252_SHARE = 100  # strays to one whole character: a file of CP1252 has hardly any of those, and by chance
_CP1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x100))
_STRAYS = {0xDC00 + byte: _CP1252[byte] for byte in range(0x80, 0x100)}  # by what Python puts for a stray byte


def utf8_pieces(read: Callable[[], Iterator[bytes]]) -> Generator[bytes, None, None]:
    """The text that `read` gives the bytes of, as UTF-8 in pieces that never cut a character, without a leading mark.

    `read` is called again only when a byte is not UTF-8; its first piece has `LEAST` bytes, or is all there is. Such
    bytes are CP1252 when the file has next to no characters of several bytes, else each becomes U+FFFD.
    """
    pieces = read()
    start = next(pieces, b"")
    encoding, mark = _encoding(start)
    rest = chain((start[mark:],), pieces)
    if encoding == "utf-8":
        yield from _checked(rest, read)
    else:
        yield from _converted(rest, encoding)


def _encoding(start: bytes) -> tuple[str, int]:
    """The encoding that the first bytes show, and the length of the mark before the text."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if start.startswith(mark):
            return encoding, len(mark)
    low, high = start[0:LEAST:2], start[1:LEAST:2]
    if _is_wide(low, high):
        return "utf-16-le", 0
    return ("utf-16-be", 0) if _is_wide(high, low) else ("utf-8", 0)


def _is_wide(low: bytes, high: bytes) -> bool:
    """Whether these are the two bytes of characters: most digits, spaces and signs have a zero as the other half.

    A few zeros prove nothing: some messages have them.
    """
    zeros = [other == 0 for one, other in zip(low, high, strict=False) if one in _TELLING]
    return sum(zeros) > max(1, len(zeros) // 3) and low.count(0) * 4 <= high.count(0)


def _converted(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text.encode()
    if rest := decoder.decode(b"", final=True):
        yield rest.encode()


def _checked(pieces: Iterable[bytes], read: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    repair = None
    for piece in _between_characters(pieces):
        if _is_utf8(piece):
            yield piece
        else:
            repair = repair or _repair_for(read())
            yield repair(piece)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()  # twice as fast as to encode it again, too
    except UnicodeDecodeError:
        return False
    return True


def _between_characters(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut where no character is cut; what is no character may be cut anywhere."""
    held = b""
    for piece in pieces:
        data = held + piece if held else piece
        end = len(data) - _begun(data)
        held = data[end:]
        if end:
            yield data[:end]  # the very same object when nothing is held back
    if held:
        yield held


def _begun(data: bytes) -> int:
    """The number of bytes at the end that begin a character and do not end it."""
    for back, byte in enumerate(reversed(data[-3:]), start=1):
        if byte >= _LEADS:
            length = 2 + (byte >= 0xE0) + (byte >= 0xF0)  # noqa: PLR2004  # where those of three and four bytes begin
            return back if back < length else 0
        if byte < _CONTINUES:
            return 0
    return 0


def _repair_for(pieces: Iterator[bytes]) -> Callable[[bytes], bytes]:
    """How to repair the whole file that `pieces` give."""
    strays = whole = 0
    for piece in _between_characters(pieces):
        text = piece.decode(errors="surrogateescape")
        kept = text.encode(errors="ignore").decode()
        strays += len(text) - len(kept)
        whole += len(kept) - len(kept.encode("ascii", "ignore"))
    return _from_cp1252 if strays > _CP1252_SHARE * whole else _replaced


def _from_cp1252(data: bytes) -> bytes:
    """`data` with its strays as CP1252; the few whole characters stay as they are, as where a piece has no strays."""
    if data.decode(errors="ignore").isascii():
        return codecs.charmap_decode(data, "strict", _CP1252)[0].encode()
    return data.decode(errors="surrogateescape").translate(_STRAYS).encode()


def _replaced(data: bytes) -> bytes:
    return data.decode(errors="replace").encode()
