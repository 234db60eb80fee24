"""Renders templates: Jinja2 with the blog's data; a project's own templates come first."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from egregora.core.errors import PipelineError
from egregora.core.fingerprint import bytes_digest, digest
from egregora.publication.model import queries
from egregora.publication.model.blog import Blog, PostView
from egregora.publication.pages.pages import Page, inert_json, search_row
from egregora.publication.pages.theme import Theme
from egregora.publication.text.html import PICTURES, enlarged, media_html
from egregora.publication.text.markdown_plugin import host_of

DATA_FILES = ("../templates",)

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = ("style.css", "script.js", "search.js", "theme.js", "icon.svg")
_LIBRARIES = ("babel", "jinja2", "markdown-it-py", "nh3", "pillow")


class Renderer:
    """Renders the pages of a blog. A file in `own` replaces the built-in one with the same name."""

    def __init__(self, blog: Blog, theme: Theme, own: Path) -> None:
        self._blog = blog
        self._theme = theme
        self._own = own
        self._environment = _environment(blog, own)
        own_templates = [(path.name, bytes_digest(path.read_bytes())) for path in own_files(own)]
        self._common = digest(code_digest(), blog.common, repr(theme), repr(own_templates))

    def inputs_digest(self, page: Page) -> str:
        """A digest of everything that decides a page's bytes; "" for a page that is always rendered again."""
        return digest(self._common, page.template, page.path, page.content_digest) if page.content_digest else ""

    def page(self, page: Page) -> bytes:
        """The bytes of a page. Errors: PipelineError for a mistake in one of the project's own templates."""
        try:
            template = self._environment.get_template(page.template)
            return template.render(root=page.root, path=page.path, **page.values).encode()
        except jinja2.TemplateError as error:
            if not own_files(self._own):
                raise
            location = getattr(error, "filename", None) or str(self._own / page.template)
            line = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
            raise PipelineError(
                f"the page {page.path} could not be made: {error.message}",
                where=f"{location}{line}",
                fix="correct the template, or take it out of templates/ to have ours again",
            ) from error

    def static(self, name: str) -> bytes:
        """The bytes of a static file."""
        own = self._own / name
        data = (own if own.is_file() else TEMPLATES / name).read_bytes()
        return data + self._theme.css.encode() if name == "style.css" else data


def own_files(own: Path) -> list[Path]:
    """The project's own templates and static files, by name."""
    return sorted(path for path in own.iterdir() if path.is_file()) if own.is_dir() else []


@cache
def code_digest() -> str:
    """A digest of the code, the built-in templates and the libraries that pages depend on."""
    folder = Path(__file__).parents[1]
    ours = (path for kind in ("**/*.py", "**/*.toml", "templates/*") for path in sorted(folder.glob(kind)))
    digests = [bytes_digest(path.read_bytes()) for path in (*ours, *sorted((folder.parent / "core").glob("*.py")))]
    return digest(*digests, *(f"{name} {version(name)}" for name in _LIBRARIES))


def _environment(blog: Blog, own: Path) -> jinja2.Environment:
    """The Jinja2 environment. Its globals and filters are a contract with the projects' own templates."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([own, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals |= {"blog": blog, "say": blog.locale}
    environment.filters |= _filters(blog)
    return environment


def _filters(blog: Blog) -> Mapping[str, Callable[..., Any]]:
    prose = blog.prose

    def thumbnail_path(path: str) -> str:
        return blog.thumbnails.get(path, path)

    def body(entry: PostView) -> Markup:
        return prose.post(blog.body(entry), entry.links)

    def show(media: queries.Media, root: str) -> Markup:
        description = prose.plain(media.description)
        html = media_html(media.kind, root + thumbnail_path(media.path), description)
        return enlarged(html, root + media.path, prose.enlarge(description)) if media.kind in PICTURES else html

    def preview(entry: PostView) -> str | None:
        from egregora.publication.images.social_card import texts_of  # only a site with an address needs what draws

        return entry.card if texts_of(blog, entry) else entry.picture

    def initials(name: str) -> str:
        return "".join(word[0] for word in name.split()[:2]).upper()

    return {
        "plain": prose.plain,
        "prose": prose.inline,
        "who": prose.who,
        "name": prose.name,
        "outbound": prose.address,
        "twitter": prose.twitter,
        "tone": prose.colour,
        "initials": initials,
        "host": host_of,
        "inert": inert_json,
        "search_row": lambda entry: search_row(blog, entry),
        "preview": preview,
        "body": body,
        "show": show,
        "small": thumbnail_path,
    }
