import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.utils.image_metadata import DamagedError, kind_of, without_metadata
from tests.augmentation import pictures

CASES = {
    "jpg": (pictures.JPEG, pictures.JPEG_CLEAN, 24, 16),
    "png": (pictures.PNG, pictures.PNG_CLEAN, 3, 2),
    "webp": (pictures.WEBP, pictures.WEBP_CLEAN, 1, 1),
    "webp plain": (pictures.WEBP_PLAIN, pictures.WEBP_PLAIN, 1, 1),
    "webp moving": (pictures.WEBP_MOVING, pictures.WEBP_MOVING_CLEAN, 1, 1),
    "gif": (pictures.GIF, pictures.GIF_CLEAN, 2, 1),
}


@pytest.mark.parametrize("case", CASES)
def test_what_draws_is_kept_byte_for_byte_and_nothing_else(case):
    before, after, width, height = CASES[case]
    picture = without_metadata(before)
    assert (picture.data, picture.width, picture.height) == (after, width, height)
    assert pictures.SECRET not in picture.data
    assert kind_of(before[:16]) == case.split(" ")[0]
    assert without_metadata(picture.data) == picture


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_jpeg_stays_the_way_up_it_was(orientation, order):
    picture = without_metadata(pictures.jpeg_turned(orientation, order))
    assert picture.data == pictures.jpeg_turned_clean(orientation)
    assert (picture.width, picture.height) == ((16, 24) if orientation > 4 else (24, 16))
    assert without_metadata(picture.data) == picture


@pytest.mark.parametrize(("orientation", "kind"), [(0, 3), (1, 3), (9, 3), (6, 2)])
def test_a_jpeg_that_is_not_turned_has_no_exif(orientation, kind):
    assert without_metadata(pictures.jpeg_turned(orientation, kind=kind)).data == pictures.JPEG_CLEAN


@given(st.integers(0, 200), st.binary(min_size=1, max_size=8))
def test_of_damaged_exif_nothing_is_kept_but_a_turn(place, noise):
    before = pictures.jpeg_turned(6)
    start, end = before.index(b"Exif"), before.index(pictures.JPEG_TABLES)
    place = start + place % (end - start)
    damaged = before[:place] + noise[: end - place] + before[place + len(noise[: end - place]) :]
    turned = {pictures.jpeg_turned_clean(orientation) for orientation in range(2, 9)}
    assert without_metadata(damaged).data in turned | {pictures.JPEG_CLEAN}


@pytest.mark.parametrize("case", CASES)
def test_a_picture_that_is_cut_off_is_damaged_wherever_it_is_cut(case):
    clean = CASES[case][1]
    for length in range(len(clean)):
        with pytest.raises(DamagedError):
            without_metadata(clean[:length])


def test_a_png_with_a_wrong_checksum_is_damaged():
    with pytest.raises(DamagedError):
        without_metadata(pictures.PNG_CLEAN.replace(b"\0\0\xb1\x8f", b"\0\0\xb1\x8e"))


@given(st.sampled_from(sorted(CASES)), st.integers(0, 200), st.binary(max_size=8))
def test_hostile_bytes_give_a_clean_picture_or_damaged(case, place, noise):
    before = CASES[case][0]
    try:
        picture = without_metadata(before[:place] + noise + before[place + len(noise) :])
    except DamagedError:
        return
    assert without_metadata(picture.data).data == picture.data
