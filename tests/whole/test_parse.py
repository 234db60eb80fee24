"""The real commands `parse` and `doctor`, and what becomes of who is who: no name is written where it need not be."""

import csv
import json
import zipfile
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from tests.whole.chats import export, lines_of_weeks
from tests.whole.house import TOY, TOY_DODO, House, toy_house

BEGIN = datetime(2025, 1, 20, 9, 0)  # noqa: DTZ001 - an export has wall times


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def put(house, data, name="WhatsApp Chat with Our Street.zip"):
    (house.folder / name).write_bytes(data)
    return name


def exported(house, *arguments):
    """The rows of the CSV file that a chat becomes."""
    house.egregora("parse", *arguments, "--output", "messages.csv")
    with (house.folder / "messages.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_an_export_is_told_in_one_block_without_names(house):
    said = house.egregora("parse", put(house, export(lines_of_weeks(range(3)))))
    assert said.splitlines()[0] == "WhatsApp Chat with ….zip, WhatsApp Chat with ….txt"
    assert "messages        18 of 3 authors: 18 text" in said
    assert "lines           18: 18 begin a message or system line, 0 continue one" in said
    assert "day first" in said
    assert not [name for name in ("Ana", "Bruno", "7700", "Street") if name in said]
    assert "authors         +44 7700 900123, Ana Souza, Bruno Lima" in house.egregora(
        "parse", "WhatsApp Chat with Our Street.zip", "--names"
    )


def test_a_folder_and_a_bare_text_are_exports_too(house):
    lines = lines_of_weeks(range(2))
    folder = house.folder / "unpacked"
    folder.mkdir()
    (folder / "_chat.txt").write_text("\n".join(lines))
    assert "12 of 3 authors" in house.egregora("parse", "unpacked")
    assert "12 of 3 authors" in house.egregora("parse", "unpacked/_chat.txt")
    house.egregora("process", "unpacked", "--output", "blog", "--target-stage", "ingested")
    assert House(house.folder / "blog").query("SELECT count(*) FROM ingested_messages") == [(12,)]


def test_the_messages_become_a_csv_file_that_reads_back(house):
    odd = 'two\nlines, a "quotation"\r, a comma; =1+1'
    lines = [
        "25/03/2025, 10:00 - Ana added Bia",
        f"25/03/2025, 10:01 - Ana: {odd}",
        "25/03/2025, 10:02 - Bia: \u200eIMG-20250325-WA0001.jpg (file attached)",
        "25/03/2025, 10:03 - Bia: This message was deleted",
        "25/03/2025, 10:04 - Bia: so <This message was edited>",
    ]
    put(house, "\n".join(lines).encode(), "chat.txt")
    rows = exported(house, "chat.txt", "--timezone", "America/Sao_Paulo")
    assert list(rows[0]) == [
        "timestamp", "author", "kind", "message", "attachment", "edited", "deleted", "line", "chat"
    ]  # fmt: skip
    assert [row["timestamp"] for row in rows] == [f"2025-03-25 13:0{minute}:00+00:00" for minute in range(5)]
    assert [(row["author"], row["kind"], row["message"]) for row in rows[:2]] == [
        ("", "system", "Ana added Bia"),
        ("Ana", "text", odd),
    ]
    assert (rows[2]["attachment"], rows[2]["message"]) == ("IMG-20250325-WA0001.jpg", "")
    assert [(row["edited"], row["deleted"]) for row in rows[3:]] == [("false", "true"), ("true", "false")]
    assert [row["line"] for row in rows] == ["1", "2", "4", "5", "6"]
    assert {row["chat"] for row in rows} == {"chat"}


def test_a_parquet_file_has_the_same_messages_with_types(house):
    name = put(house, export(lines_of_weeks(range(2))))
    rows = exported(house, name)
    house.egregora("parse", name, "--output", "messages.parquet")
    table = pq.read_table(house.folder / "messages.parquet")
    assert [(type_ := table.schema.field("timestamp").type).tz, type_.unit] == ["UTC", "us"]
    assert table["message"].to_pylist() == [row["message"] for row in rows]
    assert [str(at.as_py()) for at in table["timestamp"]] == [row["timestamp"] for row in rows]


def test_an_output_takes_the_place_of_an_older_one_for_its_owner_only_or_not_at_all(house):
    name = put(house, export(lines_of_weeks(range(1))))
    output = house.folder / "messages.csv"
    output.write_text("old")
    output.chmod(0o644)
    house.egregora("parse", name, "--output", "messages.csv")
    assert output.read_text().startswith('"timestamp"')
    assert output.stat().st_mode & 0o777 == 0o600
    before = output.read_bytes()
    whole = (house.folder / name).read_bytes()
    put(house, whole[: len(whole) // 2], "cut.zip")
    said = house.egregora("parse", "cut.zip", "--output", "messages.csv", expect=1)
    assert "to do:" in said
    assert output.read_bytes() == before
    assert {path.name for path in house.folder.iterdir()} == {name, "cut.zip", "messages.csv"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_export_that_is_damaged_at_its_end_leaves_no_file(house, ending):
    text = "\n".join(lines_of_weeks(range(900))).encode()
    with zipfile.ZipFile(house.folder / "x.zip", "w") as archive:
        archive.writestr("_chat.txt", text)
    whole = (house.folder / "x.zip").read_bytes()
    at = whole.index(text) + len(text) - 100
    (house.folder / "x.zip").write_bytes(whole[:at] + b"!" + whole[at + 1 :])
    said = house.egregora("parse", "x.zip", "--output", f"messages.{ending}", expect=1)
    assert "damaged" in said
    assert "Traceback" not in said
    assert [path.name for path in house.folder.iterdir()] == ["x.zip"]


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("chat.txt", "--output", "messages.xlsx"), "messages.xlsx", 2),
        (("chat.txt", "--output", "no/messages.csv"), "cannot write it", 2),
        (("chat.txt", "--output", "folder.csv"), "cannot be written there", 2),
        (("same.csv", "--output", "same.csv"), "cannot be written there", 2),
        (("chat.txt", "--timezone", "Mars/Olympus"), "which is not known", 2),
        (("chat.txt", "--date-order", "dym"), "dym", 2),
        (("nothing.txt",), "does not exist", 2),
        (("empty.txt",), "the export is empty", 1),
        (("shots.zip",), "2 pictures", 1),
        (("poem.txt",), "no line looks like a message", 1),
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(house, arguments, said, code):
    chat = "\n".join(lines_of_weeks(range(1)))
    (house.folder / "chat.txt").write_text(chat)
    (house.folder / "same.csv").write_text(chat)
    (house.folder / "folder.csv").mkdir()
    (house.folder / "empty.txt").write_text("")
    (house.folder / "poem.txt").write_text("I wandered lonely as a cloud\n")
    with zipfile.ZipFile(house.folder / "shots.zip", "w") as archive:
        archive.writestr("Screenshot 1.png", b"x")
        archive.writestr("Screenshot 2.png", b"x")
    found = house.egregora("parse", *arguments, expect=code)
    assert said in found
    assert "Traceback" not in found


def test_an_order_that_nothing_tells_is_warned_of_and_can_be_given(house):
    put(house, b"03/04/2024, 10:00 - Ana: hi\n05/06/2024, 10:00 - Ana: hi\n", "chat.txt")
    assert "! the order of its dates is not certain: day first by convention" in house.egregora("parse", "chat.txt")
    assert "certain" not in house.egregora("parse", "chat.txt", "--date-order", "mdy")
    assert exported(house, "chat.txt", "--date-order", "mdy")[0]["timestamp"] == "2024-03-04 10:00:00+00:00"
    assert exported(house, "chat.txt")[0]["timestamp"] == "2024-04-03 10:00:00+00:00"


def test_an_order_that_was_given_to_process_stays(house):
    put(house, b"03/04/2024, 10:00 - Ana: hi\n05/06/2024, 10:00 - Ana: hi\n", "chat.txt")
    process = ("process", "chat.txt", "--output", "blog", "--target-stage", "ingested")
    assert "! chat.txt: the order of its dates is not certain" in house.egregora(*process)
    blog = House(house.folder / "blog")
    assert blog.query("SELECT month(timestamp AT TIME ZONE 'UTC') FROM ingested_messages ORDER BY 1") == [(4,), (6,)]
    said = house.egregora(*process, "--date-order", "mdy")
    assert "date_order = 'mdy'" in said
    assert "certain" not in said
    assert blog.query("SELECT month(timestamp AT TIME ZONE 'UTC') FROM ingested_messages ORDER BY 1") == [(3,), (5,)]


# who is who

CONTACTS = {"Ana Souza": "Aninha", "+44 7700 900123": "Dave"}


def two_phones(house):
    """A project with the same chat as two phones exported it."""
    house.egregora("init", ".")
    lines = lines_of_weeks(range(8))
    other = lines
    for name, contact in CONTACTS.items():
        other = [line.replace(f" - {name}:", f" - {contact}:") for line in other]
    (house.folder / "exports" / "a.zip").write_bytes(export(lines))
    (house.folder / "exports" / "b.zip").write_bytes(export(other))


def test_the_doctor_proposes_who_is_who_and_writes_it_when_told(house):
    two_phones(house)
    said = house.egregora("doctor")
    assert '[people]\n"Ana Souza" = ["Aninha"]  # 16 messages\nDave = ["+44 7700 900123"]  # 16 messages' in said
    assert "[people]\n#" in (house.folder / "egregora.toml").read_text().replace("# [people]", "[people]")
    house.egregora("doctor", "--write")
    settings = house.folder / "egregora.toml"
    assert '"Ana Souza" = ["Aninha"]' in settings.read_text()
    assert "# How much chat goes into one post" in settings.read_text()
    assert settings.stat().st_mode & 0o777 == 0o600
    assert "Nobody seems to be there under two names" in house.egregora("doctor")


def test_the_doctor_tells_what_needs_a_look(house):
    house.egregora("init", ".")
    exports = house.folder / "exports"
    (exports / "whole.zip").write_bytes(export(lines_of_weeks(range(4))))
    (exports / "part.zip").write_bytes(export(lines_of_weeks(range(2))))
    (exports / "again.txt").write_text("Not a message\n" + "\n".join(lines_of_weeks(range(4, 6))))
    (exports / "poem.txt").write_text("I wandered lonely as a cloud\n")
    (exports / "unsure.txt").write_text("03/04/2030, 10:00 - Ana: hi\n05/06/2030, 10:00 - Ana: hi\n")
    said = " ".join(house.egregora("doctor", expect=1).split())
    assert "✓ whole.zip" in said
    assert "! part.zip" in said
    assert "all of it is in whole.zip" in said
    assert "not understood 1 line: 1" in said
    assert 'say date_order = "mdy" in egregora.toml' in said
    assert "no line looks like a message" in said
    assert "Traceback" not in said


def test_of_two_exports_that_are_equal_one_is_kept(house):
    house.egregora("init", ".")
    for name in ("a.zip", "b.zip"):
        (house.folder / "exports" / name).write_bytes(export(lines_of_weeks(range(2)), title=name))
    assert house.egregora("doctor").count("may be taken away") == 1


def test_a_project_without_exports_has_nobody_to_propose(house):
    house.egregora("init", ".")
    assert "Nobody" in house.egregora("doctor")


# privacy of who is who

PEOPLE = '[people]\n"Rosa Weber" = ["Roeschen", "+49 30 1234567"]\n'
NAMES = ("Rosa", "Weber", "Roeschen", "1234567")


@pytest.fixture
def named(tmp_path):
    """A small project whose first stage reads who is who."""
    dodo = TOY_DODO.replace('settings=("timezone",)', 'settings=("timezone", "people")')
    house = toy_house(tmp_path / "house", dodo=dodo)
    toy = TOY.replace("def read(exports, timezone):", "def read(exports, timezone, people):\n    check(people)")
    check = f"def check(people):\n    assert people == {json.dumps(json.dumps(aliases(), sort_keys=True))}, people\n"
    (house.folder / "toy.py").write_text(toy + check)
    (house.folder / "egregora.toml").write_text('title = "Weber and friends"\n' + PEOPLE)
    return house


def aliases():
    return {"Roeschen": "Rosa Weber", "+49 30 1234567": "Rosa Weber"}


def test_no_name_of_who_is_who_is_written_down_and_the_build_gets_them(named):
    assert named.doit() == ["a", "b", "posts:2024-01", "posts:2024-02", "posts:2024-03", "last"]
    told = [
        (named.folder / ".doit.db").read_text(),
        repr(named.query("SELECT * FROM doit_state")),
        repr(named.query("SELECT * FROM stage_runs")),
        named.run("doit", "list", "--status", "--all"),
        named.run("doit", "info", "a"),
    ]
    assert not [name for text in told for name in NAMES if name in text]
    assert b"Roeschen" not in named.database.read_bytes()
    assert named.doit() == []


def test_a_change_of_who_is_who_makes_its_stage_again_and_names_no_one(named):
    named.doit()
    named.edit("egregora.toml", '"Roeschen", ', "")
    said = named.run("doit", "info", "a", expect=None)
    assert "setting people" in said
    assert not [name for name in NAMES if name in said]


def test_status_and_why_name_no_one(house):
    house.egregora("init", ".")
    with (house.folder / "egregora.toml").open("a") as file:
        file.write(PEOPLE)
    said = house.egregora("status") + house.egregora("why", "ingested")
    assert "setting people" in said
    assert not [name for name in NAMES if name in said]


def test_two_chats_in_one_export_are_told_apart(house):
    lines = [f"{BEGIN + timedelta(days=day):%d/%m/%Y, %H:%M} - Ana: hi" for day in range(10)]
    with zipfile.ZipFile(house.folder / "two.zip", "w") as archive:
        archive.writestr("WhatsApp Chat with Us.txt", "\n".join(lines))
        archive.writestr("WhatsApp Chat with Them.txt", "\n".join(lines[:5]))
    rows = exported(house, "two.zip")
    assert [row["chat"] for row in rows] == ["Them"] * 5 + ["Us"] * 10
    assert house.egregora("parse", "two.zip").count("date order") == 2
