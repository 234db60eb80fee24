"""Makes projects of other site builders from the Markdown tree: MkDocs, Hugo or Pelican.

Input and output are texts. They contain what the tree contains, plus the program's own words and the title.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from egregora.publication.output.markdown_tree import front_matter, parts_of, quoted
from egregora.publication.text.locale import Locale

DATA_FILES = ("../builders",)
OURS = "egregora export writes this file anew each time; without this line it is yours and stays"
_HUGO = Path(__file__).parents[1] / "builders" / "hugo"
_LINK = re.compile(r"\]\((?:\.\./)?((?:posts|profiles|media)/[^\s)]*)\)")
_CITED = re.compile(r'^- <a id="(m-[^"]*)"></a>(.*)$', re.MULTILINE)
_MKDOCS = """\
# {ours}
# pip install mkdocs-material; mkdocs build --strict; then open site/index.html. It asks no other host for anything.
site_name: {title}
use_directory_urls: false
theme:
  name: material
  language: {language}
  font: false
  palette:
    - media: "(prefers-color-scheme: light)"
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
plugins: [search, tags]
nav: [index.md{tags}]
not_in_nav: |
  /posts/
  /profiles/
validation:
  links: {{not_found: warn, anchors: warn, absolute_links: warn, unrecognized_links: warn}}
"""
_HUGO_TOML = """\
# {ours}
# Put your address into baseURL, then: hugo --minify; the pages are in public/, and open from disk as well.
baseURL = "/"
title = {title}
defaultContentLanguage = {language}
uglyURLs = true
relativeURLs = true
buildFuture = true
capitalizeListTitles = false
disableKinds = ["RSS", "sitemap"]

[taxonomies]
tag = "tags"

# Raw HTML in Markdown is off, as Hugo has it; the places that quotes point to are attributes of paragraphs.
[markup.goldmark.parser.attribute]
block = true

[markup.goldmark.extensions]
linkify = false

[params]
language = {language}

[params.words]
{words}
"""
_PELICAN = """\
# {ours}
# pip install "pelican[markdown]"; pelican; then open output/index.html.
SITENAME = {title}
SITEURL = ""
RELATIVE_URLS = True
DEFAULT_LANG = {language}
TIMEZONE = "UTC"
PATH = "content"
ARTICLE_PATHS = ["posts"]
PAGE_PATHS = ["profiles"]
STATIC_PATHS = ["media"]
ARTICLE_URL = ARTICLE_SAVE_AS = "posts/{{slug}}.html"
PAGE_URL = PAGE_SAVE_AS = "profiles/{{slug}}.html"
FORMATTED_FIELDS = []  # a summary is text and no Markdown
DEFAULT_PAGINATION = 20
DELETE_OUTPUT_DIRECTORY = True  # who was forgotten is gone from there as well
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
"""
_HUGO_WORDS = ("posts", "people", "tags", "no_posts")
_FOLDERS = {"mkdocs": "docs", "hugo": "static", "pelican": "content"}  # in which media/ lies
_SETTINGS = {"mkdocs": "mkdocs.yml", "hugo": "hugo.toml", "pelican": "pelicanconf.py"}
BUILDERS = tuple(_SETTINGS)


def build_project(builder: str, pages: Mapping[str, str], locale: Locale) -> dict[str, str]:
    """The files of a project of `builder` by path; `pages` is the Markdown tree.

    Media files are not included: they go to `media_folder`. The title comes from the tree's index.
    """
    makers: Mapping[str, Callable[[Mapping[str, str], Locale], Iterator[tuple[str, str]]]] = {
        "mkdocs": _mkdocs,
        "hugo": _hugo,
        "pelican": _pelican,
    }
    return dict(makers[builder](pages, locale))


def media_folder(builder: str) -> str:
    """The path of the folder `media` in a project of `builder`."""
    return _FOLDERS[builder]


def is_customizable(builder: str, path: str) -> bool:
    """Whether people may change this file of the project: settings, layouts, styles."""
    return path == _SETTINGS[builder] or path.startswith("layouts/") or path == "static/style.css"


def own_words(locale: Locale) -> Iterator[str]:
    """Texts that every project contains, whoever the members are."""
    yield from (OURS, _MKDOCS, _HUGO_TOML, _PELICAN, *locale.words.values(), *locale.months)
    yield from (path.read_text("utf-8") for path in _layouts().values())


def _title(pages: Mapping[str, str]) -> str:
    return str(parts_of(pages["index.md"])[0]["title"])


def _mkdocs(pages: Mapping[str, str], locale: Locale) -> Iterator[tuple[str, str]]:
    tagged = any(parts_of(text)[0].get("tags") for text in pages.values())
    settings = {
        "title": quoted(_title(pages)),
        "language": json.dumps(locale.tag),
        "tags": ", tags.md" if tagged else "",
    }
    yield "mkdocs.yml", _MKDOCS.format(ours=OURS, **settings)
    for path, text in pages.items():
        yield f"docs/{path}", text
    if tagged:
        yield "docs/tags.md", front_matter(title=locale["tags"]) + "\n<!-- material/tags -->\n"


def _hugo(pages: Mapping[str, str], locale: Locale) -> Iterator[tuple[str, str]]:
    words = "\n".join(f"{name} = {quoted(locale[name])}" for name in _HUGO_WORDS)
    settings = {"title": quoted(_title(pages)), "language": json.dumps(locale.tag), "words": words}
    yield "hugo.toml", _HUGO_TOML.format(ours=OURS, **settings)
    yield from ((path, file.read_text("utf-8")) for path, file in _layouts().items())
    yield "content/_index.md", front_matter(title=_title(pages))
    for folder, word in (("posts", "posts"), ("profiles", "people"), ("tags", "tags")):
        yield f"content/{folder}/_index.md", front_matter(title=locale[word])
    for path, text in pages.items():
        if path != "index.md":
            yield f"content/{path}", _CITED.sub(r"\2\n{#\1}\n", text)


def _pelican(pages: Mapping[str, str], locale: Locale) -> Iterator[tuple[str, str]]:
    settings = {"title": repr(_title(pages)), "language": repr(locale.tag)}
    yield "pelicanconf.py", _PELICAN.format(ours=OURS, **settings)
    for path, text in pages.items():
        if path != "index.md":
            head, body = parts_of(text)
            yield f"content/{path}", f"{_pelican_head(head)}\n{_LINK.sub(_pelican_link, body)}"


def _pelican_head(head: Mapping[str, str | list[str]]) -> str:
    """The fields in Pelican's format: one line each; list items end with a semicolon."""
    lines = []
    for name, value in head.items():
        text = value if isinstance(value, str) else "".join(f"{item.replace(';', ',')}; " for item in value)
        if text.strip():
            lines.append(f"{name.capitalize()}: {text.strip()}\n")
    return "".join(lines)


def _pelican_link(match: re.Match[str]) -> str:
    kind = "static" if match[1].startswith("media/") else "filename"
    return f"]({{{kind}}}/{match[1]})"


def _layouts() -> dict[str, Path]:
    """The layout files of a Hugo project by path."""
    found = (path for path in sorted(_HUGO.rglob("*")) if path.is_file())
    return {path.relative_to(_HUGO).as_posix(): path for path in found}
