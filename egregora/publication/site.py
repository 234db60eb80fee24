"""The stage `site`: writes the blog's pages and the Markdown tree; renders only pages that changed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from egregora.config.model import Settings
from egregora.core.egress import EgressGate
from egregora.core.fingerprint import bytes_digest, digest
from egregora.publication.model import queries
from egregora.publication.model.blog import Blog
from egregora.publication.model.paths import checked_people, publishable_media
from egregora.publication.model.statistics import count_activity
from egregora.publication.output import markdown_tree
from egregora.publication.output.file_sync import File, Record, SyncedFolders
from egregora.publication.pages import pages
from egregora.publication.pages.rendering import STATIC, TEMPLATES, Renderer, code_digest, own_files
from egregora.publication.pages.theme import Theme
from egregora.publication.text.html import Prose, cleaned
from egregora.publication.text.locale import choose_language, load_locale

_WORD = re.compile(r"[^\W\d_]+")
_STAND_ALONE = ("CNAME", "robots.txt", "favicon.ico")  # the project's own files that are copied unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteInputs:
    """The tables that the site is made from."""

    generated_posts: ir.Table
    author_profiles: ir.Table
    media_files: ir.Table
    windowed_messages: ir.Table
    redactions: ir.Table
    left_out: ir.Table
    site_files: ir.Table  # the files of the last build


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """The settings and folders of the site."""

    title: str
    language: str  # a tag, or "auto"
    timezone: str
    site_url: str  # "" if unknown
    theme_accent: str
    theme_font: str
    theme_paper: str
    templates: Path  # the project's own templates
    site_dir: Path
    content_dir: Path
    media_dir: Path

    def site_path(self, path: str) -> str:
        """A path of the site as `site_files` has it."""
        return f"{self.site_dir.name}/{path}"

    def content_path(self, path: str) -> str:
        """A path of the Markdown tree as `site_files` has it."""
        return f"{self.content_dir.name}/{path}"


def publish(*, gate: EgressGate, **declared: Any) -> Iterator[tuple[str, pa.Table]]:
    """Write the site and the Markdown tree; yield `site_files`, with a row for each file.

    `declared` has the fields of `SiteInputs` and `SiteSettings`, as the stage declares them.
    Shape: a row for each file; its path begins with the name of its folder: "site/index.html", "content/index.md".
    Order: by path. A page with the same inputs and content as before is not rendered again. Files that are no longer
    made are removed if `site_files` or the manifest names them. An old path of a post gets a page that redirects.
    Errors: SchemaError for a path outside the folders; PipelineError for a file that cannot be written, a missing
    media file or a mistake in a template; PrivacyError for a picture with metadata.
    """
    inputs = SiteInputs(**{field.name: declared.pop(field.name) for field in fields(SiteInputs)})
    settings = SiteSettings(**declared)
    folders = {settings.site_dir.name: settings.site_dir, settings.content_dir.name: settings.content_dir}
    if len(folders) == 1:
        raise ValueError(f"site and content are both called {settings.site_dir.name!r}")
    recorded: dict[str, Record] = {row["path"]: row for row in inputs.site_files.to_pyarrow().to_pylist()}
    blog = _blog(inputs, settings, gate, recorded)
    files = _files(blog, settings, recorded)
    screened = inputs.windowed_messages.message
    allowing = gate.with_allowlist(_own_words(blog), _published_names(blog), screened=screened)
    yield "site_files", SyncedFolders(folders, allowing).write(files, recorded)


def _blog(inputs: SiteInputs, settings: SiteSettings, gate: EgressGate, recorded: Mapping[str, Record]) -> Blog:
    """All data for the pages, read from the tables."""
    messages, timezone = inputs.windowed_messages, settings.timezone
    locale = load_locale(choose_language(settings.language, messages))
    address = settings.site_url if gate.accepts("site_url", settings.site_url) else ""
    people = checked_people(queries.read_people(inputs.author_profiles, timezone))
    media = publishable_media(queries.read_media(inputs.media_files, messages, timezone))
    return Blog(
        title=_title(settings, gate, recorded),
        locale=locale,
        zone=timezone,
        prose=Prose({person.author: person.handle for person in sorted(people, key=_seniority)}, locale.words),
        posts=queries.read_posts(inputs.generated_posts, timezone),
        people=people,
        messages=queries.read_cited_messages(inputs.generated_posts, messages, timezone),
        media=_screened(media, gate),
        links=queries.read_links(messages, timezone),
        spans=queries.read_window_spans(messages, timezone),
        months=queries.read_monthly_counts(messages, timezone),
        redacted=queries.count_redactions(inputs.redactions),
        excluded=queries.read_excluded(inputs.left_out),
        activity=count_activity(messages, timezone),
        address=f"{address.rstrip('/')}/" if address else "",
    )


def _files(blog: Blog, settings: SiteSettings, recorded: Mapping[str, Record]) -> dict[str, File]:
    """Every file of the site and of the Markdown tree, not made yet."""
    theme = Theme(settings.theme_accent, settings.theme_font, settings.theme_paper)
    renderer = Renderer(blog, theme, settings.templates)
    media = {path: File(settings.media_dir / path.removeprefix("media/")) for path in blog.media}
    site = _site(blog, renderer, settings.templates, settings.media_dir) | media
    files = {settings.site_path(path): file for path, file in site.items()}
    files |= _moved(blog, renderer, files, recorded)
    return files | {settings.content_path(path): file for path, file in (_content(blog) | media).items()}


def _title(settings: SiteSettings, gate: EgressGate, recorded: Mapping[str, Record]) -> str:
    """The title on one line. If it names a member, the last published title; else the default."""
    candidates = (settings.title, _published_title(settings, recorded))
    titles = (" ".join(cleaned(each).split()) for each in candidates if each)
    return next((each for each in titles if gate.accepts("title", each)), Settings().title)


def _published_title(settings: SiteSettings, recorded: Mapping[str, Record]) -> str:
    """The title of the last build, from the Markdown tree; "" if the file was changed since."""
    row, file = recorded.get(settings.content_path("index.md")), settings.content_dir / "index.md"
    data = file.read_bytes() if row and file.is_file() else b""
    known = row is not None and bytes_digest(data) == row["content_hash"]
    return str(markdown_tree.parts_of(data.decode())[0]["title"]) if known else ""


def _screened(media: Mapping[str, queries.Media], gate: EgressGate) -> dict[str, queries.Media]:
    """The media with screened descriptions."""
    texts = gate.screen([each.description for each in media.values()], where="what a picture shows")
    return {path: each._replace(description=text) for (path, each), text in zip(media.items(), texts, strict=True)}


def _own_words(blog: Blog) -> set[str]:
    """Words that are on pages whoever the members are: from templates, locale and title."""
    templates = (path.read_text("utf-8") for path in sorted(TEMPLATES.iterdir()) if path.suffix != ".css")
    texts = (*templates, *blog.locale.own_words(), blog.title)
    return {word for text in texts for word in _WORD.findall(text)}


def _published_names(blog: Blog) -> set[str]:
    """Handles, twitter names and websites that members publish."""
    twitter = {person.twitter for person in blog.people if person.twitter}
    links = {f"https://x.com/{name}" for name in twitter} | {f"@{name}" for name in twitter}
    return links.union(*({person.handle, person.website} for person in blog.people)) - {""}


def _seniority(person: queries.Person) -> tuple[datetime, str]:
    return person.first_seen, person.author


def _site(blog: Blog, renderer: Renderer, templates: Path, media_dir: Path) -> dict[str, File]:
    """The files of the site except media, not made yet."""
    files = {page.path: _page(renderer, page) for page in pages.pages(blog)}
    files |= _cards(blog)
    files |= _thumbnails(blog, media_dir)
    files |= {name: File(partial(renderer.static, name)) for name in STATIC}
    return files | {path.name: File(path) for path in own_files(templates) if path.name in _STAND_ALONE}


def _cards(blog: Blog) -> dict[str, File]:
    """The preview images of posts. The gate checks their texts on the post's page."""
    if not blog.address:  # a preview needs a whole address
        return {}
    from egregora.publication.images import social_card  # only such a site needs what draws

    card_texts = {entry.card: texts for entry in blog.entries if (texts := social_card.texts_of(blog, entry))}
    return {
        path: File(partial(social_card.draw, *texts), digest(code_digest(), *texts))
        for path, texts in card_texts.items()
    }


