"""Texts of posts and chats as safe HTML, with handles instead of pseudonyms."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from egregora.core.text import PLACEHOLDER, tells_a_place
from egregora.publication.text.markdown_plugin import OUTBOUND, PageLinks, rewrite
from egregora.publication.text.palette import NO_COLOUR, all_classes, author_colours

ALT = r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*"  # a description may hold placeholders
_URL = r"(?P<url>https?://[^\s<>\"'\[\]{}|\\^`]+)"
_PLACEHOLDERS = re.compile(PLACEHOLDER)
_MARKS = re.compile(f"{PLACEHOLDER}|{_URL}")
_FILE = re.compile(r"\]\((media/[^\s)]+)\)")
_PICTURE = re.compile(rf"!\[{ALT}\]\((media/[^\s)]+)\)")
# XML knows no such characters, and the marks that turn the writing direction of all that follows stay out as well.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
PICTURES = ("image", "sticker")
LINES = " · "  # between lines that stand on one: the gate looks for nothing over it
_TWITTER_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_OUTBOUND_ATTRIBUTES = Markup(" ").join(Markup('{}="{}"').format(*attribute) for attribute in OUTBOUND.items())

_TEXT_TAGS = {"a", "bdi", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "s", "span", "strong", "ul"}
_BLOCK_TAGS = {"figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr"}
_TABLE_TAGS = {"table", "tbody", "td", "th", "thead", "tr"}
_TAGS = {*_TEXT_TAGS, *_BLOCK_TAGS, *_TABLE_TAGS, "img", "audio", "video"}
_COLOUR_CLASSES = all_classes()
_ATTRIBUTES = {
    "a": {"href", "title", "rel", "referrerpolicy", "data-lightbox", "aria-label"},
    "img": {"src", "alt", "loading"},
    "video": {"src", "controls", "preload"},
    "audio": {"src", "controls", "preload"},
    "ol": {"start"},
}
_CLASSES = {
    "a": {"who", "cite"} | _COLOUR_CLASSES,
    "span": {"who", "label", "host"},
    "ul": {"bookmarks"},
    "p": {"said", "again"} | _COLOUR_CLASSES,
    "blockquote": {"talk"},
    "figure": {"picture"},
}


def cleaned(text: str) -> str:
    """`text` without characters that no page may contain."""
    return _UNSEEN.sub("", text)


def unmarked(markdown: str) -> str:
    """A piece of Markdown without its escapes and entities."""
    return unescape(_ESCAPE.sub(r"\1", markdown))


def pictures_in(body: str) -> list[str]:
    """The paths of the pictures in a post's body, in order."""
    return [unquote(path) for path in _PICTURE.findall(body)]


def files_in(body: str) -> list[str]:
    """The paths of the files that a post's body shows or links to, in order."""
    return [unquote(path) for path in _FILE.findall(body)]


def enlarged(shown: Markup, url: str, label: str) -> Markup:
    """A picture linked to its file; the lightbox opens it in place."""
    return Markup('<a href="{}" data-lightbox="" aria-label="{}">{}</a>').format(url, label, shown)


def media_html(kind: str, url: str, description: str) -> Markup:
    """A picture, a player, or a link to a file."""
    if kind in PICTURES:
        return Markup('<img src="{}" alt="{}" loading="lazy">').format(url, description)
    if kind in ("video", "audio"):
        return Markup('<{0} src="{1}" controls preload="none"></{0}>').format(kind, url)
    return Markup('<a href="{}">{}</a>').format(url, description or url.rsplit("/", 1)[-1])


