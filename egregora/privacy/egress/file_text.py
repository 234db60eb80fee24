"""The visible text of published files, and how to withhold one of its lines."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from egregora.core.egress import WITHHELD

MARKED_UP, SCRIPTS, MARKDOWN, STYLES = frozenset({".html", ".xml", ".svg"}), frozenset({".js", ".json"}), ".md", ".css"
# Only browsers read the policy. It is on every page, and a member may have the name "img src".
_POLICY = '<meta http-equiv="Content-Security-Policy"[^<>]*>'
_INVISIBLE = rf"<style\b.*?</style>|<!--.*?-->|{_POLICY}"
_SKIPPED = re.compile(_INVISIBLE, re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TAGS_AND_TEXT = re.compile(rf"({_INVISIBLE}|<[^<>]*>)", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\s[A-Za-z-]+=)(?:"([^"]*)"|'([^']*)')""")
# Also behind a hyphen: "aria-label", "data-title".
_TEXT_ATTRIBUTES = frozenset({"alt", "title", "content", "label", "placeholder", "value"})
_LINK_ATTRIBUTES = frozenset({"href", "src", "action"})
_EXTERNAL_SCHEMES = ("http:", "https:", "mailto:", "tel:")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LINE_PREFIX = re.compile(
    r"\s*(?:>\s*)*(?:[-*+#]+\s+)?(?:<a [^<>]*></a>)?(?:\*\*[^*\n]{1,200}\*\*(?: \([^()\n]*\))?:? )?"
)
SEPARATOR = " · "  # between texts that form no sentence together

IsBad = Callable[[str], bool]  # whether a text has a line that must be withheld


def visible_text(path: str, text: str) -> str:
    """The lines of a file that readers see or hear, and the targets of its external links."""
    suffix = PurePosixPath(path).suffix
    if suffix == STYLES:
        return ""  # a style sheet shows no text
    if suffix in MARKED_UP:
        visible = _SKIPPED.sub("\n", text)
        text = html.unescape("\n".join([_TAG.sub("\n", visible), *_visible_attributes(visible)]))
    elif suffix == MARKDOWN:
        text = _unescaped(text)
    elif suffix in SCRIPTS:
        text = "\n".join([_STRING.sub("\n", text), *map(_string_value, _STRING.findall(text))])
    return text.replace(SEPARATOR, "\n")


def withhold_lines(path: str, text: str, is_bad: IsBad) -> str:
    """The file with `WITHHELD` for each visible line for which `is_bad` is true; the rest is unchanged."""
    suffix = PurePosixPath(path).suffix
    if suffix in MARKED_UP:
        pieces = _TAGS_AND_TEXT.split(text)
        pieces[::2] = [_withhold_text(piece, is_bad) for piece in pieces[::2]]
        pieces[1::2] = [_withhold_in_tag(piece, is_bad) for piece in pieces[1::2]]
        return "".join(pieces)
    if suffix in SCRIPTS:
        return _STRING.sub(lambda match: _withhold_string(match[0], is_bad), text)
    return "".join(_withhold_line(line, is_bad) for line in text.splitlines(keepends=True))


def _visible_attributes(text: str) -> Iterator[str]:
    for name, double, single in _ATTRIBUTE.findall(text):
        value = double or single
        if _is_visible_attribute(name, value):
            yield value


def _is_visible_attribute(name: str, value: str) -> bool:
    kind = name.strip(" \t\r\n=").rpartition("-")[2].lower()
    return kind in _TEXT_ATTRIBUTES or (kind in _LINK_ATTRIBUTES and value.lower().startswith(_EXTERNAL_SCHEMES))


def _unescaped(markdown: str) -> str:
    return html.unescape(markdown.replace("\\", ""))  # both only escape markup


def _withhold_text(piece: str, is_bad: IsBad) -> str:
    if not is_bad(html.unescape(piece)):
        return piece
    return piece[: len(piece) - len(piece.lstrip())] + WITHHELD + piece[len(piece.rstrip()) :]


def _withhold_in_tag(tag: str, is_bad: IsBad) -> str:
    def withheld(match: re.Match[str]) -> str:
        value = match[2] or match[3] or ""
        bad = _is_visible_attribute(match[1], value) and is_bad(html.unescape(value))
        is_link = match[1].strip("= ").lower() in _LINK_ATTRIBUTES
        return f'{match[1]}"{"#" if is_link else WITHHELD}"' if bad else match[0]

    return tag if _SKIPPED.fullmatch(tag) else _ATTRIBUTE.sub(withheld, tag)


def _withhold_string(literal: str, is_bad: IsBad) -> str:
    return f'"{WITHHELD}"' if is_bad(_string_value(literal)) else literal


def _string_value(literal: str) -> str:
    """The value of a JSON string. A string of a script may have other escapes: then its source text."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal[1:-1]


def _withhold_line(line: str, is_bad: IsBad) -> str:
    if not is_bad(_unescaped(line)):
        return line
    prefix = _LINE_PREFIX.match(line)
    kept = prefix[0] if prefix and not is_bad(_unescaped(prefix[0])) else ""
    return f"{kept}{WITHHELD}" + line[len(line.rstrip("\r\n")) :]
