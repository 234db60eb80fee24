"""The plan's graph and its executor, over the bundled sample's pipeline and a folder of its own."""

import io

import pytest

from egregora.config.project import Project
from egregora.core.errors import PipelineError, SettingsError
from egregora.core.stage import PipelineStage
from egregora.orchestration.dag import PIPELINE_DAG, StageDependency, execute_dag, needs_refresh, topological_sort
from egregora.orchestration.engine.reporter import Reporter
from egregora.orchestration.pipeline import STAGES
from egregora.orchestration.projects.scaffold import begin_demo


def test_the_graph_comes_from_the_stages():
    graph = {each.name: each for each in PIPELINE_DAG}
    assert graph[PipelineStage.ANONYMIZED].depends_on == [PipelineStage.INGESTED]
    assert graph[PipelineStage.ENRICHED].depends_on == [PipelineStage.ANONYMIZED, PipelineStage.MEDIA]
    assert graph[PipelineStage.ENRICHED].materialized


def test_every_stage_is_sorted_behind_those_it_depends_on():
    order = topological_sort(list(reversed(PIPELINE_DAG)))
    assert sorted(order) == sorted(PipelineStage)
    for each in PIPELINE_DAG:
        assert all(order.index(above) < order.index(each.name) for above in each.depends_on)


def test_a_circle_is_an_error():
    one, two = PipelineStage.INGESTED, PipelineStage.ANONYMIZED
    with pytest.raises(PipelineError, match="circle"):
        topological_sort([StageDependency(one, [two]), StageDependency(two, [one])])


def test_a_run_stops_at_its_target_and_knows_what_is_fresh(tmp_path):
    project = begin_demo(tmp_path / "demo")
    said = io.StringIO()
    assert needs_refresh(project, PipelineStage.INGESTED)
    assert execute_dag(project, PipelineStage.ANONYMIZED, reporter=Reporter(STAGES, said)) == 0
    assert "[2/2] Anonymizing authors..." in said.getvalue()
    assert not needs_refresh(project, "anonymized")
    assert needs_refresh(project, PipelineStage.ENRICHED)
    again = io.StringIO()
    execute_dag(project, "anonymized", reporter=Reporter(STAGES, again))
    assert "[2/2] Anonymizing authors: fresh" in again.getvalue()
    forced = io.StringIO()
    execute_dag(project, "anonymized", force_refresh=True, reporter=Reporter(STAGES, forced))
    assert "[1/2] Ingesting messages..." in forced.getvalue()
    assert "fresh" not in forced.getvalue()


def test_a_folder_that_is_no_project_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="not a project"):
        needs_refresh(Project(tmp_path), PipelineStage.INGESTED)


def test_a_stage_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(PipelineError, match="there is no stage 'ingest'"):
        execute_dag(begin_demo(tmp_path / "demo"), "ingest")
