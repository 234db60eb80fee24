"""What counts as code."""

import pytest

from egregora.core.code_version import CodeVersions
from egregora.core.errors import PipelineError
from egregora.core.source_hash import meaning_of

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

    other = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    a = {}\n"
    assert meaning_of(other.format(1)) != meaning_of(other.format(2))


def test_table_schemas_count_by_themselves_and_other_schemas_are_code():
    table = "A_SCHEMA = ibis.schema({})\nb = {}"
    assert (
        meaning_of(table.format("1", "2")) == meaning_of(table.format("9", "2")) != meaning_of(table.format("1", "3"))
    )
    assert meaning_of("A_SCHEMA = {1}") != meaning_of("A_SCHEMA = {2}")


def test_a_class_that_becomes_a_module_is_followed_from_then_on(tmp_path, monkeypatch):
    package = tmp_path / "moving"
    package.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    (package / "__init__.py").write_text("class spelling: pass\n")
    (package / "stage.py").write_text("from moving import spelling\n")
    cache = {}
    assert CodeVersions(cache).closure("moving.stage") == ("moving", "moving.stage")
    (package / "spelling.py").write_text("a = 1\n")
    assert CodeVersions(cache).closure("moving.stage") == ("moving", "moving.spelling", "moving.stage")
    (package / "spelling.py").unlink()
    assert CodeVersions(cache).closure("moving.stage") == ("moving", "moving.stage")


def test_relative_imports_of_packages_and_modules_are_followed(tmp_path, monkeypatch):
    for path, source in {
        "rel/__init__.py": "", "rel/sub/__init__.py": "from .inner import x\n",
        "rel/sub/inner.py": "from .. import top\n",
        "rel/top.py": "x = 1\n", "rel/stage.py": "from .sub import x\n",
    }.items():  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert CodeVersions({}).closure("rel.stage") == ("rel", "rel.stage", "rel.sub", "rel.sub.inner", "rel.top")


def test_a_data_file_that_is_missing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "hungry.py").write_text('DATA_FILES = ("gone.txt",)\n')
    with pytest.raises(PipelineError, match="a data file cannot be read"):
        CodeVersions({}).of("hungry:make")


def test_the_closure_of_a_stage_is_what_we_think_it_is():
    closure = CodeVersions({}).closure("egregora.privacy.pseudonyms")
    assert {
        "egregora",
        "egregora.privacy",
        "egregora.privacy.detect.redactor",
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
