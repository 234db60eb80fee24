"""The portable Markdown tree: posts and people as text that other generators read, with nothing live in it.

Those generators let raw HTML, shortcodes and templates through, so each character that opens one is written as an
entity, wherever it stands.
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
from egregora.publication.model.blog import Blog, Entry
from egregora.publication.model.queries import Message, Person
from egregora.publication.text.html import ALT, Prose, cleaned, unmarked

_SIGNS = re.compile(r"[\\`*_{}\[\]()<>#+!|~&$^=]")  # that mean something in one Markdown or another
_SAID = re.compile(r"^(> .*\S) *\n(?=> \*\*)", re.MULTILINE)  # a quoted line before the next speaker's
_NOT_PRINTABLE = re.compile("[\u2028\u2029\ufeff]")
_POINTED = str.maketrans({"<": "\u2039", ">": "\u203a", '"': "\u201d", "'": "\u2019"})
_ENTITY = re.compile(r"&#?\w+;?")
_LIVE = re.compile(
    rf"(?P<person>{PLACEHOLDER})(?P<colon>:)?"
    rf"|!\[(?P<alt>{ALT})\]\((?P<picture>media/[^\s)]+)\)"
    r"|\ ?\[¶\]\(\#m-(?P<cited>[^\s)]*)\)"
    rf"|(?P<link>\]\((?=https?://|mailto:)(?![^\s)]*{WHEREABOUTS}))"
    r"|(?P<open>\]\(|\]:|!\[|[<{])"
)


class Page(NamedTuple):
    """A file of the tree, not made yet."""

    path: str  # below the content folder
    text: Callable[[], bytes]
    key: str = ""  # a digest of all that it says beside what every page may; "" for a page that is made each time


def pages(blog: Blog) -> Iterator[Page]:
    """Every page of the tree."""
    yield Page("index.md", lambda: _index(blog).encode())
    for entry in blog.entries:
        yield Page(_path(entry), partial(_encoded, _post, blog, entry), entry.key)
    for person in blog.people:
        entries = [(entry.title, _path(entry)) for entry in blog.entries_by_author.get(person.author, ())]
        yield Page(
            f"profiles/{person.author}.md", partial(_encoded, _profile, blog, person), digest(repr((person, entries)))
        )


def _encoded(make: Callable[[Blog, Any], str], blog: Blog, of: Entry | Person) -> bytes:
    return make(blog, of).encode()


def literal(text: str) -> str:
    """`text` on one line, as Markdown that shows it as it is."""
    return _SIGNS.sub(lambda match: f"&#{ord(match[0])};", " ".join(cleaned(text).split()))


def quoted(text: str) -> str:
    """`text` as a string of YAML, JSON and TOML.

    Some themes escape nothing, neither in text nor in attributes, and some resolve entities first; so the angles of a
    tag, straight quotes and the beginnings of entities are exchanged for signs that look alike.
    """
    shown = _ENTITY.sub(_no_entity, " ".join(cleaned(text).split())).translate(_POINTED)
    json_text = json.dumps(shown, ensure_ascii=False)
    return _NOT_PRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)


def _no_entity(match: re.Match[str]) -> str:
    return match[0] if unescape(match[0]) == match[0] else f"\uff06{match[0][1:]}"


def front_matter(**fields: str | date | Sequence[str]) -> str:
    """The YAML at the head of a page, its fields in the order given."""
    lines = [f"{name}: {_yaml(value)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])


def parts_of(page: str) -> tuple[dict[str, str | list[str]], str]:
    """The fields at the head of a page of the tree, as `front_matter` wrote them, a date as text; and its body."""
    _, head, text = page.split("---\n", 2)
    fields = (line.partition(": ") for line in head.splitlines())
    return {name: value if name == "date" else json.loads(value) for name, _, value in fields}, text.lstrip("\n")


def body(text: str, prose: Prose, *, anchors: Collection[str], media: Collection[str]) -> str:
    """A post's Markdown with handles for pseudonyms and nothing live."""

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

    dead = _LIVE.sub(neutral, cleaned(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _SAID.sub(r"\1  \n", dead).strip() + "\n"


def _path(entry: Entry) -> str:
    return f"posts/{entry.post.date.isoformat()}-{entry.name}.md"


def _index(blog: Blog) -> str:
    posts = [f"- {entry.post.date.isoformat()} [{literal(entry.title)}]({_path(entry)})" for entry in blog.entries]
    people = [f"- [{literal(blog.prose.name(person.author))}](profiles/{person.author}.md)" for person in blog.people]
    parts = [
        front_matter(title=blog.title),
        *_section(blog.say["posts"], posts or [blog.say["no_posts"]]),
        *_section(blog.say["people"], people),
    ]
    return "\n".join(parts)


def _post(blog: Blog, entry: Entry) -> str:
    head = front_matter(
        title=entry.title,
        slug=entry.name,
        date=entry.post.date,
        tags=[name for name, _ in entry.tags],
        summary=entry.summary,
        authors=[blog.prose.name(author) for author in entry.post.authors],
        category=blog.prose.plain(entry.post.category),
    )
    text = body(blog.body(entry), blog.prose, anchors=entry.place.anchors, media=blog.media.keys())
    cited = [_cited(blog, message) for message in entry.cited]
    return "\n".join([head, text, *_section(blog.say["cited"], cited)])


def _cited(blog: Blog, message: Message) -> str:
    name, text = literal(blog.prose.name(message.author)), literal(blog.prose.plain(message.text))
    anchor = f'<a id="m-{escape(message.message_id)}"></a>'
    return f"- {anchor}**{name}** ({blog.say.moment(message.at)}): {text}"


def _profile(blog: Blog, person: Person) -> str:
    say = blog.say
    facts = [
        f"- {say.count(person.messages, 'message_n')}",
        f"- {say.count(person.words, 'word_n')}",
        f"- {say.count(person.active_days, 'day_n')}",
        f"- {say.span(person.first_seen.date(), person.last_seen.date())}",
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
    told = [part for text in own if text for part in (text, "")]
    return "\n".join([head, *told, *facts, "", *_section(say["topics"], topics), *_section(say["posts"], posts)])


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""] if lines else []


def _yaml(value: str | date | Sequence[str]) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return quoted(value)
    return f"[{', '.join(quoted(item) for item in value)}]"
