"""Pages to files: only those that differ are made and written, and those no longer made are removed."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa

from egregora.config.model import Settings
from egregora.core.egress import EgressGate
from egregora.core.fingerprint import bytes_digest, digest
from egregora.publication.model import queries
from egregora.publication.model.blog import Blog, checked_people, published
from egregora.publication.model.statistics import activity_in
from egregora.publication.output import markdown_tree
from egregora.publication.output.file_sync import File, Record, Tree
from egregora.publication.pages import pages
from egregora.publication.pages.rendering import STATIC, TEMPLATES, Renderer, own_files, program
from egregora.publication.pages.theme import Theme
from egregora.publication.text.html import Prose, cleaned
from egregora.publication.text.locale import chosen, speak

_WORD = re.compile(r"[^\W\d_]+")
_STAND_ALONE = ("CNAME", "robots.txt", "favicon.ico")  # files of the project's own that are copied as they are


def publish(  # noqa: PLR0913 — what the stage declares
    *,
    generated_posts: ir.Table,
    author_profiles: ir.Table,
    media_files: ir.Table,
    windowed_messages: ir.Table,
    redactions: ir.Table,
    left_out: ir.Table,
    site_files: ir.Table,
    title: str,
    language: str,
    timezone: str,
    site_url: str,
    theme_accent: str,
    theme_font: str,
    theme_paper: str,
    templates: Path,
    site_dir: Path,
    content_dir: Path,
    media_dir: Path,
    gate: EgressGate,
) -> Iterator[tuple[str, pa.Table]]:
    """The site and the Markdown tree as files, and a row of `site_files` for each.

    Shape: a row a file, its path behind the name of its folder: "site/index.html", "content/index.md".
    Order: by path. A page that is made from the same as before and has its bytes still is not made; a file that is as
    it should be is not written; one that `site_files` or the tree's own list names and that is no longer made is
    removed; any other file is left alone. Where a post's page was under another name, a page leads to the new one.
    Errors: SchemaError for a path that leads out of the folders; PipelineError for a file that cannot be written,
    a media file that is gone or a template with a mistake; PrivacyError for a picture that says more than it draws.
    """
    say = speak(chosen(language, windowed_messages))
    recorded: dict[str, Record] = {row["path"]: row for row in site_files.to_pyarrow().to_pylist()}
    address = site_url if gate.accepts("site_url", site_url) else ""
    people = checked_people(queries.people_in(author_profiles, timezone))
    blog = Blog(
        title=_title(title, gate, recorded, content_dir),
        say=say,
        zone=timezone,
        prose=Prose({person.author: person.handle for person in sorted(people, key=_seniority)}, say.words),
        posts=queries.posts_in(generated_posts, timezone),
        people=people,
        messages=queries.cited_in(generated_posts, windowed_messages, timezone),
        media=_screened(published(queries.media_in(media_files, windowed_messages, timezone)), gate),
        links=queries.links_in(windowed_messages, timezone),
        spans=queries.spans_in(windowed_messages, timezone),
        months=queries.months_in(windowed_messages, timezone),
        redacted=queries.redacted_in(redactions),
        left_out=queries.left_out_in(left_out),
        activity=activity_in(windowed_messages, timezone),
        address=f"{address.rstrip('/')}/" if address else "",
    )
    folders = {site_dir.name: site_dir, content_dir.name: content_dir}
    if len(folders) == 1:
        raise ValueError(f"site and content are both called {site_dir.name!r}")
    renderer = Renderer(blog, Theme(theme_accent, theme_font, theme_paper), templates)
    media = {path: File(media_dir / path.removeprefix("media/")) for path in blog.media}
    files = {
        f"{site_dir.name}/{path}": file for path, file in (_site(blog, renderer, templates, media_dir) | media).items()
    }
    files |= _moved(blog, renderer, files, recorded)
    files |= {f"{content_dir.name}/{path}": file for path, file in (_content(blog) | media).items()}
    allowing = gate.with_allowlist(_own_words(blog), _asked(blog), screened=windowed_messages.message)
    yield "site_files", Tree(folders, allowing).write(files, recorded)


def _title(title: str, gate: EgressGate, recorded: Mapping[str, Record], content_dir: Path) -> str:
    """The title on one line; one that names a member is refused, and the site keeps the old one, or has ours."""
    tried = (title, _published_title(recorded, content_dir))
    named = (" ".join(cleaned(each).split()) for each in tried if each)
    return next((each for each in named if gate.accepts("title", each)), Settings().title)


def _published_title(recorded: Mapping[str, Record], content_dir: Path) -> str:
    """The title of the last build, from its page in the Markdown tree; "" when that is not as it was written."""
    row, file = recorded.get(f"{content_dir.name}/index.md"), content_dir / "index.md"
    data = file.read_bytes() if row and file.is_file() else b""
    known = row is not None and bytes_digest(data) == row["content_hash"]
    return str(markdown_tree.parts_of(data.decode())[0]["title"]) if known else ""


def _screened(media: Mapping[str, queries.Media], gate: EgressGate) -> dict[str, queries.Media]:
    """The files with descriptions that may be shown."""
    told = gate.screen([each.description for each in media.values()], where="what a picture shows")
    return {path: each._replace(description=text) for (path, each), text in zip(media.items(), told, strict=True)}


def _own_words(blog: Blog) -> set[str]:
    """Words that stand on pages whoever the members are: of the templates, the language, and the title."""
    templates = (path.read_text("utf-8") for path in sorted(TEMPLATES.iterdir()) if path.suffix != ".css")
    texts = (*templates, *blog.say.own_words(), blog.title)
    return {word for text in texts for word in _WORD.findall(text)}


def _asked(blog: Blog) -> set[str]:
    """What people are called, by their own wish or as a pseudonym, and where their own pages are."""
    twitter = {person.twitter for person in blog.people if person.twitter}
    links = {f"https://x.com/{name}" for name in twitter} | {f"@{name}" for name in twitter}
    return links.union(*({person.handle, person.website} for person in blog.people)) - {""}


def _seniority(person: queries.Person) -> tuple[datetime, str]:
    return person.first_seen, person.author


def _site(blog: Blog, renderer: Renderer, templates: Path, media_dir: Path) -> dict[str, File]:
    """Each file of the site but for what the chat sent, not made yet."""
    files = {page.path: _page(renderer, page) for page in pages.pages(blog)}
    files |= _cards(blog)
    files |= _thumbnails(blog, media_dir)
    files |= {name: File(partial(renderer.static, name)) for name in STATIC}
    return files | {path.name: File(path) for path in own_files(templates) if path.name in _STAND_ALONE}


def _cards(blog: Blog) -> dict[str, File]:
    """The pictures of posts for previews elsewhere. The gate reads what they say on the post's own page."""
    if not blog.address:  # a preview needs a whole address
        return {}
    from egregora.publication.images import social_card  # only such a site needs what draws

    said = {entry.card: texts for entry in blog.entries if (texts := social_card.texts_of(blog, entry))}
    return {path: File(partial(social_card.draw, *texts), digest(program(), *texts)) for path, texts in said.items()}


