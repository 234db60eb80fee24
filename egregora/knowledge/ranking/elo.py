"""Elo ratings: how one comparison changes two ratings."""

START = 1500.0
_STEP = 32.0  # the K factor: the maximum change by one comparison
_SPREAD = 400.0  # a difference of so many points means odds of 10 to 1
_DECIMALS = 6  # rounded, because the last bits of a power depend on the C library


def expected(rating: float, other: float) -> float:
    """The probability, from 0 to 1, that a post with `rating` wins against one with `other`."""
    return float(1.0 / (1.0 + 10.0 ** ((other - rating) / _SPREAD)))


def after(winner: float, loser: float) -> tuple[float, float]:
    """The new ratings of `winner` and `loser`; their sum stays the same."""
    gain = round(_STEP * (1.0 - expected(winner, loser)), _DECIMALS)
    return round(winner + gain, _DECIMALS), round(loser - gain, _DECIMALS)
