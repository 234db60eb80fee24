"""What redaction lets through by mistake is withheld everywhere, the build goes on, and it is tried again."""

import os
import re
import stat

import pytest

from tests.whole.chats import MONDAY, export
from tests.whole.house import House, copied, copied_package
from tests.whole.test_leaks import RECORDED

# Of each kind something that redaction takes out, and that is put back after it: a rule that failed.
PLANTED = {
    "phone": "+49 151 2345 6789",
    "email": "quentin.marlowe@example.org",
    "card": "4111 1111 1111 1111",
    "id": "529.982.247-25",
    "person": "Zebulon Quarrington",
    "address": "12 Baker Street",
}
LEAKY = """
import pyarrow as pa
from egregora.privacy import pseudonyms

def anonymize(**arguments):
    messages = arguments["ingested_messages"].select("message_id", "message").to_pyarrow().to_pylist()
    written = {row["message_id"]: row["message"] for row in messages}
    for name, rows in pseudonyms.anonymize(**arguments):
        if name == "anonymized_messages":
            ids, texts = rows["message_id"].to_pylist(), rows["message"].to_pylist()
            leaky = [written[id] if "planted" in text else text for id, text in zip(ids, texts)]
            place = rows.schema.get_field_index("message")
            rows = rows.set_column(place, "message", pa.chunked_array([pa.array(leaky, pa.string())]))
        yield name, rows
"""
DODO = """
from egregora.orchestration import pipeline
from egregora.orchestration.tasks import namespace

CHANGED = {"anonymized": "leaky:anonymize", "knowledge": "recorded:build_knowledge"}
STAGES = tuple(stage._replace(build=CHANGED.get(stage.name, stage.build)) for stage in pipeline.STAGES)
globals().update(namespace(__file__, STAGES))
"""
OFF = "messages, found = written, {}"
TALK = (
    "the lighthouse walk starts at eight", "who brings bread to the lighthouse", "bread and cheese for the walk",
    "the old lighthouse keeper told us so", "we meet at the harbour before the walk", "rain or not we go",
)  # fmt: skip


def chat():
    lines, people = [], ("Zebulon Quarrington", "Ottoline Vexmoor", "Hank Ferrow")
    for week in range(3):
        for number in range(24):
            at = f"{MONDAY.replace(day=MONDAY.day + number % 5):%d/%m/%Y}, {8 + number // 5:02}:{number:02}"
            lines.append(f"{at} - {people[number % 3]}: {TALK[(number + week) % 6]}")
    for number, what in enumerate(PLANTED.values()):
        at = f"{MONDAY:%d/%m/%Y}, 20:{number:02}"
        lines.append(f"{at} - Hank Ferrow: planted lighthouse bread walk {what} lighthouse bread\nthe walk is fine")
    return lines


@pytest.fixture(scope="module")
def built(once):
    return House(once("withheld", build))


@pytest.fixture
def house(built, tmp_path):
    return copied(built, tmp_path / "house")


def build(folder):
    house = House(folder)
    house.egregora("init", ".")
    (folder / "recorded.py").write_text(RECORDED)
    (folder / "leaky.py").write_text(LEAKY)
    (folder / "dodo.py").write_text(DODO)
    (folder / "exports" / "chat.zip").write_bytes(export(chat()))
    (folder / "log.txt").write_text(house.run("doit"))


def test_a_rule_that_failed_ends_no_build_and_nothing_of_it_leaves(house):
    raw = [text for (text,) in house.query("SELECT message FROM anonymized_messages WHERE message LIKE '%planted%'")]
    assert all(any(what in text for text in raw) for what in PLANTED.values())  # it did fail
    log = (house.folder / "log.txt").read_text()
    assert f"! {len(PLANTED)} sentences withheld, see `egregora privacy`" in log
    assert "✓ Pipeline complete" in log
    files = house.files("site", "content")
    prompts = (house.folder / "prompts.txt").read_text("utf-8")
    assert "[withheld]" in prompts
    for what in PLANTED.values():
        assert what not in prompts
        for path, data in files.items():
            text = data.decode("utf-8", errors="ignore")
            assert what not in text, path
            assert what.split()[-1] not in text or what == PLANTED["address"], path
    assert any(b"the walk is fine" in data for data in files.values())  # the next line of the same message


def test_it_is_counted_without_its_text(house):
    rows = house.query('SELECT kind, "where", stage FROM withheld')
    assert {kind for kind, _, _ in rows} == {*PLANTED}
    assert {stage for _, _, stage in rows} == {"knowledge"}
    counted = f"{len(PLANTED)} sentences withheld"
    assert counted in house.egregora("status")
    said = house.egregora("privacy")
    assert "Withheld" in said
    state = (house.folder / ".doit.db").read_text("utf-8")
    for what in PLANTED.values():
        assert what not in said
        assert what not in state
        assert what not in str(house.query("SELECT * FROM withheld"))


def test_a_mended_rule_lets_all_of_it_out(house):
    (house.folder / "dodo.py").write_text(DODO.replace('"anonymized": "leaky:anonymize", ', ""))
    assert "withheld" not in house.run("doit")
    assert house.query("SELECT * FROM withheld") == []
    assert "withheld" not in house.egregora("status")


