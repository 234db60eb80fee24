"""Kill it, interrupt it, fill its disk, start it twice: nothing that was finished is lost or made again."""

import random
import resource
import signal
import subprocess
import sys
import time

import pytest

from tests.whole.house import TOY_DODO, TOY_LINES, House, copied, toy_house, write_toy_export

SLOW = TOY_DODO.replace("toy:", "slow:")
SLOW_TOY = """
import time
import toy
from toy import *

def slowly(function):
    def run(**arguments):
        time.sleep(0.05)
        result = function(**arguments)
        time.sleep(0.05)
        return result
    return run

read, cut, count, post, last = map(slowly, (lambda **a: list(toy.read(**a)), toy.cut, toy.count, toy.post, toy.last))
"""
TASKS = ["a", "b", "c", "posts:2024-01", "posts:2024-02", "posts:2024-03", "last"]


@pytest.fixture
def slow(tmp_path):
    house = toy_house(tmp_path / "house", dodo=SLOW)
    (house.folder / "slow.py").write_text(SLOW_TOY)
    return house


def consistent(house: House) -> None:
    """Every recorded task's table is there and as recorded: `doit` finds nothing damaged."""
    if house.database.exists():
        said = house.run("doit", "list", "--status", "--all", expect=0)
        damaged = house.query("SELECT task, data FROM doit_state WHERE data LIKE '%damaged%'")
        assert damaged == [], said


@pytest.mark.parametrize("jobs", [(), ("-n", "2")], ids=["one", "two"])
def test_killed_at_any_moment_it_is_consistent_and_makes_nothing_twice(slow, jobs):
    chance = random.Random(7)
    kills = 0
    while kills < 25:
        process = slow.start("doit", *jobs, "c", "last")
        try:
            process.wait(timeout=chance.uniform(0.3, 2.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate()
        if process.returncode == 0:
            runs = slow.runs()
            assert sorted(runs) == sorted(TASKS)
            for path in (slow.database, slow.database.with_name("egregora.duckdb.wal"), slow.folder / ".doit.db"):
                path.unlink(missing_ok=True)
        else:
            assert process.returncode == -signal.SIGKILL
            consistent(slow)
    slow.run("doit", *jobs, "c", "last")
    assert sorted(slow.runs()) == sorted(TASKS)


@pytest.mark.parametrize("program", ["doit", "egregora"])
def test_ctrl_c_is_one_line_and_130(slow, program):
    if program == "egregora":
        slow = House(slow.folder.parent / "demo")
        process = slow.start("egregora", "demo", "--output", ".")
    else:
        slow.edit("slow.py", "time.sleep(0.05)\n        return", "time.sleep(30)\n        return")
        process = slow.start("doit")
    _wait_for(slow.database.exists)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted: finished stages are kept; run again to go on\n"), out


def test_a_second_process_is_told_the_pid_and_status_answers(slow):
    slow.run("doit")
    slow.edit("slow.py", "time.sleep(0.05)\n        return", "time.sleep(30)\n        return")
    write_toy_export(slow, TOY_LINES[1:])
    first = slow.start("doit")
    try:
        _wait_for(lambda: f'"building": {first.pid}' in (slow.folder / ".doit.db").read_text())
        said = slow.run("doit", expect=3)
        assert f"another process (PID {first.pid}) is writing to egregora.duckdb" in said
        assert len(said.splitlines()) == 1
        assert f"PID {first.pid}" in slow.run("doit", "forget", "a", expect=3)
        assert "R a" in slow.run("doit", "list", "--status")
    finally:
        first.kill()
        first.communicate()


def test_a_build_elsewhere_leaves_egregora_status_answering(tmp_path):
    house = House(tmp_path)
    house.egregora("init", ".")
    program = "import duckdb, sys; c = duckdb.connect('egregora.duckdb'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"open\n"
        said = house.egregora("status")
        assert f"another process (PID {other.pid})" in said
        assert "stale   ingested" in said
        assert f"PID {other.pid}" in house.egregora("process", "--output", ".", expect=3)
        other.stdin.close()


def test_a_full_disk_is_said_plainly_and_the_last_good_tables_stay(slow):
    slow.run("doit", "c", "last")
    good = {table: slow.rows(table) for table in ("a", "b", "c", "posts")}
    lines = [
        f"{number},2024-0{number % 9 + 1}-01,{random.Random(number).randbytes(150).hex()}" for number in range(20_000)
    ]
    (slow.folder / "exports" / "chat.txt").write_text("\n".join(lines))
    limit = slow.database.stat().st_size + 500_000
    process = subprocess.run(
        [sys.executable, "-m", "doit"],
        cwd=slow.folder,
        env=slow.environment(),
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        check=False,
    )
    assert process.returncode in (1, 3), process.stderr
    assert "the disk is full" in process.stderr
    assert "Traceback" not in process.stderr
    assert {table: slow.rows(table) for table in good} == good
    slow.run("doit", "c", "last")
    assert slow.query("SELECT count(*) FROM a") == [(20_000,)]


@pytest.mark.parametrize("broken", ["cut", "text", "empty"])
def test_a_broken_zip_is_said_plainly_and_the_last_good_tables_stay(demo, tmp_path, broken):
    house = copied(demo, tmp_path / "demo")
    good, site = house.rows("ingested_messages"), house.files("site")
    (sample,) = (house.folder / "exports").iterdir()
    whole = sample.read_bytes()
    sample.write_bytes({"cut": whole[: len(whole) // 2], "text": b"hello\n" * 10, "empty": b""}[broken])
    said = house.run("doit", expect=1)
    assert "ingested:" in said
    assert "to do:" in said
    assert "Traceback" not in said
    assert house.rows("ingested_messages") == good
    assert house.files("site") == site
    sample.write_bytes(whole)
    assert house.doit() == []


def test_no_export_yet_is_said_plainly(tmp_path):
    house = House(tmp_path)
    house.egregora("init", ".")
    said = house.run("doit", expect=1)
    assert "exports" in said
    assert "Traceback" not in said


def _wait_for(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
