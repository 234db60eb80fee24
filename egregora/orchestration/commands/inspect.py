"""The commands that look: what is fresh, why not, and whether all is as recorded."""

import sys
from pathlib import Path

import click

from egregora.config.project import Project
from egregora.core.errors import EgregoraError, SettingsError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def status(folder: Path) -> None:
    """Show each stage of the project in FOLDER: fresh, stale, or unknown because something before it is stale.

    \b
    Example:
      egregora status blog
    """
    show_status(Project(folder.resolve()))


@click.command()
@click.argument("stage")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def why(stage: str, folder: Path) -> None:
    """Show what STAGE (or one window of it, as generated:2025-W03) depends on, and what changed since it was made.

    \b
    Example:
      egregora why knowledge blog
    """
    from egregora.orchestration.engine.status import freshness_of

    freshness, busy = freshness_of(Project(folder.resolve()))
    _say_busy(busy)
    name, _, window = stage.partition(":")
    declared = freshness.stage(name)
    if declared.by_window and not window:
        click.echo(f"{stage}: {freshness.in_words(freshness.reasons(declared)) or 'fresh'}")
        return
    if window and (not declared.by_window or window not in freshness.windows(declared)):
        known = freshness.windows(declared) if declared.by_window else []
        fix = f"use one from {known[0]} to {known[-1]}" if known else f"leave it away: {name} has no windows"
        raise SettingsError(f"{name} has no window {window!r}", fix=fix)
    recorded = freshness.state.values(stage).get("fingerprint") or {}
    today = freshness.fingerprint(declared, window)
    for part in sorted({*today, *recorded}):
        old, new = recorded.get(part, "-"), today.get(part, "-")
        click.echo(f"{' ' if old == new else '≠'} {part:32} {_short(old)}{'' if old == new else f' -> {_short(new)}'}")
    click.echo(f"{stage}: {freshness.in_words(freshness.reasons(declared, window)) or 'fresh'}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def verify(folder: Path) -> None:
    """Hash every table and every file of the site again, and say what is not as recorded.

    \b
    Example:
      egregora verify blog
    """
    from egregora.orchestration.engine.verify import verify_project

    problems = verify_project(Project(folder.resolve()).require())
    for problem in problems:
        click.echo(f"✗ {problem}")
    if problems:
        click.echo("the stages that made them are stale now: run `doit` to mend")
        sys.exit(1)
    click.echo("✓ every table and every file is as recorded")


def show_status(project: Project) -> None:
    """Print a line for each stage, and what was withheld."""
    from egregora.orchestration.engine.status import freshness_of, status_of

    freshness, busy = freshness_of(project)
    _say_busy(busy)
    rows = status_of(freshness)
    width = max(len(row.stage.name) for row in rows)
    for row in rows:
        count = "-" if row.rows is None else f"{row.rows:,} {row.stage.unit}"
        click.echo(f"{row.verdict:8}{row.stage.name:{width}}  {count:>18}  {freshness.in_words(row.reasons)}".rstrip())
    for line in freshness.withheld().in_words():
        click.echo(line)


def _say_busy(busy: EgregoraError | None) -> None:
    if busy is not None:
        click.echo(f"{busy.what}; as of a moment ago:", err=True)


def _short(digest: str) -> str:
    return digest if len(digest) <= 12 else digest[:12] + "…"  # noqa: PLR2004 - as much as a person compares
