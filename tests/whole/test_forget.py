"""Forgetting somebody for good: from every table, file and byte that egregora made, and in every later build."""

import re
import signal
import time

import duckdb
import pytest

from tests.whole.house import House, copied
from tests.whole.test_wishes import ANA, BRUNO, CELIA, DORA, OWN, WEEKS, put

NAMES = re.compile(r"(?<![^\W_])(c[ée]lia|prado)(?![^\W_])", re.IGNORECASE)


@pytest.fixture
def house(after_one_week, tmp_path):
    return copied(after_one_week, tmp_path / "house")


@pytest.fixture(scope="module")
def after_forgetting(once, after_one_week):
    """The same project after Ana was forgotten."""
    return House(
        once("forgotten", lambda folder: copied(after_one_week, folder).egregora("forget-person", ANA, "--yes"))
    )


@pytest.fixture
def without_ana(after_forgetting, tmp_path):
    return copied(after_forgetting, tmp_path / "house")


def everywhere(house):
    """Every value of every table, and every file but the exports."""
    tables = {f"table {table}": repr(house.rows(table)) for table in house.tables() if table != "embeddings"}
    files = {path.relative_to(house.folder).as_posix(): path for path in house.folder.rglob("*") if path.is_file()}
    bytes_ = {name: path.read_bytes().decode("latin-1") for name, path in files.items() if "exports/" not in name}
    folded = {
        name: path.read_bytes().decode("utf-8", "replace") for name, path in files.items() if "exports/" not in name
    }
    return {**tables, **folded, **{f"bytes of {name}": text for name, text in bytes_.items()}}


def left_of(house, word, code):
    found = everywhere(house)
    return sorted(name for name, text in found.items() if word in text.lower() or code in text or NAMES.search(text))


def code_of(house, name):
    return house.query(f"SELECT DISTINCT author FROM anonymized_messages WHERE message LIKE '%{OWN[name]}%'")[0][0]


