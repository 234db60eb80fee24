"""Pages to files: only those that differ are written, and those no longer made are removed."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import jinja2
import pyarrow as pa
from markupsafe import Markup

from egregora.core.cleared import Gate
from egregora.publication import pages, portable, rows
from egregora.publication.activity import activity_in
from egregora.publication.blog import Blog, Entry, checked_people, published
from egregora.publication.language import speak
from egregora.publication.markdown import Prose, cleaned, media_html
from egregora.publication.tree import Source, Tree

DATA_FILES = ("templates",)

_WORD = re.compile(r"[^\W\d_]+")
_TEMPLATES = Path(__file__).with_name("templates")
_STATIC = ("style.css", "script.js", "icon.svg")


def publish(  # noqa: PLR0913 — what the stage declares
    *,
    generated_posts: ir.Table,
    author_profiles: ir.Table,
    media_files: ir.Table,
    windowed_messages: ir.Table,
    site_files: ir.Table,
    title: str,
    language: str,
    timezone: str,
    site_dir: Path,
    content_dir: Path,
    media_dir: Path,
    gate: Gate,
) -> Iterator[tuple[str, pa.Table]]:
    """The site and the Markdown tree as files, and a row of `site_files` for each.

    Shape: a row a file, its path behind the name of its folder: "site/index.html", "content/index.md".
    Order: by path. A file that is as it should be is not written again; one that `site_files` or the tree's own
    list names and that is no longer made is removed; any other file is left alone.
    Errors: SchemaError for a path that leads out of the folders; PipelineError for a file that cannot be written
    or a media file that is gone; PrivacyError for a file that the gate stops.
    """
    say = speak(language)
    people = checked_people(rows.people_in(author_profiles, timezone))
    blog = Blog(
        title=" ".join(cleaned(title).split()),
        say=say,
        zone=timezone,
        prose=Prose({person.author: person.handle for person in sorted(people, key=_seniority)}, say.words),
        posts=rows.posts_in(generated_posts, timezone),
        people=people,
        messages=rows.cited_in(generated_posts, windowed_messages, timezone),
        media=published(rows.media_in(media_files, windowed_messages, timezone)),
        links=rows.links_in(windowed_messages, timezone),
        spans=rows.spans_in(windowed_messages, timezone),
        activity=activity_in(windowed_messages, timezone),
    )
    folders = {site_dir.name: site_dir, content_dir.name: content_dir}
    if len(folders) == 1:
        raise ValueError(f"site and content are both called {site_dir.name!r}")
    recorded = site_files.select("path").to_pyarrow()["path"].to_pylist()
    files = {
        **{f"{site_dir.name}/{path}": source for path, source in _site(blog, media_dir).items()},
        **{f"{content_dir.name}/{path}": source for path, source in _content(blog, media_dir).items()},
    }
    yield "site_files", Tree(folders, gate.sparing(_own_words(blog), _asked(blog))).write(files, recorded)


def _own_words(blog: Blog) -> set[str]:
    """Words that stand on pages whoever the members are: of the templates, the language, and the title."""
    templates = (path.read_text("utf-8") for path in sorted(_TEMPLATES.iterdir()) if path.suffix != ".css")
    texts = (*templates, *blog.say.words.values(), *blog.say.months, blog.title)
    return {word for text in texts for word in _WORD.findall(text)}


def _asked(blog: Blog) -> set[str]:
    """What people are called, by their own wish or as a pseudonym, and where their own pages are."""
    twitter = {person.twitter for person in blog.people if person.twitter}
    links = {f"https://x.com/{name}" for name in twitter} | {f"@{name}" for name in twitter}
    return links.union(*({person.handle, person.website} for person in blog.people)) - {""}


def _seniority(person: rows.Person) -> tuple[datetime, str]:
    return person.first_seen, person.author


def _site(blog: Blog, media_dir: Path) -> dict[str, Source]:
    """What each file of the site holds: bytes not made yet, or a file to copy."""
    environment = _environment(blog)
    files: dict[str, Source] = {page.path: partial(_rendered, environment, page) for page in pages.pages(blog)}
    static: dict[str, Source] = {name: (_TEMPLATES / name).read_bytes for name in _STATIC}
    return files | static | _media(blog, media_dir)


def _content(blog: Blog, media_dir: Path) -> dict[str, Source]:
    """What each file of the Markdown tree holds."""
    return {path: text.encode for path, text in portable.pages(blog)} | _media(blog, media_dir)


def _media(blog: Blog, media_dir: Path) -> dict[str, Source]:
    return {path: media_dir / path.removeprefix("media/") for path in blog.media}


def _rendered(environment: jinja2.Environment, page: pages.Page) -> bytes:
    template = environment.get_template(page.template)
    return template.render(root=page.root, path=page.path, **page.values).encode()


def _environment(blog: Blog) -> jinja2.Environment:
    """The templates, with the words of the blog and the ways to show a text in them."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals |= {"blog": blog, "say": blog.say}
    environment.filters |= _filters(blog)
    return environment


def _filters(blog: Blog) -> Mapping[str, Callable[..., Any]]:
    prose = blog.prose

    def body(entry: Entry) -> Markup:
        return prose.post(entry.body, entry.place)

    def show(media: rows.Media, root: str) -> Markup:
        return media_html(media.kind, root + media.path, prose.plain(media.description))

    return {
        "plain": prose.plain,
        "prose": prose.inline,
        "who": prose.who,
        "name": prose.name,
        "outbound": prose.address,
        "twitter": prose.twitter,
        "tone": prose.tone,
        "body": body,
        "show": show,
    }
