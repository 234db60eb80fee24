"""Messages as all that comes after may use them: the gate sees each line once, before anything is made of it."""

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


def screened(messages: ir.Table, gate: EgressGate) -> ir.Table:
    """`messages` with the gate's words for each line that it does not let out.

    Shape: the same rows and columns. A link that is not let out is left out with its description. What a description
    holds passes when the message beside it, from which it was made, holds it too.
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
    put = {name: ibis.ifelse(is_changed, joined[f"new_{name}"], joined[name]) for name in columns}
    return joined.select(**{name: put.get(name, joined[name]) for name in messages.columns})


def _changed_rows(batch: pa.RecordBatch, gate: EgressGate) -> Iterator[dict[str, Any]]:
    """The rows of which a text differs once it is screened, as they are to be."""
    texts = batch.column("message").dictionary_encode()
    listed = texts.dictionary.to_pylist()
    windows = _windows(batch, texts.indices, len(listed))
    kept = gate.screen(listed, where=[f"a message of {window}" for window in windows])
    messages = pa.array(kept, pa.string()).take(texts.indices)
    differs = pc.fill_null(pc.not_equal(messages, batch.column("message")), fill_value=False)
    places = pc.indices_nonzero(pc.or_(differs, _has_more(batch)))
    before = batch.take(places).to_pylist()
    rows = [{**row, "message": message} for row, message in zip(before, messages.take(places).to_pylist(), strict=True)]
    for row, old in zip(_with_screened_links(rows, gate), before, strict=True):
        if row != old:
            yield row


def _has_more(batch: pa.RecordBatch) -> pa.Array:
    """Which rows have links, or a description of their medium."""
    links = pc.fill_null(pc.greater(pc.list_value_length(batch.column("links")), 0), fill_value=False)
    return pc.or_(links, pc.is_valid(batch.column("media_description")))


def _windows(batch: pa.RecordBatch, indices: pa.Array, length: int) -> list[str]:
    """For each different text a window in which it stands."""
    found = [""] * length
    for place, window in zip(indices.to_pylist(), batch.column("window").to_pylist(), strict=True):
        if place is not None:
            found[place] = window
    return found


def _with_screened_links(rows: Sequence[dict[str, Any]], gate: EgressGate) -> Iterator[dict[str, Any]]:
    """`rows` with links, and descriptions of links and media, that may be shown."""
    parts = [_descriptions_of(row) for row in rows]
    texts = [text or "" for own in parts for text in own]
    beside = [row["message"] or "" for row, own in zip(rows, parts, strict=True) for _ in own]
    where = [f"a message of {row['window']}" for row, own in zip(rows, parts, strict=True) for _ in own]
    kept = iter(gate.screen(texts, where=where, beside=beside))
    for row, own in zip(rows, parts, strict=True):
        yield _with_parts(row, [text and str(screened) for text, screened in zip(own, kept, strict=False)])


def _descriptions_of(row: dict[str, Any]) -> list[str | None]:
    """What a message's medium shows, then its links, then what each of them is about."""
    links, described = row["links"] or [], row["link_descriptions"] or []
    return [row["media_description"], *links, *described, *[None] * (len(links) - len(described))]


def _with_parts(row: dict[str, Any], parts: Sequence[str | None]) -> dict[str, Any]:
    links = row["links"] or []
    fine = [place for place, link in enumerate(links) if parts[1 + place] == link]
    told = parts[1 + len(links) :]
    return {
        **row,
        "media_description": parts[0],
        "links": [links[place] for place in fine] if links else row["links"],
        "link_descriptions": [told[place] for place in fine] if links else row["link_descriptions"],
    }
