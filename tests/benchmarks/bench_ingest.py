"""How long a chat takes to read, against a plain loop over its lines in the same run: `python bench_ingest.py [N]`."""

import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from egregora.ingestion.parser import ingest

START = datetime(2020, 1, 1)  # noqa: DTZ001  # a wall time
RUNS = 3


def write_chat(path: Path, messages: int, *, ios: bool) -> None:
    form, end = ("[%d/%m/%Y, %H:%M:%S] ", "\r\n") if ios else ("%d/%m/%Y %H:%M - ", "\n")
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(messages):
            when = (START + timedelta(seconds=97 * number)).strftime(form)
            more = "\nand a second line 🌻" if number % 10 == 0 else ""
            file.write(f"{when}Person {number % 12}: message {number} of a chat, about as long as most{more}{end}")


def loop(path: Path) -> int:
    with path.open(encoding="utf-8", newline="\n") as file:
        return sum(1 for _ in file)


def read(path: Path) -> int:
    key = path.with_name("key")
    key.write_text("5b" * 32 + "\n")
    pieces = ingest(exports=(path,), key=key, timezone="America/Sao_Paulo")
    return sum(len(table) for name, table in pieces if name == "ingested_messages")


def seconds(work, path: Path) -> float:
    """The best of a few runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work(path)
        taken.append(time.perf_counter() - start)
    return min(taken)


def main(messages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for ios in (False, True):
            path = Path(folder, "WhatsApp Chat with Bench.txt")
            write_chat(path, messages, ios=ios)
            plain, ours = seconds(loop, path), seconds(read, path)
            print(
                f"{'ios' if ios else 'android'}: {messages / ours:,.0f} messages/s, "
                f"{ours / plain:.1f} times a plain loop over the lines"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
