"""Publishing with GitHub Pages: a workflow that takes the folder `site/`, and nothing of the project but that."""

import json
from pathlib import Path
from typing import NamedTuple

from egregora.config.project import Project
from egregora.core.errors import PipelineError, SettingsError

WORKFLOW = Path(".github") / "workflows" / "pages.yml"
# A list of what may be in git, and not of what may not: nobody knows today what else will lie in the folder.
IGNORED = """\
# Only what may be published is in git: exports, names, the key and the tables stay on this computer.
/*
!/.gitignore
!/.github/
!/site/
!/content/
!/templates/
!/README.md
"""
PRIVATE = ("/exports/", "/egregora.duckdb*", "/.egregora/", "/egregora.toml*", "/.doit.db*")
_PAGES = """\
# egregora export --format pages wrote this. It publishes the folder site as it was pushed, and builds nothing.
name: pages
on:
  push:
    paths: [{every_file}]
  workflow_dispatch:
permissions:
  contents: read
  pages: write
  id-token: write
concurrency:
  group: pages
  cancel-in-progress: true
jobs:
  publish:
    runs-on: ubuntu-latest
    environment:
      name: github-pages
      url: ${{{{ steps.deploy.outputs.page_url }}}}
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - name: Nothing private is in git
        run: |
          if git ls-files | grep -E '(^|/)(exports/|\\.egregora/|egregora\\.duckdb|egregora\\.toml|\\.doit\\.db)'; then
            echo "::error::these files hold names; take them out of git and of its history"
            exit 1
          fi
      - uses: actions/configure-pages@v5
      - uses: actions/upload-pages-artifact@v3
        with:
          path: {folder}
      - id: deploy
        uses: actions/deploy-pages@v4
"""


class Written(NamedTuple):
    """The files that were written, and what to do next."""

    files: tuple[Path, ...]
    next: str


def write_workflow(project: Project) -> Written:
    """The workflow in the project's repository, and a `.gitignore` that keeps what is private out of it.

    The repository is the nearest folder with a `.git`, or else the project's own. Lines are added to a `.gitignore`
    that is there. Errors: SettingsError when there is another workflow of that name.
    """
    root = next((folder for folder in (project.folder, *project.folder.parents) if (folder / ".git").exists()), None)
    root = root or project.folder
    target = root / WORKFLOW
    site = project.site_dir.relative_to(root).as_posix()
    text = _PAGES.format(folder=json.dumps(site), every_file=json.dumps(f"{site}/**"))
    if target.is_file() and target.read_text("utf-8") != text:
        fix = "rename or remove it, and export again: nothing is overwritten"
        raise SettingsError("there is another workflow of that name", where=str(target), fix=fix)
    ignored = project.folder / ".gitignore"
    try:
        keep_private(ignored)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    except OSError as error:
        what = f"the workflow could not be written: {error.strerror}"
        raise PipelineError(what, where=str(error.filename), fix="see that you may write there") from error
    return Written(
        (target, ignored),
        'Next: commit and push site/ with both; on GitHub, Settings, Pages, Source is "GitHub Actions".',
    )


def keep_private(ignored: Path) -> None:
    """A `.gitignore` with our list; into one that is there come what must never be in git, after all it says."""
    if not ignored.exists():
        ignored.write_text(IGNORED, "utf-8")
        return
    text = ignored.read_text("utf-8")
    if IGNORED in text:
        return
    missing = [line for line in PRIVATE if line not in text.splitlines()]
    if missing:
        lines = [*text.splitlines(), "# Names, the key and the tables stay on this computer.", *missing]
        ignored.write_text("\n".join(lines) + "\n", "utf-8")
