"""The copy that may be given away: what is in it, what is not, and what happens when it must not be written."""

import re
import resource
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from egregora.orchestration.handoff.share_database import SHARED
from egregora.privacy.egress.leak_scan import LeakScanner
from egregora.privacy.roster import Roster
from tests.whole.house import House, copied, copied_package
from tests.whole.test_wishes import DORA, OWN

PARTS = ["Ana", "Souza", "Bruno", "Lima", "Célia", "Celia", "Prado", "Dora", "7700", "900123", "447700900123"]


@pytest.fixture
def house(after_three_weeks, tmp_path):
    return copied(after_three_weeks, tmp_path / "house")


def texts(path):
    connection = duckdb.connect(str(path), read_only=True)
    try:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables}
    finally:
        connection.close()


def test_the_copy_has_the_later_tables_and_no_name_and_no_raw_text(house, tmp_path):
    target, before = tmp_path / "given.duckdb", house.database.read_bytes()
    said = house.egregora("export", "--share", str(target))
    assert "no name found in it" in said
    found, data = texts(target), target.read_bytes()
    assert set(found) == set(SHARED)
    assert target.stat().st_mode & 0o777 == 0o600
    assert "marmalade" in found["generated_posts"]
    everything = "".join(found.values())
    for part in PARTS:
        assert not re.search(rf"(?<![^\W_]){part}(?![^\W_])", everything, re.IGNORECASE), part
        assert part.encode() not in data
    changed = """SELECT DISTINCT raw.message FROM ingested_messages raw JOIN redactions r USING (chat_id, message_id)
                 WHERE r.kind <> 'attachment'"""
    raw = [text for (text,) in house.query(changed)]
    assert raw
    for text in raw:
        assert text.encode() not in data
        assert text not in everything
    for never in (
        "Captain",
        "wren_9",
        "example.org/roof",
        "waffleiron",
        OWN[DORA],
        (house.folder / ".egregora/key").read_text().strip(),
    ):
        assert never.encode() not in data
        assert never not in everything
    assert house.database.read_bytes() == before
    assert house.doit() == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_table_that_is_not_listed_does_not_leave(house, tmp_path):
    house.tamper("CREATE TABLE notes AS SELECT 'Ana Souza' AS text")
    house.egregora("export", "--share", str(tmp_path / "given.duckdb"))
    assert "notes" not in texts(tmp_path / "given.duckdb")


def test_nothing_is_overwritten(house, tmp_path):
    target = tmp_path / "given.duckdb"
    target.write_text("mine")
    assert "there is a file already" in house.egregora("export", "--share", str(target), expect=2)
    assert target.read_text() == "mine"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    house.egregora("export", "--share", str(tmp_path / "link"), expect=2)
    assert "no such folder" in house.egregora("export", "--share", str(tmp_path / "a" / "b"), expect=2)
    house.egregora("export", expect=2)


@pytest.mark.parametrize("slip", ["said SOUZA", "call 7700 900-123", "(Bruno)"])
def test_a_name_that_got_into_a_later_table_stops_the_copy(house, tmp_path, slip):
    package = copied_package(tmp_path / "code")
    code = package / "egregora" / "privacy" / "pseudonyms.py"
    code.write_text(code.read_text().replace("[kind for _, kind, _ in found]", f'["{slip}" for _ in found]'))
    house = House(house.folder, package)
    house.doit()
    said = house.egregora("export", "--share", str(tmp_path / "given.duckdb"), expect=1)
    assert re.search(r"would hold what names somebody: \d+ in redactions.kind", said)
    assert slip not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code", "house"]


def test_a_table_that_another_program_wrote_is_not_given_away(house, tmp_path):
    house.tamper("UPDATE generated_posts SET body = body || ' said Souza'")
    said = house.egregora("export", "--share", str(tmp_path / "given.duckdb"), expect=1)
    assert "not everything is made yet (generated" in said


def test_a_copy_that_is_killed_leaves_no_file_of_that_name_and_the_next_one_takes_its_rests_away(house, tmp_path):
    target = tmp_path / "given.duckdb"
    for wait in (0.2, 0.5, 0.8, 1.1):
        process = house.start("egregora", "export", "--share", str(target))
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not target.exists() or "anonymized_messages" in texts(target)
        target.unlink(missing_ok=True)
    house.egregora("export", "--share", str(target))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.duckdb", "house"]
    assert house.doit() == []


def test_a_full_disk_is_said_plainly_and_leaves_nothing(house, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "egregora", "export", "--share", str(tmp_path / "given [1].duckdb")],
        cwd=house.folder,
        env=house.environment(),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        check=False,
    )
    assert process.returncode == 1, process.stderr
    assert "the disk is full" in process.stderr
    assert "Traceback" not in process.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["house"]


def test_what_is_not_fresh_is_not_given_away(house, tmp_path):
    house.run("doit", "forget", "profiles")
    said = house.egregora("export", "--share", str(tmp_path / "given.duckdb"), expect=1)
    assert "not everything is made yet (profiles" in said
    assert "run `doit` first" in said
    assert not (tmp_path / "given.duckdb").exists()


def test_a_busy_project_is_said_so(house, tmp_path):
    connection = duckdb.connect(str(house.database))
    try:
        said = house.egregora("export", "--share", str(tmp_path / "given.duckdb"), expect=3)
        assert "another process" in said
    finally:
        connection.close()


ROSTER = Roster({"ana souza": "a" * 8, "bruno lima": "b" * 8, "rosa": "c" * 8, "447700900123": "d" * 8}, frozenset())
LEAKS = LeakScanner.from_roster(ROSTER, ["Ana Souza", "Bruno Lima", "Rosa", "+44 7700 900123"])


@pytest.mark.parametrize(
    ("text", "named"),
    [("see ana", 1), ("BRUNÔ", 1), ("banana, limas", 0), ("a rosa", 0), ("x 7700-900 123 y", 1), ("7700 9001", 0)],
)
def test_names_and_phones_are_found_in_texts(text, named):
    assert LEAKS.count_texts([text, None, "clean"]) == named


def test_names_and_phones_are_found_in_bytes_over_the_end_of_a_piece(tmp_path):
    path = tmp_path / "file"
    for inside in (b"Bruno Lima", b"BRUNO LIMA", b"447700900123", b"ana souza"):
        path.write_bytes(bytes((16 << 20) - 4) + inside + bytes(40))
        assert LEAKS.count_in_file(path) > 0, inside
    path.write_bytes(b"Brunos Limas Ana 7700")
    assert LEAKS.count_in_file(path) == 0
    assert LEAKS.count_in_file(path, ignored="bruno lima") == 0
