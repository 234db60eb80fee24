"""Templates to bytes: Jinja2 with the words of the blog, and a project's own templates before ours."""

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
from egregora.publication.model.blog import Blog, Entry
from egregora.publication.pages.pages import Page, inert_json, search_row
from egregora.publication.pages.theme import Theme
from egregora.publication.text.html import PICTURES, enlarged, media_html
from egregora.publication.text.markdown_plugin import host_of

DATA_FILES = ("../templates",)

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = ("style.css", "script.js", "search.js", "theme.js", "icon.svg")
_LIBRARIES = ("babel", "jinja2", "markdown-it-py", "nh3", "pillow")


class Renderer:
    """Makes pages of a blog; a file of `own` comes before ours of the same name."""

    def __init__(self, blog: Blog, theme: Theme, own: Path) -> None:
        self._blog = blog
        self._theme = theme
        self._own = own
        self._environment = _environment(blog, own)
        written = [(path.name, bytes_digest(path.read_bytes())) for path in own_files(own)]
        self._common = digest(program(), blog.common, repr(theme), repr(written))

    def made_from(self, page: Page) -> str:
        """A digest of all that decides a page's bytes; "" for a page that is made each time."""
        return digest(self._common, page.template, page.path, page.key) if page.key else ""

    def page(self, page: Page) -> bytes:
        """The bytes of a page. Errors: PipelineError for a mistake in a template of the project's own."""
        try:
            template = self._environment.get_template(page.template)
            return template.render(root=page.root, path=page.path, **page.values).encode()
        except jinja2.TemplateError as error:
            if not own_files(self._own):
                raise
            place = getattr(error, "filename", None) or str(self._own / page.template)
            line = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
            raise PipelineError(
                f"the page {page.path} could not be made: {error.message}",
                where=f"{place}{line}",
                fix="correct the template, or take it out of templates/ to have ours again",
            ) from error

    def static(self, name: str) -> bytes:
        """The bytes of a file that is no page."""
        own = self._own / name
        data = (own if own.is_file() else TEMPLATES / name).read_bytes()
        return data + self._theme.css.encode() if name == "style.css" else data


def own_files(own: Path) -> list[Path]:
    """The templates and other files that a project has of its own, by name."""
    return sorted(path for path in own.iterdir() if path.is_file()) if own.is_dir() else []


@cache
def program() -> str:
    """A digest of what makes pages of rows: our code and templates, and the libraries that they use."""
    folder = Path(__file__).parents[1]
    ours = (path for kind in ("**/*.py", "**/*.toml", "templates/*") for path in sorted(folder.glob(kind)))
    digests = [bytes_digest(path.read_bytes()) for path in (*ours, *sorted((folder.parent / "core").glob("*.py")))]
    return digest(*digests, *(f"{name} {version(name)}" for name in _LIBRARIES))


def _environment(blog: Blog, own: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([own, TEMPLATES]),
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

    def small(path: str) -> str:
        return blog.thumbnails.get(path, path)

    def body(entry: Entry) -> Markup:
        return prose.post(blog.body(entry), entry.place)

    def show(media: queries.Media, root: str) -> Markup:
        description = prose.plain(media.description)
        shown = media_html(media.kind, root + small(media.path), description)
        return enlarged(shown, root + media.path, prose.enlarge(description)) if media.kind in PICTURES else shown

    def preview(entry: Entry) -> str | None:
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
        "tone": prose.tone,
        "initials": initials,
        "host": host_of,
        "inert": inert_json,
        "search_row": lambda entry: search_row(blog, entry),
        "preview": preview,
        "body": body,
        "show": show,
        "small": small,
    }
