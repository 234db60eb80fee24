"""Our rule of the Markdown parser: what may stand in a post, and its quotes as a conversation."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from egregora.core.text import PERSON, tells_a_place

TONES = 24  # as many as style.css has
NO_TONE = "tone-none"
_STEP = 7  # tones from one author to the next: a third of the circle, and all are used before one comes again
OUTBOUND = {"rel": "noopener noreferrer nofollow", "referrerpolicy": "no-referrer"}
_OUTBOUND_SCHEMES = ("http://", "https://", "mailto:")
_SPEAKER = re.compile(rf"\s*{PERSON}:\s*")
_LINE_BREAKS = ("softbreak", "hardbreak")
_LOWEST_HEADING = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is shown: the way up to the site's folder, and what it may point to."""

    root: str = ""
    anchors: frozenset[str] = frozenset()  # ids of the messages on the same page
    media: Mapping[str, str] = field(default_factory=dict)  # kind by path


def tones_of(authors: Iterable[str]) -> dict[str, str]:
    """The class that colours each author's name; who follow each other differ, and nobody's changes when more come."""
    return {author: f"tone-{number * _STEP % TONES}" for number, author in enumerate(authors)}


def rewrite(state: StateCore) -> None:
    """The last rule of the parser: headings below the page's own, safe links and pictures, quotes by speaker."""
    top = any(token.type == "heading_open" and token.tag == "h1" for token in state.tokens)
    for token in state.tokens:
        if top and token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, _LOWEST_HEADING)}"
        if token.type == "inline":
            token.children = _allowed(token.children or [], state.env["place"], state.env["cite"])
    _frame(state.tokens)
    _bookmarks(state.tokens)
    state.tokens = _by_speaker(state.tokens, state.env["tones"])


def _allowed(children: Sequence[Token], place: Place, cite: str) -> list[Token]:
    """What a paragraph holds, with only the links and pictures that may be there."""
    allowed: list[Token] = []
    link: Token | None = None
    for token in children:
        if token.type == "link_open":
            link = _link(token, place, cite)
        if token.type in ("link_open", "link_close"):
            if link is not None and "href" in link.attrs:
                allowed.append(token)
            link = None if token.type == "link_close" else link
        elif link is None or not link.hidden:
            allowed.append(_leaf(token, place, linked=link is not None))
    return allowed


def _link(token: Token, place: Place, cite: str) -> Token:
    """A link with its attributes; without any when it may not be there, and hidden when its text says nothing then."""
    written = str(token.attrGet("href") or "")
    href = _allowed_href(written, place)
    if href is None:
        token.attrs = {}
        token.hidden = written.startswith("#")
    elif href.startswith("#"):
        token.attrs = {"href": href, "class": "cite", "title": cite}
    else:
        token.attrs = {"href": href, **(OUTBOUND if href == written else {})}
    return token


def _allowed_href(href: str, place: Place) -> str | None:
    """Where a link of a post may lead: out of the site, to a message on the page or to a published file."""
    if href.lower().startswith(_OUTBOUND_SCHEMES):
        return None if tells_a_place(href) else href
    target = unquote(href)
    if target.startswith("#m-") and target[3:] in place.anchors:
        return f"#m-{quote(target[3:])}"
    return place.root + target if target in place.media else None


def _leaf(token: Token, place: Place, *, linked: bool) -> Token:
    """A piece of text, which may hold web addresses outside a link; or a picture, its words when it is not ours."""
    if token.type == "image":
        path = unquote(str(token.attrGet("src") or ""))
        description = "".join(child.content or " " for child in token.children or [])
        if path in place.media:
            token.content, token.meta = description, {"path": path, "alone": False, "linked": linked}
            return token
        token = Token("text", "", 0, content=description)
    if token.type == "text" and not linked:
        token.type = "prose"
    return token


def _frame(tokens: Sequence[Token]) -> None:
    """Make figures of the paragraphs that hold one picture and nothing else."""
    for number, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and [child.type for child in children] == ["image"]:
            opening, closing = tokens[number - 1], tokens[number + 1]
            if opening.type == "paragraph_open" and not opening.hidden:
                opening.tag = closing.tag = "figure"
                opening.attrs = {"class": "picture"}
                children[0].meta["alone"] = True


def _bookmarks(tokens: Sequence[Token]) -> None:
    """Mark the lists whose items begin with a link out of the site, and tell its host behind each of those links."""
    lists: list[Token] = []
    for number, token in enumerate(tokens):
        if token.type == "bullet_list_open":
            lists.append(token)
        elif token.type == "bullet_list_close":
            lists.pop()
        elif token.type == "inline" and lists and tokens[number - 2].type == "list_item_open":
            children = token.children or []
            if children and children[0].type == "link_open" and "rel" in children[0].attrs:
                end = next(place for place, child in enumerate(children) if child.type == "link_close")
                children.insert(end + 1, Token("host", "", 0, content=host_of(str(children[0].attrs["href"]))))
                lists[-1].attrs = {"class": "bookmarks"}


def host_of(url: str) -> str:
    """The site of a web address, without "www."; "" when it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # an address such as "http://[x"
        return ""


def _by_speaker(tokens: Sequence[Token], tones: Mapping[str, str]) -> list[Token]:
    """Quoted paragraphs cut into what each person says, a paragraph a turn."""
    cut: list[Token] = []
    quotes: list[Token] = []
    for number, token in enumerate(tokens):
        if token.type == "blockquote_open":
            quotes.append(token)
        elif token.type == "blockquote_close":
            quotes.pop()
        turns = _turns(token.children or []) if quotes and token.type == "inline" else []
        if any(author is not None for author, _ in turns) and tokens[number - 1].type == "paragraph_open":
            quotes[-1].attrs = {"class": "talk"}
            cut.pop()
            for author, children in turns:
                again = " again" if author and author == quotes[-1].meta.get("author") else ""
                quotes[-1].meta["author"] = author
                said = None if author is None else f"said {tones.get(author, NO_TONE)}{again}"
                cut += _turn(tokens[number - 1], author, said, children)
            cut.pop()  # the paragraph's own closing token comes next
        else:
            cut.append(token)
    return cut


def _turns(children: Sequence[Token]) -> list[tuple[str | None, list[Token]]]:
    """The lines of a quote by speaker: "" for someone unknown, None before the first."""
    turns: list[tuple[str | None, list[Token]]] = [(None, [])]
    line_starts = True
    for token in children:
        match = _SPEAKER.match(token.content) if line_starts and token.type == "prose" else None
        if match:
            if turns[-1][1]:
                turns[-1][1].pop()  # the break before this line
            turns.append((match["code"] or "", []))
        line_starts = token.type in _LINE_BREAKS
        rest = Token("prose", "", 0, content=token.content[match.end() :]) if match else token
        turns[-1][1].append(Token("hardbreak", "br", 0) if line_starts else rest)
    return [turn for turn in turns if turn[0] is not None or turn[1]]


def _turn(opening: Token, author: str | None, said: str | None, children: list[Token]) -> list[Token]:
    attrs: dict[str, str | int | float] = {} if said is None else {"class": said}
    speaker = [] if author is None else [Token("speaker", "", 0, content=author)]
    return [
        Token("paragraph_open", "p", 1, attrs=attrs, block=True, hidden=opening.hidden, level=opening.level),
        Token("inline", "", 0, children=[*speaker, *children], block=True, level=opening.level + 1),
        Token("paragraph_close", "p", -1, block=True, hidden=opening.hidden, level=opening.level),
    ]
