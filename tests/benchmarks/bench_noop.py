"""What a run that changes nothing costs, against the imports it cannot do without: `python bench_noop.py [WINDOWS …]`.

For the sample's project and for eight small stages with many windows: CPU time of `doit` as a multiple of
`import doit.cmd_run`, and of `egregora status` as a multiple of `import click`. The two are run in turns, and the
median of each is taken, for machines differ from minute to minute.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TURNS = 15
STAGES = """
from egregora.core.stage import Stage

def stage(name, inputs=(), table="B_SCHEMA", build="small:same", **others):
    return Stage(name=name, title=name, tables={name: "small:" + table}, inputs=inputs, build=build, **others)

STAGES = (
    stage("s1", build="small:read", sources=("exports",), settings=("timezone",)),
    stage("s2", ("s1",)), stage("s3", ("s2",)), stage("s4", ("s2", "s3")), stage("s5", ("s4",), settings=("period",)),
    stage("s6", ("s5",), build="small:post", by_window=True, settings=("timezone",)),
    stage("s7", ("s4",)), stage("s8", ("s6", "s7"), settings=("title",)),
)
"""
DODO = """
from egregora.orchestration.tasks import namespace
from stages import STAGES
globals().update(namespace(__file__, STAGES))
"""
SMALL = """
import ibis, pyarrow as pa

B_SCHEMA = ibis.schema({"window": "string", "n": "int64"})

def read(exports, timezone):
    count = int(exports[0].read_text())
    yield "s1", pa.table({"window": [f"w{n:06}" for n in range(count)], "n": range(count)})

def same(**tables):
    return next(table for table in tables.values() if hasattr(table, "columns"))

def post(window, s5, timezone):
    yield "s6", pa.table({"window": [window], "n": [len(window)]})
"""
STATUS = """
import egregora.orchestration.cli
from stages import STAGES
from egregora.config.project import Project
from egregora.orchestration.engine.status import freshness_of, status_of
from pathlib import Path
freshness, _ = freshness_of(Project(Path.cwd()), STAGES)
print(len(status_of(freshness)))
"""


def cpu(command: list[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def ratio(ours: list[str], baseline: list[str], folder: Path) -> str:
    taken = [(cpu(ours, folder), cpu(baseline, folder)) for _ in range(TURNS)]
    mine, other = (statistics.median(column) for column in zip(*taken, strict=True))
    return f"{mine / other:5.2f} ({1000 * mine:.0f} ms against {1000 * other:.0f} ms)"


def measure(name: str, folder: Path, status: list[str]) -> None:
    python = sys.executable
    print(f"{name}: doit {ratio([python, '-m', 'doit'], [python, '-c', 'import doit.cmd_run'], folder)}, ", end="")
    print(f"status {ratio(status, [python, '-c', 'import click'], folder)}", flush=True)


def small_project(folder: Path, windows: int) -> None:
    (folder / "exports").mkdir()
    (folder / "exports" / "n.txt").write_text(str(windows))
    (folder / "egregora.toml").write_text("")
    (folder / "small.py").write_text(SMALL)
    (folder / "stages.py").write_text(STAGES)
    (folder / "dodo.py").write_text(DODO)
    subprocess.run([sys.executable, "-m", "doit"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def main(sizes: list[int]) -> None:
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    with tempfile.TemporaryDirectory() as root:
        sample = Path(root, "sample")
        sample.mkdir()
        subprocess.run([sys.executable, "-m", "egregora", "demo", "--output", "."], cwd=sample, check=True)
        measure("sample", sample, [sys.executable, "-m", "egregora", "status"])
        for size in sizes:
            folder = Path(root, str(size))
            folder.mkdir()
            small_project(folder, size)
            measure(f"8 stages, {size} windows", folder, [sys.executable, "-c", STATUS])


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [50, 1_000])
