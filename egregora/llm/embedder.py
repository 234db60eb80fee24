"""What the pipeline asks of a model, whoever provides it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from egregora.core.egress import ScreenedText

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Embedder(Protocol):
    """Turns texts into vectors that lie near each other when the texts mean the same."""

    @property
    def name(self) -> str:
        """The model with its version: vectors of one name may be compared."""

    @property
    def length(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[ScreenedText]) -> "npt.NDArray[np.float32]":
        """One vector of length one for each text; it depends on that text alone, not on the others or their order.

        Shape: (texts, `length`), float32, rounded to 5 decimals.
        Errors: ModelError when the model is missing or refuses; PrivacyError for a text that no gate has seen.
        """
