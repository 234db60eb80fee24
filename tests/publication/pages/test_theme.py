import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.publication.pages.theme import PAPERS, Theme, contrast, readable

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colours, st.sampled_from(sorted(PAPERS)))
def test_an_accent_can_be_read_on_every_paper_in_light_and_dark(colour, paper):
    (light, dark) = re.search(r"--accent: light-dark\((#\w+), (#\w+)\)", Theme(colour, paper=paper).css).groups()
    assert contrast(light, PAPERS[paper][0]) >= 4.5
    assert contrast(dark, PAPERS[paper][1]) >= 4.5


@given(colours, colours)
def test_contrast_has_no_direction_and_its_bounds(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert readable("#1c4b5a", "#ffffff") == "#1c4b5a"
    assert readable("#ffff00", "#ffffff") != "#ffff00"


def test_what_nobody_chose_adds_nothing():
    assert Theme().css == ""
    assert Theme(font="sans").css == ":root { --text: var(--sans) }\n"


def test_the_choices_are_in_the_style_sheet_of_the_site(house):
    house.accent = "#00ff00"
    house.build()
    assert house.read("site/style.css").splitlines()[-1].startswith(":root { --accent: light-dark(#")
