"""How much of a chat's personal data is left in its texts, how much is taken out that is none, and how fast.

    python bench_privacy.py EXPORT.zip TRUTH.jsonl [--show]

TRUTH has a JSON object for each message: "text", "author_shown", "kind", and "spans" of names ("person", "mention",
with the member as "person", null for somebody else), "phone", "email", "cpf", "card", "address" and "url". A span leaks
when one of its words is left. A clean message has no span but of an address of the web, and is no place that was sent.
--show prints some of what is wrong.
"""

import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from egregora.core.names import fold, words_of
from egregora.ingestion.parser import ingest
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.pseudonyms import anonymize
from egregora.privacy.roster import read_roster

RUNS = 3
SHOWN = 12
SECRET = b"\x5b" * 32
Truth = list[dict[str, Any]]


def main(export: Path, truth: Path, *, show: bool) -> None:
    """Print the rates and the throughput."""
    messages = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key")
        key.write_text(SECRET.hex() + "\n")
        reading, table = best(lambda: ingested(export, key))
        hiding, _ = best(lambda: [*anonymize(ingested_messages=table, key=key)])
    rows = table.count().execute()
    print(
        f"{rows:,} messages; read {rows / reading:,.0f}/s, hidden {rows / hiding:,.0f}/s, {hiding / reading:.2f} times"
    )
    redactor = read_roster(table, SECRET).redactor()
    rates(redactor, [row for row in messages if row["kind"] != "command" and row["author_shown"]], show=show)


def ingested(export: Path, key: Path) -> Any:
    """The messages of `export` as a table in memory."""
    pieces = ingest(exports=(export,), key=key, timezone="UTC")
    table = ibis.memtable(pa.concat_tables([piece for name, piece in pieces if name == "ingested_messages"]))
    return table.filter(table.kind != "command")  # else few messages would be left


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds of the fastest of a few runs, and what it gave."""
    times = []
    for _ in range(RUNS):
        started = time.process_time()
        result = work()
        times.append(time.process_time() - started)
    return min(times), result


def rates(redactor: Redactor, messages: Truth, *, show: bool) -> None:
    """Print for each sort of span how many leak, and how many clean messages are altered."""
    listed = known(messages)
    total, wrong, seen = Counter[str](), Counter[str](), defaultdict[str, list[str]](list)
    for row in messages:
        redacted = redactor.redact(row["text"])[0]
        for sort, leaks in judged(row, redacted, listed):
            total[sort] += 1
            wrong[sort] += leaks
            if leaks:
                seen[sort].append(f"{row['text']!r} -> {redacted!r}")
    for sort in sorted(total):
        print(f"  {sort:28} {wrong[sort]:6} of {total[sort]:6}  {100 * wrong[sort] / total[sort]:6.2f} %")
        for line in list(dict.fromkeys(seen[sort]))[: SHOWN if show else 0]:
            print(f"      {line}")


def judged(row: dict[str, Any], redacted: str, listed: dict[str, set[str]]) -> Iterator[tuple[str, bool]]:
    """The sort of each span of `row`, and whether it leaks; of a clean message, whether it was altered."""
    spans = [span for span in row.get("spans") or () if span["type"] != "url"]
    if not spans and row["kind"] != "location":
        yield "clean messages altered", redacted != row["text"]
    left, other = Counter(tokens(redacted)), Counter(tokens(row["text"]))
    other -= Counter(token for span in spans for token in tokens(span["value"]))
    for span in spans:
        yield sort_of(span, listed), any(left[token] > other[token] for token in tokens(span["value"]))


def tokens(text: str) -> list[str]:
    """The words and numbers of `text` that could tell something."""
    folded = fold(text)
    return [token for token in words_of(folded) if len(token) > 1] + [
        "".join(filter(str.isdigit, token)) for token in folded.split() if sum(map(str.isdigit, token)) > 1
    ]


def known(messages: Truth) -> dict[str, set[str]]:
    """For each member the words they are listed under."""
    found = defaultdict[str, set[str]](set)
    for row in messages:
        found[row["author"]].update(words_of(fold(row["author_shown"])))
    return found


def sort_of(span: dict[str, Any], listed: dict[str, set[str]]) -> str:
    """What sort of span this is: names of the roster, names of members that no export has, of others, identifiers."""
    if span["type"] != "person":
        return f"leaks: {span['type']}"
    if span["person"] is None:
        return "leaks: names of others"
    in_roster = set(words_of(fold(span["value"]))) <= listed[span["person"]]
    return "leaks: names of the roster" if in_roster else "leaks: names in no export"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), show="--show" in sys.argv)
