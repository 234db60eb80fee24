"""Bars on a terminal while stages work."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from egregora.core.stage import Stage


class Bars:
    """A bar for each stage at work; they vanish when it is done."""

    def __init__(self, stream: TextIO) -> None:
        said, done = TextColumn("{task.description}"), TextColumn("{task.fields[done]}")
        columns = (SpinnerColumn(), said, BarColumn(), done, TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(file=stream), transient=True)
        self._rows: dict[str, TaskID] = {}
        self._progress.start()

    def add(self, stage: Stage) -> None:
        """A stage begins, or its next window does."""
        if stage.name not in self._rows:
            self._rows[stage.name] = self._progress.add_task(f"{stage.title}...", total=None, done="")

    def update(self, stage: Stage, rows: int, expected: int | None) -> None:
        """A stage has made `rows` (or windows) of `expected`, when that is known."""
        if stage.name in self._rows:
            total = max(rows, expected) if expected else None
            done = f"{rows:,} of {total:,}" if total else f"{rows:,}"
            self._progress.update(self._rows[stage.name], completed=rows, total=total, done=done)

    def remove(self, stage: Stage) -> None:
        """A stage is done."""
        if stage.name in self._rows:
            self._progress.remove_task(self._rows.pop(stage.name))

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def stop(self) -> None:
        """Take the bars away."""
        self._progress.stop()
