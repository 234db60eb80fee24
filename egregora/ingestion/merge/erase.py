"""Removes people on the erasure list: their messages, and their names in the texts of others."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from egregora.config.erasure_list import Forgotten

Pieces = Iterator[tuple[pa.Table, pa.Table]]  # messages, and the positions of some of them


def erase_people(pieces: Pieces, forgotten: Forgotten) -> Pieces:
    """`pieces` without the messages of erased people.

    In texts and file names of others, placeholders replace their names.
    """
    for messages, positions in pieces:
        yield (_erase_from(messages, positions, forgotten) if forgotten else (messages, positions))


def _erase_from(messages: pa.Table, positions: pa.Table, forgotten: Forgotten) -> tuple[pa.Table, pa.Table]:
    authors = messages["author"].combine_chunks().dictionary_encode()
    is_erased = pa.array([forgotten.is_author(name) for name in authors.dictionary.to_pylist()], pa.bool_())
    erased_rows = pc.fill_null(is_erased.take(authors.indices), fill_value=False)
    erased_ids = messages["message_id"].filter(erased_rows)
    kept = messages.filter(pc.invert(erased_rows))
    for name in ("message", "attachment"):
        kept = kept.set_column(
            kept.schema.get_field_index(name), kept.schema.field(name), _erase_names(kept[name], forgotten)
        )
    return kept, positions.filter(pc.invert(pc.is_in(positions["message_id"], value_set=erased_ids.combine_chunks())))


def _erase_names(texts: pa.ChunkedArray, forgotten: Forgotten) -> pa.Array:
    cleaned = [text if text is None else forgotten.cleaned(text) for text in texts.to_pylist()]
    return pa.array(cleaned, pa.string())
