"""A column of texts without personal data. Each different text is looked at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from egregora.privacy.detect.columns.prefilter import Candidates
from egregora.privacy.detect.redactor import Redactor


def redacted(texts: pa.Array, redactor: Redactor, candidates: Candidates) -> tuple[pa.Array, dict[int, Counter[str]]]:
    """`texts` without personal data, and how many of each kind were taken out of those that held some, by place."""
    coded = texts.dictionary_encode()
    changed, counts = _changed(coded.dictionary, redactor, candidates)
    codes = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False)  # behind the last
    rows = np.flatnonzero(_held(changed, len(coded.dictionary) + 1)[codes])
    found = dict(zip(rows.tolist(), map(counts.__getitem__, codes[rows].tolist()), strict=True))
    return replaced(coded.dictionary, changed).take(coded.indices), found


def replaced(column: pa.Array, changed: Mapping[int, str]) -> pa.Array:
    """`column` with the texts of `changed` at their places."""
    mask = pa.array(_held(changed, len(column)))
    return pc.replace_with_mask(column, mask, pa.array([changed[place] for place in sorted(changed)], pa.string()))


def _changed(
    texts: pa.Array, redactor: Redactor, candidates: Candidates
) -> tuple[dict[int, str], dict[int, Counter[str]]]:
    """By place in `texts`, what becomes of those that hold something, and what it was."""
    changed: dict[int, str] = {}
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    looked_at, places = texts, [*range(len(texts))]
    while places:  # again while something is found: what was taken out may have hidden something else
        found: dict[int, str] = {}
        tried = candidates.among(looked_at)
        for place, text in zip(tried, looked_at.take(pa.array(tried, pa.int64())).to_pylist(), strict=True):
            redacted_text, kinds = redactor.redact_once(text, tried=tried[place])
            if kinds:
                found[places[place]] = redacted_text
                counts[places[place]].update(kinds)
        changed.update(found)
        looked_at, places = pa.array(found.values(), pa.string()), [*found]
    return changed, counts


def _held(places: Iterable[int], length: int) -> npt.NDArray[np.bool_]:
    """For each place up to `length`, whether it is one of `places`."""
    mask = np.zeros(length, np.bool_)
    mask[np.fromiter(places, np.int64)] = True
    return mask
