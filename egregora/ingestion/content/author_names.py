"""Who wrote a message: names as people read them, and colons that belong to a name."""

import re
from collections import Counter
from collections.abc import Iterable

from egregora.ingestion.content.message_body import read_ios
from egregora.ingestion.header.learn import MARKS

_ENOUGH = 5  # messages that go on alike, up to a colon, before that counts as part of the name
_KEPT = 60
_EVENT = 200
_MARKED = re.compile(f"[{MARKS}]")
_SPACES = re.compile(r"\s")
_CLOSING = {  # what ends a quotation, by what begins it; in Sweden and Finland the same mark does both
    '"': '"', "“": "”", "„": "“”", "”": "”", "\u201a": "\u2018", "«": "»", "»": "«»", "\u2039": "\u203a",
    "「": "」", "『": "』", "《": "》",
}  # fmt: skip
_QUOTE = re.compile(f"[{''.join(_CLOSING)}{''.join(_CLOSING.values())}]")
_APP_TEXT = re.compile(": [\u200e\u200f]")


def clean(raw: str) -> str:
    """A name without its marks, with plain spaces, and without the colon that may follow it."""
    return _SPACES.sub(" ", _MARKED.sub("", raw.removesuffix(" ").removesuffix(":")))


def unclosed(raw: str) -> bool:
    """Whether a quotation begins before the colon and does not end there: 'Ana changed the name to "Trip'."""
    opening, depth = "", 0
    for mark in _QUOTE.findall(raw):
        if not depth:
            opening, depth = (mark, 1) if mark in _CLOSING else ("", 0)
        elif mark in _CLOSING[opening]:
            depth -= 1
        elif mark == opening:
            depth += 1
    return depth > 0


def closes(text: str, name: str = "") -> bool:
    """Whether a quotation that began before `text`, in `name` if that is told, ends in it."""
    if name:
        return unclosed(name) and not unclosed(name + text)
    return any(not unclosed(opening + text) for opening in _CLOSING)


def _common_start(one: str, other: str) -> str:
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return one[:same]


class Roster:
    """What the messages of a whole chat tell about its names.

    A line says "Ana: home: hi", and only all lines together tell whether "Ana" or "Ana: home" wrote it.
    """

    def __init__(self) -> None:
        self.plain: set[str] = set()  # names whose messages begin in different ways: nothing to find out
        self.plain_bytes: set[bytes] = set()  # the same, as they stand in the file without the colon
        self._same: dict[str, str] = {}  # what all messages of a name so far begin with
        self._texts: dict[str, list[str]] = {}
        self._app_names: dict[str, set[str]] = {}  # names with a colon in front of a text that the app wrote
        self._events: dict[str, str] = {}  # the first event behind each name that may be the chat's
        self._times: Counter[str] = Counter()  # events behind it

    def app_wrote(self, raw: str, text: str) -> None:
        """Note a line of iOS that the app wrote under the name `raw`: an event, or in place of a person's message."""
        if raw not in self.plain and read_ios("", "\u200e", text.removesuffix("\r")).kind == "system":
            self._events.setdefault(raw, clean(text[:_EVENT]))
            self._times[raw] += 1

    def typed(self, raw: str, text: str, *, marked_by_app: bool) -> None:
        """Note a message of a name that is not in `plain` yet."""
        line = text[:200].partition("\n")[0]
        if marked_by_app and (found := _APP_TEXT.search(line)):
            rest, behind = line[: found.start()], line[found.end() :]
            self._app_names.setdefault(raw, set()).add(rest)
            self.app_wrote(f"{raw}{rest}: ", behind)
            return
        same = self._same.get(raw)
        self._same[raw] = same = line if same is None else _common_start(same, line)
        texts = self._texts.setdefault(raw, [])
        if not same and len(texts) > 0:
            self.plain.add(raw)
        elif len(texts) < _KEPT:
            texts.append(line)

    def with_colons(self) -> tuple[str, ...]:
        """The names that have a colon and a space in them, as they stand in the file, the longest first."""
        found = {f"{raw}{rest}" for raw, rest in self._found()}
        return tuple(sorted(found, key=lambda name: (-len(name), name)))

    def _found(self) -> Iterable[tuple[str, str]]:
        for raw, rests in self._app_names.items():
            for rest in rests:
                if raw not in self.plain and self._same.get(raw, rest).startswith(rest):
                    yield raw, rest
        for raw, texts in self._texts.items():
            counted = Counter(text.partition(": ")[0] for text in texts if ": " in text)
            rest, times = counted.most_common(1)[0] if counted else ("", 0)
            if times >= _ENOUGH and raw not in self.plain and self._same[raw].startswith(rest):
                yield raw, rest

    def title(self, first: str | None) -> str | None:
        """What the app calls the chat on iOS: a name that never typed, and has events that do not speak of it.

        Of several the one with the most events. `first` is the name of the first line, when the app wrote it: in a chat
        of two that is the other person. None when no line tells.
        """
        same = Counter(self._events.values())  # what stands behind several names is told of people
        silent = [raw for raw in self._events if raw not in self.plain and raw not in self._texts]
        silent = [raw for raw in silent if same[self._events[raw]] == 1 and not self._begins_with(raw)]
        if silent:
            # an event under the title may name it ("Ana created the group Trip"), one under a person mostly does
            return clean(max(silent, key=lambda raw: (not self._speaks_of(raw), self._times[raw])))
        told = first is not None and first in self._events and not self._begins_with(first)
        return clean(first) if first is not None and told else None

    def _begins_with(self, raw: str) -> bool:
        return _is_word(clean(raw), self._events[raw][: len(raw) + 1])

    def _speaks_of(self, raw: str) -> bool:
        return _is_word(clean(raw), self._events[raw])


def _is_word(name: str, text: str) -> bool:
    """Whether `name` stands in `text`, and not as a part of a word in scripts that have spaces between words."""
    bare = name.removeprefix("~").lstrip()
    if bare[-1:].lower() == bare[-1:].upper():
        return bare in text
    return re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", text) is not None
