"""Messages without those who are to be forgotten: theirs are gone, and in others' texts they have no name."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from egregora.config.erasure_list import Forgotten

Pieces = Iterator[tuple[pa.Table, pa.Table]]  # messages, and the places of some of them


def without_forgotten(pieces: Pieces, forgotten: Forgotten) -> Pieces:
    """`pieces` without their messages, and with placeholders where others name them in a text or a file's name."""
    for messages, places in pieces:
        yield (_left(messages, places, forgotten) if forgotten else (messages, places))


def _left(messages: pa.Table, places: pa.Table, forgotten: Forgotten) -> tuple[pa.Table, pa.Table]:
    authors = messages["author"].combine_chunks().dictionary_encode()
    theirs = pa.array([forgotten.is_author(name) for name in authors.dictionary.to_pylist()], pa.bool_())
    out = pc.fill_null(theirs.take(authors.indices), fill_value=False)
    gone = messages["message_id"].filter(out)
    kept = messages.filter(pc.invert(out))
    for name in ("message", "attachment"):
        kept = kept.set_column(
            kept.schema.get_field_index(name), kept.schema.field(name), _cleaned(kept[name], forgotten)
        )
    return kept, places.filter(pc.invert(pc.is_in(places["message_id"], value_set=gone.combine_chunks())))


def _cleaned(texts: pa.ChunkedArray, forgotten: Forgotten) -> pa.Array:
    cleaned = [text if text is None else forgotten.cleaned(text) for text in texts.to_pylist()]
    return pa.array(cleaned, pa.string())
