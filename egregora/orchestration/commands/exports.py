"""The commands about exports: what is in one, and what needs a look in those of a project."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from egregora.config.model import DATE_ORDERS, check_timezone, write_people
from egregora.config.project import Project
from egregora.core.errors import SettingsError

if TYPE_CHECKING:
    from egregora.ingestion.report.report import Report


@click.command()
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
    from egregora.ingestion.report.render import date_order_warning, heading, summary, text_block

    check_timezone(timezone, where="--timezone")
    for number, report in enumerate(_reports(export, output, timezone, None if date_order == "auto" else date_order)):
        lines = summary(report, timezone=timezone, names=names)
        warning = date_order_warning(report.survey, option="--date-order {}")
        click.echo("\n" * (number > 0) + text_block(heading(report, names=names), lines, warning=warning))
    if output:
        click.echo(f"\n✓ the messages are in {output}: it has the names of people")


@click.command()
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
    from egregora.orchestration.commands.doctor import findings_in, show_exports, show_people

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
