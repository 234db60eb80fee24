"""What a run tells: a line per stage, a bar while one works, and where to look at the end."""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from egregora.core.stage import Stage, in_order, with_upstream

INTERRUPTED = 130


class Reporter:
    """doit's reporter for a pipeline; it also knows what was asked for, which doit tells nobody else.

    Output goes to `stream`; a terminal gets a bar for long work.
    """

    desc = "a line per stage"

    def __init__(self, stages: Iterable[Stage], stream: TextIO | None = None, *, debug: bool = False) -> None:
        self._stages = {stage.name: stage for stage in in_order(tuple(stages))}
        self._stream = stream or sys.stdout
        self.debug = debug or bool(os.environ.get("EGREGORA_DEBUG"))
        self.session: Any = None  # set by the session that hands this reporter to doit
        self.running = False
        self.selected: tuple[str, ...] = ()
        self.failures: list[str] = []
        self._count = 0
        self._wanted = 0
        self._begun: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._rows: dict[str, int] = {}
        self._ended: set[str] = set()
        self._windows: dict[str, tuple[int, int]] = {}  # made, and to be made
        self._bars: Any = None

    # what doit calls

    def initialize(self, _tasks: Mapping[str, Any], selected: Iterable[str]) -> None:
        """A run begins: count the stages on the way to what was asked for, and hold the file if one is stale."""
        self.running = True
        self.selected = tuple(selected)
        self._wanted = len(
            with_upstream({name.partition(":")[0] for name in self.selected}, tuple(self._stages.values()))
        )
        self.session.begin_run(self.selected)

    def get_status(self, task: Any) -> None:
        """Doit looks at a task."""

    def execute_task(self, task: Any) -> None:
        """A task begins."""
        name = task.name.partition(":")[0]
        self._begun[task.name] = time.perf_counter()
        if name in self._stages and task.actions:
            self._bar(self._stages[name])

    def add_success(self, task: Any) -> None:
        """A task was made."""
        name, _, window = task.name.partition(":")
        stage = self._stages.get(name)
        if stage is None:
            return
        seconds = time.perf_counter() - self._begun.get(task.name, time.perf_counter())
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds
        self._rows[name] = self._rows.get(name, 0) + _rows(task.values, stage)
        if window:
            made, count = self._windows.get(name, (0, 0))
            self._windows[name] = (made + 1, count)
            if self._bars is not None:
                self._bars.update(stage, made + 1, count)
        if not window:
            self._end(stage, self._made(stage))
            for reason, people, messages in task.values.get("told", ()):
                self._say(f"      left out {reason}: {_counted(messages, 'message')} of {_counted(people, 'person')}")
        elif task.name in self.selected:
            self._say(f"{task.name}{self._made(stage)}")
            self._ended.add(task.name)

    def skip_uptodate(self, task: Any) -> None:
        """A task is fresh."""
        name, _, window = task.name.partition(":")
        if name in self._stages and not window:
            made = name in self._seconds  # the group of windows, some of which were made
            self._end(self._stages[name], self._made(self._stages[name]) if made else ": fresh")
        elif window and task.name in self.selected:
            self._say(f"{task.name}: fresh")
            self._ended.add(task.name)

    def skip_ignore(self, task: Any) -> None:
        """A task is ignored because somebody typed `doit ignore`."""
        self._say(f"{task.name}: ignored, as somebody asked with `doit ignore` for it or for what it reads from")
        self._ended.add(task.name)

    def add_failure(self, task: Any, fail: Any) -> None:
        """A task failed; its last good rows and record are as they were."""
        if fail.get_name() == "UnmetDependency":
            return  # what it waits for was told
        said = fail.get_msg().strip()
        if fail.get_name() == "TaskError" and not self.debug:
            last = said.splitlines()[-1]
            said = f"{task.name}: {last}\n  to do: this is a bug; run with EGREGORA_DEBUG=1 to see where"
        self._stop_bars()
        self.failures.append(said)
        self._say(f"✗ {said}", error=True)

    def cleanup_error(self, exception: Any) -> None:
        """A teardown failed; we have none."""
        self._say(f"✗ {exception}", error=True)

    def runtime_error(self, message: str) -> None:
        """Doit could not go on."""
        self.failures.append(message)
        self._say(f"✗ {message}", error=True)

    def teardown_task(self, task: Any) -> None:
        """Doit tears a task down; we have none."""

    def complete_run(self) -> None:
        """The run is over, however it ended."""
        self._stop_bars()
        if self.failures:
            self._say("finished stages are kept; the failed one has its last good rows", error=True)
            return
        for line in self.session.withheld():
            self._say(f"! {line}")
        if set(self.selected) <= self._ended:
            self._say(f"✓ Pipeline complete: {self._where_to_look()}")

    # what a build calls

    def progress(self, stage: Stage, window: str, rows: int, expected: int | None) -> None:
        """Rows of a stage's main table so far."""
        if self._bars is not None and not window:
            self._bars.update(stage, rows, expected)

    def expect_windows(self, stage: Stage, count: int) -> None:
        """How many windows of a stage are to be made."""
        self._windows[stage.name] = (0, count)

    # inside

    def leave(self) -> None:
        """Ctrl-C: at once, for an exception may be lost in somebody else's code, and a killed run loses nothing."""
        self._stop_bars()
        leave_interrupted()

    def _made(self, stage: Stage) -> str:
        rows = self._rows.get(stage.name, 0)
        unit = stage.unit.removesuffix("s") if rows == 1 else stage.unit
        kind = "MATERIALIZED" if stage.materialized else "VIEW"
        return f"... ({self._seconds[stage.name]:.1f}s, {rows:,} {unit}) [{kind}]"

    def _end(self, stage: Stage, said: str) -> None:
        if self._bars is not None:
            self._bars.remove(stage)
        self._count += 1
        self._say(f"[{self._count}/{self._wanted}] {stage.title}{said}")
        self._ended.add(stage.name)

    def _where_to_look(self) -> str:
        return str(self.session.where_to_look(self.selected))

    def _bar(self, stage: Stage) -> None:
        if not self._stream.isatty():
            return
        if self._bars is None:
            from egregora.orchestration.engine.progress_bars import Bars

            self._bars = Bars(self._stream)
        self._bars.add(stage)

    def _stop_bars(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def _say(self, text: str, *, error: bool = False) -> None:
        if self._bars is not None:
            self._bars.say(text)
        else:
            print(text, file=sys.stderr if error else self._stream, flush=True)


def leave_interrupted() -> None:
    """End the process after Ctrl-C: one line, exit code 130; what was not committed is as if it never began."""
    print("interrupted: finished stages are kept; run again to go on", file=sys.stderr, flush=True)  # noqa: T201
    sys.stdout.flush()
    os._exit(INTERRUPTED)  # not sys.exit: a worker thread may still be inside DuckDB


def _counted(number: int, word: str) -> str:
    many = {"message": "messages", "person": "people"}
    return f"{number:,} {word if number == 1 else many[word]}"


def _rows(values: Mapping[str, Any], stage: Stage) -> int:
    return int(values.get("tables", {}).get(stage.table, {}).get("rows", 0))
