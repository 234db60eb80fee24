"""One stage: the tables it makes, and everything that decides what is in them."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from egregora.core.errors import PipelineError

_WHERE = "egregora/orchestration/pipeline.py"


class PipelineStage(StrEnum):
    """The main table of each stage, in the order in which the stages are made."""

    INGESTED = "ingested_messages"
    ANONYMIZED = "anonymized_messages"
    MEDIA = "media_files"
    ENRICHED = "enriched_messages"
    KNOWLEDGE = "knowledge_context"
    GENERATED = "generated_posts"
    PROFILES = "author_profiles"
    SITE = "site_files"


class Stage(NamedTuple):  # not a dataclass: importing those takes a twentieth of a start that changes nothing
    """The single place where a stage says what it makes and from what; written with names, never by position.

    `build` is called with keyword arguments only, under the names declared here: an `ir.Table` for each of
    `inputs`, a `Kept` for each of `kept`, the value of each of `settings`, a path (`key`, `forgotten`, `templates`)
    or a tuple of paths (`exports`) for each of `sources`, a folder for each of `places`; the `gate`, if it has one; and
    `window` when `by_window`.
    It returns one table expression (one table), a mapping of table name to expression, or an iterator of
    `(table name, pyarrow table or record batch)`, which is written as it comes.
    """

    name: str  # the doit task
    title: str  # what a run says while it works: "Enriching content"
    tables: Mapping[str, str]  # the tables it makes, the main one first, each with the "module:NAME" of its schema
    build: str  # "module:function", imported only when it runs; its import closure is its code
    inputs: tuple[str, ...] = ()  # tables it reads; its own table among them means: as it was before this run
    settings: tuple[str, ...] = ()  # settings it reads
    sources: tuple[str, ...] = ()  # files from outside, by their bytes: "exports", "key", "forgotten", "templates"
    places: tuple[str, ...] = ()  # folders it writes to
    kept: Mapping[str, str] = MappingProxyType({})  # tables it tops up, which are never rebuilt and never count
    gate: str = ""  # "module:function" that opens the gate to the outside, for a stage that lets anything out
    views: tuple[str, ...] = ()  # those of `tables` that are views
    by_window: bool = False  # made window by window: every input has a column `window`, and so has its table
    earlier: int = 0  # how many earlier windows' own rows a window may read, passed as `earlier`
    told: str = ""  # one of `tables`, with the columns of `left_out`: what a run says of it
    unit: str = "rows"  # what a run calls the main table's rows: "posts"

    @property
    def table(self) -> str:
        """The main table."""
        return next(iter(self.tables))

    @property
    def materialized(self) -> bool:
        """Whether the main table holds rows of its own."""
        return self.table not in self.views


def in_order(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """`stages` so that each comes after those whose tables it reads; otherwise in the order given.

    Errors: PipelineError when two stages make one table, none makes an input, or they form a cycle.
    """
    makers, by_name = makers_of(stages), {stage.name: stage for stage in stages}
    reads = {stage.name: [above.name for above in upstream_of(stage, makers)] for stage in stages}
    return tuple(by_name[name] for name in sorted_names(reads))


def sorted_names(reads: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of `reads` so that each comes after those it reads. Errors: PipelineError that shows a cycle."""
    from graphlib import CycleError, TopologicalSorter

    try:
        return [*TopologicalSorter(reads).static_order()]
    except CycleError as error:
        cycle = " -> ".join(map(str, reversed(error.args[1])))
        raise PipelineError(
            f"stages read each other in a circle: {cycle}", where=_WHERE, fix="break the circle"
        ) from error


def makers_of(stages: Sequence[Stage]) -> dict[str, Stage]:
    """The stage that makes each table. Errors: PipelineError when two do."""
    makers: dict[str, Stage] = {}
    for stage in stages:
        for table in stage.tables:
            if table in makers:
                raise PipelineError(
                    f"stages {makers[table].name!r} and {stage.name!r} both make table {table!r}",
                    where=_WHERE,
                    fix="give one of the tables another name",
                )
            makers[table] = stage
    return makers


def upstream_of(stage: Stage, makers: Mapping[str, Stage]) -> tuple[Stage, ...]:
    """The stages whose tables `stage` reads, each once. Errors: PipelineError when nobody makes an input."""
    found: dict[str, Stage] = {}
    for table in stage.inputs:
        if table not in makers:
            raise PipelineError(
                f"stage {stage.name!r} reads {table!r}, and no stage makes it",
                where=_WHERE,
                fix=f"correct the name (tables: {', '.join(makers)}) or add the stage",
            )
        if makers[table] is not stage:
            found[makers[table].name] = makers[table]
    return tuple(found.values())


def with_upstream(names: Iterable[str], stages: Sequence[Stage]) -> list[str]:
    """The stages of these names and all that they read from, in the order of `stages`."""
    makers = makers_of(stages)
    waiting = [stage for stage in stages if stage.name in set(names)]
    found: set[str] = set()
    while waiting:
        stage = waiting.pop()
        found.add(stage.name)
        waiting += [above for above in upstream_of(stage, makers) if above.name not in found]
    return [stage.name for stage in stages if stage.name in found]


def stage_called(name: str, stages: Sequence[Stage]) -> Stage:
    """The stage of that task name or that main table. Errors: PipelineError when there is none."""
    for stage in stages:
        if name in (stage.name, stage.table):
            return stage
    raise PipelineError(f"there is no stage {name!r}", fix=f"use one of {', '.join(stage.name for stage in stages)}")
