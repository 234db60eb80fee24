"""Merges the exports of one chat into one sequence of messages: nothing twice, nothing lost, the newest state of each.

The unit is the minute, because Android exports have no seconds. Where two exports have the same messages in a minute,
those of the newer one are taken. Where they differ, the two sequences are aligned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from egregora.ingestion.content.kinds import CALL, COMMAND, DELETED, EMPTY, KINDS, MEDIA, OMITTED, POLL, SYSTEM
from egregora.ingestion.lines.arrays import BoolArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import combine_hashes
from egregora.ingestion.merge.same_chat import ChatExport, ComparedColumns
from egregora.ingestion.reader import NO_AUTHOR

_INTERLEAVED = -1
_MAX_PAIRS = (
    1_000_000  # pairs of messages in one minute; comparing more takes too long, and people do not write so much
)
_SAME_BY_KIND = (POLL, CALL, EMPTY)  # two of these in one minute by one author are the same, whatever their text
RowReference = tuple[int, int]  # index of an export, index of one of its rows


@dataclass(slots=True)
class RowSelection:
    """Which rows of one export go into the table, and when. Every column has one element per row."""

    selected: BoolArray
    local_seconds: Int64Array  # wall-clock seconds since 1970, with seconds if any export has them
    occurrences: Int64Array  # number of equal messages earlier in the same minute
    positions: Int64Array  # number of messages before it with the same time


@dataclass(frozen=True, slots=True)
class _Minutes:
    """The rows of an export, grouped by minute."""

    order: Int64Array  # row indexes sorted by minute, else as in the file
    values: Int64Array  # the minutes, sorted
    starts: Int64Array  # where each minute starts in `order`, and the end of the last
    digests: UInt64Array  # hash of the messages of each minute, and of their order

    def rows(self, index: int) -> list[int]:
        """The row indexes of the minute at `index`."""
        rows: list[int] = self.order[self.starts[index] : self.starts[index + 1]].tolist()
        return rows


class _Merger:
    """Merges exports, the newest first, and records which export each minute comes from."""

    def __init__(self, columns: Sequence[ComparedColumns], *, seconds: Sequence[bool], ios: Sequence[bool]) -> None:
        self.columns = columns
        self.seconds = seconds
        self.ios = ios
        self.local_seconds = [column.local_seconds.copy() for column in columns]
        self.keys = [combine_hashes(column.authors, column.contents) for column in columns]
        self.minutes = [_by_minute(column, key) for column, key in zip(columns, self.keys, strict=True)]
        # For each minute so far: the export it comes from or `_INTERLEAVED`, and its index in that export.
        self.values = self.minutes[0].values
        self.owners = np.zeros(len(self.values), dtype=np.int64)
        self.index_in_owner = np.arange(len(self.values))
        self.interleaved: dict[int, list[RowReference]] = {}  # by minute
        for number in range(1, len(columns)):
            self._add_older(number)

    def _add_older(self, number: int) -> None:
        """Add the next older export."""
        older = self.minutes[number]
        insertion = np.searchsorted(self.values, older.values)
        known = (insertion < len(self.values)) & (
            self.values[np.minimum(insertion, len(self.values) - 1)] == older.values
        )
        indexes, own_indexes = np.flatnonzero(known), insertion[known]
        same = self._same(number, indexes, own_indexes)
        self._lend_seconds(number, indexes[same], own_indexes[same])
        for index, own_index in zip(indexes[~same].tolist(), own_indexes[~same].tolist(), strict=True):
            minute = int(self.values[own_index])
            rows = [(number, row) for row in older.rows(index)]
            self.interleaved[minute] = self._interleave(self._rows(own_index), rows)
            self.owners[own_index] = _INTERLEAVED
        self._append_minutes(number, np.flatnonzero(~known))

    def _same(self, number: int, indexes: Int64Array, own_indexes: Int64Array) -> BoolArray:
        """In which of the shared minutes the older export has the same messages as all newer ones."""
        same = np.zeros(len(indexes), dtype=bool)
        for owner in range(number):
            owned = np.flatnonzero(self.owners[own_indexes] == owner)
            newer_digests = self.minutes[owner].digests[self.index_in_owner[own_indexes[owned]]]
            same[owned] = newer_digests == self.minutes[number].digests[indexes[owned]]
        return same

    def _lend_seconds(self, number: int, indexes: Int64Array, own_indexes: Int64Array) -> None:
        """Copy the seconds of an export that has them to the same messages of exports that have none."""
        for owner in range(number):
            owned = np.flatnonzero(self.owners[own_indexes] == owner)
            if self.seconds[number] and not self.seconds[owner]:
                newer_rows = _rows_of_minutes(self.minutes[owner], self.index_in_owner[own_indexes[owned]])
                self.local_seconds[owner][newer_rows] = self.local_seconds[number][
                    _rows_of_minutes(self.minutes[number], indexes[owned])
                ]

    def _append_minutes(self, number: int, indexes: Int64Array) -> None:
        """Add minutes that no newer export has."""
        values = np.concatenate([self.values, self.minutes[number].values[indexes]])
        order = np.argsort(values, kind="stable")
        self.values = values[order]
        self.owners = np.concatenate([self.owners, np.full(len(indexes), number, dtype=np.int64)])[order]
        self.index_in_owner = np.concatenate([self.index_in_owner, indexes])[order]

    def _rows(self, index: int) -> list[RowReference]:
        """The rows of the minute at `index`, as references."""
        owner = int(self.owners[index])
        if owner == _INTERLEAVED:
            return self.interleaved[int(self.values[index])]
        return [(owner, row) for row in self.minutes[owner].rows(int(self.index_in_owner[index]))]

    def _interleave(self, newer: Sequence[RowReference], older: Sequence[RowReference]) -> list[RowReference]:
        """Two sequences of one minute as one, in which each shared message occurs once."""
        if len(newer) * len(older) > _MAX_PAIRS:
            return self._pair_up(newer, older)
        matcher = SequenceMatcher(None, self._keys_of(newer), self._keys_of(older), autojunk=False)
        rows: list[RowReference] = []
        for _, first, last, other_first, other_last in matcher.get_opcodes():
            rows += self._pair_up(newer[first:last], older[other_first:other_last])
        return rows

    def _keys_of(self, rows: Iterable[RowReference]) -> list[int]:
        return [int(self.keys[export][row]) for export, row in rows]

    def _pair_up(self, newer: Sequence[RowReference], older: Sequence[RowReference]) -> list[RowReference]:
        """Join two sequences. Matching messages occur once; those of the older export alone come first.

        Matching runs backwards, because an export that was cut off lacks the beginning of a minute.
        """
        indexes, end = self._candidate_indexes(older), len(older)
        rows: list[RowReference] = []
        for row in reversed(newer):
            index = self._find_match(row, older, indexes, end)
            if index is None:
                rows.append(row)
                continue
            rows += reversed(older[index + 1 : end])
            rows.append(self._choose_state(row, older[index]))
            end = index
        return [*older[:end], *reversed(rows)]

    def _candidate_indexes(self, rows: Sequence[RowReference]) -> dict[tuple[int, ...], list[int]]:
        """Indexes of the messages by author and kind, and by author, kind and content."""
        indexes: dict[tuple[int, ...], list[int]] = {}
        for index, (export, row) in enumerate(rows):
            columns = self.columns[export]
            author_and_kind = int(columns.authors[row]), int(columns.kinds[row])
            for key in (author_and_kind, (*author_and_kind, int(columns.normalized_content_hashes[row]))):
                indexes.setdefault(key, []).append(index)
        return indexes

    def _find_match(
        self, newer: RowReference, older: Sequence[RowReference], indexes: dict[tuple[int, ...], list[int]], end: int
    ) -> int | None:
        """Index of the last of `older` before `end` that is the same message, None when there is none.

        Indexes from `end` on are removed from `indexes`.
        """
        columns, row = self.columns[newer[0]], newer[1]
        author, content = int(columns.authors[row]), int(columns.normalized_content_hashes[row])
        matches: set[int] = set()
        for kind in range(len(KINDS)):
            for candidates in (indexes.get((author, kind), []), indexes.get((author, kind, content), [])):
                while candidates and candidates[-1] >= end:
                    candidates.pop()
                matches.update(candidates[-1:])
        return next((index for index in sorted(matches, reverse=True) if self._is_same(newer, older[index])), None)

    def _is_same(self, newer: RowReference, older: RowReference) -> bool:
        """Whether two rows of a minute are the same message in two states, or as two phones show it."""
        one, other = self.columns[newer[0]], self.columns[older[0]]
        kind, other_kind = int(one.kinds[newer[1]]), int(other.kinds[older[1]])
        if one.authors[newer[1]] != other.authors[older[1]] or (COMMAND in (kind, other_kind) and kind != other_kind):
            return False
        if one.normalized_content_hashes[newer[1]] == other.normalized_content_hashes[older[1]]:
            return kind == other_kind or {kind, other_kind} <= {MEDIA, OMITTED}
        if DELETED in (kind, other_kind) or one.edited[newer[1]]:
            return bool(one.authors[newer[1]] != NO_AUTHOR)
        if kind == other_kind and kind in _SAME_BY_KIND:
            return True
        phones_differ = self.ios[newer[0]] != self.ios[older[0]]
        if kind == other_kind == SYSTEM:
            return phones_differ  # phones word the same event differently, even in one language
        return {kind, other_kind} <= {MEDIA, OMITTED} and (kind != other_kind or phones_differ)

    def _choose_state(self, newer: RowReference, older: RowReference) -> RowReference:
        """Which of two rows of the same message to take. It gets the seconds of the other one if it has none."""
        kinds = [int(self.columns[export].kinds[row]) for export, row in (newer, older)]
        chosen, other = (older, newer) if _prefers_older(*kinds) else (newer, older)
        if self.seconds[other[0]] and not self.seconds[chosen[0]]:
            self.local_seconds[chosen[0]][chosen[1]] = self.local_seconds[other[0]][other[1]]
        return chosen

    def selections(self) -> list[RowSelection]:
        """The selection for each export."""
        minutes, exports, rows = self._sequence()
        keys, local_seconds = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.int64)
        for number, (key, seconds) in enumerate(zip(self.keys, self.local_seconds, strict=True)):
            own = exports == number
            keys[own], local_seconds[own] = key[rows[own]], seconds[rows[own]]
        occurrences = _occurrence_numbers(combine_hashes(minutes.astype(np.uint64), keys))
        positions = _occurrence_numbers(local_seconds.astype(np.uint64))
        return [
            self._selection(number, exports == number, rows, occurrences, positions)
            for number in range(len(self.columns))
        ]

    def _selection(
        self, number: int, own: BoolArray, rows: Int64Array, occurrences: Int64Array, positions: Int64Array
    ) -> RowSelection:
        size = len(self.local_seconds[number])
        selection = RowSelection(
            np.zeros(size, dtype=bool), self.local_seconds[number], np.zeros(size, np.int64), np.zeros(size, np.int64)
        )
        selection.selected[rows[own]] = True
        selection.occurrences[rows[own]], selection.positions[rows[own]] = (
            occurrences[own],
            positions[own],
        )
        return selection

    def _sequence(self) -> tuple[Int64Array, Int64Array, Int64Array]:
        """All messages in order: minutes, indexes of exports, indexes of rows."""
        parts: list[tuple[Int64Array, Int64Array, Int64Array]] = []
        for number, minutes_of_export in enumerate(self.minutes):
            indexes = self.index_in_owner[self.owners == number]
            rows = _rows_of_minutes(minutes_of_export, indexes)
            times = np.repeat(minutes_of_export.values[indexes], np.diff(minutes_of_export.starts)[indexes])
            parts.append((times, np.full(len(rows), number, dtype=np.int64), rows))
        interleaved = [(minute, *row) for minute, rows_of_minute in self.interleaved.items() for row in rows_of_minute]
        columns = np.array(interleaved, dtype=np.int64).reshape(-1, 3)
        parts.append((columns[:, 0], columns[:, 1], columns[:, 2]))
        minutes, exports, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(minutes, kind="stable")
        return minutes[order], exports[order], rows[order]


def merge(exports: Sequence[ChatExport]) -> list[RowSelection]:
    """What to take from each of `exports`, the newest first.

    What only an older export has is kept: a phone may have lost it. A message that the newer export shows as edited or
    deleted replaces the message of the same author at the same position in the older one.
    """
    return _Merger(
        [export.columns for export in exports],
        seconds=[export.survey.header_format.seconds for export in exports],
        ios=[export.survey.ios for export in exports],
    ).selections()


def _prefers_older(newer: int, older: int) -> bool:
    """Whether the older state is taken: it has the file, or it was deleted."""
    return (newer == OMITTED and older == MEDIA) or (newer != DELETED and older == DELETED)


def _by_minute(columns: ComparedColumns, keys: UInt64Array) -> _Minutes:
    """The rows of an export, grouped by minute; `keys` has a hash for each row."""
    minutes = columns.minutes
    order = np.argsort(minutes, kind="stable")
    values, starts = np.unique(minutes[order], return_index=True)
    indexes = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    digests = np.add.reduceat(combine_hashes(keys[order], indexes.astype(np.uint64)), starts)
    return _Minutes(order, values, np.append(starts, len(order)), digests)


def _rows_of_minutes(minutes: _Minutes, indexes: Int64Array) -> Int64Array:
    """The rows of the minutes at `indexes`, one minute after the other."""
    lengths = minutes.starts[indexes + 1] - minutes.starts[indexes]
    starts = np.repeat(minutes.starts[indexes] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return minutes.order[starts + np.arange(int(lengths.sum()))]


def _occurrence_numbers(values: UInt64Array) -> Int64Array:
    """For each value, how many equal ones come before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(values) else order
    counts = np.empty(len(values), dtype=np.int64)
    counts[order] = np.arange(len(values)) - np.repeat(starts, np.diff(starts, append=len(values)))
    return counts
