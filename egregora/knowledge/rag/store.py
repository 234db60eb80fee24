"""The chunks' vectors, and the chunks nearest to a window."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from egregora.core.database_schema import WINDOW_CONTEXT_SCHEMA
from egregora.core.egress import EgressGate
from egregora.core.fingerprint import digest
from egregora.core.kept_table import Kept
from egregora.knowledge.rag.chunks import MOMENT, Chunk, cut_chunks
from egregora.knowledge.screening import screened
from egregora.knowledge.windows import ORDER, bounds, in_windows
from egregora.llm.embedder import Embedder
from egregora.llm.offline import OfflineEmbedder
from egregora.utils.batching import iter_table_record_batches

T = TypeVar("T")
Vectors = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]

_NEAREST = 3  # as many as a post quotes: a chunk that is offered and not used would make its post stale for nothing
_LEAST_SIMILARITY = 0.5
_DECIMALS = 4
_UNIT = 100_000  # vectors have 5 decimals: in this unit they are whole numbers
_CHUNKS = 1_024  # compared with the windows at a time
_KEPT_TOGETHER = 256  # embedded between two commits
_ROWS = 20_000  # messages handed on at a time


def build_knowledge(  # noqa: PLR0913 - the stage's declaration, and the model
    *,
    enriched_messages: ir.Table,
    message_order: ir.Table,
    embeddings: Kept,
    period: str,
    timezone: str,
    from_date: str,
    to_date: str,
    gate: EgressGate,
    embedder: Embedder | None = None,
) -> Iterator[tuple[str, pa.Table | pa.RecordBatch]]:
    """The pieces of `knowledge_context`, `windowed_messages` and `window_context`, in this order.

    Shape: a message outside the range of dates belongs to no window and to no chunk. A text whose vector is in
    `embeddings` is not embedded again, and new vectors are kept as they come; those of texts that are gone, as when
    somebody opted out, are removed.
    Each line goes through `gate` before anything is made of it; one that is not let out is withheld from all that
    comes after, and so is what a model is asked.
    Order: chunks by chat and time, messages by window and time, context by window and rank. A chunk is offered only
    to windows that begin after its end, so later messages change the context of no earlier window.
    """
    placed = _placed(enriched_messages, message_order)
    told = in_windows(placed, period=period, timezone=timezone, from_date=from_date, to_date=to_date)
    windowed = screened(told, gate)
    vectors = _KnownVectors(embedder or OfflineEmbedder(), embeddings, gate)
    sums: dict[str, Exact] = {}
    for chunks in _in_pieces(cut_chunks(windowed), _CHUNKS):
        found = vectors.of([chunk.words for chunk in chunks])
        _add_up(sums, chunks, found)
        yield "knowledge_context", _chunk_rows(chunks, found)
    for batch in iter_table_record_batches(windowed, _ROWS, order_by=ORDER):
        yield "windowed_messages", batch
    queries = _queries(sums, timezone)
    yield "window_context", _context_rows(queries, _nearest(queries, cut_chunks(windowed), vectors))
    vectors.forget_other_texts()


def _placed(messages: ir.Table, message_order: ir.Table) -> ir.Table:
    """`messages` with a first column `position`: the place among those of the same chat and time."""
    key = ["chat_id", "message_id"]
    places = message_order.group_by(key).agg(position=message_order.position.max())
    joined = messages.left_join(places, key)
    return joined.select(position=joined.position.fill_null(0), **{name: joined[name] for name in messages.columns})


class _KnownVectors:
    """Vectors of texts: those that are kept, and new ones, which are kept from then on."""

    def __init__(self, embedder: Embedder, kept: Kept, gate: EgressGate) -> None:
        self._embedder = embedder
        self._kept = kept
        self._gate = gate
        self._models = [*{*kept.table.select("model").distinct().to_pyarrow()["model"].to_pylist(), embedder.name}]
        self._keys: set[str] = set()  # of all texts there were, by each model

    def forget_other_texts(self) -> None:
        """Remove the vectors, of whichever model, of texts that were not asked for."""
        self._kept.keep_only("text_digest", sorted(self._keys))

    def of(self, texts: Sequence[str]) -> Vectors:
        """A row for each of `texts`, which must not be empty."""
        self._keys.update(digest(model, text) for text in texts for model in self._models)
        keys = [digest(self._embedder.name, text) for text in texts]
        known = self._found(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for part in _in_pieces(missing.items(), _KEPT_TOGETHER):
            known |= self._embedded(dict(part))
        return np.stack([known[key] for key in keys])

    def _found(self, keys: Sequence[str]) -> dict[str, Vectors]:
        # Joined, not listed in the query: a thousand literals take longer to compile than the search takes.
        asked = ibis.memtable(pa.table({"text_digest": keys}))
        kept = self._kept.table
        placed = kept.select("text_digest", "model", "embedding", place=kept.rowid())
        own = placed.filter(placed.model == self._embedder.name)
        # A join alone reads every vector there is; texts that stand together were, as a rule, kept together.
        found = own.select("text_digest", "place").semi_join(asked, "text_digest")
        (span,) = found.aggregate(first=found.place.min(), last=found.place.max()).to_pyarrow().to_pylist()
        if span["first"] is None:
            return {}
        rows = own.filter(own.place.between(span["first"], span["last"])).semi_join(asked, "text_digest").to_pyarrow()
        flat = rows.column("embedding").combine_chunks().flatten().to_numpy()
        return dict(zip(rows.column("text_digest").to_pylist(), flat.reshape(-1, self._embedder.length), strict=True))

    def _embedded(self, texts: Mapping[str, str]) -> dict[str, Vectors]:
        asked = self._gate.screen(list(texts.values()), where="what the embedding model is asked")
        found = self._embedder.embed(asked)
        # A vector of a text that was withheld in part is not kept: the next run tries the whole of it again.
        whole = [place for place, text in enumerate(texts.values()) if asked[place] == text]
        digests, names = [[*texts][place] for place in whole], [self._embedder.name] * len(whole)
        self._kept.add(pa.table({"text_digest": digests, "model": names, "embedding": _column(found[whole])}))
        return dict(zip(texts, found, strict=True))


class _Near(NamedTuple):
    """A chunk near a window. The least is the nearest: of equals, the one with the lesser id."""

    distance: float  # the similarity, negated
    chunk_id: str
    starts_at: int
    content: str


@dataclass(frozen=True, slots=True)
class _Queries:
    """What is searched for: a row for each window with chunks of its own, in time order."""

    windows: tuple[str, ...]
    starts: npt.NDArray[np.int64]
    vectors: Exact


def _queries(sums: Mapping[str, Exact], timezone: str) -> _Queries:
    """The normalised means of each window's own chunks."""
    windows = tuple(sorted(sums))
    starts = pa.array([bounds(window, timezone)[0] for window in windows], MOMENT).cast(pa.int64()).to_numpy()
    vectors = [np.rint(sums[window] * (_UNIT / np.sqrt(sums[window] @ sums[window]))) for window in windows]
    return _Queries(windows, starts, np.array(vectors, dtype=np.float64))


