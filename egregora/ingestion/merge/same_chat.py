"""Finds out which exports are of the same chat: by its title and by its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from egregora.ingestion.content.kinds import DELETED, OMITTED
from egregora.ingestion.lines.arrays import BoolArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import combine_hashes, hash_texts
from egregora.ingestion.reader import NO_AUTHOR, Reader
from egregora.ingestion.source.archive import Chat
from egregora.ingestion.source.chat_title import folder_of_member, title_of_export, title_of_member
from egregora.ingestion.survey import Survey, no_chat

_MINUTE = 60
_SAMPLE_SIZE = 20_000  # messages compared per export
_MIN_SHARED = 10  # so many shared messages outweigh different titles
_MIN_OVERLAP = 20  # with so many messages in the common time span, one chat would have at least one in both exports
_NO_MINUTE = -1


@dataclass(frozen=True, slots=True)
class ComparedColumns:
    """What is compared between exports: one element per message, in the order of the file."""

    local_seconds: Int64Array  # wall-clock seconds since 1970
    authors: UInt64Array  # hash of the name, 0 for events
    contents: UInt64Array
    normalized_content_hashes: UInt64Array  # of the content, ignoring differences between phones
    kinds: Int64Array
    edited: BoolArray

    @property
    def minutes(self) -> Int64Array:
        """Minutes since 1970. Android exports have no seconds."""
        return self.local_seconds // _MINUTE


@dataclass(frozen=True)
class ChatExport:
    """One chat in one export, after its survey."""

    export_id: str
    chat: Chat
    survey: Survey
    aliases: Mapping[str, str] = field(repr=False)

    def reader(self) -> Reader:
        """A new reader, for the first message on."""
        return Reader(self.survey, self.aliases)

    @cached_property
    def columns(self) -> ComparedColumns:
        """What is compared with other exports, about 40 bytes per message. The chat is read once for it."""
        reader = self.reader()
        pieces = [reader.read(records) for records in self.survey.records(self.chat)]
        if not any(len(rows.local_seconds) for rows in pieces):
            raise no_chat(self.chat)
        hashes = author_hashes(reader.names)
        return ComparedColumns(
            local_seconds=np.concatenate([rows.local_seconds for rows in pieces]),
            authors=hashes[np.concatenate([rows.authors for rows in pieces])],
            contents=np.concatenate([rows.content_hashes for rows in pieces]),
            normalized_content_hashes=np.concatenate([rows.normalized_content_hashes() for rows in pieces]),
            kinds=np.concatenate([rows.kinds for rows in pieces]),
            edited=np.concatenate([rows.edited for rows in pieces]),
        )

    @cached_property
    def title(self) -> str:
        """The title of the chat in this export. When an export has several chats, a folder's name may be the title."""
        folder = None if self.chat.is_only or not self.chat.member else folder_of_member(self.chat.member)
        return self._title_inside or folder or title_of_export(self.chat.path)

    @cached_property
    def _title_inside(self) -> str | None:
        """The title that WhatsApp wrote into the export. None when there is none."""
        titled = title_of_member(self.chat.member) if self.chat.member else None
        return self.survey.title or titled if self.survey.ios else titled

    @property
    def has_title(self) -> bool:
        """Whether WhatsApp wrote the title, and not a person who saved the file."""
        return self._title_inside is not None or title_of_export(self.chat.path) != self.chat.path.stem

    @cached_property
    def recency(self) -> tuple[int, int, int, str]:
        """Sort key that tells the newer of two exports of a chat.

        Minute of a person's last message, number of messages changed afterwards, number of messages, id.
        """
        columns = self.columns
        people = np.flatnonzero(columns.authors != NO_AUTHOR)
        last = int(columns.minutes[people[-1]]) if len(people) else _NO_MINUTE
        changed = int(np.count_nonzero(columns.edited | (columns.kinds == DELETED)))
        return last, changed, len(columns.local_seconds), self.export_id


