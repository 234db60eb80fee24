"""The commands about people and what is told of them."""

import sys
from pathlib import Path

import click

from egregora.config.project import Project

BUILDERS = ("mkdocs", "hugo", "pelican")
PAGES = "pages"
HOW_TO_BUILD = {
    "mkdocs": "mkdocs build --strict",
    "hugo": "rm -rf public && hugo",  # it leaves pages there that are no more
    "pelican": "pelican",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def privacy(folder: Path) -> None:
    """Show what was taken out of the texts in FOLDER, what is published, and what is left to your judgement.

    It names nobody, so you can show it to the group.

    \b
    Example:
      egregora privacy blog
    """
    from egregora.orchestration.privacy_report import facts_of, show

    show(facts_of(Project(folder.resolve()).require()), sys.stdout)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--share", type=click.Path(path_type=Path, dir_okay=False), help="Write a copy of the DuckDB file there.")
@click.option("--format", "builder", type=click.Choice([*BUILDERS, PAGES]), help="Write a project of that builder.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="The folder of that project.")
def export(folder: Path, share: Path | None, builder: str | None, output: Path | None) -> None:
    """Hand on what the project in FOLDER made, through the gate.

    --share FILE writes a copy of the DuckDB file that may be given away. It has the tables from `anonymized` on,
    without aliases and what else members show of themselves, and no key. Every text and every byte of it is searched
    for names and phones before it is there. Style and events still tell friends who is who.

    --format mkdocs, hugo or pelican with --output makes a project of that site builder from the Markdown in content/.
    Again over the same folder it brings the project up to date; a file that no export wrote is never overwritten.

    --format pages writes into the project a workflow with which GitHub publishes the folder site/, and nothing else.

    \b
    Example:
      egregora export blog --share group.duckdb
      egregora export blog --format hugo --output blog-hugo
      egregora export blog --format pages
    """
    project = Project(folder.resolve())
    if (share is None) == (builder is None):
        raise click.UsageError("say either --share FILE or --format with --output FOLDER")
    if (output is None) != (builder in (None, PAGES)):
        raise click.UsageError("--output FOLDER goes with --format mkdocs, hugo or pelican")
    if share is not None:
        _share(project.require(), share)
    elif output is not None and builder is not None:
        _export_for(project.require(), builder, output)
    else:
        _export_workflow(project.require())


def _share(project: Project, target: Path) -> None:
    from egregora.orchestration.sharing import share as shared

    done = shared(project, target.absolute())
    click.echo(
        f"✓ {target}: {done.rows:,} rows in {done.tables} tables, {done.bytes / 1e6:,.1f} MB, no name found in it"
    )


def _export_for(project: Project, builder: str, output: Path) -> None:
    from egregora.orchestration.exporting import export_for

    done = export_for(project, builder, output)
    for path in done.kept:
        click.echo(f"{path} is yours and was left as it is")
    if done.withheld:
        click.echo(f"! {done.withheld:,} lines withheld, because they look personal")
    click.echo(f"✓ {output}: {done.pages:,} pages and {done.media:,} media files. There: {HOW_TO_BUILD[builder]}")


def _export_workflow(project: Project) -> None:
    from egregora.orchestration.github_pages import write_workflow

    written = write_workflow(project)
    for path in written.files:
        click.echo(f"✓ {path}")
    click.echo(written.next)


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
    from egregora.orchestration import forgetting

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