def test_a_title_that_names_a_member_is_refused_and_the_site_keeps_the_old_one(house):
    house.egregora("process", "--output", ".", "--strict")
    house.edit("egregora.toml", 'title = "Our group"', 'title = "Harbour walks"')
    house.egregora("process", "--output", ".")
    house.edit("egregora.toml", 'title = "Harbour walks"', 'title = "Walks with Zebulon"')
    told = "title in egregora.toml names a member; choose another"
    assert told in house.egregora("process", "--output", ".")
    pages = house.files("site", "content")
    assert not any(b"Zebulon" in data for data in pages.values())
    assert b"Harbour walks" in pages["site/index.html"]
    assert told in house.egregora("process", "--output", ".", "--strict", expect=1)
    assert told in house.egregora("status")
    assert "title in egregora.toml" in house.egregora("privacy")
    house.edit("egregora.toml", "Walks with Zebulon", "Walks")
    assert "names a member" not in house.egregora("process", "--output", ".", "--strict")
    assert b"Harbour walks" not in house.files("site")["site/index.html"]


def test_a_refused_title_is_tried_again_when_the_member_is_gone(house):
    house.edit("egregora.toml", 'title = "Our group"', 'title = "Ottoline and others"')
    assert "names a member" in house.egregora("process", "--output", ".")
    lines = [line.replace("Ottoline Vexmoor", "Greta Holm") for line in chat()]
    (house.folder / "exports" / "chat.zip").write_bytes(export(lines))
    assert "names a member" not in house.egregora("process", "--output", ".")
    assert b"Ottoline and others" in house.files("site")["site/index.html"]


def test_with_a_rule_off_strict_ends_with_1_and_a_copy_to_share_is_refused_with_a_way_out(tmp_path):
    package = copied_package(tmp_path / "code")
    code = package / "egregora" / "privacy" / "pseudonyms.py"
    code.write_text(code.read_text().replace("messages, found = redacted(written, redactor, candidates)", OFF))
    lines = [line for line in chat() if "planted" not in line and "the walk is fine" not in line]
    lines.append(f"{MONDAY:%d/%m/%Y}, 21:00 - Hank Ferrow: write to {PLANTED['email']} about the walk")
    (tmp_path / "WhatsApp Chat with Us.zip").write_bytes(export(lines))
    house = House(tmp_path / "house", package)
    said = house.egregora("process", str(tmp_path / "WhatsApp Chat with Us.zip"), "--output", ".", "--strict", expect=1)
    assert "! 1 sentence withheld, see `egregora privacy`" in said
    assert not any(PLANTED["email"].encode() in data for data in house.files("site", "content").values())
    said = house.egregora("export", "--share", str(tmp_path / "given.duckdb"), expect=1)
    assert "personal data in anonymized_messages.message" in said
    assert "to do:" in said
    assert PLANTED["email"] not in said
    assert not (tmp_path / "given.duckdb").exists()
    before = house.files("site", "content")
    house.egregora("process", "--output", ".")
    assert house.files("site", "content") == before
    gate = package / "egregora" / "privacy" / "egress" / "gate.py"
    gate.write_text(gate.read_text() + "\n\n_ANOTHER = True\n")
    said = house.egregora("status")
    assert re.search(r"stale +knowledge .* gate$", said, re.MULTILINE)  # tried again, for something was withheld there
    assert not re.search(r"stale +(?:anonymized|enriched|site)", said)


def test_a_gate_that_changes_makes_nothing_stale_where_nothing_was_withheld(tmp_path):
    package = copied_package(tmp_path / "code")
    (tmp_path / "WhatsApp Chat with Us.zip").write_bytes(export([line for line in chat() if "planted" not in line]))
    house = House(tmp_path / "house", package)
    house.egregora("process", str(tmp_path / "WhatsApp Chat with Us.zip"), "--output", ".")
    gate = package / "egregora" / "privacy" / "egress" / "gate.py"
    gate.write_text(gate.read_text() + "\n\n_ANOTHER = True\n")
    assert "stale" not in house.egregora("status")


def test_a_web_server_may_enter_the_projects_folder_and_nobody_reads_what_is_private(house, tmp_path):
    (tmp_path / "WhatsApp Chat with Us.zip").write_bytes(export(chat()))
    before = os.umask(0o022)
    try:
        house.egregora("process", str(tmp_path / "WhatsApp Chat with Us.zip"), "--output", "new/blog")
    finally:
        os.umask(before)
    blog = house.folder / "new" / "blog"
    open_to_all = ("", "site", "site/index.html", "content", "content/index.md")
    private = (".egregora", ".egregora/key", "exports", "egregora.duckdb", "egregora.toml", ".doit.db")
    assert {path for path in open_to_all if stat.S_IMODE((blog / path).stat().st_mode) & 0o004 == 0} == set()
    assert {path for path in private if stat.S_IMODE((blog / path).stat().st_mode) & 0o077} == set()
