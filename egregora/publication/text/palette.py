"""The colours of authors: class names that style.css and charts turn into hues."""

from collections.abc import Iterable

COLOURS = 24  # as many as style.css has
NO_COLOUR = "tone-none"
_STEP = 7  # from one author to the next: a third of the colour circle; all colours are used before one repeats


def colour_class(number: int) -> str:
    """The class of a colour; numbers wrap around."""
    return f"tone-{number % COLOURS}"


def author_colours(authors: Iterable[str]) -> dict[str, str]:
    """A colour class for each author. Neighbours differ, and more authors at the end change nobody's colour."""
    return {author: colour_class(number * _STEP) for number, author in enumerate(authors)}


def all_classes() -> set[str]:
    """Every colour class."""
    return {*map(colour_class, range(COLOURS)), NO_COLOUR}
