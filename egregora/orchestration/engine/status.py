"""What is fresh in a project, for people: read from the mirror, so it answers at any time."""

from collections.abc import Sequence
from typing import NamedTuple

from egregora.config.project import Project
from egregora.core.errors import BusyError
from egregora.core.stage import Stage
from egregora.orchestration.engine.freshness import Freshness
from egregora.orchestration.engine.state import State
from egregora.orchestration.pipeline import STAGES


class StageStatus(NamedTuple):
    """A stage as `egregora status` shows it."""

    stage: Stage
    verdict: str  # "fresh"; "stale": would be made; "unknown": something that it reads from is stale
    reasons: tuple[str, ...]
    rows: int | None  # of the main table, as recorded; None when it was never made


def freshness_of(project: Project, stages: Sequence[Stage] = STAGES) -> tuple[Freshness, BusyError | None]:
    """What is fresh in `project`; while somebody is building as the mirror says, with the error that tells who."""
    state = State(project.require().database)
    busy = state.settle()
    return Freshness(stages, project, state), busy


def status_of(freshness: Freshness) -> list[StageStatus]:
    """Every stage's verdict, in order. Errors: SettingsError for wrong settings, PipelineError for wrong code."""
    return [_status(freshness, stage) for stage in freshness.stages]


def _status(freshness: Freshness, stage: Stage) -> StageStatus:
    reasons = freshness.reasons(stage)
    verdict = "stale" if reasons else "fresh" if freshness.is_fresh(stage) else "unknown"
    return StageStatus(stage, verdict, reasons, _recorded_rows(freshness, stage))


def _recorded_rows(freshness: Freshness, stage: Stage) -> int | None:
    hash_ = freshness.hash_of(stage.table)
    return int(hash_.partition(":")[0]) if ":" in hash_ else None
