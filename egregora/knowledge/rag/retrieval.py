"""Finds the earlier chunks that are most similar to a window."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from egregora.core.database_schema import WINDOW_CONTEXT_SCHEMA
from egregora.knowledge.rag.chunks import TIMESTAMP, Chunk
from egregora.knowledge.rag.embedding_cache import EmbeddingCache, Vectors, in_batches
from egregora.knowledge.windows import bounds

Exact = npt.NDArray[np.float64]

CHUNKS = 1_024  # compared with the windows at a time
_NEAREST = 3  # the maximum that a post quotes: an unused chunk would only make its post stale
_MIN_SIMILARITY = 0.5
_DECIMALS = 4
_UNIT = 100_000  # vectors have 5 decimals: in this unit they are whole numbers


class Neighbour(NamedTuple):
    """A chunk similar to a window. Sorts by similarity, the highest first; on a tie by id."""

    distance: float  # the similarity, negated
    chunk_id: str
    starts_at: int
    content: str


@dataclass(frozen=True, slots=True)
class Queries:
    """The query vectors: a row for each window that has chunks, by time."""

    windows: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    vectors: Exact


def window_queries(sums: Mapping[str, Exact], timezone: str) -> Queries:
    """A query for each window: the normalised mean of its own chunks."""
    windows = tuple(sorted(sums))
    starts = pa.array([bounds(window, timezone)[0] for window in windows], TIMESTAMP).cast(pa.int64()).to_numpy()
    vectors = [np.rint(sums[window] * (_UNIT / np.sqrt(sums[window] @ sums[window]))) for window in windows]
    return Queries(windows, starts, np.array(vectors, dtype=np.float64))


def search(queries: Queries, chunks: Iterable[Chunk], cache: EmbeddingCache) -> list[list[Neighbour]]:
    """For each window, the 3 most similar chunks that end before it begins, the most similar first.

    The chunks are read once, in batches; each window keeps its best so far.
    """
    nearest: list[list[Neighbour]] = [[] for _ in queries.windows]
    threshold = np.full(len(nearest), _MIN_SIMILARITY)  # what a chunk must reach to be kept
    for batch in in_batches(chunks, CHUNKS):
        found = _similarities(queries, batch, cache)
        for row in np.flatnonzero((found >= threshold[:, None]).any(axis=1)):
            nearest[row] = sorted([*nearest[row], *_candidates(found[row], threshold[row], batch)])[:_NEAREST]
            if len(nearest[row]) == _NEAREST:
                threshold[row] = -nearest[row][-1].distance
    return nearest


def _similarities(queries: Queries, chunks: Sequence[Chunk], cache: EmbeddingCache) -> Exact:
    """The cosine of each window with each chunk, rounded; -1 if the chunk ends too late for the window."""
    found = _exact(cache.vectors([chunk.words for chunk in chunks]))
    ends = np.array([chunk.ends_at for chunk in chunks])
    similar = np.round(queries.vectors @ found.T / _UNIT**2, _DECIMALS)
    return np.where(ends[None, :] < queries.starts[:, None], similar, -1.0)


def _candidates(similar: Exact, threshold: float, chunks: Sequence[Chunk]) -> Iterator[Neighbour]:
    """The chunks of this batch that may be among the 3 best, with ties."""
    if len(similar) > _NEAREST:
        threshold = max(threshold, np.partition(similar, -_NEAREST)[-_NEAREST])
    for column in np.flatnonzero(similar >= threshold).tolist():
        chunk = chunks[column]
        yield Neighbour(-float(similar[column]), chunk.chunk_id, chunk.starts_at, chunk.content)


def add_to_sums(sums: dict[str, Exact], chunks: Sequence[Chunk], vectors: Vectors) -> None:
    """Add each chunk's vector to the sum of its window."""
    for chunk, vector in zip(chunks, _exact(vectors), strict=True):
        sums[chunk.window] = sums[chunk.window] + vector if chunk.window in sums else vector


def _exact(vectors: Vectors) -> Exact:
    """Vectors in whole units: sums and products are exact, so batches and order do not change a result."""
    return np.rint(vectors.astype(np.float64) * _UNIT)


def context_rows(queries: Queries, nearest: Sequence[Sequence[Neighbour]]) -> pa.Table:
    """The rows of `window_context`."""
    rows = [
        (window, rank, neighbour.chunk_id, -neighbour.distance, neighbour.starts_at, neighbour.content)
        for window, found in zip(queries.windows, nearest, strict=True)
        for rank, neighbour in enumerate(found, start=1)
    ]
    schema = WINDOW_CONTEXT_SCHEMA.to_pyarrow()
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
