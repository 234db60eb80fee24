"""Large pictures have smaller ones for the pages that show many."""

import random
from io import BytesIO

import pytest
from PIL import Image

from egregora.publication.images.thumbnails import SIDE, thumbnail
from egregora.utils.image_metadata import without_metadata
from tests.augmentation import pictures
from tests.conftest import OpenGate

NAME = "b" * 32


def noisy(kind, size=(1600, 1200), mode="RGB"):
    """A picture of many colours, its upper left quarter black, with nothing but what draws it."""
    chance = random.Random(7)
    small = Image.frombytes("RGB", (300, 225), chance.randbytes(300 * 225 * 3)).resize(size, Image.Resampling.BICUBIC)
    small.paste((0, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    written = BytesIO()
    small.convert(mode).save(written, kind, quality=95)
    return without_metadata(written.getvalue()).data


@pytest.mark.parametrize(
    ("kind", "ending", "mode"),
    [("JPEG", "jpg", "RGB"), ("JPEG", "jpg", "L"), ("JPEG", "jpg", "CMYK"), ("PNG", "png", "RGBA"), ("PNG", "png", "P"),
     ("WEBP", "webp", "RGB")],
)  # fmt: skip
def test_the_same_picture_smaller_in_its_own_format_and_without_metadata(tmp_path, kind, ending, mode):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(noisy(kind, mode=mode))
    small = thumbnail(path)
    shown = Image.open(BytesIO(small))
    assert (shown.format, shown.size) == (kind, (SIDE, SIDE * 3 // 4))
    assert len(small) < path.stat().st_size
    assert without_metadata(small).data == small
    assert thumbnail(path) == small
    corners = [sum(shown.convert("RGB").resize((2, 2), Image.Resampling.BOX).getpixel((x, 0))) for x in (0, 1)]
    assert corners[0] < 60 < corners[1]


def test_a_turned_picture_stands_upright(tmp_path):
    path = tmp_path / "a.jpg"
    data = noisy("JPEG")
    exif = pictures.jpeg_turned_clean(6)
    turned = data[:20] + exif[20:56] + data[20:]
    path.write_bytes(turned)
    assert without_metadata(turned).data == turned
    shown = Image.open(BytesIO(thumbnail(path)))
    assert shown.size == (SIDE * 3 // 4, SIDE)
    assert not shown.getexif()


@pytest.mark.parametrize(
    "data", [b"", b"no picture", pictures.JPEG_CLEAN, noisy("JPEG")[:5000], noisy("PNG")[:5000]], ids=range(5)
)
def test_what_cannot_be_made_smaller_stays_as_it_is(tmp_path, data):
    path = tmp_path / ("a.png" if data.startswith(b"\x89") else "a.jpg")
    path.write_bytes(data)
    assert thumbnail(path) == data


@pytest.fixture
def house(tmp_path, make):
    """A house with one large picture, which its first post shows."""
    house = make.house(tmp_path)
    path = f"media/{NAME}.jpg"
    data = noisy("JPEG")
    (tmp_path / "media").mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(data)
    house.media.append(make.picture(path, size_bytes=len(data), media_id="b", media_type="image"))
    house.posts.append(make.post(3, f"![Hills]({path})"))
    house.gate = OpenGate()
    return house


def test_cards_and_the_gallery_show_the_small_one_and_lead_to_the_large_one(house, elements):
    house.build()
    for page, start in (("index", ""), ("gallery", "")):
        shown = elements(house.read(f"site/{page}.html")).found
        assert {"src": f"{start}thumbs/{NAME}.jpg"}.items() <= next(
            attributes for tag, attributes in shown if tag == "img" and NAME in attributes["src"]
        ).items()
    assert f'href="media/{NAME}.jpg" data-lightbox' in house.read("site/gallery.html")
    assert f'src="../media/{NAME}.jpg"' in house.read("site/posts/week-3.html")
    small = (house.folder / "site" / "thumbs" / f"{NAME}.jpg").read_bytes()
    assert max(Image.open(BytesIO(small)).size) == SIDE
    assert not (house.folder / "content" / "thumbs").exists()


def test_it_is_made_once_and_goes_with_its_picture(house):
    house.build()
    small = house.folder / "site" / "thumbs" / f"{NAME}.jpg"
    large = house.folder / "media" / f"{NAME}.jpg"
    large.write_bytes(noisy("JPEG", (1200, 900)))  # would give another one, were it made again
    before = small.read_bytes()
    house.build()
    assert small.read_bytes() == before
    small.unlink()
    house.build()
    assert small.read_bytes() != before
    house.media.pop()
    house.build()
    assert not small.parent.exists()
