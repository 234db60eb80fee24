"""Stages that fit together, and those that do not."""

import pytest

from egregora.core.errors import PipelineError
from egregora.core.stage import Stage, in_order


def stage(name, *inputs, tables=()):
    return Stage(name=name, title=name, tables=dict.fromkeys(tables or (name,), "m:S"), inputs=inputs, build="m:f")


def test_stages_come_after_what_they_read():
    assert [each.name for each in in_order([stage("c", "b"), stage("b", "a"), stage("a")])] == ["a", "b", "c"]


def test_a_stage_may_read_what_it_made_before():
    assert [each.name for each in in_order([stage("a", "a")])] == ["a"]


def test_a_circle_is_shown_whole():
    with pytest.raises(PipelineError, match="a -> c -> b -> a"):
        in_order([stage("a", "c"), stage("b", "a"), stage("c", "b")])


def test_an_input_that_nobody_makes_is_named():
    with pytest.raises(PipelineError, match="stage 'a' reads 'x', and no stage makes it"):
        in_order([stage("a", "x")])


def test_two_stages_may_not_make_one_table():
    with pytest.raises(PipelineError, match="'a' and 'b' both make table 't'"):
        in_order([stage("a", tables=("t",)), stage("b", tables=("t",))])
