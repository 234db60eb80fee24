"""A project in a folder of its own, and the real program run in it."""

import compileall
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

import egregora
from tests.whole import forked

TOY = """
import ibis, pyarrow as pa

A_SCHEMA = ibis.schema({"id": "int64", "day": "string", "text": "string"})
B_SCHEMA = ibis.schema({"id": "int64", "window": "string", "text": "string"})
C_SCHEMA = ibis.schema({"id": "int64", "letters": "int64"})
P_SCHEMA = ibis.schema({"window": "string", "body": "string"})
L_SCHEMA = ibis.schema({"window": "string", "size": "int64"})

def read(exports, timezone):
    for export in exports:
        rows = [line.split(",") for line in export.read_text().splitlines()]
        columns = list(zip(*rows)) or [[], [], []]
        yield "a", pa.table({"id": [int(each) for each in columns[0]], "day": columns[1], "text": columns[2]})

def cut(a, period):
    return a.select("id", window=a.day.substr(0, 7), text=a.text.upper())

def count(a):
    return a.select("id", letters=a.text.length().cast("int64"))

def post(window, b):
    return b.group_by("window").agg(body=b.text.group_concat(" ", order_by=b.id))

def last(posts, title):
    return posts.select("window", size=posts.body.length().cast("int64"))
"""
TOY_DODO = """
from egregora.core.stage import Stage
from egregora.orchestration.tasks import namespace

STAGES = (
    Stage(name="a", title="Reading", tables={"a": "toy:A_SCHEMA"}, sources=("exports",), settings=("timezone",),
          build="toy:read"),
    Stage(name="b", title="Cutting", tables={"b": "toy:B_SCHEMA"}, inputs=("a",), settings=("period",),
          build="toy:cut"),
    Stage(name="c", title="Counting", tables={"c": "toy:C_SCHEMA"}, inputs=("a",), build="toy:count"),
    Stage(name="posts", title="Posting", tables={"posts": "toy:P_SCHEMA"}, inputs=("b",), by_window=True,
          build="toy:post", unit="posts"),
    Stage(name="last", title="Ending", tables={"last": "toy:L_SCHEMA"}, views=("last",), inputs=("posts",),
          settings=("title",), build="toy:last"),
)
"""
TOY_LINES = ["1,2024-01-05,hello", "2,2024-01-06,you", "3,2024-02-01,again", "4,2024-03-09,bye"]


class House:
    """Runs the real program in `folder`; `package` holds a copy of egregora when code is to be changed."""

    def __init__(self, folder: Path, package: Path | None = None) -> None:
        self.folder = folder
        self.package = package
        folder.mkdir(parents=True, exist_ok=True)

    # running

    def environment(self, **variables: str) -> dict[str, str]:
        path = {"PYTHONPATH": str(self.package)} if self.package else {}
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **path, **variables}

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, expect: int | None = 0, **variables: str) -> str:
        """What the command printed; it must end with the code that is expected.

        A process is started for it where the code or the interpreter is told to be another one, else it is a fork.
        """
        if self.package or any(name.startswith(("PYTHON", "LC_")) for name in variables):
            process = self.start(*command, **variables)
            out, err = process.communicate(timeout=300)
            code = process.returncode
        else:
            code, out, err = forked.run(command, self.folder, self.environment(**variables))
        assert expect is None or code == expect, f"{command}: {code}\n{out}\n{err}"
        return out + err

    def doit(self, *arguments: str, expect: int | None = 0, **variables: str) -> list[str]:
        """The tasks that a run of doit made, in order."""
        before = self.runs()
        self.run("doit", *arguments, expect=expect, **variables)
        return self.runs()[len(before) :]

    def egregora(self, *arguments: str, expect: int | None = 0, **variables: str) -> str:
        return self.run("egregora", *arguments, expect=expect, **variables)

    # looking

    @property
    def database(self) -> Path:
        return self.folder / "egregora.duckdb"

    def query(self, sql: str) -> list[tuple]:
        connection = duckdb.connect(str(self.database), read_only=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def runs(self) -> list[str]:
        if not self.database.exists():
            return []
        return [task for (task,) in self.query("SELECT task FROM stage_runs ORDER BY started_at, rowid")]

    def tables(self) -> list[str]:
        return [name for (name,) in self.query("SELECT table_name FROM information_schema.tables ORDER BY 1")]

    def rows(self, table: str) -> list[tuple]:
        return sorted(self.query(f'SELECT * FROM "{table}"'), key=repr)

    def files(self, *folders: str) -> dict[str, bytes]:
        found = (path for folder in folders for path in (self.folder / folder).rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in sorted(found)}

    # changing

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def tamper(self, sql: str) -> None:
        connection = duckdb.connect(str(self.database))
        connection.execute(sql)
        connection.close()


def toy_house(folder: Path, lines: list[str] = TOY_LINES, dodo: str = "") -> House:
    """A project with a small pipeline of its own: a → b, c; b → posts by month → last, a view."""
    house = House(folder)
    (folder / "toy.py").write_text(TOY, "utf-8")
    (folder / "dodo.py").write_text((dodo or TOY_DODO) + "globals().update(namespace(__file__, STAGES))\n", "utf-8")
    (folder / "egregora.toml").write_text('title = "x"\n', "utf-8")
    (folder / "exports").mkdir(exist_ok=True)
    write_toy_export(house, lines)
    return house


def write_toy_export(house: House, lines: list[str]) -> None:
    (house.folder / "exports" / "chat.txt").write_text("".join(line + "\n" for line in lines), "utf-8")


def copied(house: House, folder: Path) -> House:
    """A copy of a built project, in which nothing is left to do."""
    shutil.copytree(house.folder, folder, copy_function=shutil.copy2)
    return House(folder)


def copied_package(folder: Path) -> Path:
    """A folder with a copy of egregora in it, compiled, for the runs of a `House` do not write what they compile."""
    shutil.copytree(Path(egregora.__file__).parent, folder / "egregora", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder / "egregora", quiet=2)
    return folder


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def imported(said: str) -> set[str]:
    """The top-level packages in the output of `-X importtime`."""
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines() if "import time:" in line}
