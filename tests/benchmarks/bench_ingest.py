"""How long an export takes to be read into the DuckDB file, against others over the same lines in the same run.

    python bench_ingest.py [MESSAGES] [--peers]

Two chats are written, Android's and iOS's, with messages of several lines, system lines, files, links and edits.
Measured, each in a process of its own and the best of three: a plain loop over the lines; DuckDB's read_csv of the raw
lines, alone, with regexp_extract, and with regexp_extract into a table of a file; egregora from the zip into the tables
of its file; and with --peers whatstk (from PyPI) and whatsapp-chat-parser (from npm, in the current folder), where they
are installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

START = datetime(2015, 1, 1)  # noqa: DTZ001  # a wall time
RUNS = 3
LRM = "\u200e"
TEXTS = (
    "shall we meet on Saturday at the usual place?",
    "ok",
    "I think so, but let me ask at home first 🙂",
    "two lines:\nthis is the second one, a little longer than the first",
    "look at https://example.org/a/page?of=ours (it is short)",
    "yes!",
    "the price went up again, 42.50 for what was 39.90 in March; I do not know what to say about that any more",
)

DUCKDB = r"""
import duckdb, sys, time
path, what, head = sys.argv[1:]
lines = ("(SELECT coalesce(line, '') AS line FROM read_csv('" + path + "', delim='\x01\x02\x03\x04', quote='', "
         "escape='', auto_detect=false, header=false, strict_mode=false, columns={'line': 'VARCHAR'}))")
parts = f"regexp_extract(line, '{head}', ['date', 'time', 'author', 'text'])"
queries = {
    "read": f"SELECT count(*), sum(length(line)) FROM {lines}",
    "extract": f"SELECT count(*), sum(length(p.date) + length(p.time) + length(p.author) + length(p.text)) "
               f"FROM (SELECT {parts} AS p FROM {lines})",
    "store": f"CREATE OR REPLACE TABLE raw AS SELECT unnest({parts}) FROM {lines}",
}
connection = duckdb.connect(path + ".duckdb" if what == "store" else ":memory:")
start = time.perf_counter()
connection.execute(queries[what]).fetchall()
connection.close()
print(time.perf_counter() - start)
"""

LOOP = r"""
import sys, time
start = time.perf_counter()
sum(1 for _ in open(sys.argv[1], encoding="utf-8", newline="\n"))
print(time.perf_counter() - start)
"""

OURS = r"""
import sys, time
from pathlib import Path
from egregora.ingestion.parser import ingest
from egregora.orchestration.engine import builder
from egregora.orchestration.database import Database
from egregora.orchestration.pipeline import INGESTED
folder = Path(sys.argv[1]).parent
(folder / "key").write_text("5b" * 32 + "\n")
with Database.open(folder / "ours.duckdb") as database:
    start = time.perf_counter()
    with database.write() as writer:
        pieces = ingest(exports=(Path(sys.argv[1]),), key=folder / "key", timezone="UTC")
        builder._store(writer, INGESTED, "", pieces, lambda rows: None)
    print(time.perf_counter() - start)
"""

WHATSTK = r"""
import sys, time
from whatstk import WhatsAppChat
start = time.perf_counter()
WhatsAppChat.from_source(filepath=sys.argv[1], hformat=sys.argv[2], max_size=1 << 40)
print(time.perf_counter() - start)
"""

WHATSAPP_CHAT_PARSER = r"""
const { readFileSync } = require("fs");
const { parseString } = require("whatsapp-chat-parser");
const start = performance.now();
parseString(readFileSync(process.argv[1], "utf8"), { parseAttachments: true });
console.log((performance.now() - start) / 1000);
"""

HEADS = {
    False: r"^(\d{1,2}/\d{1,2}/\d{4}), (\d{1,2}:\d{2}) - (?:([^:]+): )?(.*)$",
    True: r"^.?\[(\d{1,2}/\d{1,2}/\d{4}), (\d{1,2}:\d{2}:\d{2})\] (?:([^:]+): )?(.*)$",
}


def write_chat(path: Path, messages: int, *, ios: bool) -> None:
    """A chat, as text and zipped beside it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(messages):
            file.write(line(number, ios=ios))
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "_chat.txt" if ios else "WhatsApp Chat with Bench.txt")


