"""`egregora privacy`: numbers that are true, nobody's name, and what no program can judge."""

import duckdb
import pytest

from tests.whole.house import copied
from tests.whole.test_wishes import DORA, OWN


@pytest.fixture(scope="module")
def house(after_three_weeks, tmp_path_factory):
    return copied(after_three_weeks, tmp_path_factory.mktemp("report") / "house")


def told(house, **variables):
    lines = house.egregora("privacy", **variables).splitlines()
    return {line[2:24].strip(): line[24:].strip() for line in lines if line.startswith("  ") and line[2:3] != " "}


def test_it_tells_what_was_found_and_left_out_and_nobody_s_name(house):
    found = told(house, COLUMNS="200")
    ((people, messages),) = house.query(
        "SELECT count(DISTINCT author), count(*) FROM anonymized_messages WHERE author IS NOT NULL"
    )
    ((places, texts),) = house.query("SELECT sum(count), count(*) FROM redactions WHERE kind = 'person'")
    assert found["names of people"].startswith(f"{places}  in {texts} messages")
    assert found["in the tables"].startswith(f"{people} people with {messages} messages")
    assert found["opted out"] == "1 person: 11 messages left out"
    assert found["commands"].startswith("12 messages left out")
    assert found["forgotten"] == "nobody"
    assert found["show of their own will"] == "an alias (1), a name on Twitter (1), a website (1)"
    assert found["posts"].startswith("3, one a week")
    ((quoted,),) = house.query("SELECT sum(len(cited_message_ids)) FROM generated_posts")
    assert found["quoted"].startswith(f"{quoted} messages word for word")
    assert {"style", "events", "small group", "what was missed"} <= found.keys()
    said = house.egregora("privacy")
    authors = [code for (code,) in house.query("SELECT author FROM author_profiles")]
    for secret in ("Ana", "Bruno", "Célia", "Captain", "wren_9", "7700", OWN[DORA], *authors):
        assert secret not in said
    assert not [line for line in said.splitlines() if line != line.rstrip() or len(line) > 80]


def test_it_warns_of_what_is_not_fresh_and_of_files_that_others_may_read(house):
    assert "!" not in house.egregora("privacy")
    house.edit("egregora.toml", 'title = "Our group"', 'title = "Another"')
    (house.folder / ".egregora" / "key").chmod(0o644)
    said = " ".join(house.egregora("privacy").split())
    assert "numbers of the last build; not fresh: site" in said
    assert "may read key: chmod go= them" in said
    (house.folder / ".egregora" / "key").chmod(0o600)
    house.doit()


def test_it_counts_who_is_forgotten(house):
    house.egregora("forget-person", DORA, "--yes")
    assert told(house)["forgotten"] == "1 person"
    assert told(house)["opted out"] == "nobody"


def test_before_a_build_and_during_one_it_says_so(house, tmp_path):
    house.egregora("init", str(tmp_path))
    assert "nothing is built yet" in house.egregora("privacy", str(tmp_path), expect=2)
    connection = duckdb.connect(str(house.database))
    try:
        connection.execute("CREATE TABLE x AS SELECT 1")
        assert "another process" in house.egregora("privacy", expect=3)
        connection.execute("DROP TABLE x")
    finally:
        connection.close()
