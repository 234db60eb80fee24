"""The command that hands on what was made: a copy to share, a project of another site builder, a workflow."""

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
    from egregora.orchestration.handoff.share_database import share as shared

    done = shared(project, target.absolute())
    click.echo(
        f"✓ {target}: {done.rows:,} rows in {done.tables} tables, {done.bytes / 1e6:,.1f} MB, no name found in it"
    )


def _export_for(project: Project, builder: str, output: Path) -> None:
    from egregora.orchestration.handoff.site_project import export_for

    done = export_for(project, builder, output)
    for path in done.kept:
        click.echo(f"{path} is yours and was left as it is")
    if done.withheld:
        click.echo(f"! {done.withheld:,} lines withheld, because they look personal")
    click.echo(f"✓ {output}: {done.pages:,} pages and {done.media:,} media files. There: {HOW_TO_BUILD[builder]}")


def _export_workflow(project: Project) -> None:
    from egregora.orchestration.projects.github_pages import write_workflow

    written = write_workflow(project)
    for path in written.files:
        click.echo(f"✓ {path}")
    click.echo(written.next)