class Prose:
    """Renders texts with placeholders for readers.

    `handles` has the shown name for each pseudonym, the first seen first. `words` has the labels of placeholders,
    "someone" for an unknown pseudonym, and "cite", the title of citations.
    """

    def __init__(self, handles: Mapping[str, str], words: Mapping[str, str]) -> None:
        self._handles = {author: " ".join(cleaned(handle).split()) for author, handle in handles.items()}
        self._colours = author_colours(handles)
        self._words = words
        self._shown: dict[tuple[str | None, str], Markup] = {}
        self._markdown = self._parser()

    @property
    def colours(self) -> Mapping[str, str]:
        """The colour class of each author."""
        return self._colours

    def name(self, author: str | None) -> str:
        """The handle of an author."""
        return self._handles.get(author or "") or self._words["someone"]

    def colour(self, author: str | None) -> str:
        """The colour class of an author, the same on every page."""
        return self._colours.get(author or "", NO_COLOUR)

    def plain(self, text: str) -> str:
        """A text on one line with words for its placeholders; " · " between its lines. Not escaped."""
        lines = (" ".join(line.split()) for line in cleaned(text).splitlines())
        return LINES.join(_PLACEHOLDERS.sub(self._worded, line) for line in lines if line)

    def enlarge(self, description: str) -> str:
        """The label of a link that opens a picture: its description and that it gets larger."""
        return ": ".join(filter(None, (self._words["enlarge"], description)))

    def who(self, author: str | None, root: str) -> Markup:
        """An author's name in their colour, linked to their profile if there is one."""
        shown = self._shown.get((author, root))
        if shown is None:
            shown = self._shown[author, root] = self._who(author, root)
        return shown

    def inline(self, text: str, root: str = "") -> Markup:
        """A chat text, escaped; placeholders and URLs are rendered, line breaks kept."""
        lines = cleaned(text).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
        return Markup("<br>\n").join(self._marked(line, root) for line in lines)

    def address(self, url: str) -> Markup:
        """A URL as an external link. Other texts and URLs of locations are only escaped."""
        text = cleaned(url).strip()
        if not text.lower().startswith(("http://", "https://")) or tells_a_place(text):
            return escape(text)
        return Markup('<a href="{}" {}>{}</a>').format(text, _OUTBOUND_ATTRIBUTES, text)

    def twitter(self, name: str) -> Markup:
        """A Twitter name as a link; any other text is only escaped."""
        if not _TWITTER_NAME.fullmatch(name):
            return escape(name)
        return Markup('<a href="https://x.com/{0}" {1}>@{0}</a>').format(name, _OUTBOUND_ATTRIBUTES)

    def post(self, body: str, links: PageLinks) -> Markup:
        """A post's Markdown as HTML with only allowed tags; nothing in it is active."""
        html = self._markdown.render(
            cleaned(body), {"links": links, "cite": self._words["cite"], "colours": self._colours}
        )
        return Markup(
            nh3.clean(
                html,
                tags=_TAGS,
                attributes=_ATTRIBUTES,
                allowed_classes=_CLASSES,
                url_schemes={"http", "https", "mailto"},
                link_rel=None,
            )
        )

    def _who(self, author: str | None, root: str) -> Markup:
        name = Markup("<bdi>{}</bdi>").format(self.name(author))
        if author not in self._handles:
            return Markup('<span class="who">{}</span>').format(name)
        link = Markup('<a class="who {}" href="{}people/{}.html">{}</a>')
        return link.format(self.colour(author), root, author, name)

    def _worded(self, match: re.Match[str]) -> str:
        if match["label"]:
            return f"[{self._words[match['label']]}]"
        return self.name(match["code"])

    def _marked(self, line: str, root: str) -> Markup:
        parts: list[Markup] = []
        end = 0
        for match in _MARKS.finditer(line):
            parts += [escape(line[end : match.start()]), self._mark(match, root)]
            end = match.end()
        return Markup("").join([*parts, escape(line[end:])])

    def _mark(self, match: re.Match[str], root: str) -> Markup:
        if match["label"]:
            return Markup('<span class="label">{}</span>').format(self._words[match["label"]])
        if not match["url"]:
            return self.who(match["code"], root)
        url = match["url"].rstrip(".,;:!?)*_~")
        return self.address(url) + escape(match["url"][len(url) :])

    def _parser(self) -> MarkdownIt:
        parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
        # "[person:ab12cd34]: hello" would be a reference and vanish; indented chat lines are not code.
        parser.disable(["reference", "code", "html_block", "html_inline"])
        parser.core.ruler.push("egregora", rewrite)
        rules: dict[str, Callable[[Token, PageLinks], str]] = {
            "prose": lambda token, links: str(self._marked(token.content, links.root)),
            "text": lambda token, _: str(escape(self._labelled(token.content))),
            "code_inline": lambda token, _: self._code(token.content),
            "fence": lambda token, _: f"<pre>{self._code(token.content)}</pre>\n",
            "speaker": lambda token, links: f"{self.who(token.content, links.root)} ",
            "image": self._image,
            "host": lambda token, _: str(Markup(' <span class="host">{}</span>').format(token.content)),
        }
        for name, rule in rules.items():
            parser.add_render_rule(name, _as_method(rule))
        return parser

    def _labelled(self, text: str) -> str:
        return _PLACEHOLDERS.sub(self._worded, text)

    def _code(self, text: str) -> str:
        return str(Markup("<code>{}</code>").format(self._labelled(text)))

    def _image(self, token: Token, links: PageLinks) -> str:
        path = token.meta["path"]
        description = self.plain(token.content)
        shown = media_html(links.media[path], links.root + path, description)
        if links.media[path] in PICTURES and not token.meta["linked"]:
            shown = enlarged(shown, links.root + path, self.enlarge(description))
        caption = Markup("<figcaption>{}</figcaption>").format(description)
        return str(shown + caption if token.meta["alone"] and description else shown)


def _as_method(rule: Callable[[Token, PageLinks], str]) -> Callable[..., str]:
    """`rule` in the form of a render method of markdown-it."""

    def render(
        _renderer: object, tokens: Sequence[Token], at: int, _options: object, env: Mapping[str, PageLinks]
    ) -> str:
        return rule(tokens[at], env["links"])

    return render