def _thumbnails(blog: Blog, media_dir: Path) -> dict[str, File]:
    """Thumbnails of large pictures. The name of a picture is its digest, so each is made once."""
    if not blog.thumbnails:
        return {}
    from egregora.publication.images.thumbnails import thumbnail  # only a blog with pictures needs what reads them

    return {
        small: File(partial(thumbnail, media_dir / path.removeprefix("media/")), digest(code_digest(), path))
        for path, small in blog.thumbnails.items()
    }


def _page(renderer: Renderer, page: pages.Page) -> File:
    return File(partial(renderer.page, page), renderer.inputs_digest(page), page.post_id)


def _moved(
    blog: Blog, renderer: Renderer, files: Mapping[str, File], recorded: Mapping[str, Record]
) -> Iterator[tuple[str, File]]:
    """For each post with a page at an old path, a page there that redirects."""
    entries = {entry.post.post_id: entry for entry in blog.entries}
    for path, row in recorded.items():
        _, _, rest = path.partition("/")
        if row["post_id"] in entries and path not in files and rest.startswith("posts/") and rest.endswith(".html"):
            yield path, _page(renderer, pages.moved(rest, entries[row["post_id"]]))


def _content(blog: Blog) -> dict[str, File]:
    """The files of the Markdown tree except media, not made yet."""
    return {page.path: _markdown_file(blog, page) for page in markdown_tree.pages(blog)}


def _markdown_file(blog: Blog, page: markdown_tree.MarkdownPage) -> File:
    return File(
        page.text, digest(code_digest(), blog.common, page.path, page.content_digest) if page.content_digest else ""
    )
