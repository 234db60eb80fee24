"""The arithmetic of Elo: what a comparison does to two ratings."""

START = 1500.0
_STEP = 32.0  # the most that one comparison can move a rating
_SPREAD = 400.0  # points at which the better post is ten times as likely to win
_DECIMALS = 6  # what two machines agree on; the last bits of a power are the C library's own


def expected(rating: float, other: float) -> float:
    """The chance, from 0 to 1, that a post of `rating` is preferred to one of `other`."""
    return float(1.0 / (1.0 + 10.0 ** ((other - rating) / _SPREAD)))


def after(winner: float, loser: float) -> tuple[float, float]:
    """The ratings of `winner` and `loser` after their comparison; what one gains the other loses."""
    gain = round(_STEP * (1.0 - expected(winner, loser)), _DECIMALS)
    return round(winner + gain, _DECIMALS), round(loser - gain, _DECIMALS)
