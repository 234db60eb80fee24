"""Makes thumbnails: smaller versions of pictures, for pages with many of them."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from egregora.utils.image_metadata import DamagedError, without_metadata

SIDE = 800  # pixels: half of what WhatsApp sends, so most are halved as they are decoded
_QUALITY = 78
_MOST_PIXELS = 64 << 20  # of a picture that is decoded; phones make 12 to 50 million
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def thumbnail(picture: Path) -> bytes:
    """`picture` in its own format, upright, no side longer than `SIDE`, without metadata.

    The original bytes if it cannot be read, is already small, or would get larger. The same file gives the same bytes
    with the same version of Pillow.
    """
    data = picture.read_bytes()
    try:
        small = without_metadata(_smaller(data, _FORMATS[picture.suffix.lower()])).data
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, DamagedError):
        return data  # a browser may know better what to do with it
    return min(small, data, key=len)


def _smaller(data: bytes, kind: str) -> bytes:
    with Image.open(BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        times = max(1, max(image.size) // SIDE)
        image.draft(None, (image.width // times, image.height // times))  # a JPEG may be decoded at a half or less
        upright = _plain(ImageOps.exif_transpose(image))
        upright.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    upright.info.clear()
    written = BytesIO()
    upright.save(written, kind, quality=_QUALITY, **({"optimize": True} if kind == "PNG" else {}))
    return written.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a colour mode that can be resized: not a palette, not CMYK."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode in ("L", mode) else image.convert(mode)
