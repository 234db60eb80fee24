"""The whole house: an export becomes a blog, one thing changes, and exactly what it touches is made again."""

import re
import shutil
from pathlib import Path

import pytest

from tests.whole.chats import export, lines_of_weeks
from tests.whole.house import House, copied_package, imported

STAGES = ["ingested", "anonymized", "media", "enriched", "knowledge", "profiles", "site"]
KEY = "5b" * 32 + "\n"
WEEKS = [f"generated:2025-W{week:02}" for week in range(2, 7)]


def begun(folder: Path) -> House:
    """A project with five weeks of chat in it, and a key that is the same in every test."""
    house = House(folder)
    house.egregora("init", ".")
    (folder / ".egregora" / "key").write_text(KEY)
    put(house, lines_of_weeks(range(5)))
    return house


def put(house: House, lines: list[str]) -> None:
    (house.folder / "exports" / "chat.zip").write_bytes(export(lines))


def build(folder: Path) -> None:
    """A copy of the package, and that project built by the same code."""
    copied_package(folder / "code")
    house = begun(folder / "house")
    assert sorted(house.doit()) == sorted([*STAGES, *WEEKS])


@pytest.fixture
def house(own_weeks):
    return House(own_weeks.folder)


def test_a_second_run_writes_no_file_and_changes_no_row(house):
    house.doit()  # a copied folder's exports have new times: their bytes are hashed once more
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in house.folder.rglob("*") if path.is_file()}
    assert house.doit() == []
    assert house.egregora("process", "--output", ".").count(": fresh") == 8
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in house.folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_start_that_changes_nothing_imports_no_engine(house):
    house.doit()
    heavy = {"duckdb", "ibis", "pandas", "numpy", "pyarrow", "rich"}
    assert not imported(house.run("doit", PYTHONPROFILEIMPORTTIME="1")) & (heavy | {"click"})
    assert not imported(house.egregora("status", PYTHONPROFILEIMPORTTIME="1")) & (heavy | {"doit"})


def test_nobody_s_name_is_in_the_site_the_later_tables_or_the_mirror(house):
    written = b"".join(house.files("site", "content").values()) + (house.folder / ".doit.db").read_bytes()
    tables = [
        table for table in house.tables() if table not in ("ingested_messages", "embeddings", "knowledge_context")
    ]
    text = "".join(repr(house.rows(table)) for table in tables)
    text += repr(house.query("SELECT * EXCLUDE embedding FROM knowledge_context"))
    text = re.sub(r"\b(?=\d*[a-f])[0-9a-f]{32}\b", "", text)  # checksums, which have any digits
    for secret in ("Ana", "Souza", "Bruno", "Lima", "7700", "900123"):
        assert secret.encode() not in written
        assert secret not in text
    assert "roof" in text


def test_a_comment_runs_nothing(own_weeks):
    code = own_weeks.package / "egregora" / "privacy" / "pseudonyms.py"
    code.write_text(code.read_text() + "\n# A remark.\n")
    assert own_weeks.doit() == []


def test_code_that_makes_the_same_rows_runs_its_stage_alone(own_weeks):
    code = own_weeks.package / "egregora" / "augmentation" / "profiler.py"
    code.write_text(code.read_text() + "\n_UNUSED = 1\n")
    assert own_weeks.doit() == ["profiles"]


def test_a_new_week_writes_its_own_post_alone(house):
    before = house.files("site")
    put(house, lines_of_weeks(range(6)))
    assert sorted(house.doit()) == sorted([*STAGES, "generated:2025-W07"])
    after = house.files("site")
    posts = {path for path in after if path.startswith("site/posts/")}
    changed = {path for path in posts if after[path] != before.get(path)}
    assert {path for path in changed if "w07" in path}
    assert not [path for path in changed if not any(week in path for week in ("w06", "w07"))]  # W06 links to its next


def test_a_newer_export_beside_the_older_one_is_merged(house):
    (house.folder / "exports" / "newer.zip").write_bytes(export(lines_of_weeks(range(3, 6))))
    made = house.doit()
    assert [task for task in made if task.startswith("generated")] == ["generated:2025-W07"]
    assert house.query("SELECT count(*) FROM ingested_messages") == [(36,)]


