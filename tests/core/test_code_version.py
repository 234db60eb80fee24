"""What counts as code."""

import pytest

from egregora.core.code_version import CodeVersions, meaning_of
from egregora.core.errors import PipelineError

SOURCE = 'from math import floor\n\ndef half(n):\n    """Half of n."""\n    return floor(n / 2)  # down\n'


def test_comments_docstrings_and_spacing_do_not_count():
    assert meaning_of(SOURCE) == meaning_of("from math import (floor)\ndef half(n):\n    return floor(n/2)\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [("n / 2", "n / 3"), ("n / 2", "n / 2.0"), ("floor", "ceil"), ("def half", "def helf"), ("(n)", "(n=None)"),
     ("return floor", "floor"), ("n / 2", "n // 2"), ('"""Half of n."""\n    return', 'return')],
)  # fmt: skip
def test_everything_else_counts(old, new):
    changed = SOURCE.replace(old, new)
    assert (meaning_of(changed) == meaning_of(SOURCE)) == (new == "return")


def test_the_meaning_of_a_source_is_the_same_in_every_python():
    assert meaning_of(SOURCE) == "83d178f9b6c1cee88525a93238a26f30"


def test_a_text_that_is_used_is_not_a_docstring():
    assert meaning_of("x = 'a'") != meaning_of("x = 'b'")


def test_what_only_a_type_checker_reads_does_not_count():
    guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}\n"
    assert meaning_of(guarded.format("a")) == meaning_of(guarded.format("b"))


def test_table_schemas_count_by_themselves():
    assert meaning_of("A_SCHEMA = 1\nb = 2") == meaning_of("A_SCHEMA = 9\nb = 2") != meaning_of("A_SCHEMA = 1\nb = 3")


def test_the_closure_of_a_stage_is_what_we_think_it_is():
    closure = CodeVersions({}).closure("egregora.privacy.pseudonyms")
    assert {
        "egregora",
        "egregora.privacy",
        "egregora.privacy.redaction",
        "egregora.config.key",
        "egregora.utils.batching",
    } <= set(closure)
    assert not [name for name in closure if name.startswith(("egregora.orchestration", "egregora.publication"))]


def test_a_data_file_that_a_module_reads_counts(tmp_path, monkeypatch):
    package = tmp_path / "roomful"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text('DATA_FILES = ("list.txt",)\n')
    (package / "stage.py").write_text("from roomful import words\n")
    (package / "list.txt").write_text("one")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = CodeVersions({}).of("roomful.stage:make")
    (package / "list.txt").write_text("two")
    assert CodeVersions({}).of("roomful.stage:make") != before


def test_a_module_is_parsed_again_only_when_its_bytes_changed():
    cache = {}
    first = CodeVersions(cache)
    version = first.of("egregora.privacy.pseudonyms:anonymize")
    second = CodeVersions(cache)
    assert (second.of("egregora.privacy.pseudonyms:anonymize"), first.changed, second.changed) == (version, True, False)


@pytest.mark.parametrize(("source", "said"), [(None, "is not found"), ("def (:", "not valid Python")])
def test_a_module_that_cannot_be_read_is_an_error(tmp_path, monkeypatch, source, said):
    monkeypatch.syspath_prepend(str(tmp_path))
    if source:
        (tmp_path / "brokenroom.py").write_text(source)
    with pytest.raises(PipelineError, match=said):
        CodeVersions({}).of("brokenroom:make")
