"""The stage `knowledge`: windows, chunks with embeddings, and related earlier chunks for each window."""

from collections.abc import Iterator, Sequence

import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.egress import EgressGate
from egregora.core.kept_table import Kept
from egregora.knowledge.rag.chunks import TIMESTAMP, Chunk, cut_chunks
from egregora.knowledge.rag.embedding_cache import EmbeddingCache, Vectors, in_batches, vector_column
from egregora.knowledge.rag.retrieval import CHUNKS, Exact, add_to_sums, context_rows, search, window_queries
from egregora.knowledge.screening import screen_messages
from egregora.knowledge.windows import ORDER, assign_windows
from egregora.llm.embedder import Embedder
from egregora.llm.offline import OfflineEmbedder
from egregora.utils.batching import iter_table_record_batches

_ROWS = 20_000  # messages in one batch


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
    """Yield the pieces of `knowledge_context`, `windowed_messages` and `window_context`, in this order.

    Shape: a message outside the range of dates is in no window and no chunk. A text whose vector is in `embeddings` is
    not embedded again. New vectors are stored at once; vectors of texts that no longer exist are removed, for example
    after an opt-out. `gate` checks each line before anything is made from it; a refused line is withheld everywhere.
    Order: chunks by chat and time, messages by window and time, context by window and rank. A chunk is related only to
    windows that begin after its end, so later messages never change the context of an earlier window.
    """
    positioned = _with_position(enriched_messages, message_order)
    unscreened = assign_windows(positioned, period=period, timezone=timezone, from_date=from_date, to_date=to_date)
    windowed = screen_messages(unscreened, gate)
    cache = EmbeddingCache(embedder or OfflineEmbedder(), embeddings, gate)
    sums: dict[str, Exact] = {}
    for chunks in in_batches(cut_chunks(windowed), CHUNKS):
        found = cache.vectors([chunk.words for chunk in chunks])
        add_to_sums(sums, chunks, found)
        yield "knowledge_context", _chunk_rows(chunks, found)
    for batch in iter_table_record_batches(windowed, _ROWS, order_by=ORDER):
        yield "windowed_messages", batch
    queries = window_queries(sums, timezone)
    yield "window_context", context_rows(queries, search(queries, cut_chunks(windowed), cache))
    cache.remove_unused()


def _with_position(messages: ir.Table, message_order: ir.Table) -> ir.Table:
    """`messages` with a first column `position`: the order within the same chat and time."""
    key = ["chat_id", "message_id"]
    positions = message_order.group_by(key).agg(position=message_order.position.max())
    joined = messages.left_join(positions, key)
    return joined.select(position=joined.position.fill_null(0), **{name: joined[name] for name in messages.columns})


def _chunk_rows(chunks: Sequence[Chunk], vectors: Vectors) -> pa.Table:
    """The rows of `knowledge_context`."""
    return pa.table(
        {
            "chunk_id": [chunk.chunk_id for chunk in chunks],
            "chat_id": [chunk.chat_id for chunk in chunks],
            "starts_at": pa.array([chunk.starts_at for chunk in chunks], TIMESTAMP),
            "ends_at": pa.array([chunk.ends_at for chunk in chunks], TIMESTAMP),
            "message_ids": [chunk.message_ids for chunk in chunks],
            "content": [chunk.content for chunk in chunks],
            "embedding": vector_column(vectors),
        }
    )
