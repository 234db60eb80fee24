"""Six stages over a million rows: first build, nothing changed, same output upstream, 1 % appended.

`python bench_million.py [ROWS]` prints wall times and their multiples of `python -c pass` and `import duckdb` in the
same run.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = """
from egregora.core.stage import Stage

def stage(name, *inputs, table=None, **others):
    return Stage(name=name, title=name, tables={name: f"six:{(table or name).upper()}_SCHEMA"}, inputs=inputs,
                 build=f"six:{name}", **others)

STAGES = (
    stage("raw", sources=("exports",)),
    stage("tidy", "raw"), stage("hidden", "tidy"), stage("links", "hidden"), stage("words", "hidden"),
    stage("days", "words", "links"),
)
"""
DODO = """
from egregora.orchestration.tasks import namespace
from stages import STAGES
globals().update(namespace(__file__, STAGES))
"""
SIX = """
import ibis
import pyarrow.csv as csv

RAW_SCHEMA = ibis.schema({"id": "int64", "day": "date", "author": "string", "text": "string"})
TIDY_SCHEMA = HIDDEN_SCHEMA = RAW_SCHEMA
LINKS_SCHEMA = ibis.schema({"id": "int64", "url": "string"})
WORDS_SCHEMA = ibis.schema({"id": "int64", "day": "date", "author": "string", "text": "string", "size": "int64"})
DAYS_SCHEMA = ibis.schema({"day": "date", "messages": "int64", "size": "int64", "links": "int64"})

def raw(exports):
    for batch in csv.open_csv(exports[0]):
        yield "raw", batch

def tidy(raw):
    return raw.filter(raw.text != "").mutate(text=raw.text.strip())

def hidden(tidy):
    return tidy.mutate(author="p" + tidy.author.length().cast("string"))

def links(hidden):
    return hidden.filter(hidden.text.startswith("http")).select("id", url=hidden.text)

def words(hidden):
    return hidden.mutate(size=hidden.text.length().cast("int64"))

def days(words, links):
    linked = words.left_join(links, "id")
    return linked.group_by("day").agg(messages=linked.count(), size=linked.size.sum(), links=linked.url.count())
"""


def rows(start: int, count: int) -> str:
    texts = ("hello you", "https://example.com/a", "a rather longer sentence about nothing", "ok", "see you at nine")
    lines = (
        f"{number},20{20 + number // 200_000 % 5}-0{number % 9 + 1}-1{number % 9},Author {number % 40},"
        f"{texts[number % 5]} {number}\n"
        for number in range(start, start + count)
    )
    return "".join(lines)


def seconds(folder: Path, *command: str, turns: int = 1) -> float:
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        for name, text in (("stages.py", STAGES), ("dodo.py", DODO), ("six.py", SIX), ("egregora.toml", "")):
            (folder / name).write_text(text)
        (folder / "exports").mkdir()
        source = folder / "exports" / "rows.txt"
        source.write_text("id,day,author,text\n" + rows(0, count))
        nothing = seconds(folder, "-c", "pass", turns=5)
        duckdb = seconds(folder, "-c", "import duckdb", turns=5)
        ibis = seconds(folder, "-c", "import ibis; ibis.duckdb.connect()", turns=3)
        print(f"python -c pass {nothing:.3f} s, import duckdb {duckdb:.3f} s, ibis with a connection {ibis:.3f} s")

        def told(name: str, taken: float) -> None:
            against = f"{taken / nothing:6.1f} times pass, {taken / duckdb:5.1f} times import duckdb"
            print(f"{name:24} {taken:6.2f} s = {against}")

        told("first build", seconds(folder, "-m", "doit"))
        told("nothing changed", seconds(folder, "-m", "doit", turns=5))
        (folder / "six.py").write_text(SIX.replace('"p" + tidy', '"" + ibis.literal("p") + tidy'))
        # All six live in one module, so all are looked at again; each makes the same rows.
        told("same output, all six", seconds(folder, "-m", "doit"))
        subprocess.run([sys.executable, "-m", "doit", "forget", "tidy"], cwd=folder, check=True, capture_output=True)
        told("same output upstream", seconds(folder, "-m", "doit"))
        with source.open("a") as file:
            file.write(rows(count, count // 100))
        told("1 % appended", seconds(folder, "-m", "doit"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
