"""A plugin for markdown-it: which links and pictures a post may contain, and quotes as a conversation."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from egregora.core.text import PERSON, tells_a_place
from egregora.publication.text.palette import NO_COLOUR

OUTBOUND = {"rel": "noopener noreferrer nofollow", "referrerpolicy": "no-referrer"}
_OUTBOUND_SCHEMES = ("http://", "https://", "mailto:")
_SPEAKER = re.compile(rf"\s*{PERSON}:\s*")
_LINE_BREAKS = ("softbreak", "hardbreak")
_LOWEST_HEADING = 6


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a text on a page may link to, and the relative path to the site's folder."""

    root: str = ""
    anchors: frozenset[str] = frozenset()  # ids of the messages on the same page
    media: Mapping[str, str] = field(default_factory=dict)  # kind by path


def rewrite(state: StateCore) -> None:
    """The last parser rule: lower headings, only allowed links and pictures, quotes by speaker."""
    top = any(token.type == "heading_open" and token.tag == "h1" for token in state.tokens)
    for token in state.tokens:
        if top and token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, _LOWEST_HEADING)}"
        if token.type == "inline":
            token.children = _allowed(token.children or [], state.env["links"], state.env["cite"])
    _frame(state.tokens)
    _bookmarks(state.tokens)
    state.tokens = _by_speaker(state.tokens, state.env["colours"])


def _allowed(children: Sequence[Token], links: PageLinks, cite: str) -> list[Token]:
    """The inline tokens with only allowed links and pictures."""
    allowed: list[Token] = []
    link: Token | None = None
    for token in children:
        if token.type == "link_open":
            link = _link(token, links, cite)
        if token.type in ("link_open", "link_close"):
            if link is not None and "href" in link.attrs:
                allowed.append(token)
            link = None if token.type == "link_close" else link
        elif link is None or not link.hidden:
            allowed.append(_leaf(token, links, linked=link is not None))
    return allowed


def _link(token: Token, links: PageLinks, cite: str) -> Token:
    """A link with its attributes. If it is not allowed, without any; hidden if its text means nothing then."""
    written = str(token.attrGet("href") or "")
    href = _allowed_href(written, links)
    if href is None:
        token.attrs = {}
        token.hidden = written.startswith("#")
    elif href.startswith("#"):
        token.attrs = {"href": href, "class": "cite", "title": cite}
    else:
        token.attrs = {"href": href, **(OUTBOUND if href == written else {})}
    return token


def _allowed_href(href: str, links: PageLinks) -> str | None:
    """The target of an allowed link: external, a message on the page, or a published file. Else None."""
    if href.lower().startswith(_OUTBOUND_SCHEMES):
        return None if tells_a_place(href) else href
    target = unquote(href)
    if target.startswith("#m-") and target[3:] in links.anchors:
        return f"#m-{quote(target[3:])}"
    return links.root + target if target in links.media else None


def _leaf(token: Token, links: PageLinks, *, linked: bool) -> Token:
    """A token of text, in which URLs become links later; or a picture, replaced by its description if not allowed."""
    if token.type == "image":
        path = unquote(str(token.attrGet("src") or ""))
        description = "".join(child.content or " " for child in token.children or [])
        if path in links.media:
            token.content, token.meta = description, {"path": path, "alone": False, "linked": linked}
            return token
        token = Token("text", "", 0, content=description)
    if token.type == "text" and not linked:
        token.type = "prose"
    return token


def _frame(tokens: Sequence[Token]) -> None:
    """Turn paragraphs that contain only a picture into figures."""
    for number, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and [child.type for child in children] == ["image"]:
            opening, closing = tokens[number - 1], tokens[number + 1]
            if opening.type == "paragraph_open" and not opening.hidden:
                opening.tag = closing.tag = "figure"
                opening.attrs = {"class": "picture"}
                children[0].meta["alone"] = True


def _bookmarks(tokens: Sequence[Token]) -> None:
    """Mark lists whose items begin with an external link, and add the host after each of those links."""
    lists: list[Token] = []
    for number, token in enumerate(tokens):
        if token.type == "bullet_list_open":
            lists.append(token)
        elif token.type == "bullet_list_close":
            lists.pop()
        elif token.type == "inline" and lists and tokens[number - 2].type == "list_item_open":
            children = token.children or []
            if children and children[0].type == "link_open" and "rel" in children[0].attrs:
                end = next(links for links, child in enumerate(children) if child.type == "link_close")
                children.insert(end + 1, Token("host", "", 0, content=host_of(str(children[0].attrs["href"]))))
                lists[-1].attrs = {"class": "bookmarks"}


def host_of(url: str) -> str:
    """The host of a URL without "www."; "" if it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # an address such as "http://[x"
        return ""


def _by_speaker(tokens: Sequence[Token], colours: Mapping[str, str]) -> list[Token]:
    """Quoted paragraphs split by speaker, one paragraph a turn."""
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
                css_class = None if author is None else f"said {colours.get(author, NO_COLOUR)}{again}"
                cut += _turn(tokens[number - 1], author, css_class, children)
            cut.pop()  # the paragraph's own closing token comes next
        else:
            cut.append(token)
    return cut


def _turns(children: Sequence[Token]) -> list[tuple[str | None, list[Token]]]:
    """The lines of a quote by speaker: "" for an unknown one, None before the first."""
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


def _turn(opening: Token, author: str | None, css_class: str | None, children: list[Token]) -> list[Token]:
    """The tokens of a paragraph: the speaker, if any, and what they said."""
    attrs: dict[str, str | int | float] = {} if css_class is None else {"class": css_class}
    speaker = [] if author is None else [Token("speaker", "", 0, content=author)]
    return [
        Token("paragraph_open", "p", 1, attrs=attrs, block=True, hidden=opening.hidden, level=opening.level),
        Token("inline", "", 0, children=[*speaker, *children], block=True, level=opening.level + 1),
        Token("paragraph_close", "p", -1, block=True, hidden=opening.hidden, level=opening.level),
    ]