def test_an_old_message_that_was_edited_rewrites_its_week_s_post(house):
    put(house, lines_of_weeks(range(5), edited="He wants 300 only, the roof is small"))
    made = [task for task in house.doit() if task.startswith("generated")]
    quoting = house.query(
        'SELECT DISTINCT "window" FROM window_context WHERE content LIKE \'%300 only%\' ORDER BY "window"'
    )
    assert made == ["generated:2025-W02", *(f"generated:{window}" for (window,) in quoting)]
    assert house.query("SELECT count(*) FROM windowed_messages WHERE message LIKE '%300 only%'") == [(1,)]
    assert not any(b"fine with me (0)" in page for page in house.files("site").values())


def test_forgetting_knowledge_runs_knowledge_alone(house):
    house.run("doit", "forget", "knowledge")
    assert house.doit() == ["knowledge"]


def test_a_lost_mirror_runs_nothing(house):
    (house.folder / ".doit.db").unlink()
    assert house.doit() == []


def test_a_file_edited_by_another_program_is_found_and_mended(house):
    good = house.rows("anonymized_messages")
    house.tamper("UPDATE anonymized_messages SET message = 'forged'")
    assert "table anonymized_messages was changed by another program" in house.egregora("status")
    assert house.doit() == ["anonymized"]
    assert house.rows("anonymized_messages") == good


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ('title = "Our group"', 'title = "Palm Court"', ["site"]),
        ('language = "auto"', 'language = "pt"', ["site"]),
    ],
)
def test_a_setting_runs_exactly_the_stages_that_read_it(house, old, new, made):
    house.edit("egregora.toml", old, new)
    assert house.doit() == made
    assert house.doit() == []


def test_a_later_first_day_takes_the_posts_before_it_away(house):
    house.edit("egregora.toml", 'from_date = ""', 'from_date = "2025-01-20"')
    made = house.doit()
    assert [task for task in made if not task.startswith("generated")] == ["knowledge", "profiles", "site"]
    windows = [window for (window,) in house.query('SELECT "window" FROM generated_posts ORDER BY 1')]
    assert windows == ["2025-W04", "2025-W05", "2025-W06"]
    assert house.doit() == []


def test_another_period_makes_other_posts_and_takes_the_old_ones_away(house):
    made = house.egregora("process", "--output", ".", "--period", "month")
    assert "egregora.toml: period = 'month'" in made
    assert sorted(window for (window,) in house.query('SELECT "window" FROM generated_posts')) == ["2025-01", "2025-02"]
    assert 'period = "month"' in (house.folder / "egregora.toml").read_text()
    assert "How much chat goes into one post" in (house.folder / "egregora.toml").read_text()
    assert not [path for path in house.files("site", "content") if "w03" in path.lower()]
    assert house.doit() == []


def test_verify_finds_a_page_that_somebody_changed(house):
    assert "every table and every file is as recorded" in house.egregora("verify")
    (house.folder / "site" / "index.html").write_text("hacked")
    assert "file site/index.html was changed" in house.egregora("verify", expect=1)
    assert house.doit() == ["site"]
    assert "every table and every file is as recorded" in house.egregora("verify")


def test_a_site_that_was_deleted_is_made_again(house):
    before = house.files("site")
    shutil.rmtree(house.folder / "site")
    assert "folder site is gone" in house.egregora("status")
    assert house.doit() == ["site"]
    assert house.files("site") == before


def test_the_same_export_and_key_make_the_same_everywhere(house, tmp_path):
    other = begun(tmp_path / "other")
    other.doit("-n", "2", TZ="Pacific/Kiritimati", PYTHONHASHSEED="7", LC_ALL="C")
    assert other.tables() == house.tables()
    for table in house.tables():
        if table not in ("stage_runs", "schema_version"):  # history: when and how long
            assert other.rows(table) == house.rows(table), table
    assert other.files("site", "content") == house.files("site", "content")


def test_another_key_gives_everybody_another_name(house):
    authors = {author for (author,) in house.query("SELECT DISTINCT author FROM anonymized_messages")}
    (house.folder / ".egregora" / "key").write_text("6c" * 32 + "\n")
    house.doit()
    assert not authors & {author for (author,) in house.query("SELECT DISTINCT author FROM anonymized_messages")}


def test_a_lost_key_is_an_error_and_nothing_is_lost(house):
    before = house.files("site")
    (house.folder / ".egregora" / "key").unlink()
    said = house.run("doit", expect=1)
    assert "key" in said
    assert "backup" in said.lower()
    assert house.files("site") == before
    (house.folder / ".egregora" / "key").write_text(KEY)
    assert house.doit() == []
