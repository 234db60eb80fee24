"""Records to rows: who, what kind, the text without the app's marks, the file that it brings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from egregora.ingestion.content.app_phrases import ATTACHED, DELETED_BY
from egregora.ingestion.content.app_phrases import OMITTED as LEFT_OUT
from egregora.ingestion.content.author_names import clean, closes, unclosed
from egregora.ingestion.content.message_body import EXACT, read_android, read_ios
from egregora.ingestion.lines.arrays import Bytes, Flags, Hashes, Whole, unaligned
from egregora.ingestion.lines.message_id import WORDS_TELL, among, content_hashes, mixed, text_hashes, words_of
from egregora.ingestion.lines.records import Parts, Records, without_cr
from egregora.ingestion.lines.text_column import Texts
from egregora.ingestion.survey import Survey

KINDS = (
    "text", "system", "media", "media_omitted", "command", "deleted", "poll", "location", "call", "empty",
)  # fmt: skip
TEXT, SYSTEM, MEDIA, OMITTED, COMMAND, DELETED, POLL, LOCATION, CALL, EMPTY = range(len(KINDS))
NOBODY = 0  # the author of what nobody wrote
_KIND = {kind: number for number, kind in enumerate(KINDS)}
_DAY = 86_400
_MARKS = ("\u200e".encode(), "\u200f".encode())
_MARK_LENGTH = 3
_WORDS = 4
_MOST_LONGER = 200  # names with a colon inside: each is looked for among all names
_FILE_ON_ANDROID = re.compile(rf"([^<\n]{{1,200}}) \((?:{'|'.join(map(re.escape, sorted(ATTACHED)))})\)".encode())
_FILE_ON_IOS = re.compile(rb"<[^:<>\n]{0,40}: ?+([^<>\n]{1,200})>")
_PARTS = b"\xe2\x80"  # in marks, and before a number of pages: somebody must look closer
_HOSTS = np.sort(np.frombuffer(b"maps.goofoursqua", dtype="<u8"))
_VARIES = re.compile(rb"\xe2\x80[\x8e\x8f\xaa-\xaf]|\xe2\x81[\xa6-\xa9]|\xc2\xa0|\s\Z")
_PHONE_WRITES = re.compile("(?:@\u2068[^\u2069\n]*\u2069|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|[ \u00a0\u202f])+")
_AFTER_NAME = (b": ", b":")
_EXACT = np.unique(content_hashes([text.encode() for text in sorted(EXACT)]))
_DELETED_BY = np.unique([int.from_bytes(text.encode()[:8], "little") for text in DELETED_BY]).astype(np.uint64)
_ENDS_POLL = np.array([byte <= ord(" ") or byte == ord(")") or not chr(byte).isascii() for byte in range(256)])
_CLOSE, _BRACE, _COLON, _SLASH, _WIDE, _WIDE_COLON = *b">):/", 0xEF, 0x9A


@dataclass(frozen=True, slots=True)
class Rows:
    """The messages of a piece, in the order of the file; all columns have the same length."""

    walls: Whole  # wall seconds since 1970
    authors: Whole  # numbers into the reader's `names`
    kinds: Whole  # numbers into KINDS
    texts: Texts
    attachments: Mapping[int, str]  # by row
    edited: Flags
    contents: Hashes  # of text and attachment
    before: int  # lines that stand before the first head of the file

    def essences(self) -> Hashes:
        """`contents` without what phones write differently: marks, kinds of spaces, names behind an @."""
        plain: dict[int, bytes] = {}
        for row, text in enumerate(self.texts):
            if _VARIES.search(text):
                said = _PHONE_WRITES.sub(" ", text.decode()).strip()
                plain[row] = said.encode() + b"\0" + self.attachments.get(row, "").encode()
        for row in np.flatnonzero(self.kinds == LOCATION).tolist():
            plain[row] = self.texts[row].partition(b"http")[2].strip()
        found = self.contents.copy()
        found[list(plain)] = content_hashes(list(plain.values()))
        return found


class Reader:
    """Reads the records of one chat, piece by piece in the order of the file."""

    def __init__(self, seen: Survey, aliases: Mapping[str, str]) -> None:
        self._seen = seen
        self._aliases = aliases
        self._longer = _longer_names(seen.with_colons)
        self._numbers = _Numbers(self)
        attached = (f"({text})" for text in ATTACHED | seen.learned.attached)
        self._closings = _closings(attached, LEFT_OUT, (f"<{text}>" for text in seen.learned.omitted))
        self._known = _Known()
        self._of_name: dict[str, int] = {}
        self._unclosed: set[int] = set()  # names in which a quotation begins that does not end
        self.names: list[str | None] = [None]

    def read(self, records: Records) -> Rows:
        """The rows of `records`."""
        heads, parts = records.heads, self._parts(records)
        authors = self._authors(records, parts)
        if self._longer:
            self._move_names(records, parts, authors)
        contents = text_hashes(records.data, parts.text_starts, parts.text_ends)
        body = _Body(Texts(records.bytes_, parts.text_starts, parts.text_ends), contents)
        for row in self._without_files(records, parts, self._unusual(records, parts, contents), body):
            start = int(parts.text_starts[row])
            mark = records.bytes_[start - _MARK_LENGTH : start].decode() if parts.marked[row] else ""
            body.put(row, lead=bool(heads.marked[row]), mark=mark, seen=self._seen)
        self._put_events(records, parts, authors, body)
        walls = self._seen.days(heads) * _DAY + heads.seconds
        return Rows(
            walls, authors, body.kinds, body.texts, body.attachments, body.edited, body.contents(), records.before
        )

    def _parts(self, records: Records) -> Parts:
        """Where names and texts lie, to be put right."""
        parts = records.parts
        ends = parts.text_ends if self._seen.line_end == "\n" else without_cr(records)
        return Parts(parts.named.copy(), parts.name_ends, parts.text_starts.copy(), ends, parts.marked.copy())

    def number(self, name: bytes) -> int:
        """The number of an author, by the name as it stands in the file."""
        shown = name.decode()
        readable = clean(shown)
        readable = self._aliases.get(readable, readable)
        if unclosed(shown):
            self.names.append(readable)
            self._unclosed.add(len(self.names) - 1)
            return len(self.names) - 1
        if readable not in self._of_name:
            self._of_name[readable] = len(self.names)
            self.names.append(readable)
        return self._of_name[readable]

    def _authors(self, records: Records, parts: Parts) -> Whole:
        rows = np.flatnonzero(parts.named)
        starts, ends = records.heads.ends[rows], parts.name_ends[rows]
        authors = np.full(len(parts.named), NOBODY, dtype=np.int64)
        words = words_of(records.data, starts, ends)
        found = self._known.find(words)
        strange = np.flatnonzero(found < 0)
        names = records.slices(starts[strange], ends[strange])
        found[strange] = [self._numbers[name] for name in names]
        self._known.add([word[strange] for word in words], found[strange])
        authors[rows] = found
        return authors

    def _move_names(self, records: Records, parts: Parts, authors: Whole) -> None:
        """Give back to names with a colon inside what looks like the beginning of the text.

        "Bia added Ana: home" is an event, when "Ana: home" is a name.
        """
        present = np.unique(authors).tolist()
        for longer in self._longer:
            for number in present:
                if (self.names[number] or "").endswith(longer.begins):
                    self._move(records, parts, authors, number, longer)

    def _move(self, records: Records, parts: Parts, authors: Whole, number: int, longer: "_Longer") -> None:
        whole, is_begin = records.bytes_, self.names[number] == longer.begins
        for row in np.flatnonzero((authors == number) & ~parts.marked).tolist():
            start, end = int(parts.text_starts[row]), int(parts.text_ends[row])
            behind = start + len(longer.rest)
            if whole[start:behind] != longer.rest:
                continue
            if not is_begin or whole[behind : behind + 2].rstrip(b"\r\n") not in _AFTER_NAME:
                parts.named[row] = False
                continue
            start = min(behind + 1 + (whole[behind + 1 : behind + 2] == b" "), end)
            marked = whole[start : start + _MARK_LENGTH] in _MARKS
            authors[row], parts.marked[row] = self._numbers[longer.name.encode()], marked
            parts.text_starts[row] = start + _MARK_LENGTH * marked

    def _without_files(self, records: Records, parts: Parts, rows: Whole, body: "_Body") -> list[int]:
        """Note of `rows` those that bring a file and say nothing else, as nearly all files come; the others."""
        whole, is_file = records.bytes_, (_FILE_ON_IOS if self._seen.ios else _FILE_ON_ANDROID).fullmatch
        marked = parts.marked[rows] & records.heads.marked[rows] if self._seen.ios else parts.marked[rows]
        able = rows[marked]
        places = zip(parts.text_starts[able].tolist(), parts.text_ends[able].tolist(), strict=True)
        found = [is_file(whole, start, end) for start, end in places]
        alone = [match is not None and _PARTS not in match[0] for match in found]
        names = [match[1] for match, chosen in zip(found, alone, strict=True) if match and chosen]
        body.bring(able[alone], names)
        others: list[int] = np.setdiff1d(rows, able[alone], assume_unique=True).tolist()
        return others

    def _unusual(self, records: Records, parts: Parts, contents: Hashes) -> Whole:
        """The rows that may be more than plain text, found by cheap signs."""
        data, starts, ends = records.data, parts.text_starts, parts.text_ends
        first, last = data[starts], data[np.maximum(ends - 1, 0)]
        odd = parts.marked | (starts == ends) | (first == _SLASH) | (first == _WIDE) | (last == _CLOSE)
        odd |= among(contents, _EXACT)
        if self._seen.ios:
            odd |= records.heads.marked
        else:
            odd |= among(_last_word(data, ends), self._closings)
            odd |= among(unaligned(data)[starts], _DELETED_BY)
            odd[self._with_signs(records, starts, ends)] = True
        odd &= parts.named
        return np.flatnonzero(odd)

    def _with_signs(self, records: Records, starts: Whole, ends: Whole) -> Whole:
        """Rows with a line that ends like one that names a file or begins a poll, or with a link to a place."""
        data, breaks = records.data, records.breaks
        before = data[breaks - 1]
        files = breaks[(before == _BRACE) | (before == _CLOSE)]
        files = files[among(_last_word(data, files), self._closings)]
        polls = _rows_of(breaks[(before == _COLON) | (before == _WIDE_COLON)], starts, ends)
        polls = polls[_ENDS_POLL[data[ends[polls] - 1]]]
        return np.concatenate([_rows_of(np.concatenate([files, _places(data, records.end)]), starts, ends), polls])

    def _put_events(self, records: Records, parts: Parts, authors: Whole, body: "_Body") -> None:
        """Lines that nobody wrote; on iOS without the name that they are put under."""
        for number in self._unclosed:
            name = self.names[number] or ""
            rows = np.flatnonzero(authors == number)
            parts.named[[row for row in rows.tolist() if closes(body.texts[row].decode(), name)]] = False
        nobody = ~parts.named
        if self._seen.ios:
            nobody |= body.kinds == SYSTEM
        for row in np.flatnonzero(nobody).tolist():
            if not self._seen.ios or not parts.named[row]:
                body.replace(row, records.bytes_[int(records.heads.ends[row]) : int(parts.text_ends[row])])
            body.make_event(row)
        authors[nobody] = NOBODY


class _Numbers(dict[bytes, int]):
    """The number of each author, by the name as it stands in the file."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, name: bytes) -> int:
        self[name] = number = self._reader.number(name)
        return number


