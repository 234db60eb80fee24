"""Hard cases of WhatsApp's format: what the format says, not what the reader happens to do.

A file of `cases/` is a family. A case has a `name`, what it is `about`, the `text` line by line, and the `rows` that
are wanted in the order of the file, or "refused". A row leaves out what is usual (`USUAL`); a list of messages means
any of them. `encoding` is UTF-8 if not given; a stray byte is a lone surrogate, as `surrogateescape` has it.
"""

import json
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path

import pytest

from egregora.core.errors import ExportError
from egregora.ingestion.parser import ingest
from tests.ingestion import zip_cases

CASES = Path(__file__).parent / "cases"
USUAL = {"kind": "text", "attachment": None, "edited": False, "deleted": False}
FIELDS = ("time", "author", "kind", "message", "attachment", "edited", "deleted")
# The direction marks inside what the app itself wrote, and the line that ends a poll, are no part of what it says.
BY_APP = frozenset({"system", "deleted", "media_omitted", "poll", "location", "call"})
REFUSED = zip_cases.REFUSED


def read(path):
    """The messages of the export at `path` as rows of `FIELDS`, by time and then as in the file."""
    key = path.parent / "key"
    key.write_text("5b" * 32 + "\n")
    tables = defaultdict(list)
    for name, table in ingest(exports=(path,), key=key, timezone="UTC"):
        tables[name] += table.to_pylist()
    places = {(row["chat_id"], row["message_id"]): row["position"] for row in tables["message_order"]}

    def order(row):
        return row["chat_id"], row["timestamp"], places.get((row["chat_id"], row["message_id"]), 0)

    return [_as_wanted(row) for row in sorted(tables["ingested_messages"], key=order)]


def _as_wanted(row):
    time = row["timestamp"].replace(tzinfo=None).isoformat()
    return {"time": time, **{field: row[field] for field in FIELDS if field != "time"}}


def outcome_of(path):
    try:
        return read(path)
    except ExportError as error:
        return REFUSED if error.where and error.fix else f"refused without a reason: {error}"


def families():
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.json"))
        for case in json.loads(file.read_text("utf-8"))
    ]


def wrong_rows(wanted, found):
    """A line for each row that is not as wanted; empty when all are."""
    if isinstance(wanted, str) or isinstance(found, str):
        return [] if wanted == found else [f"wanted {wanted}", f"found  {found}"]
    full = ({**USUAL, **row} for row in wanted)
    by_time = (sorted(rows, key=lambda row: row["time"]) for rows in (full, found))  # in a minute as in the file
    pairs = enumerate(zip_longest(*by_time))
    return [line for number, pair in pairs for line in _differences(number, *pair)]


def _differences(number, wanted, found):
    if wanted is None or found is None:
        return [f"row {number}: " + (f"missing {wanted}" if wanted else f"not wanted {found}")]
    return [
        f"row {number}, {field}: wanted {wanted[field]!a}, found {found[field]!a}"
        for field in FIELDS
        if not _same(field, wanted, found)
    ]


def _same(field, wanted, found):
    if field != "message":
        return wanted[field] == found[field]
    options = wanted[field] if isinstance(wanted[field], list) else [wanted[field]]
    if wanted["kind"] in BY_APP:
        return _plain(found[field]) in map(_plain, options)
    return found[field] in options


def _plain(text):
    return "".join(char for char in text if char not in "\u200e\u200f\u2068\u2069").rstrip("\n")


@pytest.mark.parametrize("case", families())
def test_a_chat_is_read_as_the_format_says(tmp_path, case):
    path = tmp_path / "WhatsApp Chat with Case.txt"
    path.write_bytes("".join(case["text"]).encode(case.get("encoding", "utf-8"), "surrogateescape"))
    wrong = wrong_rows(case["rows"], outcome_of(path))
    assert not wrong, "\n".join([case.get("about", ""), *wrong])


@pytest.mark.parametrize("name", zip_cases.BUILDERS)
def test_a_zip_is_read_or_refused(tmp_path, name):
    path, outcomes = zip_cases.BUILDERS[name](tmp_path)
    found = outcome_of(path)
    wrong = [wrong_rows(wanted, found) for wanted in outcomes]
    assert [] in wrong, "\n".join(wrong[0])


def test_the_cases_cover_every_kind_and_no_name_comes_twice():
    cases = [param.values[0] for param in families()]
    kinds = {row.get("kind", "text") for case in cases if case["rows"] != REFUSED for row in case["rows"]}
    assert kinds == {"text", "command", "media", "empty", *BY_APP}
    ids = [param.id for param in families()]
    assert len(ids) == len(set(ids))


def test_a_wrong_row_is_reported():
    row = {"time": "2024-01-13T09:05:00", "author": "Ana", "message": "hi"}
    found = {**USUAL, **row}
    assert wrong_rows([row], [found]) == []
    assert wrong_rows([row], [{**found, "author": "Bia"}]) == ["row 0, author: wanted 'Ana', found 'Bia'"]
    assert len(wrong_rows([row, row], [found])) == 1
    assert len(wrong_rows([row], [found, found])) == 1
    assert len(wrong_rows([row], REFUSED)) == 2
