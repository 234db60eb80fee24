"""The stages as doit tasks: what `doit` finds in a project's `dodo.py`."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from doit import Globals, create_after, loader
from doit.dependency import UptodateCalculator
from doit.exceptions import InvalidTask, TaskFailed

from egregora.config.project import Project
from egregora.core.errors import EgregoraError
from egregora.core.stage import Stage, makers_of
from egregora.orchestration.engine.freshness import Freshness
from egregora.orchestration.engine.reporter import Reporter
from egregora.orchestration.engine.state import State
from egregora.orchestration.pipeline import STAGES

VANISHED = "_vanished"  # doit hides tasks that begin with an underscore


Call = Callable[[Callable[[], Any]], Any]  # how errors of a call reach people


class StateBackend(State):
    """doit's way to `State`: the methods of a doit backend."""

    desc = "doit's state inside the egregora DuckDB file"

    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:  # noqa: ARG002 - doit's call
        super().__init__(Path(name))
        self.name = name
        self.settle()

    def in_(self, task_id: str) -> bool:
        """Whether anything is recorded of a task."""
        return self.has(task_id)

    def remove_all(self) -> None:
        """Forget every task."""
        for task in list(self.tasks()):
            self.remove(task)

    def dump(self) -> None:
        """Write what is not written yet and seal the file."""
        self.close()


class PlainBackend(StateBackend):
    """The same under plain doit, which would show an error as a traceback."""

    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:
        told_plainly(lambda: super(PlainBackend, self).__init__(name, codec, module_name=module_name))

    def dump(self) -> None:
        """Write what is not written yet and seal the file."""
        told_plainly(super().dump)


class FreshTask(UptodateCalculator):  # type: ignore[misc]  # doit has no types
    """What doit asks whether a task is up to date; its repr, which `doit info` prints, says why it is not."""

    def __init__(self, session: "Session", stage: Stage, window: str = "") -> None:
        super().__init__()
        self._session = session
        self._stage = stage
        self._window = window

    def __call__(self) -> bool:
        """Whether neither the task nor anything above it would be made; in a run, what is above has been made."""
        freshness = self._session.freshness
        return bool(self._session.call(lambda: freshness.is_fresh(self._stage, self._window)))

    def __repr__(self) -> str:
        freshness = self._session.freshness
        reasons = freshness.reasons(self._stage, self._window)
        return freshness.in_words(reasons) or "something that it reads from is stale"


def told_plainly(call: Callable[[], Any]) -> Any:
    """What `call` returns; an error that a person can put right is told as it is, and ends the program."""
    try:
        return call()
    except EgregoraError as error:
        sys.stderr.write(f"✗ {error}\n")
        raise SystemExit(error.exit_code) from error


def directly(call: Callable[[], Any]) -> Any:
    """What `call` returns."""
    return call()


def namespace(dodo_file: str, stages: Sequence[Stage] = STAGES) -> dict[str, Any]:
    """All that doit wants to find in a `dodo.py` that lies in a project's folder."""
    return plain_tasks(Project(Path(dodo_file).resolve().parent), stages)


def plain_tasks(project: Project, stages: Sequence[Stage] = STAGES) -> dict[str, Any]:
    """All that plain doit wants to know of `project`."""
    sys.excepthook = _one_line_for_interrupts
    # With several threads BLAS adds up in another order: other last bits of vectors. It reads this when NumPy loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return tasks_of(Session(project, stages, Reporter(stages), told_plainly), backend="egregora")


def project_or_demo(dodo_file: str) -> Project:
    """The project in the folder where doit was started, or else the demo beside `dodo_file`, made when missing."""
    here = Project(Path(loader.initial_workdir or "."))
    if here.settings_file.is_file():
        return here
    from egregora.orchestration.projects.scaffold import begin_demo

    return begin_demo(Path(dodo_file).resolve().parent / "demo")


def tasks_of(session: "Session", backend: str) -> dict[str, Any]:
    """`DOIT_CONFIG` and a task creator for every stage; `backend` is the name under which doit finds ours."""
    config = {
        "backend": backend,
        "dep_file": str(session.project.database),
        "default_tasks": [session.stages[-1].name],
        "par_type": "thread",  # a forked process cannot share the DuckDB file
        "reporter": session.reporter,
        "verbosity": 2,
    }
    return {"DOIT_CONFIG": config, **{f"task_{stage.name}": session.creator(stage) for stage in session.stages}}


