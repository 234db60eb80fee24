"""Author names: how they are displayed, and which colons belong to a name."""

import re
from collections import Counter
from collections.abc import Iterable

from egregora.ingestion.content.message_body import parse_ios_body
from egregora.ingestion.header.learn import DIRECTION_MARKS

_MIN_MESSAGES = 5  # so many messages must begin alike, up to a colon, before that counts as part of the name
_MAX_TEXTS = 60
_EVENT_CHARS = 200
_MARK = re.compile(f"[{DIRECTION_MARKS}]")
_SPACES = re.compile(r"\s")
_CLOSING_QUOTES = {  # closing quotes by opening quote; in Sweden and Finland both are the same
    '"': '"', "“": "”", "„": "“”", "”": "”", "\u201a": "\u2018", "«": "»", "»": "«»", "\u2039": "\u203a",
    "「": "」", "『": "』", "《": "》",
}  # fmt: skip
_QUOTE = re.compile(f"[{''.join(_CLOSING_QUOTES)}{''.join(_CLOSING_QUOTES.values())}]")
_MARKED_TEXT = re.compile(": [\u200e\u200f]")


def display_name(raw: str) -> str:
    """A name as people read it: without direction marks, with plain spaces, without a colon at the end."""
    return _SPACES.sub(" ", _MARK.sub("", raw.removesuffix(" ").removesuffix(":")))


def has_open_quote(raw: str) -> bool:
    """Whether a quotation opens before the colon and does not end there: 'Ana changed the name to "Trip'."""
    opening, depth = "", 0
    for quote in _QUOTE.findall(raw):
        if not depth:
            opening, depth = (quote, 1) if quote in _CLOSING_QUOTES else ("", 0)
        elif quote in _CLOSING_QUOTES[opening]:
            depth -= 1
        elif quote == opening:
            depth += 1
    return depth > 0


def closes_quote(text: str, name: str = "") -> bool:
    """Whether `text` closes a quotation that opened before it; in `name`, if that is given."""
    if name:
        return has_open_quote(name) and not has_open_quote(name + text)
    return any(not has_open_quote(opening + text) for opening in _CLOSING_QUOTES)


def _common_prefix(first: str, second: str) -> str:
    """The longest common prefix."""
    length = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        length += 1
    return first[:length]


class NameEvidence:
    """Evidence from all messages of a chat about its names.

    A line says "Ana: home: hi". Only all lines together tell whether "Ana" or "Ana: home" wrote it.
    """

    def __init__(self) -> None:
        self.resolved: set[str] = set()  # names without a colon: their messages begin in different ways
        self.resolved_bytes: set[bytes] = set()  # the same as bytes of the file, without the colon
        self._common_starts: dict[str, str] = {}  # by name, the common prefix of its messages
        self._texts: dict[str, list[str]] = {}
        self._app_names: dict[str, set[str]] = {}  # names, and what stood between them and a text of the app
        self._events: dict[str, str] = {}  # by name that may be the chat's title, its first event
        self._event_counts: Counter[str] = Counter()  # by the same name, its number of events

    def add_app_line(self, raw: str, text: str) -> None:
        """Record an iOS line that the app wrote under the name `raw`: an event, or a stand-in for a message."""
        if raw not in self.resolved and parse_ios_body("", "\u200e", text.removesuffix("\r")).kind == "system":
            self._events.setdefault(raw, display_name(text[:_EVENT_CHARS]))
            self._event_counts[raw] += 1

    def add_message(self, raw: str, text: str, *, marked_by_app: bool) -> None:
        """Record one message by `raw`, to learn whether its first colon ends the author's name.

        Call only for names that are not in `resolved`.
        """
        line = text[:200].partition("\n")[0]
        if marked_by_app and (match := _MARKED_TEXT.search(line)):
            rest, behind = line[: match.start()], line[match.end() :]
            self._app_names.setdefault(raw, set()).add(rest)
            self.add_app_line(f"{raw}{rest}: ", behind)
            return
        common = self._common_starts.get(raw)
        self._common_starts[raw] = common = line if common is None else _common_prefix(common, line)
        texts = self._texts.setdefault(raw, [])
        if not common and len(texts) > 0:
            self.resolved.add(raw)
        elif len(texts) < _MAX_TEXTS:
            texts.append(line)

    def names_with_colons(self) -> tuple[str, ...]:
        """The names that contain a colon and a space, as in the file, the longest first."""
        names = {f"{raw}{rest}" for raw, rest in self._extended_names()}
        return tuple(sorted(names, key=lambda name: (-len(name), name)))

    def _extended_names(self) -> Iterable[tuple[str, str]]:
        """Each name with what must be added to it."""
        for raw, rests in self._app_names.items():
            for rest in rests:
                if raw not in self.resolved and self._common_starts.get(raw, rest).startswith(rest):
                    yield raw, rest
        for raw, texts in self._texts.items():
            counts = Counter(text.partition(": ")[0] for text in texts if ": " in text)
            rest, count = counts.most_common(1)[0] if counts else ("", 0)
            if count >= _MIN_MESSAGES and raw not in self.resolved and self._common_starts[raw].startswith(rest):
                yield raw, rest

    def title(self, first: str | None) -> str | None:
        """The chat's title on iOS: a name that wrote no message, and has events that do not mention it.

        Of several the one with the most events. `first` is the name in the first line if the app wrote that line: in a
        chat of two it is the other person. None when no line tells.
        """
        names_by_event = Counter(self._events.values())  # an event that several names share is about people
        silent = [raw for raw in self._events if raw not in self.resolved and raw not in self._texts]
        silent = [
            raw for raw in silent if names_by_event[self._events[raw]] == 1 and not self._event_begins_with_name(raw)
        ]
        if silent:
            # an event of a title rarely names it ("Ana created the group Trip"); an event of a person mostly does
            return display_name(
                max(silent, key=lambda raw: (not self._event_mentions_name(raw), self._event_counts[raw]))
            )
        is_title = first is not None and first in self._events and not self._event_begins_with_name(first)
        return display_name(first) if first is not None and is_title else None

    def _event_begins_with_name(self, raw: str) -> bool:
        return _contains_word(display_name(raw), self._events[raw][: len(raw) + 1])

    def _event_mentions_name(self, raw: str) -> bool:
        return _contains_word(display_name(raw), self._events[raw])


def _contains_word(name: str, text: str) -> bool:
    """Whether `name` is in `text`; as a whole word, in scripts that have spaces between words."""
    plain_name = name.removeprefix("~").lstrip()
    if plain_name[-1:].lower() == plain_name[-1:].upper():
        return plain_name in text
    return re.search(rf"(?<!\w){re.escape(plain_name)}(?!\w)", text) is not None
