"""Pictures without what they say about their maker: the same pixels the same way up, and no more."""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

# Source: ITU T.81 table B.1. What draws is kept; APPn but for JFIF and Adobe, COM and the reserved ones are dropped.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_KEPT = _JPEG_FRAMES | {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}
_JPEG_APP0, _JPEG_ADOBE, _JPEG_SCAN, _JPEG_END = 0xE0, 0xEE, 0xDA, 0xD9
_JPEG_EXIF, _ORIENTATION = 0xE1, (0x0112, 3, 1)  # its tag, that it is a short number, and one
_TURNS, _SIDEWAYS = range(2, 9), range(5, 9)  # Source: CIPA DC-008, 4.6.5.1, "Orientation".
_JPEG_NEXT = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # the end of a scan: no stuffing and no restart
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"acTL", b"fcTL", b"fdAT"})
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_FRAME_KEPT = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_WEBP_FLAGS = 0x12  # of VP8X: alpha and animation; not the profile, Exif and XMP
_WEBP_FRAME_HEAD = 16
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END, _GIF_CONTROL, _GIF_APPLICATION = 0x2C, 0x21, 0x3B, 0xF9, 0xFF
_GIF_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


class DamagedError(ValueError):
    """Bytes that are no picture of the kind they say they are."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be published."""

    data: bytes
    width: int
    height: int


def kind_of(start: bytes) -> str:
    """The kind of picture that begins with these 16 bytes, as an extension; "" for anything else."""
    for kind, sign in (("jpg", b"\xff\xd8\xff"), ("png", _PNG_START), ("gif", b"GIF87a"), ("gif", b"GIF89a")):
        if start.startswith(sign):
            return kind
    return "webp" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else ""


def without_metadata(data: bytes) -> Picture:
    """The picture in `data`, pixel for pixel, with nothing but what draws it.

    Shape: width and height are as a JPEG is shown, which may be turned; of its Exif nothing else is kept.

    Errors: DamagedError for anything but a whole JPEG, PNG, WebP or GIF.
    """
    strip = _STRIPPERS.get(kind_of(data[:16]))
    if not strip:
        raise DamagedError("no picture")
    try:
        picture = strip(data)
    except (struct.error, IndexError) as error:
        raise DamagedError("cut off") from error
    if not (picture.width and picture.height):
        raise DamagedError("no size")
    return picture


def _jpeg(data: bytes) -> Picture:
    kept, place, size, drawn, turn = [data[:2]], 2, (0, 0), False, 0
    while (marker := _jpeg_marker(data, place))[0] != _JPEG_END:
        code, place = marker
        (length,) = struct.unpack_from(">H", data, place)
        payload, place = data[place + 2 : place + length], place + length
        if code in _JPEG_FRAMES:
            size = struct.unpack_from(">HH", payload, 1)[::-1]
        if code == _JPEG_EXIF and not turn and (turn := _orientation(payload)):
            kept.append(_exif(turn))
        if (drawing := _jpeg_kept(code, payload)) is not None:
            kept.append(bytes((0xFF, code)) + struct.pack(">H", len(drawing) + 2) + drawing)
        if code == _JPEG_SCAN:
            end = _end_of_scan(data, place)
            kept.append(data[place:end])
            place, drawn = end, True
    if not drawn:
        raise DamagedError("nothing drawn")
    return Picture(b"".join(kept) + bytes((0xFF, _JPEG_END)), *(size[::-1] if turn in _SIDEWAYS else size))


def _orientation(payload: bytes) -> int:
    """How the Exif in `payload` says that the picture is turned, 2 to 8; 0 for not at all, or for no such thing."""
    order = {b"Exif\0\0II": "<", b"Exif\0\0MM": ">"}.get(payload[:8], "")
    tiff = payload[6:]
    if not order:
        return 0
    try:
        (start,) = struct.unpack_from(order + "4xI", tiff)
        (entries,) = struct.unpack_from(order + "H", tiff, start)
        for place in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", tiff, place)
            if (tag, kind, count) == _ORIENTATION:
                return value if value in _TURNS else 0
    except struct.error:  # damaged Exif is no damaged picture
        return 0
    return 0


def _exif(turn: int) -> bytes:
    """A segment that says how the picture is turned, and nothing else."""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, *_ORIENTATION, turn, 0, 0)
    return struct.pack(">BBH6s", 0xFF, _JPEG_EXIF, len(tiff) + 8, b"Exif") + tiff