class Session:
    """One run of doit over a project: the stages as tasks, and what the reporter needs of them."""

    def __init__(self, project: Project, stages: Sequence[Stage], reporter: Reporter, call: Call) -> None:
        self.project = project
        self.stages = stages
        self.reporter = reporter
        self.call = call
        self._freshness: Freshness | None = None
        reporter.session = self

    @property
    def freshness(self) -> Freshness:
        """Over the backend that doit opened, which is there when the first task is created."""
        if self._freshness is None:
            manager = Globals.dep_manager
            manager.remove_success = lambda _task: None  # a failed stage keeps its last record, as it keeps its table
            self._freshness = Freshness(self.stages, self.project, manager.backend)
        return self._freshness

    def begin_run(self, selected: Sequence[str]) -> None:
        """Hold the file from the first moment if anything is to be made. Errors: BusyError when somebody else does."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, lambda *_: self.reporter.leave())
        self.call(lambda: self._begin_run(selected))

    def _begin_run(self, selected: Sequence[str]) -> None:
        state = self.freshness.state
        if state.busy is not None:
            raise state.busy
        if self.freshness.any_stale(selected) or self.freshness.undeclared() or always_execute():
            state.open()
            if self.freshness.undeclared():
                from egregora.orchestration.engine.builder import forget_undeclared

                forget_undeclared(self.freshness)

    def withheld(self) -> list[str]:
        """What a run says of what the gate did not let out."""
        return self.freshness.withheld().in_words()

    def where_to_look(self, selected: Sequence[str]) -> str:
        """Where what was asked for lies."""
        if any(name == self.stages[-1].name and self.stages[-1].places for name in selected):
            return f"open {self.project.site_dir / 'index.html'}"
        tables = [table for stage in self.stages if stage.name in selected for table in stage.tables]
        return f"{', '.join(tables or selected)} in {self.project.database}"

    def creator(self, stage: Stage) -> Callable[[], Any]:
        """The function from which doit gets a stage's tasks."""

        def create() -> dict[str, Any]:
            task: dict[str, Any] = self.call(lambda: self._task(stage))
            return task

        def create_windows() -> Iterator[dict[str, Any]]:
            yield from self.call(lambda: list(self._window_tasks(stage)))

        if not stage.by_window:
            return create
        first = makers_of(self.stages)[stage.inputs[0]].name
        delayed: Callable[[], Any] = create_after(executed=first)(create_windows)
        return delayed

    def _task(self, stage: Stage) -> dict[str, Any]:
        return {
            "task_dep": [above.name for above in self.freshness.upstream(stage)],
            "uptodate": [FreshTask(self, stage)],
            "doc": _doc(stage),
            **self._action(stage, ""),
        }

    def _window_tasks(self, stage: Stage) -> Iterator[dict[str, Any]]:
        """A group, and a sub-task for each window; in a run, only for those to make and those asked for by name."""
        above = [each.name for each in self.freshness.upstream(stage)]
        yield {"name": None, "task_dep": above, "uptodate": [FreshTask(self, stage)], "doc": _doc(stage)}
        before: list[str] = []
        for window in self._windows_to_offer(stage):
            yield {
                "name": window,
                "task_dep": above + before,
                "uptodate": [FreshTask(self, stage, window)],
                **self._action(stage, window),
            }
            before = [f"{stage.name}:{window}"] if stage.earlier else []
        if vanished := self.freshness.vanished(stage):
            yield {"name": VANISHED, "task_dep": above, **self._removal(stage, vanished)}

    def _windows_to_offer(self, stage: Stage) -> list[str]:
        windows = self.freshness.windows(stage)
        asked = [name.partition(":")[2] for name in self.reporter.selected if name.startswith(f"{stage.name}:")]
        for window in asked:
            if window not in windows and window != VANISHED:
                span = f"there are {len(windows)}, from {windows[0]} to {windows[-1]}" if windows else "there are none"
                raise InvalidTask(f"{stage.name} has no window {window!r}; {span}")
        if not self.reporter.running or always_execute():
            return windows
        stale = self.freshness.stale_windows(stage)
        if stage.earlier and stale:
            return windows  # one that is made may make the next one stale
        offered = [window for window in windows if window in stale or window in asked]
        self.reporter.expect_windows(stage, len(offered))
        return offered

    def _action(self, stage: Stage, window: str) -> dict[str, Any]:
        def act(task: Any) -> Any:
            from egregora.orchestration.engine.builder import make

            try:
                task.values.update(make(self.freshness, stage, window, self.reporter.progress))
            except EgregoraError as error:
                if self.reporter.debug:
                    raise
                return TaskFailed(f"{task.name}: {error}")
            except RuntimeError as error:
                if str(error) == "Query interrupted":  # how DuckDB passes on Ctrl-C
                    raise KeyboardInterrupt from error
                raise
            return None

        return {"actions": [act], "io": {"capture": False}}

    def _removal(self, stage: Stage, vanished: list[str]) -> dict[str, Any]:
        def act() -> None:
            from egregora.orchestration.engine.builder import forget_windows

            forget_windows(self.freshness, stage, vanished)

        return {"actions": [act], "io": {"capture": False}, "uptodate": [False]}


def _doc(stage: Stage) -> str:
    return f"{stage.title}: {', '.join(stage.tables)}"


def always_execute() -> bool:
    """Whether doit was told to run every task; it tells nobody else."""
    return bool({"-a", "--always-execute"} & set(sys.argv[1:]))


def _one_line_for_interrupts(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    from egregora.orchestration.engine.reporter import leave_interrupted

    leave_interrupted()
