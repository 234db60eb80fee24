"""The pipeline as a graph, and how a program runs it: the same doit tasks as plain `doit`."""

from collections.abc import Sequence
from dataclasses import dataclass

from egregora.config.project import Project
from egregora.core.errors import PipelineError
from egregora.core.stage import PipelineStage, Stage, makers_of, sorted_names, stage_called, upstream_of, with_upstream
from egregora.orchestration.engine.reporter import Reporter
from egregora.orchestration.engine.state import State
from egregora.orchestration.engine.status import freshness_of
from egregora.orchestration.pipeline import STAGES


@dataclass(frozen=True, slots=True)
class StageDependency:
    """A stage's main table, the main tables of the stages it reads from, and whether it holds rows of its own."""

    name: PipelineStage
    depends_on: list[PipelineStage]
    materialized: bool = False


def dependencies(stages: Sequence[Stage]) -> list[StageDependency]:
    """The graph of `stages`, in the order in which they are declared."""
    makers = makers_of(stages)
    return [
        StageDependency(
            PipelineStage(stage.table),
            [PipelineStage(above.table) for above in upstream_of(stage, makers)],
            stage.materialized,
        )
        for stage in stages
    ]


PIPELINE_DAG = dependencies(STAGES)
_BACKEND = "egregora-direct"  # beside the one that plain doit finds by its entry point


def topological_sort(dag: Sequence[StageDependency]) -> list[PipelineStage]:
    """The stages so that each comes after those it depends on. Errors: PipelineError that shows a circle."""
    return [PipelineStage(name) for name in sorted_names({each.name: each.depends_on for each in dag})]


def needs_refresh(project: Project, stage: PipelineStage | str, stages: Sequence[Stage] = STAGES) -> bool:
    """Whether a run would make `stage`, or anything that it reads from. Errors: SettingsError, PipelineError."""
    freshness, _ = freshness_of(project, stages)
    return not freshness.is_fresh(stage_called(str(stage), stages))


def forget(project: Project, names: Sequence[str]) -> None:
    """Make these stages stale, with all of their windows. Errors: BusyError when somebody is building."""
    state = State(project.database)
    busy = state.settle()
    if busy is not None:
        raise busy
    for name in names:
        for task in (name, *state.tasks(f"{name}:")):
            state.remove(task)
    state.close()


def execute_dag(  # noqa: PLR0913 - a run's options
    project: Project,
    target: PipelineStage | str = PipelineStage.SITE,
    *,
    force_refresh: bool = False,
    jobs: int = 0,
    reporter: Reporter | None = None,
    stages: Sequence[Stage] = STAGES,
) -> int:
    """Make `target` and whatever it needs that is stale, and say so; `force_refresh` forgets all of them first.

    Returns 0 when all is made and 1 when a stage failed. Errors: BusyError, SettingsError, PipelineError.
    """
    goal = stage_called(str(target), stages)
    if force_refresh:
        forget(project.require(), with_upstream([goal.name], stages))
    reporter = reporter or Reporter(stages)
    return _run_doit(project, goal, jobs, reporter, stages)


def _run_doit(project: Project, goal: Stage, jobs: int, reporter: Reporter, stages: Sequence[Stage]) -> int:
    from doit.cmd_base import ModuleTaskLoader
    from doit.cmd_run import Run
    from doit.doit_cmd import reset_vars
    from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask

    from egregora.orchestration.tasks import Session, directly, tasks_of

    config = {"BACKEND": {_BACKEND: "egregora.orchestration.tasks:StateBackend"}}
    tasks = tasks_of(Session(project, stages, reporter, directly), _BACKEND)
    reset_vars()
    command = Run(task_loader=ModuleTaskLoader(tasks), config=config, bin_name="egregora")
    try:
        result = command.parse_execute([goal.name, *(["-n", str(jobs)] if jobs else [])])
    except (InvalidCommand, InvalidDodoFile, InvalidTask) as error:
        raise PipelineError(str(error)) from error
    return 1 if result else 0  # doit tells failed stages from errors; to people both are failed
