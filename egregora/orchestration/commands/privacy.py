"""The commands about people: what was taken out, and removing somebody."""

import sys
from pathlib import Path

import click

from egregora.config.project import Project


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def privacy(folder: Path) -> None:
    """Show what was taken out of the texts in FOLDER, what is published, and what is left to your judgement.

    It names nobody, so you can show it to the group.

    \b
    Example:
      egregora privacy blog
    """
    from egregora.orchestration.commands.privacy_report import facts_of, show

    show(facts_of(Project(folder.resolve()).require()), sys.stdout)


@click.command("forget-person")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--dry-run", is_flag=True, help="Only show what there is of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget_person(name: str, folder: Path, *, dry_run: bool, yes: bool) -> None:
    """Remove somebody for good: their messages, files and names, from the project in FOLDER and its site.

    NAME is a name or a number as the chat has it, or what the site calls them. Every stage is made again without them,
    what models said of them is removed, and the DuckDB file is written anew, so that no byte of theirs is left in it.
    That somebody of this name is to be forgotten is kept in .egregora/forgotten, without the name, for later exports.

    \b
    Example:
      egregora forget-person "Ana Souza" blog --dry-run
    """
    from egregora.orchestration.commands import erase as forgetting

    project = Project(folder.resolve()).require()
    found = forgetting.find_person(project, name)
    known = f"{found.handle or found.code}: " if found.names else "forgotten before; what is left: "
    files = f"{found.files:,} of them with a file"
    click.echo(f"{known}{found.messages:,} messages, {files}; {found.mentions:,} messages of others name them")
    if dry_run:
        return
    if not yes:
        click.confirm("Remove all of it? Only the exports will have it afterwards.", abort=True)
    before, after = forgetting.forget_person(project, found)
    click.echo(f"✓ forgotten; egregora.duckdb was written anew ({before / 1e6:,.1f} MB, now {after / 1e6:,.1f} MB)")
    click.echo(_what_still_has_them(project))


def _what_still_has_them(project: Project) -> str:
    names = "".join(f"\n    {path.name}" for path in project.exports())
    return (
        "! Still there, because egregora did not make it or cannot reach it:\n"
        "  - the exports, as WhatsApp wrote them. Every build leaves them out of what it reads from these files, and\n"
        "    from newer ones; to be rid of them there too, delete the files, and what you copied them from:"
        f"{names}\n"
        "  - what you published, shared or backed up before: publish the site again, and delete the old copies.\n"
        "  Keep .egregora/forgotten with .egregora/key: without it the next build of these exports has them again.\n"
        "  By another name, in an export to come, a build does not know them: `egregora doctor` finds such names."
    )
