"""Text of a chat as Markdown in which it stays text, and citations of the messages it comes from."""

import re
from urllib.parse import quote, unquote

from egregora.core.text import PLACEHOLDER, person

_LONGEST_QUOTE = 240  # characters
_LIVE = re.compile(
    rf"(?P<placeholder>{PLACEHOLDER})"
    r"|[\\`*_\[\]~&<{]|!(?=\[)|(?<=\])\("
)
_ENTITIES = {"&": "&amp;", "<": "&lt;", "{": "&#123;"}
_BREAKS = re.compile(r"[\x00\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # whatever may end a line, a tab, and NUL
_SENTENCE_END = re.compile(r"[.!?…](?=\s)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_CITATION = re.compile(r"\[¶\]\(#m-([^)\s]+)\)")
_WEB = re.compile(r"https?://", re.IGNORECASE)


def flat(text: str) -> str:
    """`text` on one line: each character that breaks one is a space, so that places stay where they are."""
    return _BREAKS.sub(" ", text).strip()


def excerpt(text: str, message: str) -> str:
    """`text` on one line, cut after a sentence or else after a word; with " …" when it is not all of `message`."""
    line = _cut(flat(text))
    return line if line == flat(message) else f"{line} …"


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_QUOTE:
        return line
    start = line[: _LONGEST_QUOTE + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(start)]
    if ends and ends[-1] > _LONGEST_QUOTE // 2:
        return start[: ends[-1]]
    return (start[: start.rfind(" ")] if " " in start else start[:-1]).rstrip()


def escaped(text: str) -> str:
    """One line of `text` so that it shows as it is; placeholders stay, for the site to say who or what that is.

    `&`, `<` and `{` become entities, because a backslash does not disarm them for every reader of Markdown.
    """
    return _LIVE.sub(_inert, flat(text))


def _inert(match: re.Match[str]) -> str:
    return match["placeholder"] or _ENTITIES.get(match[0], f"\\{match[0]}")


def citation(message_id: str) -> str:
    """A link to the message that says so."""
    return f"[¶](#m-{quote(message_id, safe='')})"


def cited_in(body: str) -> list[str]:
    """The ids of the messages that `body` cites, in order of appearance."""
    return list(dict.fromkeys(unquote(found) for found in _CITATION.findall(body)))


def quoted(author: str, text: str, message: str, message_id: str) -> str:
    """`text` of a `message` as a blockquote that names its author and cites it."""
    return f"> {person(author)}: {escaped(excerpt(text, message))} {citation(message_id)}"


def picture(description: str, path: str) -> str:
    """A picture of the site."""
    plain = escaped(description).replace(r"\[", "&#91;").replace(r"\]", "&#93;")  # brackets end a description
    return f"![{plain}]({quote(path, safe='/')})"


def link(description: str, url: str, message_id: str) -> str:
    """An item of a list of links."""
    address = _ENTITY.sub("&amp;", quote(url, safe="%/:?#@!$&'*+,;=~"))
    return f"- [{escaped(description)}]({address}) {citation(message_id)}"


def is_web(url: str) -> bool:
    """Whether `url` may be published as a link."""
    return _WEB.match(url) is not None
