"""The exports of one chat as one sequence of messages: nothing twice, nothing lost, the newest state of each.

Minute by minute, because that is all that Android tells. Where two exports have the same messages in a minute, those of
the newer one stay; where they differ, the two sequences are laid beside each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from egregora.ingestion.lines.arrays import Flags, Hashes, Whole
from egregora.ingestion.lines.message_id import mixed
from egregora.ingestion.merge.same_chat import Columns, Export
from egregora.ingestion.reader import CALL, COMMAND, DELETED, EMPTY, KINDS, MEDIA, NOBODY, OMITTED, POLL, SYSTEM

_MIXED = -1
_MOST_PAIRS = 1_000_000  # in a minute; people do not write a thousand messages in one, and to compare all takes minutes
_ALIKE_BY_KIND = (POLL, CALL, EMPTY)  # whatever they say, two of a minute and author are one
Row = tuple[int, int]  # an export by its place among them, a row of it


@dataclass(slots=True)
class Plan:
    """What of one export goes into the table; all columns have a place for each of its rows."""

    taken: Flags
    walls: Whole  # seconds from whichever export has them
    numbers: Whole  # how many equal messages of the same minute come before
    positions: Whole  # how many messages of the same time come before


@dataclass(frozen=True, slots=True)
class _Minutes:
    """The rows of an export by minute."""

    order: Whole  # rows by minute, otherwise as in the file
    values: Whole  # the minutes
    begins: Whole  # where each begins in `order`, and where the last one ends
    digests: Hashes  # of what was said in each, and in which order

    def rows(self, place: int) -> list[int]:
        """The rows of a minute."""
        rows: list[int] = self.order[self.begins[place] : self.begins[place + 1]].tolist()
        return rows


class _Merging:
    """Exports, the newest first, and what each minute of them comes from."""

    def __init__(self, columns: Sequence[Columns], *, seconds: Sequence[bool], ios: Sequence[bool]) -> None:
        self.columns = columns
        self.seconds = seconds
        self.ios = ios
        self.walls = [column.walls.copy() for column in columns]
        self.keys = [mixed(column.authors, column.contents) for column in columns]
        self.minutes = [_by_minute(column, key) for column, key in zip(columns, self.keys, strict=True)]
        # For each minute so far the export that it comes from, or that it is mixed, and its place there.
        self.values = self.minutes[0].values
        self.owners = np.zeros(len(self.values), dtype=np.int64)
        self.places = np.arange(len(self.values))
        self.mixed: dict[int, list[Row]] = {}  # by minute
        for number in range(1, len(columns)):
            self._add(number)

    def _add(self, number: int) -> None:
        """Take in an older export."""
        older = self.minutes[number]
        found = np.searchsorted(self.values, older.values)
        known = (found < len(self.values)) & (self.values[np.minimum(found, len(self.values) - 1)] == older.values)
        places, mine = np.flatnonzero(known), found[known]
        same = self._same(number, places, mine)
        self._lend_seconds(number, places[same], mine[same])
        for place, at in zip(places[~same].tolist(), mine[~same].tolist(), strict=True):
            minute = int(self.values[at])
            rows = [(number, row) for row in older.rows(place)]
            self.mixed[minute] = self._together(self._rows(at), rows)
            self.owners[at] = _MIXED
        self._append(number, np.flatnonzero(~known))

    def _same(self, number: int, places: Whole, mine: Whole) -> Flags:
        """At which of the minutes that both have the older export says the same as all newer ones."""
        same = np.zeros(len(places), dtype=bool)
        for owner in range(number):
            owned = np.flatnonzero(self.owners[mine] == owner)
            theirs = self.minutes[owner].digests[self.places[mine[owned]]]
            same[owned] = theirs == self.minutes[number].digests[places[owned]]
        return same

    def _lend_seconds(self, number: int, places: Whole, mine: Whole) -> None:
        """Give the seconds of an export that has them to the same messages of those that have none."""
        for owner in range(number):
            owned = np.flatnonzero(self.owners[mine] == owner)
            if self.seconds[number] and not self.seconds[owner]:
                theirs = _expanded(self.minutes[owner], self.places[mine[owned]])
                self.walls[owner][theirs] = self.walls[number][_expanded(self.minutes[number], places[owned])]

    def _append(self, number: int, places: Whole) -> None:
        """Minutes that no newer export has."""
        values = np.concatenate([self.values, self.minutes[number].values[places]])
        order = np.argsort(values, kind="stable")
        self.values = values[order]
        self.owners = np.concatenate([self.owners, np.full(len(places), number, dtype=np.int64)])[order]
        self.places = np.concatenate([self.places, places])[order]

    def _rows(self, at: int) -> list[Row]:
        owner = int(self.owners[at])
        if owner == _MIXED:
            return self.mixed[int(self.values[at])]
        return [(owner, row) for row in self.minutes[owner].rows(int(self.places[at]))]

    def _together(self, newer: Sequence[Row], older: Sequence[Row]) -> list[Row]:
        """Two sequences of one minute as one, in which what both have comes once."""
        if len(newer) * len(older) > _MOST_PAIRS:
            return self._paired(newer, older)
        matcher = SequenceMatcher(None, self._keys(newer), self._keys(older), autojunk=False)
        rows: list[Row] = []
        for _, first, last, other_first, other_last in matcher.get_opcodes():
            rows += self._paired(newer[first:last], older[other_first:other_last])
        return rows

    def _keys(self, rows: Iterable[Row]) -> list[int]:
        return [int(self.keys[export][row]) for export, row in rows]

    def _paired(self, newer: Sequence[Row], older: Sequence[Row]) -> list[Row]:
        """What stands at the same place in two sequences; what only the older one has comes first.

        Pairs are found from the end, because an export that is cut off lacks the beginning of a minute.
        """
        places, end = self._places(older), len(older)
        rows: list[Row] = []
        for row in reversed(newer):
            at = self._pair(row, older, places, end)
            if at is None:
                rows.append(row)
                continue
            rows += reversed(older[at + 1 : end])
            rows.append(self._better(row, older[at]))
            end = at
        return [*older[:end], *reversed(rows)]

    def _places(self, rows: Sequence[Row]) -> dict[tuple[int, ...], list[int]]:
        """Where the messages of each author and kind are, and of these those of each essence."""
        places: dict[tuple[int, ...], list[int]] = {}
        for at, (export, row) in enumerate(rows):
            columns = self.columns[export]
            sort = int(columns.authors[row]), int(columns.kinds[row])
            for key in (sort, (*sort, int(columns.essences[row]))):
                places.setdefault(key, []).append(at)
        return places

    def _pair(self, newer: Row, older: Sequence[Row], places: dict[tuple[int, ...], list[int]], end: int) -> int | None:
        """Where the last of `older` before `end` is that is the same message; `places` forgets what is behind it."""
        columns, row = self.columns[newer[0]], newer[1]
        author, essence = int(columns.authors[row]), int(columns.essences[row])
        found: set[int] = set()
        for kind in range(len(KINDS)):
            for those in (places.get((author, kind), []), places.get((author, kind, essence), [])):
                while those and those[-1] >= end:
                    those.pop()
                found.update(those[-1:])
        return next((at for at in sorted(found, reverse=True) if self._is_same(newer, older[at])), None)

    def _is_same(self, newer: Row, older: Row) -> bool:
        """Whether two rows of a minute are the same message in two states, or as two phones show it."""
        one, other = self.columns[newer[0]], self.columns[older[0]]
        kind, other_kind = int(one.kinds[newer[1]]), int(other.kinds[older[1]])
        if one.authors[newer[1]] != other.authors[older[1]] or (COMMAND in (kind, other_kind) and kind != other_kind):
            return False
        if one.essences[newer[1]] == other.essences[older[1]]:
            return kind == other_kind or {kind, other_kind} <= {MEDIA, OMITTED}
        if DELETED in (kind, other_kind) or one.edited[newer[1]]:
            return bool(one.authors[newer[1]] != NOBODY)
        if kind == other_kind and kind in _ALIKE_BY_KIND:
            return True
        phones_differ = self.ios[newer[0]] != self.ios[older[0]]
        if kind == other_kind == SYSTEM:
            return phones_differ  # which say the same event in other words, in one language too
        return {kind, other_kind} <= {MEDIA, OMITTED} and (kind != other_kind or phones_differ)

    def _better(self, newer: Row, older: Row) -> Row:
        """Which of two rows that are one message to take; it gets the seconds if the other one has them."""
        kinds = [int(self.columns[export].kinds[row]) for export, row in (newer, older)]
        chosen, other = (older, newer) if _tells_more(*kinds) else (newer, older)
        if self.seconds[other[0]] and not self.seconds[chosen[0]]:
            self.walls[chosen[0]][chosen[1]] = self.walls[other[0]][other[1]]
        return chosen

    def plans(self) -> list[Plan]:
        """What of each export goes into the table."""
        minutes, exports, rows = self._sequence()
        keys, walls = np.zeros(len(rows), dtype=np.uint64), np.zeros(len(rows), dtype=np.int64)
        for number, (key, wall) in enumerate(zip(self.keys, self.walls, strict=True)):
            mine = exports == number
            keys[mine], walls[mine] = key[rows[mine]], wall[rows[mine]]
        numbers = _occurrences(mixed(minutes.astype(np.uint64), keys))
        positions = _occurrences(walls.astype(np.uint64))
        return [self._plan(number, exports == number, rows, numbers, positions) for number in range(len(self.columns))]

    def _plan(self, number: int, mine: Flags, rows: Whole, numbers: Whole, positions: Whole) -> Plan:
        size = len(self.walls[number])
        plan = Plan(np.zeros(size, dtype=bool), self.walls[number], np.zeros(size, np.int64), np.zeros(size, np.int64))
        plan.taken[rows[mine]] = True
        plan.numbers[rows[mine]], plan.positions[rows[mine]] = numbers[mine], positions[mine]
        return plan

    def _sequence(self) -> tuple[Whole, Whole, Whole]:
        """All messages in their order: minutes, exports, rows."""
        parts: list[tuple[Whole, Whole, Whole]] = []
        for number, owned in enumerate(self.minutes):
            places = self.places[self.owners == number]
            rows = _expanded(owned, places)
            times = np.repeat(owned.values[places], np.diff(owned.begins)[places])
            parts.append((times, np.full(len(rows), number, dtype=np.int64), rows))
        listed = [(minute, *row) for minute, together in self.mixed.items() for row in together]
        columns = np.array(listed, dtype=np.int64).reshape(-1, 3)
        parts.append((columns[:, 0], columns[:, 1], columns[:, 2]))
        minutes, exports, rows = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(minutes, kind="stable")
        return minutes[order], exports[order], rows[order]


def merge(exports: Sequence[Export]) -> list[Plan]:
    """What of each of `exports`, the newest first, goes into the table.

    What an older export has and no newer one, in whatever state, stays: a phone may have lost it. A message that the
    newer one shows as edited or deleted is the one of that author that stands in its place in the older one.
    """
    return _Merging(
        [export.columns for export in exports],
        seconds=[export.seen.shape.seconds for export in exports],
        ios=[export.seen.ios for export in exports],
    ).plans()


def _tells_more(newer: int, older: int) -> bool:
    """Whether the older state is the one to take: one with its file, and one that was taken back."""
    return (newer == OMITTED and older == MEDIA) or (newer != DELETED and older == DELETED)


def _by_minute(columns: Columns, keys: Hashes) -> _Minutes:
    minutes = columns.minutes
    order = np.argsort(minutes, kind="stable")
    values, begins = np.unique(minutes[order], return_index=True)
    places = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    digests = np.add.reduceat(mixed(keys[order], places.astype(np.uint64)), begins)
    return _Minutes(order, values, np.append(begins, len(order)), digests)


def _expanded(minutes: _Minutes, places: Whole) -> Whole:
    """The rows of the minutes at `places`, one after the other."""
    lengths = minutes.begins[places + 1] - minutes.begins[places]
    starts = np.repeat(minutes.begins[places] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return minutes.order[starts + np.arange(int(lengths.sum()))]


def _occurrences(values: Hashes) -> Whole:
    """For each value, how many equal ones come before it."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(values) else order
    counts = np.empty(len(values), dtype=np.int64)
    counts[order] = np.arange(len(values)) - np.repeat(begins, np.diff(begins, append=len(values)))
    return counts
