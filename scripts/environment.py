"""The virtual environment `.venv`: exactly what `requirements.lock` names, with hashes; made once."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
_DESCRIBED_BY = (ROOT / "requirements.lock", ROOT / "pyproject.toml")
_STAMP = VENV / "made-from"
_OLDEST = (3, 11)


def ready() -> Path:
    """The folder of the environment's programs; the environment is made, or made anew, when it has to be."""
    if sys.version_info < _OLDEST:
        sys.exit(f"egregora needs Python 3.11 or newer, and this is {sys.version.split()[0]}: run with a newer python3")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in _DESCRIBED_BY) + sys.version.encode()).hexdigest()
    if not _STAMP.is_file() or _STAMP.read_text() != wanted:
        _make()
        _STAMP.write_text(wanted)
    return BIN


def run(*command: str, **variables: str) -> None:
    """Run a program of the environment from the project's root, and end with its exit code if it fails."""
    result = _start(list(command), variables).wait()
    if result:
        sys.exit(result)


def check() -> None:
    """Format, lint, types and import contracts, at the same time; end with the exit code of one that fails."""
    checks = (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"], ["lint-imports"])
    started = [_start(each, {}, stdout=subprocess.PIPE) for each in checks]
    for process in started:
        sys.stdout.buffer.write(process.communicate()[0])
        sys.stdout.flush()
    if failed := [process.returncode for process in started if process.returncode]:
        sys.exit(failed[0])


def _start(command: list[str], variables: dict[str, str], stdout: int | None = None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **variables, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    errors = None if stdout is None else subprocess.STDOUT
    return subprocess.Popen(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, env=environment, stdout=stdout, stderr=errors
    )


def _make() -> None:
    print("making .venv from requirements.lock (once, a minute or two)", flush=True)
    venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _require([*pip, "--require-hashes", "-r", str(_DESCRIBED_BY[0])])
    _require([*pip, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)])
    # An editable install is not compiled; without this, a start takes twice as long where Python may not write.
    _require([str(BIN / "python"), "-m", "compileall", "-q", str(ROOT / "egregora")])


def _require(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit("the environment could not be made: check that the package registry can be reached, and run again")
