"""Screens the messages: the gate checks each line once, before anything is made from it."""

from collections.abc import Iterator, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.egress import EgressGate

_KEY = ("chat_id", "message_id")
_TEXTS = ("message", "media_description")
_LISTS = ("links", "link_descriptions")
_ROWS = 32_768


def screen_messages(messages: ir.Table, gate: EgressGate) -> ir.Table:
    """`messages` with `WITHHELD` for each line with personal data.

    Shape: the same rows and columns. A withheld link is removed with its description. A description may contain
    what its message also contains, because it was made from the message.
    """
    names = (*_KEY, "window", *_TEXTS, *_LISTS)
    schema = messages.select(*names).schema().to_pyarrow()
    batches = messages.select(*names).to_pyarrow_batches(chunk_size=_ROWS)
    changed = [row for batch in batches for row in _changed_rows(batch, gate)]
    if not changed:
        return messages
    columns = (*_TEXTS, *_LISTS)
    new = ibis.memtable(pa.Table.from_pylist(changed, schema=schema).select([*_KEY, *columns])).mutate(is_changed=True)
    joined = messages.left_join(new.rename({f"new_{name}": name for name in columns}), _KEY)
    is_changed = joined.is_changed.fill_null(False)  # noqa: FBT003 - Ibis's own
    replaced = {name: ibis.ifelse(is_changed, joined[f"new_{name}"], joined[name]) for name in columns}
    return joined.select(**{name: replaced.get(name, joined[name]) for name in messages.columns})


def _changed_rows(batch: pa.RecordBatch, gate: EgressGate) -> Iterator[dict[str, Any]]:
    """The rows that screening changes, in their new form."""
    texts = batch.column("message").dictionary_encode()
    distinct = texts.dictionary.to_pylist()
    windows = _windows(batch, texts.indices, len(distinct))
    screened = gate.screen(distinct, where=[f"a message of {window}" for window in windows])
    messages = pa.array(screened, pa.string()).take(texts.indices)
    differs = pc.fill_null(pc.not_equal(messages, batch.column("message")), fill_value=False)
    indices = pc.indices_nonzero(pc.or_(differs, _has_links_or_description(batch)))
    before = batch.take(indices).to_pylist()
    rows = [
        {**row, "message": message} for row, message in zip(before, messages.take(indices).to_pylist(), strict=True)
    ]
    for row, old in zip(_with_screened_links(rows, gate), before, strict=True):
        if row != old:
            yield row


def _has_links_or_description(batch: pa.RecordBatch) -> pa.Array:
    """Mask of the rows with links or a media description."""
    links = pc.fill_null(pc.greater(pc.list_value_length(batch.column("links")), 0), fill_value=False)
    return pc.or_(links, pc.is_valid(batch.column("media_description")))


def _windows(batch: pa.RecordBatch, indices: pa.Array, length: int) -> list[str]:
    """For each distinct text, one window that contains it."""
    found = [""] * length
    for index, window in zip(indices.to_pylist(), batch.column("window").to_pylist(), strict=True):
        if index is not None:
            found[index] = window
    return found


def _with_screened_links(rows: Sequence[dict[str, Any]], gate: EgressGate) -> Iterator[dict[str, Any]]:
    """`rows` with screened links and descriptions."""
    parts = [_descriptions_of(row) for row in rows]
    texts = [text or "" for own in parts for text in own]
    beside = [row["message"] or "" for row, own in zip(rows, parts, strict=True) for _ in own]
    where = [f"a message of {row['window']}" for row, own in zip(rows, parts, strict=True) for _ in own]
    results = iter(gate.screen(texts, where=where, beside=beside))
    for row, own in zip(rows, parts, strict=True):
        yield _with_parts(row, [text and str(screened) for text, screened in zip(own, results, strict=False)])


def _descriptions_of(row: dict[str, Any]) -> list[str | None]:
    """The media description, the links, then the description of each link."""
    links, descriptions = row["links"] or [], row["link_descriptions"] or []
    return [row["media_description"], *links, *descriptions, *[None] * (len(links) - len(descriptions))]


def _with_parts(row: dict[str, Any], parts: Sequence[str | None]) -> dict[str, Any]:
    """`row` with the screened `parts`, in the order of `_descriptions_of`."""
    links = row["links"] or []
    kept = [index for index, link in enumerate(links) if parts[1 + index] == link]
    descriptions = parts[1 + len(links) :]
    return {
        **row,
        "media_description": parts[0],
        "links": [links[index] for index in kept] if links else row["links"],
        "link_descriptions": [descriptions[index] for index in kept] if links else row["link_descriptions"],
    }