def test_somebody_is_gone_from_every_table_file_and_byte_and_stays_gone(house):
    code = code_of(house, CELIA)
    house.tamper(f"INSERT INTO model_calls (request_digest, request) VALUES ('a', '{code} said'), ('b', 'other')")
    house.doit()
    assert len(left_of(house, OWN[CELIA], code)) > 10
    before = house.rows("doit_state")
    said = house.egregora("forget-person", CELIA, "--dry-run")
    assert "4 messages, 1 of them with a file; 1 messages of others name them" in said
    assert house.rows("doit_state") == before
    said = house.egregora("forget-person", CELIA, "--yes")
    assert "✓ forgotten" in said
    assert "week1.zip" in said
    assert not NAMES.search(said)
    assert left_of(house, OWN[CELIA], code) == []
    assert house.query("SELECT request_digest FROM model_calls") == [("b",)]
    assert house.query("SELECT count(*) FROM author_profiles") == [(3,)]
    assert [
        text for (text,) in house.query("SELECT message FROM ingested_messages WHERE message LIKE '%told me%'")
    ] == ["[person] told me, and so did [person] 0"]
    assert not house.files("site/media", ".egregora/media")
    for path in (house.database, house.folder / ".egregora" / "forgotten"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert house.doit() == []
    assert "as recorded" in house.egregora("verify")
    put(house, 3)  # a newer export has her messages again, and her opting in
    house.doit()
    assert left_of(house, OWN[CELIA], code) == []
    assert house.query(f"SELECT count(*) > 0 FROM windowed_messages WHERE message LIKE '%{OWN[BRUNO]}%'") == [(True,)]


@pytest.mark.parametrize(
    ("called", "author"),
    [
        ("ana  SOUZA", ANA),
        ("Captain Roof", ANA),
        ("+447700900123", DORA),
        ("447700 900123", DORA),
        ("handle", BRUNO),
        ("code", BRUNO),
    ],
)
def test_a_person_is_found_by_name_number_alias_handle_or_pseudonym(house, called, author):
    code = code_of(house, author)
    handle = house.query(f"SELECT handle FROM author_profiles WHERE author = '{code}'")[0][0]
    said = house.egregora("forget-person", {"handle": handle.lower(), "code": code}.get(called, called), "--yes")
    assert "✓ forgotten" in said
    assert not house.query(f"SELECT 1 FROM ingested_messages WHERE message LIKE '%{OWN[author]}%'")
    assert code not in str(house.query("SELECT author FROM author_profiles"))


def test_who_is_not_there_is_an_error_and_nothing_is_forgotten(house):
    for name in ("Zuleika", "Souza", "", "Ana'; DROP TABLE x"):
        assert "nobody in this project is called so" in house.egregora("forget-person", name, "--yes", expect=2)
    assert not (house.folder / ".egregora" / "forgotten").exists()
    house.run("egregora", "forget-person", CELIA, expect=1)  # asked, and nobody answers
    assert not (house.folder / ".egregora" / "forgotten").exists()
    assert house.doit() == []


def test_names_under_people_are_one_person_s_and_leave_the_settings(house):
    with (house.folder / "egregora.toml").open("a") as file:
        file.write('\n[people]\n"Ana Souza" = ["Aninha", "+55 11 91234-5678"]\n"Bruno Lima" = ["Bru"]\n')
    house.doit()
    house.egregora("forget-person", "Aninha", "--yes")
    kept = (house.folder / "egregora.toml").read_text().rpartition("[people]")[2]
    assert "Ana" not in kept
    assert "91234" not in kept
    assert '"Bruno Lima" = ["Bru"]' in kept
    lines = [*WEEKS[0], "20/01/2025, 10:00 - Aninha: hello", "20/01/2025, 10:01 - Bruno Lima: aninha? 91234-5678!"]
    (house.folder / "exports" / "other.txt").write_text("".join(line + "\n" for line in lines), "utf-8")
    house.doit()
    assert not house.query("SELECT 1 FROM ingested_messages WHERE author = 'Aninha'")
    assert house.query("SELECT message FROM ingested_messages WHERE message LIKE '%? %!'") == [("[person]? [phone]!",)]


def test_somebody_who_is_only_mentioned_can_be_forgotten_too(house):
    nickname = "20/01/2025, 10:00 - Bruno Lima: Captain Roof and a captain roof"
    line = "20/01/2025, 10:01 - Bruno Lima: ask @\u2068Zoe Quill\u2069, or quill@example.org\n"
    (house.folder / "exports" / "other.txt").write_text("\n".join([*WEEKS[0], nickname, line]), "utf-8")
    house.doit()
    assert "Quill" in str(house.rows("ingested_messages"))
    house.egregora("forget-person", "zoe quill", "--yes")
    assert not [name for name, text in everywhere(house).items() if "quill" in text.lower()]
    assert house.query("SELECT message FROM ingested_messages WHERE message LIKE 'ask%'") == [
        ("ask [person], or [person]@example.org",)
    ]
    house.egregora("forget-person", ANA, "--yes")  # who called herself Captain Roof in the chat
    assert house.query("SELECT message FROM ingested_messages WHERE message LIKE '% and a captain roof'") == [
        ("[person] and a captain roof",)
    ]


def test_another_phone_s_name_for_somebody_who_is_forgotten_is_found(without_ana):
    house = without_ana
    lines = [line for week in WEEKS for line in week]
    for name, written in (("one", ANA), ("other", "Aninha S.")):
        text = "".join(f"{line.replace(f' - {ANA}:', f' - {written}:')}\n" for line in lines)
        (house.folder / "exports" / f"{name}.txt").write_text(text, "utf-8")
    said = house.egregora("doctor", "--write")
    assert "by another name: egregora forget-person 'Aninha S.'" in said
    assert '[people]\n"Ana' not in (house.folder / "egregora.toml").read_text()
    house.doit()
    house.egregora("forget-person", "Aninha S.", "--yes")
    assert not house.query(f"SELECT 1 FROM ingested_messages WHERE message LIKE '%{OWN[ANA]}%'")
    assert "by another name" not in house.egregora("doctor")


def test_cut_off_at_any_moment_the_wish_is_kept_and_the_next_try_ends_it(house):
    code, tries = code_of(house, CELIA), 0
    for wait in (0.6, 1.2, 1.8, 2.4, 3.0, 3.6):
        process = house.start("egregora", "forget-person", CELIA, "--yes")
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        tries += process.returncode == -signal.SIGKILL
        assert house.query("SELECT count(*) > 0 FROM doit_state") == [(True,)]
    assert tries > 1
    house.egregora("forget-person", CELIA, "--yes")
    assert left_of(house, OWN[CELIA], code) == []
    assert house.doit() == []
    assert [path.name for path in house.folder.iterdir() if path.name.endswith((".new", ".wal"))] == []


def test_another_key_does_not_bring_them_back(without_ana):
    (without_ana.folder / ".egregora" / "key").write_text("6c" * 32 + "\n")
    said = without_ana.run("doit", expect=1)
    assert "written with another key" in said
    assert "to do:" in said


def test_nobody_is_forgotten_while_somebody_builds(house):
    connection = duckdb.connect(str(house.database))
    try:
        assert "another process" in house.egregora("forget-person", CELIA, "--yes", expect=3)
    finally:
        connection.close()
    assert not (house.folder / ".egregora" / "forgotten").exists()
