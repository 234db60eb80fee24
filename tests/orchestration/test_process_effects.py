"""What changes the whole process is the command line's, and doit's entry point's, alone."""

import os
import re
import stat
from pathlib import Path

import pytest

import egregora
from egregora.core.errors import SchemaError
from egregora.orchestration.database import Database

PACKAGE = Path(egregora.__file__).parent
EFFECTS = re.compile(
    r"os\.umask|\bchdir\(|signal\.signal|excepthook =|os\.environ(?:\[|\.setdefault|\.update)"
    r"|os\.putenv|setlocale|sys\.path\b"
)
ALLOWED = {
    "orchestration/cli.py": {"os.environ[", "os.environ.setdefault"},
    "orchestration/commands/serve.py": {"signal.signal"},
    "orchestration/tasks.py": {"excepthook =", "os.environ.setdefault", "signal.signal"},
    "utils/files.py": {"os.umask"},  # for as long as `private_files` lasts
}


def test_only_the_command_line_and_the_tasks_change_the_process():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if effects := set(EFFECTS.findall(path.read_text("utf-8"))):
            found[path.relative_to(PACKAGE).as_posix()] = effects
    assert found == ALLOWED


def test_files_are_private_for_as_long_as_the_database_is_open_and_no_longer(tmp_path):
    before = os.umask(0o022)
    try:
        with Database.open(tmp_path / "a.duckdb"):
            (tmp_path / "inside").write_text("")
        (tmp_path / "no.duckdb").write_text("no database" * 500)
        with pytest.raises(SchemaError):
            Database.open(tmp_path / "no.duckdb")
        (tmp_path / "behind").write_text("")
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.duckdb", "inside", "behind")}
    assert modes == {"a.duckdb": 0o600, "inside": 0o600, "behind": 0o644}
