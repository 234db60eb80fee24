"""Types of the numpy arrays in which a chat is parsed."""

from typing import Any

import numpy as np

ByteArray = np.ndarray[Any, np.dtype[np.uint8]]
Int64Array = np.ndarray[Any, np.dtype[np.int64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
UInt64Array = np.ndarray[Any, np.dtype[np.uint64]]


def unaligned_words(data: ByteArray) -> UInt64Array:
    """A view of `data` as one little-endian uint64 per byte offset: the eight bytes that start there.

    Shape: (len(data) - 7,). Nothing is copied.
    """
    return np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
