import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.knowledge.ranking import elo

RATINGS = st.floats(0, 3000)


def test_equals_win_half_a_step():
    assert elo.after(elo.START, elo.START) == (1516.0, 1484.0)


def test_four_hundred_points_are_ten_to_one():
    assert elo.expected(1900, 1500) == pytest.approx(10 / 11)
    assert elo.after(1500, 1900) == (1529.090909, 1870.909091)


@given(winner=RATINGS, loser=RATINGS)
def test_what_the_winner_gains_the_loser_loses(winner, loser):
    won, lost = elo.after(winner, loser)
    assert 0 <= won - winner <= 32.000001
    assert won + lost == pytest.approx(winner + loser, abs=3e-6)


@given(a=RATINGS, b=RATINGS)
def test_one_of_two_is_preferred(a, b):
    assert elo.expected(a, b) + elo.expected(b, a) == pytest.approx(1)
    assert (elo.expected(a, b) >= 0.5) == (a >= b) or elo.expected(a, b) == pytest.approx(0.5)
