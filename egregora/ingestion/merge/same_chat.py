"""Which exports are of the same chat: by its title, and by what was said in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from egregora.ingestion.lines.arrays import Flags, Hashes, Whole
from egregora.ingestion.lines.message_id import content_hashes, mixed
from egregora.ingestion.reader import DELETED, NOBODY, OMITTED, Reader
from egregora.ingestion.source.archive import Chat
from egregora.ingestion.source.chat_title import folder_of_member, title_of_export, title_of_member
from egregora.ingestion.survey import Survey, no_chat

_MINUTE = 60
_SAMPLE = 20_000  # messages of an export that are compared
_ENOUGH = 10  # shared messages that outweigh two titles
_TELLING = 20  # messages in the time that two exports share, of which at least one would be in both
_NO_MINUTE = -1


@dataclass(frozen=True, slots=True)
class Columns:
    """What is compared of the messages of an export, in the order of the file."""

    walls: Whole  # wall seconds since 1970
    authors: Hashes  # of the name, 0 for nobody
    contents: Hashes
    essences: Hashes  # of the content without what phones write differently
    kinds: Whole
    edited: Flags

    @property
    def minutes(self) -> Whole:
        """Since 1970; all that Android tells."""
        return self.walls // _MINUTE


@dataclass(frozen=True)
class Export:
    """One chat in one export, surveyed: how to read it, and what its names tell of its title."""

    export_id: str
    chat: Chat
    seen: Survey
    aliases: Mapping[str, str] = field(repr=False)

    def reader(self) -> Reader:
        """A new reader, for the first message."""
        return Reader(self.seen, self.aliases)

    @cached_property
    def columns(self) -> Columns:
        """What is compared with other exports: read once, some 40 bytes a message."""
        reader = self.reader()
        pieces = [reader.read(records) for records in self.seen.records(self.chat)]
        if not any(len(rows.walls) for rows in pieces):
            raise no_chat(self.chat)
        hashes = author_hashes(reader.names)
        return Columns(
            walls=np.concatenate([rows.walls for rows in pieces]),
            authors=hashes[np.concatenate([rows.authors for rows in pieces])],
            contents=np.concatenate([rows.contents for rows in pieces]),
            essences=np.concatenate([rows.essences() for rows in pieces]),
            kinds=np.concatenate([rows.kinds for rows in pieces]),
            edited=np.concatenate([rows.edited for rows in pieces]),
        )

    @cached_property
    def title(self) -> str:
        """What the chat is called, as far as this export tells: of several chats each has its own folder's name."""
        folder = None if self.chat.is_only or not self.chat.member else folder_of_member(self.chat.member)
        return self._inside or folder or title_of_export(self.chat.path)

    @cached_property
    def _inside(self) -> str | None:
        named = title_of_member(self.chat.member) if self.chat.member else None
        return self.seen.title or named if self.seen.ios else named

    @property
    def has_title(self) -> bool:
        """Whether WhatsApp wrote the title, and not somebody who saved the file."""
        return self._inside is not None or title_of_export(self.chat.path) != self.chat.path.stem

    @cached_property
    def newness(self) -> tuple[int, int, int, str]:
        """What tells the newer of two exports of a chat.

        The minute of a person's last message, what was changed afterwards, the number of messages, the id.
        """
        columns = self.columns
        people = np.flatnonzero(columns.authors != NOBODY)
        last = int(columns.minutes[people[-1]]) if len(people) else _NO_MINUTE
        changed = int(np.count_nonzero(columns.edited | (columns.kinds == DELETED)))
        return last, changed, len(columns.walls), self.export_id


def author_hashes(names: Sequence[str | None]) -> Hashes:
    """A number for each author's name, 0 for nobody."""
    hashes = content_hashes([(name or "").encode() for name in names])
    hashes[[name is None for name in names]] = 0
    return hashes


def by_chat(exports: Sequence[Export]) -> list[tuple[str, list[Export]]]:
    """The exports of each chat, with its title; the title of two chats that share one is told apart by a number.

    Order: by the first message. A chat has the title of its oldest export, so that a newer one changes nothing.
    """
    if len(exports) == 1:
        return [(exports[0].title, list(exports))]
    groups = sorted(_joined(exports), key=lambda group: _oldest(group[0]))
    taken: dict[str, int] = {}
    named = []
    for group in groups:
        title = next((export.title for export in group if export.has_title), group[0].title)
        taken[title.casefold()] = number = taken.get(title.casefold(), 0) + 1
        named.append((title if number == 1 else f"{title}\n{number}", group))
    return named


def _oldest(export: Export) -> tuple[int, str]:
    return int(export.columns.minutes.min()), export.export_id


def _joined(exports: Sequence[Export]) -> list[list[Export]]:
    """Groups of exports of which each has a likeness in its group; each with the oldest first."""
    ordered = sorted(exports, key=_oldest)
    samples = _samples(ordered)
    groups = [{number} for number in range(len(ordered))]
    for one in range(len(ordered)):
        for other in range(one):
            if groups[one] is not groups[other] and _alike(ordered[one], ordered[other], samples[one], samples[other]):
                groups[one] |= groups[other]
                for number in groups[one]:
                    groups[number] = groups[one]
    distinct = {min(group): group for group in groups}
    return [[ordered[number] for number in sorted(distinct[first])] for first in sorted(distinct)]


def _samples(exports: Sequence[Export]) -> list[tuple[Whole, Hashes]]:
    """Of each export the same share of what people said: minutes, and numbers of minute and content, sorted."""
    largest = max(len(export.columns.walls) for export in exports)
    limit = np.uint64(min(1.0, _SAMPLE / largest) * (2**64 - 2**11))
    samples = []
    for export in exports:
        columns = export.columns
        said = (columns.authors != NOBODY) & (columns.kinds != OMITTED)
        minutes, contents = columns.minutes[said], columns.essences[said]
        numbers = mixed(minutes.astype(np.uint64), contents)
        numbers, places = np.unique(numbers, return_index=True)
        kept = numbers <= limit
        samples.append((minutes[places[kept]], numbers[kept]))
    return samples


def _alike(one: Export, other: Export, sample: tuple[Whole, Hashes], other_sample: tuple[Whole, Hashes]) -> bool:
    """Whether two exports are of one chat.

    Of one title they are, unless nothing of the time that both have is in both. Of two titles they are when most of it
    is: a group may be renamed, and a file saved under any name.
    """
    shared = len(np.intersect1d(sample[1], other_sample[1], assume_unique=True))
    common = _common(sample[0], other_sample[0])
    if one.title.casefold() == other.title.casefold():
        return shared > 0 or common < _TELLING
    enough = _ENOUGH if one.has_title and other.has_title else 1
    return shared >= enough and 2 * shared >= common


def _common(minutes: Whole, others: Whole) -> int:
    """How many messages the poorer of the two has in the time that both have."""
    if not len(minutes) or not len(others):
        return 0
    first, last = max(minutes.min(), others.min()), min(minutes.max(), others.max())
    inside: list[Flags] = [(first <= times) & (times <= last) for times in (minutes, others)]
    return int(min(np.count_nonzero(flags) for flags in inside))
