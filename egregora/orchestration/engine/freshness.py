"""Which stages are stale, and why: today's fingerprint against the recorded one."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from egregora.config.project import Project
from egregora.core.code_version import CodeVersions
from egregora.core.errors import ExportError
from egregora.core.fingerprint import TableHash, changes, digest
from egregora.core.stage import Stage, in_order, makers_of, stage_called, upstream_of
from egregora.orchestration.engine.sources import NOTHING, Sources
from egregora.orchestration.engine.state import State

WITHHELD = "withheld"  # in the record of a task of which the gate let something not out
CUT_OFF = "cut_off"  # in the record of a stage that writes files: it began, and did not end


class Withheld(NamedTuple):
    """What the gate did not let out: how many sentences, and the settings that a person has to change."""

    sentences: int
    refused: tuple[str, ...]  # as "title in egregora.toml names a member"

    def __bool__(self) -> bool:
        return self.sentences > 0 or bool(self.refused)

    def in_words(self) -> list[str]:
        """A line for each thing to know; none where nothing was withheld."""
        number = f"{self.sentences:,} {'sentence' if self.sentences == 1 else 'sentences'}"
        lines = [f"{number} withheld, see `egregora privacy`"] if self.sentences else []
        return [
            *lines,
            *(f"{setting}; choose another (the site keeps the old one)" for setting in self.refused),
        ]


class Freshness:
    """Today's fingerprints of a project's stages, and what differs from the recorded ones.

    A task is a stage's name, or "<stage>:<window>" for one window of a stage that is made by window. Needs no
    DuckDB: table hashes are the recorded ones, code and settings are read from files whose bytes changed.
    """

    def __init__(self, stages: Sequence[Stage], project: Project, state: State) -> None:
        self.stages = in_order(stages)
        self.project = project
        self.state = state
        self.makers = makers_of(self.stages)
        self._codes = CodeVersions(state.cache("sources"))
        self.sources = Sources(project, state, self._codes)
        self._own: dict[str, dict[str, str]] = {}
        self._gates: dict[str, str] = {}
        self._read_from: dict[str, dict[str, list[int] | None]] = {}
        self._answers: tuple[int, dict[tuple[str, str], Any]] = (-1, {})  # of one generation of records

    # the parts of fingerprints

    def fingerprint(self, stage: Stage, window: str = "") -> dict[str, str]:
        """All that decides a task's rows, by name, from today's files and the recorded hashes of its inputs."""
        parts = dict(self.own_parts(stage))
        for table in stage.inputs:
            if table not in stage.tables:
                parts[f"input {table}"] = self._slice(table, window) if window else self.hash_of(table)
        if window and stage.earlier:
            parts[f"earlier {stage.table}"] = self._earlier(stage, window)
        return parts

    def own_parts(self, stage: Stage) -> Mapping[str, str]:
        """The parts that do not depend on other stages; found once, so a run uses what it began with."""
        if stage.name not in self._own:
            stamps = self.sources.stamps_of(stage)
            parts = {"code": self._codes.of(stage.build), **self.sources.parts_of(stage)}
            self._own[stage.name] = parts
            self._read_from[stage.name] = stamps
            if self._codes.changed:
                self.state.cache_changed()
                self._codes.changed = False
        return self._own[stage.name]

    def check_sources(self, stage: Stage) -> None:
        """Prereq of recording: what a stage read from outside is what was hashed. Errors: ExportError."""
        if self.sources.stamps_of(stage) != self._read_from.get(stage.name):
            raise ExportError("an export changed while it was read", where="exports/", fix="run again")

    def hash_of(self, table: str) -> str:
        """The recorded hash of a table; of one that is made by window, the sum of its windows'."""
        maker = self.makers[table]
        if not maker.by_window:
            return str(self.state.values(maker.name).get("tables", {}).get(table, {}).get("hash", NOTHING))
        return str(self._remembered("hash", table, lambda: self._sum_of_windows(maker, table)))

    # windows

    def windows(self, stage: Stage) -> list[str]:
        """The windows of a stage that is made by window, in order of time: those in which its first input has rows."""
        return list(self._remembered("windows", stage.name, lambda: sorted(self._slices(stage.inputs[0]))))

    def earlier_windows(self, stage: Stage, window: str) -> list[str]:
        """The windows whose rows `window` may read."""
        windows = self.windows(stage)
        at = bisect_left(windows, window)
        return windows[max(0, at - stage.earlier) : at]

    def vanished(self, stage: Stage) -> list[str]:
        """Windows that were made once and have no rows any more."""
        known = self._slices(stage.inputs[0])
        prefix = stage.name + ":"
        made = (task.removeprefix(prefix) for task in self.state.tasks(prefix))
        return sorted(window for window in made if window not in known)

    def undeclared(self) -> list[str]:
        """Recorded tasks that no stage declares: a stage was renamed, removed, or is made by window no more."""
        kinds = {stage.name: stage.by_window for stage in self.stages}
        tasks = ((task, *task.partition(":")[::2]) for task in self.state.tasks())
        return sorted(task for task, name, window in tasks if kinds.get(name) is not bool(window))

    def stale_windows(self, stage: Stage) -> dict[str, tuple[str, ...]]:
        """The windows to make, in order of time, each with its reasons."""
        reasons = ((window, self.reasons(stage, window)) for window in self.windows(stage))
        return {window: why for window, why in reasons if why}

    # the verdict

    def reasons(self, stage: Stage, window: str = "") -> tuple[str, ...]:
        """Why a task's own rows are not those of today, the parts that changed by name; empty when they are."""
        if stage.by_window and not window:
            return tuple(self._remembered("reasons", stage.name, lambda: self._reasons_of_windows(stage)))
        recorded = self.state.values(f"{stage.name}:{window}" if window else stage.name)
        return (
            *changes(recorded.get("fingerprint"), self.fingerprint(stage, window)),
            *(f"table {name} was changed by another program" for name in recorded.get("damaged", ())),
            *(["its files were cut off"] if recorded.get(CUT_OFF) else []),
            *(["gate"] if self._is_to_be_tried_again(stage, recorded) else []),
            *(f"folder {place.name} is gone" for place in self._places(stage) if recorded and not place.is_dir()),
        )

    def in_words(self, reasons: Iterable[str]) -> str:
        """Reasons for people: exports by their file's name, which is never written down."""
        names = {f"export {self.sources.content_of(path)[:8]}": path for path in self.project.exports()}
        said = (f"export {names[reason].name}" if reason in names else reason for reason in reasons)
        return ", ".join(said)

    def upstream(self, stage: Stage) -> tuple[Stage, ...]:
        """The stages whose tables a stage reads."""
        return upstream_of(stage, self.makers)

    def is_fresh(self, stage: Stage, window: str = "") -> bool:
        """Whether neither a task nor anything that it reads from would be made."""
        if not window:
            return bool(self._remembered("fresh", stage.name, lambda: self._has_no_reason(stage, "")))
        return self._has_no_reason(stage, window)

    def any_stale(self, names: Iterable[str]) -> bool:
        """Whether one of these tasks, or anything they read from, would be made.

        The parts of all fingerprints that come from files are found first, so that a run uses what it began with.
        """
        by_name = {stage.name: stage for stage in self.stages}
        for stage in self.stages:
            self.own_parts(stage)
        tasks = (name.partition(":") for name in names)
        return any(not self.is_fresh(by_name[stage], window) for stage, _, window in tasks if stage in by_name)

    def stage(self, name: str) -> Stage:
        """The stage of that name. Errors: PipelineError when there is none."""
        return stage_called(name, self.stages)

    def gate_part(self, stage: Stage) -> str:
        """A digest of what decides what the stage's gate lets out: its code, the roster, who has several names."""
        if stage.name not in self._gates:
            code, people = self._codes.of(stage.gate), self.sources.setting_digest("people")
            self._gates[stage.name] = digest(code, people)
        roster = "ingested_messages"
        return digest(self._gates[stage.name], self.hash_of(roster) if roster in self.makers else "")

    def withheld(self) -> Withheld:
        """What the gate withheld from all tasks, as recorded."""
        records = [self.state.values(task).get(WITHHELD, {}) for task in self.state.tasks()]
        sentences = {sentence for record in records for sentence in record.get("sentences", ())}
        return Withheld(
            len(sentences), tuple(sorted({what for record in records for what in record.get("refused", ())}))
        )

    # inside

    def _is_to_be_tried_again(self, stage: Stage, recorded: Mapping[str, Any]) -> bool:
        """Whether something was withheld by another gate than today's."""
        return WITHHELD in recorded and bool(recorded[WITHHELD]["gate"] != self.gate_part(stage))

    def _has_no_reason(self, stage: Stage, window: str) -> bool:
        return not self.reasons(stage, window) and all(self.is_fresh(above) for above in self.upstream(stage))

    def _reasons_of_windows(self, stage: Stage) -> tuple[str, ...]:
        stale, vanished = self.stale_windows(stage), self.vanished(stage)
        named = [f"{window} ({', '.join(why)})" for window, why in list(stale.items())[:3]]
        more = [f"and {len(stale) - 3} more windows"] if len(stale) > len(named) else []
        return (*named, *more, *(f"{window} (window vanished)" for window in vanished))

    def _remembered(self, kind: str, name: str, find: Any) -> Any:
        """The answer of `find`, kept until any record changes."""
        generation, answers = self._answers
        if generation != self.state.generation:
            answers = {}
            self._answers = (self.state.generation, answers)
        if (kind, name) not in answers:  # in a local name: a worker may change records while another asks
            answers[kind, name] = find()
        return answers[kind, name]

    def _slices(self, table: str) -> dict[str, str]:
        slices: dict[str, str] = self.state.values(self.makers[table].name).get("slices", {}).get(table, {})
        return slices

    def _slice(self, table: str, window: str) -> str:
        maker = self.makers[table]
        if maker.by_window:
            return self._made_in(maker, table, window)
        return self._slices(table).get(window, NOTHING)

    def _made_in(self, maker: Stage, table: str, window: str) -> str:
        made = self.state.values(f"{maker.name}:{window}").get("tables", {})
        return str(made.get(table, {}).get("hash", NOTHING))

    def _earlier(self, stage: Stage, window: str) -> str:
        return digest(*(self._made_in(stage, stage.table, name) for name in self.earlier_windows(stage, window)))

    def _sum_of_windows(self, maker: Stage, table: str) -> str:
        made = (self._made_in(maker, table, window) for window in self._slices(maker.inputs[0]))
        hashes = [TableHash.parse(text) for text in made if text != NOTHING]
        if not hashes:
            return NOTHING
        total = hashes[0]
        for each in hashes[1:]:
            total = total.plus(each)
        return str(total)

    def _places(self, stage: Stage) -> Iterable[Path]:
        return (getattr(self.project, name) for name in stage.places)
