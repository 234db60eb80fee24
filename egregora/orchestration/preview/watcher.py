"""Building again when something changed: what a site is made from is looked at again and again.

Looking costs a stat for each of some two hundred files, about two milliseconds. A library that is told of changes by
the operating system would save those, and bring a compiled package.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import egregora
from egregora.config.project import Project
from egregora.core.errors import BusyError

Stamps = dict[str, tuple[int, int]]  # a file's time and size, by its path
Say = Callable[[str], None]

_LOOK_SECONDS = 0.4
_BUSY_SECONDS = 3.0
_END_SECONDS = 10.0
_NOT_CODE = frozenset({"__pycache__", ".git"})


def read_by_a_build(project: Project) -> tuple[Path, ...]:
    """The files and folders that decide what a build makes: of the project, and the program itself."""
    program = Path(egregora.__file__).parent
    own = (project.settings_file, project.forgotten, project.key, project.exports_dir)
    return (*own, project.folder / "templates", program)


def stamps_of(places: Iterable[Path]) -> Stamps:
    """The time and size of every file in `places`, which are files or folders and may be missing."""
    return {path: (stat.st_mtime_ns, stat.st_size) for place in places for path, stat in _files(str(place))}


def _files(place: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(place) as entries:
            found = [entry for entry in entries if entry.name not in _NOT_CODE]
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            else:
                yield entry.path, entry.stat()
    except NotADirectoryError:
        yield place, os.stat(place)  # noqa: PTH116 - beside scandir
    except FileNotFoundError:
        return  # it is not there, or went while we looked


def keep_built(project: Project, say: Say, made: Callable[[], None]) -> None:
    """Build, and build again whenever something that counts changed, for ever; `made` is called when pages differ.

    A build that fails is told with its error and tried again after the next change; one that another process keeps
    from working is tried again by itself.
    """
    places = read_by_a_build(project)
    while True:
        before = stamps_of(places)
        code = _build(project, say, made)
        if code == BusyError.exit_code:
            time.sleep(_BUSY_SECONDS)
            continue
        changed = _wait_for_change(places, before)
        say(f"{_told(changed, project)} changed; building")


def _wait_for_change(places: Iterable[Path], before: Stamps) -> list[str]:
    """The paths that are not as `before`, once nothing changes any more: an export may take a while to copy."""
    known = before
    while True:
        time.sleep(_LOOK_SECONDS)
        now = stamps_of(places)
        if now == known != before:
            return sorted(path for path in {*now, *before} if now.get(path) != before.get(path))
        known = now


def _told(paths: list[str], project: Project) -> str:
    """What changed, in a few words; an export is not called by its name, which is often a person's."""
    names = []
    for path in map(Path, paths):
        if path.is_relative_to(project.exports_dir):
            names.append("exports/")
        elif path.is_relative_to(project.folder):
            names.append(str(path.relative_to(project.folder)))
        else:
            names.append(path.name)
    first, *others = dict.fromkeys(names)
    return f"{first} and {len(others)} more" if others else first


def _build(project: Project, say: Say, made: Callable[[], None]) -> int:
    """Run a build to its end, and give its exit code."""
    pages, begun = stamps_of([project.site_dir]), time.perf_counter()
    with _building(project) as process:
        for line in process.stdout or ():
            if not line.rstrip().endswith(": fresh") and not line.startswith("✓"):
                say(f"  {line.rstrip()}")
    differ = stamps_of([project.site_dir]) != pages
    seconds = time.perf_counter() - begun
    if differ:
        made()
    if process.returncode:
        kept = "what it made so far is shown" if differ else "the last good site is shown"
        say(f"✗ the build failed; {kept}, and it is tried again when something changes")
    else:
        say(f"✓ {'the site is new' if differ else 'the site is up to date'} ({seconds:.1f} s)")
    return process.returncode


@contextmanager
def _building(project: Project) -> Iterator[subprocess.Popen[str]]:
    """A build in a process of its own, so that code that changed counts and a crash ends nothing else.

    Ctrl-C is for the server, which hands it on and waits: what was finished is kept.
    """
    program = str(Path(egregora.__file__).parent.parent)  # the same as ours, wherever it was started
    path = os.pathsep.join(filter(None, (program, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "egregora", "process", "--output", str(project.folder)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        start_new_session=os.name == "posix",
    )
    try:
        yield process
        process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # what it committed is there