def author_hashes(names: Sequence[str | None]) -> UInt64Array:
    """Hash of each author's name, 0 for events."""
    hashes = hash_texts([(name or "").encode() for name in names])
    hashes[[name is None for name in names]] = 0
    return hashes


def group_by_chat(exports: Sequence[ChatExport]) -> list[tuple[str, list[ChatExport]]]:
    """The exports of each chat with its title. A number is added to a title that two chats share.

    Order: by the first message. A chat has the title of its oldest export, so that a newer one changes nothing.
    """
    if len(exports) == 1:
        return [(exports[0].title, list(exports))]
    groups = sorted(_groups_of_one_chat(exports), key=lambda group: _oldest(group[0]))
    used_titles: dict[str, int] = {}
    titled = []
    for group in groups:
        title = next((export.title for export in group if export.has_title), group[0].title)
        used_titles[title.casefold()] = number = used_titles.get(title.casefold(), 0) + 1
        titled.append((title if number == 1 else f"{title}\n{number}", group))
    return titled


def _oldest(export: ChatExport) -> tuple[int, str]:
    """Sort key: the oldest first."""
    return int(export.columns.minutes.min()), export.export_id


def _groups_of_one_chat(exports: Sequence[ChatExport]) -> list[list[ChatExport]]:
    """Groups of exports; each export is of the same chat as another one of its group. The oldest is first."""
    ordered = sorted(exports, key=_oldest)
    samples = _samples(ordered)
    groups = [{number} for number in range(len(ordered))]
    for one in range(len(ordered)):
        for other in range(one):
            if groups[one] is not groups[other] and _is_same_chat(
                ordered[one], ordered[other], samples[one], samples[other]
            ):
                groups[one] |= groups[other]
                for number in groups[one]:
                    groups[number] = groups[one]
    distinct = {min(group): group for group in groups}
    return [[ordered[number] for number in sorted(distinct[first])] for first in sorted(distinct)]


def _samples(exports: Sequence[ChatExport]) -> list[tuple[Int64Array, UInt64Array]]:
    """The same share of people's messages from each export: minutes, and hashes of minute and content, sorted."""
    largest = max(len(export.columns.local_seconds) for export in exports)
    limit = np.uint64(min(1.0, _SAMPLE_SIZE / largest) * (2**64 - 2**11))
    samples = []
    for export in exports:
        columns = export.columns
        by_people = (columns.authors != NO_AUTHOR) & (columns.kinds != OMITTED)
        minutes, contents = columns.minutes[by_people], columns.normalized_content_hashes[by_people]
        numbers = combine_hashes(minutes.astype(np.uint64), contents)
        numbers, first_indexes = np.unique(numbers, return_index=True)
        kept = numbers <= limit
        samples.append((minutes[first_indexes[kept]], numbers[kept]))
    return samples


def _is_same_chat(
    one: ChatExport,
    other: ChatExport,
    sample: tuple[Int64Array, UInt64Array],
    other_sample: tuple[Int64Array, UInt64Array],
) -> bool:
    """Whether two exports are of one chat.

    With the same title they are, unless they have no message in common in a time span that both cover. With different
    titles they are when they share most messages of that span: groups get renamed, and files are saved under any name.
    """
    shared = len(np.intersect1d(sample[1], other_sample[1], assume_unique=True))
    common = _overlap_size(sample[0], other_sample[0])
    if one.title.casefold() == other.title.casefold():
        return shared > 0 or common < _MIN_OVERLAP
    enough = _MIN_SHARED if one.has_title and other.has_title else 1
    return shared >= enough and 2 * shared >= common


def _overlap_size(minutes: Int64Array, others: Int64Array) -> int:
    """Number of messages in the common time span, in the export that has fewer there."""
    if not len(minutes) or not len(others):
        return 0
    first, last = max(minutes.min(), others.min()), min(minutes.max(), others.max())
    inside: list[BoolArray] = [(first <= times) & (times <= last) for times in (minutes, others)]
    return int(min(np.count_nonzero(flags) for flags in inside))
