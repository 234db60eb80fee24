"""The commands that make things: a project, what is stale in it, the demo, a single stage."""

import sys
from pathlib import Path

import click

from egregora.config.model import DATE_ORDERS, parsed_settings
from egregora.config.project import Project
from egregora.orchestration.commands.inspect import show_status


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a project folder: settings, dodo.py, a secret key, and exports/.

    \b
    Example:
      egregora init blog
    """
    from egregora.orchestration.projects.scaffold import begin_project

    project = begin_project(folder)
    click.echo(f"✓ {project.folder} is a project. Back up {project.key}: without it everybody gets a new pseudonym.")
    click.echo("Next: put exports into exports/ and type `doit` there, or `egregora process EXPORT --output FOLDER`.")


def _stage_names() -> list[str]:
    from egregora.orchestration.pipeline import STAGES

    return [stage.name for stage in STAGES]


@click.command()
@click.argument("export", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=".", help="The project's folder.")
@click.option(
    "--target-stage", type=click.Choice(_stage_names()), default="site", show_default=True, help="Stop there."
)
@click.option("--force-refresh", is_flag=True, help="Forget the stages up to the target first.")
@click.option("--period", type=click.Choice(["day", "week", "month"]), help="How much chat goes into one post.")
@click.option("--from-date", help="The first day to write about, as 2025-01-31.")
@click.option("--to-date", help="The last day to write about.")
@click.option("--timezone", help="The zone in which the chat was exported, such as America/Sao_Paulo.")
@click.option("--date-order", type=click.Choice(DATE_ORDERS), help="The order of day, month and year in its dates.")
@click.option("-n", "--jobs", type=click.IntRange(min=0), default=0, help="How many stages may work at the same time.")
@click.option("--strict", is_flag=True, help="End with 1 when something was withheld because it looks personal.")
def process(  # noqa: PLR0913 - its options
    export: Path | None,
    output: Path,
    target_stage: str,
    jobs: int,
    *,
    force_refresh: bool,
    strict: bool,
    **settings: str | None,
) -> None:
    """Take an EXPORT in and make everything that is stale, up to the site.

    The folder becomes a project if it is none. --period, the dates, --timezone and --date-order are written into
    its egregora.toml, so that the next run, or plain doit, agrees. Without EXPORT it works on the exports that the
    project has. A line that still looks personal after all was taken out is withheld: it is left out of what is
    published, counted at the end, and tried again when rules, members or the line change.

    \b
    Example:
      egregora process "WhatsApp Chat with Us.zip" --output blog --period month
    """
    from egregora.config.model import write_settings
    from egregora.orchestration.projects.scaffold import add_export, begin_project

    project = begin_project(output) if export else Project(output.resolve()).require()
    changes = {name: value for name, value in settings.items() if value is not None}
    if changes:
        write_settings(project.settings_file, changes)
        click.echo(f"egregora.toml: {', '.join(f'{name} = {value!r}' for name, value in changes.items())}")
    if export and not add_export(project, export):
        click.echo(f"{export.name} is in exports/ already")
    elif export:
        _warn_of_dates(project, export)
    _execute(project, target_stage, force_refresh=force_refresh, jobs=jobs, strict=strict)


@click.command()
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default="demo", show_default=True)
def demo(output: Path) -> None:
    """Make a blog of the sample export, offline, to look around in.

    \b
    Example:
      egregora demo --output demo
    """
    from egregora.orchestration.projects.scaffold import begin_demo

    _execute(begin_demo(output.resolve()), "site")


@click.group()
def debug() -> None:
    """Look into single stages."""


@debug.command("run-stage")
@click.argument("stage", type=click.Choice(_stage_names()))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--force-refresh", is_flag=True, help="Forget the stages up to this one first.")
def run_stage(stage: str, folder: Path, *, force_refresh: bool) -> None:
    """Make STAGE and whatever it needs that is stale.

    \b
    Example:
      egregora debug run-stage enriched blog
    """
    _execute(Project(folder.resolve()).require(), stage, force_refresh=force_refresh)


@debug.command("dag-status")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def dag_status(folder: Path) -> None:
    """As `egregora status`.

    \b
    Example:
      egregora debug dag-status blog
    """
    show_status(Project(folder.resolve()))


def _warn_of_dates(project: Project, export: Path) -> None:
    from egregora.ingestion.report.render import date_order_warning
    from egregora.ingestion.source.archive import open_chats
    from egregora.ingestion.survey import survey_chat

    settings = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name)
    for chat in open_chats(export) if settings.date_order == "auto" else ():
        if warning := date_order_warning(survey_chat(chat), option="--date-order {}"):
            click.echo(f"! {export.name}: {warning}", err=True)


def _execute(
    project: Project, target: str, *, force_refresh: bool = False, jobs: int = 0, strict: bool = False
) -> None:
    from egregora.orchestration.dag import execute_dag
    from egregora.orchestration.engine.status import freshness_of

    for old in (project.folder / "rankings.duckdb", project.folder / "rankings" / "rankings.duckdb"):
        if old.exists():
            click.echo(f"{old} is of an older program: scripts/migrate_rankings_db.py moves it in", err=True)
    code = execute_dag(project, target, force_refresh=force_refresh, jobs=jobs)
    sys.exit(code or int(strict and bool(freshness_of(project)[0].withheld())))
