import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.augmentation.metadata import DamagedError, kind_of, without_metadata
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
