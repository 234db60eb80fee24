"""Which stages an edit of the program makes stale: each edit is made in a copy, and the stages are listed."""

import shutil
from pathlib import Path

import pytest

import egregora
from egregora.core.code_version import CodeVersions
from egregora.orchestration.pipeline import STAGES

# path, what stands there, what stands there after the edit, and the stages whose code changed.
EDITS = {
    "a new table": (
        "core/database_schema.py",
        "SCHEMA_VERSION_TABLE =",
        'NOTES_SCHEMA = ibis.schema({"note": "string"})\nSCHEMA_VERSION_TABLE =',
        (),
    ),
    "a new error": (
        "core/errors.py",
        "class BusyError(",
        'class NoteError(EgregoraError):\n    """A note that is none."""\n\n    exit_code = 2\n\n\nclass BusyError(',
        (),
    ),
    "a new stage": ("core/stage.py", '    SITE = "site_files"', '    SITE = "site_files"\n    NOTED = "notes"', ()),
    "a stage declared": ("orchestration/pipeline.py", "STAGES = (", "NOTED = SITE\nSTAGES = (", ()),
    "a new rule for identifiers": (
        "privacy/detect/identifiers.toml",
        "[parts]",
        "[parts]\nnothing = '''x'''",
        ("anonymized",),
    ),
    "a word of the pages": ("publication/text/words.toml", 'home = "Home"', 'home = "Start"', ("site",)),
    "a phrase of the posts": ("generation/phrases.toml", 'and = "and"', 'and = "as well as"', ("generated",)),
    "a template": ("publication/templates/home.html", "</", " </", ("site",)),
    "a way to read names": ("core/names.py", "_ONE_WORD = 7", "_ONE_WORD = 8", ("ingested", "anonymized")),
    "a comment": ("core/errors.py", '"""Errors a person', '"""Errors that a person', ()),
}


def codes():
    versions = CodeVersions({})
    return {stage.name: versions.of(stage.build) for stage in STAGES}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_makes_these_stages_stale_and_no_other(tmp_path, monkeypatch, edit):
    path, old, new, stale = edit
    shutil.copytree(Path(egregora.__file__).parent, tmp_path / "egregora", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.syspath_prepend(str(tmp_path))
    before, file = codes(), tmp_path / "egregora" / path
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    after = codes()
    assert tuple(name for name in before if before[name] != after[name]) == stale
