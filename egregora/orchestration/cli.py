"""The command line: the group of all commands, and how their errors reach people."""

import os
from typing import Any

import click

from egregora.core.errors import EgregoraError
from egregora.orchestration.commands.build import debug as debug_group
from egregora.orchestration.commands.build import demo, init, process
from egregora.orchestration.commands.exports import doctor, parse
from egregora.orchestration.commands.handoff import export
from egregora.orchestration.commands.inspect import status, verify, why
from egregora.orchestration.commands.privacy import forget_person, privacy
from egregora.orchestration.commands.serve import serve

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
            from egregora.orchestration.engine.reporter import leave_interrupted

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
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in `tasks.plain_tasks`
    if debug:
        os.environ["EGREGORA_DEBUG"] = "1"


for _command in (
    init,
    process,
    parse,
    doctor,
    demo,
    status,
    why,
    verify,
    privacy,
    export,
    forget_person,
    serve,
    debug_group,
):
    main.add_command(_command)
