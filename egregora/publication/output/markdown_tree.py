"""The portable Markdown tree: posts and profiles for other site builders, without active content.

These builders execute raw HTML, shortcodes and templates. So each character that opens one is written as an entity.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from functools import partial
from html import escape, unescape
from typing import Any, NamedTuple
from urllib.parse import unquote

from egregora.core.fingerprint import digest
from egregora.core.text import PLACEHOLDER, WHEREABOUTS
from egregora.publication.model.blog import Blog, PostView
from egregora.publication.model.queries import Message, Person
from egregora.publication.text.html import ALT, Prose, cleaned, unmarked

_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+!|~&$^=]")  # that mean something in one Markdown or another
_SPEAKER_LINE = re.compile(r"^(> .*\S) *\n(?=> \*\*)", re.MULTILINE)  # a quoted line before the next speaker's
_NOT_PRINTABLE = re.compile("[\u2028\u2029\ufeff]")
_LOOKALIKES = str.maketrans({"<": "\u2039", ">": "\u203a", '"': "\u201d", "'": "\u2019"})
_ENTITY = re.compile(r"&#?\w+;?")
_ACTIVE = re.compile(
    rf"(?P<person>{PLACEHOLDER})(?P<colon>:)?"
    rf"|!\[(?P<alt>{ALT})\]\((?P<picture>media/[^\s)]+)\)"
    r"|\ ?\[¶\]\(\#m-(?P<cited>[^\s)]*)\)"
    rf"|(?P<link>\]\((?=https?://|mailto:)(?![^\s)]*{WHEREABOUTS}))"
    r"|(?P<open>\]\(|\]:|!\[|[<{])"
)


class MarkdownPage(NamedTuple):
    """A file of the tree that is not made yet."""

    path: str  # below the content folder
    text: Callable[[], bytes]
    content_digest: str = ""  # of all that only this page shows; "" for a page that is always rendered again


def pages(blog: Blog) -> Iterator[MarkdownPage]:
    """Every page of the tree."""
    yield MarkdownPage("index.md", lambda: _index(blog).encode())
    for entry in blog.entries:
        yield MarkdownPage(_path(entry), partial(_encoded, _post, blog, entry), entry.content_digest)
    for person in blog.people:
        entries = [(entry.title, _path(entry)) for entry in blog.entries_by_author.get(person.author, ())]
        yield MarkdownPage(
            f"profiles/{person.author}.md", partial(_encoded, _profile, blog, person), digest(repr((person, entries)))
        )


def _encoded(make: Callable[[Blog, Any], str], blog: Blog, of: PostView | Person) -> bytes:
    return make(blog, of).encode()


def literal(text: str) -> str:
    """`text` on one line, escaped so that Markdown shows it as it is."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", " ".join(cleaned(text).split()))


def quoted(text: str) -> str:
    """`text` as a string that is valid in YAML, JSON and TOML.

    Some themes escape nothing, and some resolve entities first. So angle brackets, straight quotes and the starts of
    entities are replaced by similar characters.
    """
    safe = _ENTITY.sub(_no_entity, " ".join(cleaned(text).split())).translate(_LOOKALIKES)
    json_text = json.dumps(safe, ensure_ascii=False)
    return _NOT_PRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)


def _no_entity(match: re.Match[str]) -> str:
    return match[0] if unescape(match[0]) == match[0] else f"\uff06{match[0][1:]}"


def front_matter(**fields: str | date | Sequence[str]) -> str:
    """The YAML front matter of a page, with its fields in this order."""
    lines = [f"{name}: {_yaml(value)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])


def parts_of(page: str) -> tuple[dict[str, str | list[str]], str]:
    """The fields of a page's front matter, and its body; a date is text."""
    _, head, text = page.split("---\n", 2)
    fields = (line.partition(": ") for line in head.splitlines())
    return {name: value if name == "date" else json.loads(value) for name, _, value in fields}, text.lstrip("\n")


def body(text: str, prose: Prose, *, anchors: Collection[str], media: Collection[str]) -> str:
    """A post's Markdown with handles instead of pseudonyms, and without active content."""

    def neutral(match: re.Match[str]) -> str:
        if match["person"]:
            name = literal(prose.plain(match["person"]))
            return f"**{name}**:" if match["colon"] and not match["label"] else name + (match["colon"] or "")
        if match["picture"]:
            alt = literal(prose.plain(unmarked(match["alt"])))
            return f"![{alt}](../{match['picture']})" if unquote(match["picture"]) in media else alt
        if match["cited"] is not None:
            return f" [¶](#m-{match['cited']})" if unquote(match["cited"]) in anchors else ""
        return match["link"] or "".join(char if char == "]" else f"&#{ord(char)};" for char in match["open"])

    inert = _ACTIVE.sub(neutral, cleaned(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _SPEAKER_LINE.sub(r"\1  \n", inert).strip() + "\n"


def _path(entry: PostView) -> str:
    return f"posts/{entry.post.date.isoformat()}-{entry.name}.md"


def _index(blog: Blog) -> str:
    posts = [f"- {entry.post.date.isoformat()} [{literal(entry.title)}]({_path(entry)})" for entry in blog.entries]
    people = [f"- [{literal(blog.prose.name(person.author))}](profiles/{person.author}.md)" for person in blog.people]
    parts = [
        front_matter(title=blog.title),
        *_section(blog.locale["posts"], posts or [blog.locale["no_posts"]]),
        *_section(blog.locale["people"], people),
    ]
    return "\n".join(parts)


def _post(blog: Blog, entry: PostView) -> str:
    head = front_matter(
        title=entry.title,
        slug=entry.name,
        date=entry.post.date,
        tags=[name for name, _ in entry.tags],
        summary=entry.summary,
        authors=[blog.prose.name(author) for author in entry.post.authors],
        category=blog.prose.plain(entry.post.category),
    )
    text = body(blog.body(entry), blog.prose, anchors=entry.links.anchors, media=blog.media.keys())
    cited = [_cited(blog, message) for message in entry.cited]
    return "\n".join([head, text, *_section(blog.locale["cited"], cited)])


def _cited(blog: Blog, message: Message) -> str:
    name, text = literal(blog.prose.name(message.author)), literal(blog.prose.plain(message.text))
    anchor = f'<a id="m-{escape(message.message_id)}"></a>'
    return f"- {anchor}**{name}** ({blog.locale.moment(message.at)}): {text}"


def _profile(blog: Blog, person: Person) -> str:
    locale = blog.locale
    facts = [
        f"- {locale.count(person.messages, 'message_n')}",
        f"- {locale.count(person.words, 'word_n')}",
        f"- {locale.count(person.active_days, 'day_n')}",
        f"- {locale.span(person.first_seen.date(), person.last_seen.date())}",
    ]
    topics = [f"- {literal(blog.prose.plain(topic))}" for topic in person.topics]
    entries = blog.entries_by_author.get(person.author, ())
    posts = [f"- [{literal(entry.title)}](../{_path(entry)})" for entry in entries]
    head = front_matter(title=blog.prose.name(person.author), slug=person.author)
    own = [
        literal(blog.prose.plain(person.bio)),
        literal(person.website),
        literal(person.twitter and f"@{person.twitter}"),
    ]
    about = [part for text in own if text for part in (text, "")]
    return "\n".join([head, *about, *facts, "", *_section(locale["topics"], topics), *_section(locale["posts"], posts)])


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""] if lines else []


def _yaml(value: str | date | Sequence[str]) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return quoted(value)
    return f"[{', '.join(quoted(item) for item in value)}]"