def line(number: int, *, ios: bool) -> str:
    when = START + timedelta(seconds=97 * number)
    head = when.strftime("[%d/%m/%Y, %H:%M:%S] " if ios else "%d/%m/%Y, %H:%M - ")
    end = "\r\n" if ios else "\n"
    author = f"Person {number * 7 % 12}"
    if number % 100 == 0:
        return f"{head}{'Bench: ' + LRM if ios else ''}{author} added Person 3{end}"
    if number % 20 == 1:
        name = (
            when.strftime(f"{number:08}-PHOTO-%Y-%m-%d-%H-%M-%S.jpg")
            if ios
            else f"IMG-20240101-WA{number % 10_000:04}.jpg"
        )
        file = f"{LRM}<attached: {name}>" if ios else f"{LRM}{name} (file attached)"
        return f"{LRM if ios else ''}{head}{author}: {file}{end}"
    text = TEXTS[number % len(TEXTS)]
    if number % 200 == 3:
        return f"{LRM if ios else ''}{head}{author}: {text} {LRM if ios else ''}<This message was edited>{end}"
    return f"{head}{author}: {text} {number}{end}"


def best(command: list[str]) -> tuple[float, int] | None:
    """The seconds that the fastest of a few runs prints, and its peak memory in MB; None when it does not run."""
    found = []
    for _ in range(RUNS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        out = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            return None
        found.append((float(out.split()[-1]), usage.ru_maxrss >> 10))
    return min(found)


def contenders(text: Path, *, ios: bool, peers: bool) -> dict[str, list[str]]:
    python, packed, head = sys.executable, str(text.with_suffix(".zip")), HEADS[ios]
    found = {
        "plain loop over the lines": [python, "-c", LOOP, str(text)],
        "DuckDB: read_csv": [python, "-c", DUCKDB, str(text), "read", head],
        "DuckDB: read_csv, regexp_extract": [python, "-c", DUCKDB, str(text), "extract", head],
        "DuckDB: the same, into a file": [python, "-c", DUCKDB, str(text), "store", head],
        "egregora: zip into its file": [python, "-c", OURS, packed],
    }
    if peers:
        form = "[%d/%m/%Y, %H:%M:%S] %name:" if ios else "%d/%m/%Y, %H:%M - %name:"
        found["whatstk, not stored"] = [python, "-c", WHATSTK, str(text), form]
        found["whatsapp-chat-parser, not stored"] = [
            shutil.which("node") or "node",
            "-e",
            WHATSAPP_CHAT_PARSER,
            str(text),
        ]
    return found


def main(messages: int, *, peers: bool) -> None:
    """Print the table."""
    for ios in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder, "WhatsApp Chat with Bench.txt")
            write_chat(text, messages, ios=ios)
            print(f"{'iOS' if ios else 'Android'}, {messages:,} messages, {text.stat().st_size >> 20} MB")
            measured = {name: best(command) for name, command in contenders(text, ios=ios, peers=peers).items()}
        base = measured["DuckDB: read_csv, regexp_extract"]  # what "of it" is a multiple of
        for name, result in measured.items():
            if result and base:
                seconds, peak = result
                rate = f"{messages / seconds:11,.0f} messages/s"
                print(f"  {name:36} {seconds:6.2f} s, {seconds / base[0]:5.2f} of it, {rate}, {peak:5} MB")
            else:
                print(f"  {name:36} is not installed")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main(numbers[0] if numbers else 200_000, peers="--peers" in sys.argv)
