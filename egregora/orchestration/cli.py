"""The command line: one small function a command."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from egregora.config.model import DATE_ORDERS, check_timezone, parsed_settings, write_people
from egregora.config.project import Project
from egregora.core.errors import EgregoraError, SettingsError
from egregora.orchestration.privacy_cli import export, forget_person, privacy
from egregora.orchestration.site_cli import serve

if TYPE_CHECKING:
    from egregora.ingestion.report.report import Report

RULES = """\b
When a stage is made again
  1. A stage is fresh when its recorded fingerprint equals today's: its code, its
     schema, the content of each table it reads, each setting it reads, and for
     the first stage the bytes of each export.
  2. A stage that ran and made the same rows leaves everything after it fresh.
  3. Comments, docstrings and spacing are not code.
  4. A table and its record are committed together: a run may be killed at any time.
  5. `doit forget STAGE` makes that stage stale, and only that one.
     --force-refresh is forget, then run.
  6. `egregora status` and `egregora why STAGE` name the parts that changed.
  7. Posts are made window by window (a week): a new week writes one new post.
  8. What a model answered is kept, and never asked or paid for twice.
  9. A run that changes nothing touches nothing.
 10. One process writes at a time; a second one says so and exits with 3."""

EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 busy, 130 interrupted."


class _Group(click.Group):
    """Commands whose errors are shown as messages: what happened, where, what to do."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EgregoraError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"✗ {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            from egregora.orchestration.reporter import leave_interrupted

            leave_interrupted()


@click.group(cls=_Group, epilog=f"{RULES}\n\n{EXIT_CODES}", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="egregora")
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
def main(*, debug: bool) -> None:
    """Turn a WhatsApp group export into a privacy-first blog, and make again only what changed.

    \b
    Example:
      egregora process "WhatsApp Chat with Us.zip" --output blog
    """
    if debug:
        os.environ["EGREGORA_DEBUG"] = "1"


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a project folder: settings, dodo.py, a secret key, and exports/.

    \b
    Example:
      egregora init blog
    """
    from egregora.orchestration.folders import begin_project

    project = begin_project(folder)
    click.echo(f"✓ {project.folder} is a project. Back up {project.key}: without it everybody gets a new pseudonym.")
    click.echo("Next: put exports into exports/ and type `doit` there, or `egregora process EXPORT --output FOLDER`.")


def _stage_names() -> list[str]:
    from egregora.orchestration.pipeline import STAGES

    return [stage.name for stage in STAGES]


@main.command()
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
    from egregora.orchestration.folders import add_export, begin_project

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


@main.command()
@click.argument("export", type=click.Path(path_type=Path, exists=True))
@click.option("--output", type=click.Path(path_type=Path), help="Write the messages there: a .csv or a .parquet file.")
@click.option("--timezone", default="UTC", show_default=True, help="The zone in which the chat was exported.")
@click.option(
    "--date-order", type=click.Choice(DATE_ORDERS), default="auto", show_default=True, help="Of day, month and year."
)
@click.option("--names", is_flag=True, help="Show the names of people, of the chat and of files.")
def parse(export: Path, output: Path | None, timezone: str, date_order: str, *, names: bool) -> None:
    """Show what is in an EXPORT, which is a zip, a .txt or a folder, and how it was understood.

    No name of anybody is shown unless you say --names, so you can paste the report into a question. With --output the
    messages are written too, with the names: a row for each message and each line of the app's own.

    \b
    Example:
      egregora parse "WhatsApp Chat with Us.zip"
      egregora parse "WhatsApp Chat with Us.zip" --output messages.csv --timezone America/Sao_Paulo
    """
    from egregora.ingestion.report.render import block, doubt, heading, told

    check_timezone(timezone, where="--timezone")
    for number, report in enumerate(_reports(export, output, timezone, None if date_order == "auto" else date_order)):
        lines = told(report, timezone=timezone, names=names)
        warning = doubt(report.seen, option="--date-order {}")
        click.echo("\n" * (number > 0) + block(heading(report, names=names), lines, warning=warning))
    if output:
        click.echo(f"\n✓ the messages are in {output}: it has the names of people")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--write", is_flag=True, help="Put who is who into egregora.toml.")
def doctor(folder: Path, *, write: bool) -> None:
    """Show what needs a look in the exports of the project in FOLDER, and propose who is who.

    Phones call the same person differently. Two names are one person's when two exports have the same texts at the same
    times under them. This command shows names: it is for you and not for a bug tracker.

    \b
    Example:
      egregora doctor blog
      egregora doctor blog --write
    """
    from egregora.orchestration.doctor import findings_in, show_exports, show_people

    project = Project(folder.resolve()).require()
    findings = findings_in(project)
    for text in show_exports(findings.exports):
        click.echo(text)
    for error in findings.errors:
        click.echo(f"✗ {error}", err=True)
    if write and findings.people:
        write_people(project.settings_file, {each.person: each.others for each in findings.people})
    click.echo(show_people(findings.people, written=write))
    for name in findings.returned:
        said = f"! somebody who is to be forgotten is there by another name: egregora forget-person {shlex.quote(name)}"
        click.echo(said, err=True)
    sys.exit(1 if findings.errors else 0)


@main.command()
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default="demo", show_default=True)
def demo(output: Path) -> None:
    """Make a blog of the sample export, offline, to look around in.

    \b
    Example:
      egregora demo --output demo
    """
    from egregora.orchestration.folders import begin_demo

    _execute(begin_demo(output.resolve()), "site")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def status(folder: Path) -> None:
    """Show each stage of the project in FOLDER: fresh, stale, or unknown because something before it is stale.

    \b
    Example:
      egregora status blog
    """
    _show_status(Project(folder.resolve()))


@main.command()
@click.argument("stage")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def why(stage: str, folder: Path) -> None:
    """Show what STAGE (or one window of it, as generated:2025-W03) depends on, and what changed since it was made.

    \b
    Example:
      egregora why knowledge blog
    """
    from egregora.orchestration.status import freshness_of

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


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def verify(folder: Path) -> None:
    """Hash every table and every file of the site again, and say what is not as recorded.

    \b
    Example:
      egregora verify blog
    """
    from egregora.orchestration.verification import verify_project

    problems = verify_project(Project(folder.resolve()).require())
    for problem in problems:
        click.echo(f"✗ {problem}")
    if problems:
        click.echo("the stages that made them are stale now: run `doit` to mend")
        sys.exit(1)
    click.echo("✓ every table and every file is as recorded")


for _command in (privacy, export, forget_person, serve):
    main.add_command(_command)


@main.group()
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
    _show_status(Project(folder.resolve()))


def _warn_of_dates(project: Project, export: Path) -> None:
    from egregora.ingestion.report.render import doubt
    from egregora.ingestion.source.archive import open_chats
    from egregora.ingestion.survey import survey

    settings = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name)
    for chat in open_chats(export) if settings.date_order == "auto" else ():
        if warning := doubt(survey(chat), option="--date-order {}"):
            click.echo(f"! {export.name}: {warning}", err=True)


def _reports(export: Path, output: Path | None, timezone: str, order: str | None) -> "list[Report]":
    """What is in each chat of an export, whose messages are written into `output`."""
    from egregora.ingestion.report.report import report_on
    from egregora.ingestion.source.archive import open_chats

    reports = (report_on(chat, order=order) for chat in open_chats(export))  # one after the other: a chat may be large
    if output is None:
        return [report.read() for report in reports]
    from egregora.ingestion.report.messages_file import message_file

    if output.is_dir() or (output.exists() and output.samefile(export)):
        raise SettingsError("the messages cannot be written there", where=str(output), fix="name a new file")
    with message_file(output, timezone) as file:
        return [file.write(report) for report in reports]


def _execute(
    project: Project, target: str, *, force_refresh: bool = False, jobs: int = 0, strict: bool = False
) -> None:
    from egregora.orchestration.dag import execute_dag
    from egregora.orchestration.status import freshness_of

    for old in (project.folder / "rankings.duckdb", project.folder / "rankings" / "rankings.duckdb"):
        if old.exists():
            click.echo(f"{old} is of an older program: scripts/migrate_rankings_db.py moves it in", err=True)
    code = execute_dag(project, target, force_refresh=force_refresh, jobs=jobs)
    sys.exit(code or int(strict and bool(freshness_of(project)[0].withheld())))


def _show_status(project: Project) -> None:
    from egregora.orchestration.status import freshness_of, status_of

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
