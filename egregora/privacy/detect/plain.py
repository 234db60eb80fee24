"""A line as a reader reads it: entities and the escapes of Markdown undone, so that redaction and gate see the same."""

import re
from collections.abc import Sequence
from html import unescape

# What keeps a sign from being a mark in Markdown, and how HTML writes a character.
_WRITTEN = re.compile(r"\\(?=[!-/:-@\[-`{-~])|&(?:#\d{1,20}|#[xX][0-9a-fA-F]{1,20}|[A-Za-z][A-Za-z0-9]{1,31});?")
WRITTEN = r"\\[!-/:-@\[-`{-~]|&(?:#\d|#[xX][0-9a-fA-F]|[A-Za-z][A-Za-z0-9])"  # the same for RE2, or more
_DEEPEST = 8  # how often a text may be escaped


def plainly(line: str) -> tuple[str, Sequence[int]]:
    """`line` without escapes, and for each of its characters the place in `line` that it comes from.

    It is `line` itself where nothing is escaped. What is escaped twice is undone twice. It may hold ends of
    lines, where an entity stands for one.
    """
    places: Sequence[int] = range(len(line))
    for _ in range(_DEEPEST):
        plain, found = _once(line, places)
        if plain == line:
            break
        line, places = plain, found
    return line, places


def _once(line: str, places: Sequence[int]) -> tuple[str, Sequence[int]]:
    if "&" not in line and "\\" not in line:
        return line, places
    pieces, origins, kept = [], [], 0
    for match in _WRITTEN.finditer(line):
        char = unescape(match[0]) if match[0][0] == "&" else ""
        if char == match[0]:
            continue
        pieces += [line[kept : match.start()], char]
        origins += [*places[kept : match.start()], *[places[match.start()]] * len(char)]
        kept = match.end()
    return "".join([*pieces, line[kept:]]), [*origins, *places[kept:]]
