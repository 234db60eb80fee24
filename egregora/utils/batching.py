"""A table in pieces, each row exactly once."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa


def batch_table(table: ir.Table, batch_size: int, order_by: Sequence[str] = ()) -> Iterator[ir.Table]:
    """Cut `table` into batches in which each row appears exactly once.

    Shape: batches of `batch_size` rows, the last one shorter; none for an empty table.
    Order: by `order_by`, then by every other column, so that the cut is the same each time.
    Errors: ValueError when `batch_size` is below 1.

    One sort, streamed: OFFSET reads the table once a batch, and loses and doubles rows where keys are tied.
    """
    for batch in iter_table_record_batches(table, batch_size, order_by):
        yield ibis.memtable(pa.Table.from_batches([batch]))


def iter_table_record_batches(
    table: ir.Table, batch_size: int, order_by: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """The same batches as Arrow data, read on a cursor of their own, so that other queries may run in between.

    Shape, order and errors: as `batch_table`.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    rest = [name for name in table.columns if name not in order_by]
    ordered = table.order_by([*order_by, *rest])
    pending: list[pa.RecordBatch] = []
    held = 0
    for piece in _stream(ordered, batch_size):
        offset = 0
        while held + piece.num_rows - offset >= batch_size:
            taken = batch_size - held
            yield _joined([*pending, piece.slice(offset, taken)])
            offset, pending, held = offset + taken, [], 0
        if offset < piece.num_rows:
            pending.append(piece.slice(offset))
            held += piece.num_rows - offset
    if held:
        yield _joined(pending)


def _stream(ordered: ir.Table, batch_size: int) -> Iterator[pa.RecordBatch]:
    """`ordered` in pieces of uneven size; a table in memory belongs to one connection, so it is read at once."""
    if ordered.op().find(ops.InMemoryTable):
        yield from ordered.to_pyarrow().to_batches(batch_size)
        return
    backend = ordered.get_backend()
    cursor = backend.con.cursor()
    try:
        yield from cursor.execute(backend.compile(ordered)).to_arrow_reader(batch_size)
    finally:
        cursor.close()


def _joined(pieces: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    if len(pieces) == 1:
        return pieces[0]
    return pa.Table.from_batches(pieces).combine_chunks().to_batches()[0]
