from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from egregora.publication.images.social_card import SIZE, draw, has_glyphs
from tests.conftest import examples

LATIN = st.text(st.sampled_from("abcdefghij ABCÇãéßł 0123.,:…!?'"), max_size=300)


def opened(data):
    return Image.open(BytesIO(data)).convert("RGB")


@settings(max_examples=examples(20))
@given(LATIN, LATIN, LATIN)
def test_every_title_fits_and_draws_the_same_bytes(title, above, below):
    data = draw(title, above, below)
    assert data == draw(title, above, below)
    picture = opened(data)
    assert picture.size == SIZE
    paper = Image.new("RGB", SIZE, picture.getpixel((SIZE[0] - 1, 0)))
    bounds = ImageChops.difference(picture, paper).crop((19, 0, *SIZE)).getbbox() or (0, 0, 0, 0)
    assert bounds[2] < SIZE[0] - 40 - 19
    assert bounds[3] < SIZE[1]


def test_other_titles_make_other_pictures():
    assert draw("Boats", "Us", "2025") != draw("Hikes", "Us", "2025") != draw("Hikes", "They", "2025")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("Ação, Jürgen's œuvre", True), ("Łódź", True), ("", True), ("\u6f22\u5b57", False), ("\U0001f525", False)],
)
def test_what_our_type_lacks_is_not_drawn_as_boxes(text, drawn):
    assert has_glyphs(text) is drawn