def _nearest(queries: _Queries, chunks: Iterable[Chunk], vectors: _KnownVectors) -> list[list[_Near]]:
    """For each window the 3 nearest chunks that end before it begins, the nearest first.

    Shape: the chunks pass by in pieces, and each window keeps its best so far.
    """
    nearest: list[list[_Near]] = [[] for _ in queries.windows]
    least = np.full(len(nearest), _LEAST_SIMILARITY)  # what a chunk must reach to be kept
    for piece in _in_pieces(chunks, _CHUNKS):
        found = _similarities(queries, piece, vectors)
        for row in np.flatnonzero((found >= least[:, None]).any(axis=1)):
            nearest[row] = sorted([*nearest[row], *_best(found[row], least[row], piece)])[:_NEAREST]
            if len(nearest[row]) == _NEAREST:
                least[row] = -nearest[row][-1].distance
    return nearest


def _similarities(queries: _Queries, chunks: Sequence[Chunk], vectors: _KnownVectors) -> Exact:
    """The cosine of each window with each chunk, rounded; -1 where the chunk is too late for the window."""
    found = _exact(vectors.of([chunk.words for chunk in chunks]))
    ends = np.array([chunk.ends_at for chunk in chunks])
    similar = np.round(queries.vectors @ found.T / _UNIT**2, _DECIMALS)
    return np.where(ends[None, :] < queries.starts[:, None], similar, -1.0)


def _best(similar: Exact, least: float, chunks: Sequence[Chunk]) -> Iterator[_Near]:
    """The chunks of this piece that may be among the nearest: the third best, all better ones, and its equals."""
    if len(similar) > _NEAREST:
        least = max(least, np.partition(similar, -_NEAREST)[-_NEAREST])
    for column in np.flatnonzero(similar >= least).tolist():
        chunk = chunks[column]
        yield _Near(-float(similar[column]), chunk.chunk_id, chunk.starts_at, chunk.content)


def _add_up(sums: dict[str, Exact], chunks: Sequence[Chunk], vectors: Vectors) -> None:
    for chunk, vector in zip(chunks, _exact(vectors), strict=True):
        sums[chunk.window] = sums[chunk.window] + vector if chunk.window in sums else vector


def _exact(vectors: Vectors) -> Exact:
    """Whole numbers: their products and sums are exact, so no grouping or order of the work shows in a result."""
    return np.rint(vectors.astype(np.float64) * _UNIT)


def _chunk_rows(chunks: Sequence[Chunk], vectors: Vectors) -> pa.Table:
    return pa.table(
        {
            "chunk_id": [chunk.chunk_id for chunk in chunks],
            "chat_id": [chunk.chat_id for chunk in chunks],
            "starts_at": pa.array([chunk.starts_at for chunk in chunks], MOMENT),
            "ends_at": pa.array([chunk.ends_at for chunk in chunks], MOMENT),
            "message_ids": [chunk.message_ids for chunk in chunks],
            "content": [chunk.content for chunk in chunks],
            "embedding": _column(vectors),
        }
    )


def _context_rows(queries: _Queries, nearest: Sequence[Sequence[_Near]]) -> pa.Table:
    rows = [
        (window, rank, near.chunk_id, -near.distance, near.starts_at, near.content)
        for window, found in zip(queries.windows, nearest, strict=True)
        for rank, near in enumerate(found, start=1)
    ]
    schema = WINDOW_CONTEXT_SCHEMA.to_pyarrow()
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _column(vectors: Vectors) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])


def _in_pieces(things: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(things)
    while piece := list(islice(rest, size)):
        yield piece
