"""Converts a text in any encoding that exports use to valid UTF-8."""

import codecs
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain

MIN_FIRST_PIECE = 64  # bytes of the first piece that are needed to detect the encoding

_CONTINUATION, _LEADING = 0x80, 0xC0  # lowest continuation byte and lowest leading byte of UTF-8
_HEADER_BYTES = frozenset(b"\n\r []" + bytes(range(0x21, 0x40)))  # bytes that message headers consist of in any script
_CP1252_RATIO = 100  # invalid bytes per valid multi-byte character: in CP1252 those are rare accidents
_CP1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x100))
_STRAYS = {
    0xDC00 + byte: _CP1252[byte] for byte in range(0x80, 0x100)
}  # by the surrogate that Python uses for an invalid byte


def utf8_pieces(read: Callable[[], Iterator[bytes]]) -> Generator[bytes, None, None]:
    """The text as UTF-8, in pieces that never cut a character, without a byte order mark.

    `read` gives the bytes and is called again only when a byte is not UTF-8. Its first piece has at least
    `MIN_FIRST_PIECE` bytes or is all there is. Invalid bytes are read as CP1252 when the file has almost no multi-byte
    characters, else each becomes U+FFFD.
    """
    pieces = read()
    start = next(pieces, b"")
    encoding, bom = _encoding(start)
    rest = chain((start[bom:],), pieces)
    if encoding == "utf-8":
        yield from _valid_utf8(rest, read)
    else:
        yield from _converted(rest, encoding)


def _encoding(start: bytes) -> tuple[str, int]:
    """The encoding detected from the first bytes, and the length of the byte order mark."""
    for bom, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if start.startswith(bom):
            return encoding, len(bom)
    low, high = start[0:MIN_FIRST_PIECE:2], start[1:MIN_FIRST_PIECE:2]
    if _is_wide(low, high):
        return "utf-16-le", 0
    return ("utf-16-be", 0) if _is_wide(high, low) else ("utf-8", 0)


def _is_wide(low: bytes, high: bytes) -> bool:
    """Whether these are the halves of UTF-16 characters: most digits, spaces and signs have zero as the other half.

    A few zeros prove nothing, because some messages contain them.
    """
    zeros = [other == 0 for one, other in zip(low, high, strict=False) if one in _HEADER_BYTES]
    return sum(zeros) > max(1, len(zeros) // 3) and low.count(0) * 4 <= high.count(0)


def _converted(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text.encode()
    if rest := decoder.decode(b"", final=True):
        yield rest.encode()


def _valid_utf8(pieces: Iterable[bytes], read: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    repair = None
    for piece in _cut_between_characters(pieces):
        if _is_utf8(piece):
            yield piece
        else:
            repair = repair or _repair_for(read())
            yield repair(piece)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()  # only decoding, which is the faster test
    except UnicodeDecodeError:
        return False
    return True


def _cut_between_characters(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut only between characters. Invalid bytes may be cut anywhere."""
    carried = b""
    for piece in pieces:
        data = carried + piece if carried else piece
        end = len(data) - _incomplete_bytes(data)
        carried = data[end:]
        if end:
            yield data[:end]  # the very same object when nothing is held back
    if carried:
        yield carried


def _incomplete_bytes(data: bytes) -> int:
    """Number of bytes at the end that begin a character without completing it."""
    for back, byte in enumerate(reversed(data[-3:]), start=1):
        if byte >= _LEADING:
            length = 2 + (byte >= 0xE0) + (byte >= 0xF0)  # noqa: PLR2004  # leading bytes of three and four bytes
            return back if back < length else 0
        if byte < _CONTINUATION:
            return 0
    return 0


def _repair_for(pieces: Iterator[bytes]) -> Callable[[bytes], bytes]:
    """The function that repairs invalid bytes, chosen from the whole file."""
    strays = multibyte = 0
    for piece in _cut_between_characters(pieces):
        text = piece.decode(errors="surrogateescape")
        kept = text.encode(errors="ignore").decode()
        strays += len(text) - len(kept)
        multibyte += len(kept) - len(kept.encode("ascii", "ignore"))
    return _from_cp1252 if strays > _CP1252_RATIO * multibyte else _with_replacement_characters


def _from_cp1252(data: bytes) -> bytes:
    """`data` with its invalid bytes read as CP1252. The few valid multi-byte characters are kept."""
    if data.decode(errors="ignore").isascii():
        return codecs.charmap_decode(data, "strict", _CP1252)[0].encode()
    return data.decode(errors="surrogateescape").translate(_STRAYS).encode()


def _with_replacement_characters(data: bytes) -> bytes:
    return data.decode(errors="replace").encode()