class _Known:
    """The numbers of the authors whose names are short enough to be told by their words."""

    def __init__(self) -> None:
        self._codes = np.zeros(0, dtype=np.uint64)  # sorted
        self._words = [np.zeros(0, dtype=np.uint64)] * _WORDS
        self._numbers = np.zeros(0, dtype=np.int64)

    def find(self, words: Sequence[Hashes]) -> Whole:
        """The number of each author, -1 where the name is not known."""
        if not len(self._codes):
            return np.full(len(words[0]), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._codes, mixed(*words)), len(self._codes) - 1)
        same = np.ones(len(places), dtype=bool)
        for mine, theirs in zip(self._words, words, strict=True):
            same &= mine[places] == theirs
        return np.where(same, self._numbers[places], -1)

    def add(self, words: Sequence[Hashes], numbers: Whole) -> None:
        """Remember names that were new."""
        short = words[0] <= WORDS_TELL
        codes, first = np.unique(mixed(*words)[short], return_index=True)
        new = ~np.isin(codes, self._codes)
        first = first[new]
        every = np.concatenate([self._codes, codes[new]])
        order = np.argsort(every)
        self._codes = every[order]
        self._words = [
            np.concatenate([mine, more[short][first]])[order] for mine, more in zip(self._words, words, strict=True)
        ]
        self._numbers = np.concatenate([self._numbers, numbers[short][first]])[order]


