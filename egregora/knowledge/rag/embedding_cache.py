"""Caches embeddings of texts in a kept table; embeds only texts that are new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from egregora.core.egress import EgressGate
from egregora.core.fingerprint import digest
from egregora.core.kept_table import Kept
from egregora.llm.embedder import Embedder

T = TypeVar("T")
Vectors = npt.NDArray[np.float32]

_BATCH = 256  # texts embedded between two commits


class EmbeddingCache:
    """The embeddings of texts: stored ones, and new ones, which are stored at once."""

    def __init__(self, embedder: Embedder, kept: Kept, gate: EgressGate) -> None:
        self._embedder = embedder
        self._kept = kept
        self._gate = gate
        self._models = [*{*kept.table.select("model").distinct().to_pyarrow()["model"].to_pylist(), embedder.name}]
        self._keys: set[str] = set()  # digests of every text that was asked for, under each model

    def remove_unused(self) -> None:
        """Remove the embeddings, by any model, of texts that were not asked for."""
        self._kept.keep_only("text_digest", sorted(self._keys))

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A row for each of `texts`, which must not be empty."""
        self._keys.update(digest(model, text) for text in texts for model in self._models)
        keys = [digest(self._embedder.name, text) for text in texts]
        known = self._load(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for part in in_batches(missing.items(), _BATCH):
            known |= self._embed(dict(part))
        return np.stack([known[key] for key in keys])

    def _load(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """The stored vectors by digest of the text."""
        # Joined, not a list in the query: a thousand literals take longer to compile than the search.
        wanted = ibis.memtable(pa.table({"text_digest": keys}))
        kept = self._kept.table
        numbered = kept.select("text_digest", "model", "embedding", position=kept.rowid())
        own = numbered.filter(numbered.model == self._embedder.name)
        # A join alone would read every vector; texts that belong together usually have neighbouring rows.
        found = own.select("text_digest", "position").semi_join(wanted, "text_digest")
        (limits,) = found.aggregate(first=found.position.min(), last=found.position.max()).to_pyarrow().to_pylist()
        if limits["first"] is None:
            return {}
        rows = (
            own.filter(own.position.between(limits["first"], limits["last"]))
            .semi_join(wanted, "text_digest")
            .to_pyarrow()
        )
        flat = rows.column("embedding").combine_chunks().flatten().to_numpy()
        return dict(zip(rows.column("text_digest").to_pylist(), flat.reshape(-1, self._embedder.length), strict=True))

    def _embed(self, texts: Mapping[str, str]) -> dict[str, Vectors]:
        """New vectors for texts by digest; the gate screens the texts first."""
        screened = self._gate.screen(list(texts.values()), where="what the embedding model is asked")
        found = self._embedder.embed(screened)
        # The vector of a text that was withheld in part is not stored: the next run tries the whole text again.
        unchanged = [index for index, text in enumerate(texts.values()) if screened[index] == text]
        digests, names = [[*texts][index] for index in unchanged], [self._embedder.name] * len(unchanged)
        self._kept.add(pa.table({"text_digest": digests, "model": names, "embedding": vector_column(found[unchanged])}))
        return dict(zip(texts, found, strict=True))


def vector_column(vectors: Vectors) -> pa.Array:
    """The rows of `vectors` as a column of lists of fixed size."""
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])


def in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """`items` in lists of `size`; the last one may be shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
