"""The commands about the finished site."""

import signal
from pathlib import Path

import click

from egregora.config.project import Project


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 finds a free one.")
def serve(folder: Path, port: int) -> None:
    """Show the site of the project in FOLDER to this computer only, and build it again when something changed.

    What counts is egregora.toml, the exports, templates/ and egregora's own code. An open page shows what is new by
    itself; the files in site/ stay as they are. Ctrl-C ends.

    \b
    Example:
      egregora serve blog --port 8080
    """
    from egregora.orchestration.preview import server

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
    server.serve(Project(folder.resolve()).require(), port, click.echo)