class _Body:
    """Columns as they are for plain texts, put right row by row where something else is said."""

    def __init__(self, texts: Texts, contents: Hashes) -> None:
        self.kinds = np.full(len(texts), TEXT, dtype=np.int64)
        self.texts = texts
        self.attachments: dict[int, str] = {}
        self.edited = np.zeros(len(texts), dtype=bool)
        self._contents = contents
        self._changed: set[int] = set()

    def bring(self, rows: Whole, names: Sequence[bytes]) -> None:
        """Each of `rows` has the file that `names` says, and no text."""
        self.kinds[rows] = MEDIA
        self.attachments.update(zip(rows.tolist(), map(bytes.decode, names), strict=True))
        self.texts.clear(rows)
        self._contents[rows] = content_hashes([name + b"\0" for name in names])

    def put(self, row: int, *, lead: bool, mark: str, seen: Survey) -> None:
        """Read a text that may be more than plain, and note what it is."""
        text = self.texts[row].decode()
        body = read_ios("\u200e" * lead, mark, text) if seen.ios else read_android(mark, text, seen.learned)
        self.kinds[row], self.edited[row] = _KIND[body.kind], body.edited
        if body.message != text:
            self.replace(row, body.message.encode())
        if body.attachment is not None:
            self.attachments[row] = body.attachment
            self._changed.add(row)

    def replace(self, row: int, text: bytes) -> None:
        """Put another text."""
        self.texts.replace(row, text)
        self._changed.add(row)

    def make_event(self, row: int) -> None:
        """Nobody wrote it."""
        self.kinds[row], self.edited[row] = SYSTEM, False
        self.attachments.pop(row, None)

    def contents(self) -> Hashes:
        """A hash of each text, with the file it brings."""
        rows = sorted(self._changed)
        self._contents[rows] = content_hashes([self._content(row) for row in rows])
        return self._contents

    def _content(self, row: int) -> bytes:
        name = self.attachments.get(row)
        return self.texts[row] if name is None else name.encode() + b"\0" + self.texts[row]


