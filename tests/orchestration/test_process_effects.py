"""What changes the whole process is the command line's, and doit's entry point's, alone."""

import re
from pathlib import Path

import egregora

PACKAGE = Path(egregora.__file__).parent
EFFECTS = re.compile(
    r"os\.umask|\bchdir\(|signal\.signal|excepthook =|os\.environ(?:\[|\.setdefault|\.update)"
    r"|os\.putenv|setlocale|sys\.path\b"
)
ALLOWED = {
    "orchestration/cli.py": {"os.environ[", "os.environ.setdefault"},
    "orchestration/commands/serve.py": {"signal.signal"},
    "orchestration/tasks.py": {"excepthook =", "os.environ.setdefault", "signal.signal"},
    "utils/files.py": {"os.umask"},  # for as long as `private_files` lasts, and in what the two above call
}


def test_only_the_command_line_and_the_tasks_change_the_process():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if effects := set(EFFECTS.findall(path.read_text("utf-8"))):
            found[path.relative_to(PACKAGE).as_posix()] = effects
    assert found == ALLOWED


def test_files_are_kept_private_from_two_places():
    users = [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if "keep_files_private()" in path.read_text("utf-8") and path.name != "files.py"
    ]
    assert users == ["orchestration/cli.py", "orchestration/tasks.py"]
