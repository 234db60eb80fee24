"""Tiny real pictures that say too much, made from their parts."""

import base64
import struct
import zlib

SECRET = b"GPS -23.5505 -46.6333 Ana Silva"


def _segment(code, payload):
    return bytes((0xFF, code)) + struct.pack(">H", len(payload) + 2) + payload


JPEG_SCAN = b"\x0c\x7f\xff\x00\x55\xff\xd0\x0c"  # stuffed, and with a restart in it
JFIF = b"JFIF\0\1\1\0\0\1\0\1"
JPEG_TABLES = (
    _segment(0xDB, b"\0" + bytes([8] * 64))
    + _segment(0xC0, struct.pack(">BHHB", 8, 16, 24, 1) + b"\1\x11\0")
    + _segment(0xC4, b"\0" + bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12)))
    + _segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
)
JPEG_END = _segment(0xDA, b"\1\1\0\0\x3f\0") + JPEG_SCAN + b"\xff\xd9"
JPEG = (
    b"\xff\xd8"
    + _segment(0xE0, JFIF + b"\1\1" + b"RGB")  # a thumbnail of one pixel
    + _segment(0xE0, b"JFXX\0\x10" + SECRET)
    + _segment(0xE1, b"Exif\0\0MM\0*" + SECRET)
    + _segment(0xE2, b"ICC_PROFILE\0" + SECRET)
    + _segment(0xED, b"Photoshop 3.0\0" + SECRET)
    + JPEG_TABLES
    + b"\xff\xff"  # filling before the next marker
    + _segment(0xFE, SECRET)
    + JPEG_END
    + SECRET
)
JPEG_CLEAN = b"\xff\xd8" + _segment(0xE0, JFIF + b"\0\0") + JPEG_TABLES + JPEG_END


def jpeg_turned(orientation, order="<", kind=3):
    """The same picture with Exif that says how it is turned, among other things."""
    tags = [(0x010E, 2, len(SECRET), 62), (0x0112, kind, 1, orientation), (0x8825, 4, 1, 62)]
    if order == ">":
        tags[1] = (0x0112, kind, 1, orientation << 16)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(order + "HHII", *tag) for tag in tags)
    tiff = mark + struct.pack(order + "IH", 8, len(tags)) + entries + struct.pack(order + "I", 62) + bytes(12) + SECRET
    return b"\xff\xd8" + _segment(0xE0, JFIF + b"\0\0") + _segment(0xE1, b"Exif\0\0" + tiff) + JPEG_TABLES + JPEG_END


def jpeg_turned_clean(orientation):
    """The same picture with nothing but how it is turned: 38 bytes of Exif."""
    exif = bytes.fromhex("ffe1 0022 457869660000 4d4d002a 00000008 0001 0112 0003 00000001 00ff 0000 00000000")
    exif = exif.replace(b"\0\xff\0\0", bytes((0, orientation, 0, 0)))
    return b"\xff\xd8" + _segment(0xE0, JFIF + b"\0\0") + exif + JPEG_TABLES + JPEG_END


def _png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG_HEAD = b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 0))
PNG_TAIL = _png_chunk(b"IDAT", zlib.compress(b"\0abc\0def")) + _png_chunk(b"IEND", b"")
PNG_KEPT = _png_chunk(b"gAMA", b"\0\0\xb1\x8f") + _png_chunk(b"tRNS", b"\0\1")
PNG = (
    PNG_HEAD
    + _png_chunk(b"tEXt", b"Comment\0" + SECRET)
    + PNG_KEPT
    + _png_chunk(b"eXIf", b"MM\0*" + SECRET)
    + PNG_TAIL
    + SECRET
)
PNG_CLEAN = PNG_HEAD + PNG_KEPT + PNG_TAIL


def _webp_chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _webp(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


VP8L = _webp_chunk(b"VP8L", base64.b64decode("LwAAAAAH0P/+97//gYjofwA="))  # one pixel
WEBP_PLAIN = _webp(VP8L)
CANVAS = b"\0\0\0" + b"\0\0\0" + b"\0\0\0"
WEBP = (
    _webp(
        _webp_chunk(b"VP8X", b"\x3c" + CANVAS),
        _webp_chunk(b"ICCP", SECRET),
        VP8L,
        _webp_chunk(b"EXIF", b"MM\0*" + SECRET),
        _webp_chunk(b"XMP ", b"<x>" + SECRET),
    )
    + SECRET
)
WEBP_CLEAN = _webp(_webp_chunk(b"VP8X", b"\x10" + CANVAS), VP8L)
WEBP_MOVING = _webp(
    _webp_chunk(b"VP8X", b"\x02" + CANVAS),
    _webp_chunk(b"ANIM", bytes(6)),
    _webp_chunk(b"ANMF", bytes(16) + VP8L + _webp_chunk(b"junk", SECRET)),
)
WEBP_MOVING_CLEAN = _webp(
    _webp_chunk(b"VP8X", b"\x02" + CANVAS), _webp_chunk(b"ANIM", bytes(6)), _webp_chunk(b"ANMF", bytes(16) + VP8L)
)

GIF_HEAD = b"GIF89a" + struct.pack("<HHBBB", 2, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
GIF_LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
GIF_IMAGE = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 1, 0) + b"\x02\x02\x44\x0a\0"
GIF = (
    GIF_HEAD
    + b"\x21\xfe"
    + bytes((len(SECRET),))
    + SECRET
    + b"\0"
    + GIF_LOOP
    + b"\x21\xff\x0bXMP DataXMP"
    + bytes((len(SECRET),))
    + SECRET
    + b"\0"
    + GIF_IMAGE
    + b"\x3b"
    + SECRET
)
GIF_CLEAN = GIF_HEAD + GIF_LOOP + GIF_IMAGE + b"\x3b"