class _Longer(NamedTuple):
    """A name with a colon inside."""

    begins: str  # what is before the colon
    rest: bytes  # what is behind it
    name: str


def _longer_names(names: Sequence[str]) -> list[_Longer]:
    parted = (name.partition(": ") for name in names[:_MOST_LONGER])
    return [_Longer(clean(begins), rest.encode(), f"{begins}: {rest}") for begins, _, rest in parted]


def _closings(*words: Iterable[str]) -> Hashes:
    """The last eight bytes of the app's words in brackets."""
    ends = [text.encode()[-8:] for some in words for text in some]
    return np.array(sorted({int.from_bytes(end.rjust(8, b"\0"), "little") for end in ends}), dtype=np.uint64)


def _last_word(data: Bytes, ends: Whole) -> Hashes:
    """The eight bytes before each of `ends`."""
    words: Hashes = unaligned(data)[np.maximum(ends - 8, 0)]
    return words


def _places(data: Bytes, end: int) -> Whole:
    """Where "://" stands before the hosts that locations are linked to."""
    found: Whole = np.flatnonzero(data[:end] == _COLON)
    links = found[(data[found + 1] == _SLASH) & (data[found + 2] == _SLASH)]
    places: Whole = links[among(unaligned(data)[links + 3], _HOSTS)]
    return places


def _rows_of(places: Whole, starts: Whole, ends: Whole) -> Whole:
    """The rows whose text has one of `places` in it."""
    if not len(places) or not len(starts):
        return np.zeros(0, dtype=np.int64)
    rows: Whole = np.searchsorted(starts, places, side="right") - 1
    found: Whole = np.unique(rows[(rows >= 0) & (places < ends[np.maximum(rows, 0)])])
    return found