def _jpeg_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker at `place`, behind any filling, and where what it says begins."""
    if data[place] != 0xFF:  # noqa: PLR2004  # how every marker begins
        raise DamagedError("no marker")
    while data[place] == 0xFF:  # noqa: PLR2004
        place += 1
    return data[place], place + 1


def _end_of_scan(data: bytes, place: int) -> int:
    end = _JPEG_NEXT.search(data, place)
    if not end:
        raise DamagedError("cut off")
    return end.start()


def _jpeg_kept(code: int, payload: bytes) -> bytes | None:
    if code == _JPEG_APP0:  # without its thumbnail
        return payload[:12] + b"\0\0" if payload[:5] == b"JFIF\0" else None
    if code == _JPEG_ADOBE:
        return payload[:12] if payload[:5] == b"Adobe" else None
    return payload if code in _JPEG_KEPT else None


def _png(data: bytes) -> Picture:
    kept, place, name, drawn = [_PNG_START], len(_PNG_START), b"", False
    if data[12:16] != b"IHDR":
        raise DamagedError("no header")
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data) or struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(data[place + 4 : end - 4]):
            raise DamagedError("a chunk is damaged")
        if name in _PNG_KEPT:
            kept.append(data[place:end])
        drawn, place = drawn or name == b"IDAT", end
    if not drawn:
        raise DamagedError("no image in it")
    return Picture(b"".join(kept), *struct.unpack_from(">II", data, 16))


def _webp(data: bytes) -> Picture:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise DamagedError("cut off")
    chunks = [*_webp_chunks(data[12 : length + 8], _WEBP_KEPT)]
    if not chunks:
        raise DamagedError("no image in it")
    body = b"".join(_webp_written(name, payload) for name, payload in chunks)
    return Picture(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body, *_webp_size(*chunks[0]))


def _webp_chunks(data: bytes, kept: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of `data` that are `kept`; frames of an animation are cleaned too."""
    place = 0
    while place < len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        payload = data[place + 8 : place + 8 + length]
        if len(payload) < length:
            raise DamagedError("cut off")
        if name == b"VP8X" and name in kept:
            payload = bytes((payload[0] & _WEBP_FLAGS,)) + payload[1:10]
        if name == b"ANMF" and name in kept:
            chunks = _webp_chunks(payload[_WEBP_FRAME_HEAD:], _WEBP_FRAME_KEPT)
            inner = b"".join(_webp_written(*chunk) for chunk in chunks)
            payload = payload[:_WEBP_FRAME_HEAD] + inner
        if name in kept:
            yield name, payload
        place += 8 + length + length % 2


def _webp_written(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def _webp_size(name: bytes, payload: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1
    if name == b"VP8L" and payload[0] == 0x2F:  # noqa: PLR2004  # its signature
        (bits,) = struct.unpack_from("<I", payload, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", payload, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise DamagedError("no image in it")


def _gif(data: bytes) -> Picture:
    place = 13 + _gif_colours(data[10])
    kept, drawn = [data[:place]], False
    while data[place] != _GIF_END:
        end = _gif_block_end(data, place)
        kept.append(_gif_kept(data[place:end]))
        drawn = drawn or data[place] == _GIF_IMAGE
        place = end
    if not drawn:
        raise DamagedError("no image in it")
    return Picture(b"".join(kept) + bytes((_GIF_END,)), *struct.unpack_from("<HH", data, 6))


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_block_end(data: bytes, place: int) -> int:
    if data[place] == _GIF_IMAGE:
        place += 11 + _gif_colours(data[place + 9])
    elif data[place] == _GIF_EXTENSION:
        place += 2
    else:
        raise DamagedError("no block")
    while data[place]:
        place += 1 + data[place]
    return place + 1


def _gif_kept(block: bytes) -> bytes:
    """`block` when it draws or says how often to repeat, and nothing otherwise."""
    if block[0] == _GIF_IMAGE or block[1] == _GIF_CONTROL:
        return block
    if block[1] == _GIF_APPLICATION and block[2:14] in _GIF_LOOPS and block[14:16] == b"\x03\x01":
        return block[:18] + b"\0"
    return b""


_STRIPPERS: Mapping[str, Callable[[bytes], Picture]] = {"jpg": _jpeg, "png": _png, "webp": _webp, "gif": _gif}