def _thumbnails(blog: Blog, media_dir: Path) -> dict[str, File]:
    """A smaller one of each large picture, made once: a picture's name is the digest of its bytes."""
    if not blog.thumbnails:
        return {}
    from egregora.publication.images.thumbnails import thumbnail  # only a blog with pictures needs what reads them

    return {
        small: File(partial(thumbnail, media_dir / path.removeprefix("media/")), digest(program(), path))
        for path, small in blog.thumbnails.items()
    }


def _page(renderer: Renderer, page: pages.Page) -> File:
    return File(partial(renderer.page, page), renderer.made_from(page), page.post_id)


def _moved(
    blog: Blog, renderer: Renderer, files: Mapping[str, File], recorded: Mapping[str, Record]
) -> Iterator[tuple[str, File]]:
    """For each post that had a page of another name, one there that leads to its page of today."""
    entries = {entry.post.post_id: entry for entry in blog.entries}
    for path, row in recorded.items():
        _, _, rest = path.partition("/")
        if row["post_id"] in entries and path not in files and rest.startswith("posts/") and rest.endswith(".html"):
            yield path, _page(renderer, pages.moved(rest, entries[row["post_id"]]))


def _content(blog: Blog) -> dict[str, File]:
    """Each text of the Markdown tree, not made yet."""
    return {page.path: _portable(blog, page) for page in markdown_tree.pages(blog)}


def _portable(blog: Blog, page: markdown_tree.Page) -> File:
    return File(page.text, digest(program(), blog.common, page.path, page.key) if page.key else "")
