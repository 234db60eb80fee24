"""What the text of a published file shows its readers, and how one of its lines is withheld."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from egregora.core.egress import WITHHELD

MARKED_UP, SCRIPTS, MARKDOWN, STYLES = frozenset({".html", ".xml", ".svg"}), frozenset({".js", ".json"}), ".md", ".css"
# The policy of a page is for browsers; a member may be called "img src", and it would stand on every page.
_POLICY = '<meta http-equiv="Content-Security-Policy"[^<>]*>'
_NO_TEXT = rf"<style\b.*?</style>|<!--.*?-->|{_POLICY}"
_SKIPPED = re.compile(_NO_TEXT, re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TAGS_AND_TEXT = re.compile(rf"({_NO_TEXT}|<[^<>]*>)", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(\s[A-Za-z-]+=)(?:"([^"]*)"|'([^']*)')""")
_SAYING = frozenset({"alt", "title", "content", "label", "placeholder", "value"})  # "aria-label", "data-title" as well
_LEADING = frozenset({"href", "src", "action"})
_ELSEWHERE = ("http:", "https:", "mailto:", "tel:")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_MARKS = re.compile(r"\s*(?:>\s*)*(?:[-*+#]+\s+)?(?:<a [^<>]*></a>)?(?:\*\*[^*\n]{1,200}\*\*(?: \([^()\n]*\))?:? )?")
APART = " · "  # between what is no sentence together

IsBad = Callable[[str], bool]  # of a text, whether one of its lines must not be shown


def shown_in(path: str, text: str) -> str:
    """The lines that a file shows or says to its readers, and where its links lead, if that is elsewhere."""
    suffix = PurePosixPath(path).suffix
    if suffix == STYLES:
        return ""  # it shows nothing
    if suffix in MARKED_UP:
        drawn = _SKIPPED.sub("\n", text)
        text = html.unescape("\n".join([_TAG.sub("\n", drawn), *_said_in_tags(drawn)]))
    elif suffix == MARKDOWN:
        text = _as_read(text)
    elif suffix in SCRIPTS:
        text = "\n".join([_STRING.sub("\n", text), *map(_value, _STRING.findall(text))])
    return text.replace(APART, "\n")


def without_bad(path: str, text: str, is_bad: IsBad) -> str:
    """The file with `WITHHELD` for each line that `is_bad`, and all else as it is."""
    suffix = PurePosixPath(path).suffix
    if suffix in MARKED_UP:
        pieces = _TAGS_AND_TEXT.split(text)
        pieces[::2] = [_text(piece, is_bad) for piece in pieces[::2]]
        pieces[1::2] = [_tag(piece, is_bad) for piece in pieces[1::2]]
        return "".join(pieces)
    if suffix in SCRIPTS:
        return _STRING.sub(lambda match: _string(match[0], is_bad), text)
    return "".join(_line(line, is_bad) for line in text.splitlines(keepends=True))


def _said_in_tags(text: str) -> Iterator[str]:
    for name, double, single in _ATTRIBUTE.findall(text):
        value = double or single
        if _is_shown(name, value):
            yield value


def _is_shown(name: str, value: str) -> bool:
    kind = name.strip(" \t\r\n=").rpartition("-")[2].lower()
    return kind in _SAYING or (kind in _LEADING and value.lower().startswith(_ELSEWHERE))


def _as_read(markdown: str) -> str:
    return html.unescape(markdown.replace("\\", ""))  # both only keep signs from being marks


def _text(piece: str, is_bad: IsBad) -> str:
    if not is_bad(html.unescape(piece)):
        return piece
    return piece[: len(piece) - len(piece.lstrip())] + WITHHELD + piece[len(piece.rstrip()) :]


def _tag(tag: str, is_bad: IsBad) -> str:
    def withheld(match: re.Match[str]) -> str:
        value = match[2] or match[3] or ""
        bad = _is_shown(match[1], value) and is_bad(html.unescape(value))
        leads = match[1].strip("= ").lower() in _LEADING
        return f'{match[1]}"{"#" if leads else WITHHELD}"' if bad else match[0]

    return tag if _SKIPPED.fullmatch(tag) else _ATTRIBUTE.sub(withheld, tag)


def _string(literal: str, is_bad: IsBad) -> str:
    return f'"{WITHHELD}"' if is_bad(_value(literal)) else literal


def _value(literal: str) -> str:
    """What a string of JSON says; of a script, which has other escapes, what stands there."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return literal[1:-1]


def _line(line: str, is_bad: IsBad) -> str:
    if not is_bad(_as_read(line)):
        return line
    marks = _MARKS.match(line)
    kept = marks[0] if marks and not is_bad(_as_read(marks[0])) else ""
    return f"{kept}{WITHHELD}" + line[len(line.rstrip("\r\n")) :]
