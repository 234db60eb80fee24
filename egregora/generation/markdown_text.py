"""Escapes chat text for Markdown, and writes quotes, links, pictures and citations."""

import re
from urllib.parse import quote, unquote

from egregora.core.text import PLACEHOLDER, person

_MAX_QUOTE = 240  # characters
_MARKUP = re.compile(
    rf"(?P<placeholder>{PLACEHOLDER})"
    r"|[\\`*_\[\]~&<{]|!(?=\[)|(?<=\])\("
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", "{": "&#123;"}
_BREAKS = re.compile(r"[\x00\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # line breaks, tab and NUL
_SENTENCE_END = re.compile(r"[.!?…](?=\s)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_CITATION = re.compile(r"\[¶\]\(#m-([^)\s]+)\)")
_WEB = re.compile(r"https?://", re.IGNORECASE)


def on_one_line(text: str) -> str:
    """`text` on one line; each breaking character becomes one space, so indices stay the same."""
    return _BREAKS.sub(" ", text).strip()


def excerpt(text: str, message: str) -> str:
    """`text` on one line, cut after a sentence or a word; with " …" unless it is all of `message`."""
    line = _cut(on_one_line(text))
    return line if line == on_one_line(message) else f"{line} …"


def _cut(line: str) -> str:
    """The beginning of `line`, at most 240 characters."""
    if len(line) <= _MAX_QUOTE:
        return line
    start = line[: _MAX_QUOTE + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(start)]
    if ends and ends[-1] > _MAX_QUOTE // 2:
        return start[: ends[-1]]
    return (start[: start.rfind(" ")] if " " in start else start[:-1]).rstrip()


def escaped(text: str) -> str:
    """`text` on one line, escaped for Markdown. Placeholders stay: the site replaces them.

    `&`, `<` and `{` become entities, because some readers of Markdown ignore a backslash before them.
    """
    return _MARKUP.sub(_escape_match, on_one_line(text))


def _escape_match(match: re.Match[str]) -> str:
    return match["placeholder"] or _ENTITIES.get(match[0], f"\\{match[0]}")


def citation(message_id: str) -> str:
    """A link to the cited message on the same page."""
    return f"[¶](#m-{quote(message_id, safe='')})"


def cited_message_ids(body: str) -> list[str]:
    """The ids of the messages that `body` cites, in order of appearance."""
    return list(dict.fromkeys(unquote(message_id) for message_id in _CITATION.findall(body)))


def quoted(author: str, text: str, message: str, message_id: str) -> str:
    """`text`, a part of `message`, as a blockquote with its author and a citation."""
    return f"> {person(author)}: {escaped(excerpt(text, message))} {citation(message_id)}"


def picture(description: str, path: str) -> str:
    """A picture with its description; `path` is relative to the site."""
    plain = escaped(description).replace(r"\[", "&#91;").replace(r"\]", "&#93;")  # brackets would end the description
    return f"![{plain}]({quote(path, safe='/')})"


def link(description: str, url: str, message_id: str) -> str:
    """A list item: the link and a citation."""
    address = _ENTITY.sub("&amp;", quote(url, safe="%/:?#@!$&'*+,;=~"))
    return f"- [{escaped(description)}]({address}) {citation(message_id)}"


def is_web_url(url: str) -> bool:
    """Whether `url` is http or https: only such links are published."""
    return _WEB.match(url) is not None
