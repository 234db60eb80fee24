"""Who wrote a message: names as people read them, and colons that belong to a name."""

import re
from collections import Counter
from collections.abc import Iterable

from egregora.ingestion.headers import MARKS

_ENOUGH = 5  # messages that go on alike, up to a colon, before that counts as part of the name
_KEPT = 60
_MARKED = re.compile(f"[{MARKS}]")
_SPACES = re.compile(r"\s")
_QUOTES = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_APP_TEXT = ": \u200e"


class Authors(dict[str, str | None]):
    """The name as people read it, by the name with its colon as it stands in the file; None for none."""

    def __init__(self) -> None:
        super().__init__({"": None})
        self.unclosed: set[str] = set()  # names in which a quotation begins that does not end

    def __missing__(self, raw: str) -> str:
        self[raw] = name = clean(raw)
        if unclosed(raw):
            self.unclosed.add(raw)
        return name


def clean(raw: str) -> str:
    """A name without its colon and marks, with plain spaces."""
    return _SPACES.sub(" ", _MARKED.sub("", raw.rstrip(" ")[:-1]))


def unclosed(raw: str) -> bool:
    """Whether a quotation begins before the colon and does not end there: 'Ana changed the name to "Trip'."""
    if raw.count('"') % 2:
        return True
    return any(raw.count(opening) > raw.count(closing) for opening, closing in _QUOTES)


def closes(text: str) -> bool:
    """Whether a quotation that began before `text` ends in it."""
    if text.count('"') % 2:
        return True
    return any(text.count(closing) > text.count(opening) for opening, closing in _QUOTES)


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
        self._same: dict[str, str] = {}  # what all messages of a name so far begin with
        self._texts: dict[str, list[str]] = {}
        self._app_names: dict[str, set[str]] = {}  # names with a colon in front of a text that the app wrote
        self._app_texts: dict[str, str] = {}  # the first such text behind each name

    def app_wrote(self, raw: str, text: str) -> None:
        """Note a line of iOS that the app wrote under the name `raw`."""
        self._app_texts.setdefault(raw, text[:200])

    def typed(self, raw: str, text: str, *, marked_by_app: bool) -> None:
        """Note a message of a name that is not in `plain` yet."""
        line = text[:200].partition("\n")[0]
        if marked_by_app and _APP_TEXT in line:
            rest, _, behind = line.partition(_APP_TEXT)
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
        """What the app calls the chat on iOS: the first name it wrote under that never typed and is not in its text.

        `first` is the name of the first line, when the app wrote it: in a chat of two that is the other person.
        None when no line tells.
        """
        for raw, text in self._app_texts.items():
            name = clean(raw)
            if raw not in self.plain and raw not in self._texts and not text.startswith(name):
                return name
        told = first is not None and not self._app_texts[first].startswith(clean(first))
        return clean(first) if first is not None and told else None
