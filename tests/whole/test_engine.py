"""The engine, story by story, over a small pipeline: what runs, what does not, and why."""

import json

import pytest

from tests.whole.house import TOY_DODO, TOY_LINES, copied, imported, toy_house, write_toy_export

ALL = ["a", "b", "c", "posts:2024-01", "posts:2024-02", "posts:2024-03", "last"]


@pytest.fixture
def house(built_toy, tmp_path):
    """A toy project of the test's own, with every stage made."""
    return copied(built_toy, tmp_path / "house")


@pytest.fixture
def unbuilt(tmp_path):
    return toy_house(tmp_path / "house")


def test_a_second_build_makes_nothing_and_touches_nothing(unbuilt):
    assert sorted(unbuilt.doit("c", "last")) == sorted(ALL)
    before = {path: path.stat().st_mtime_ns for path in unbuilt.folder.iterdir() if path.name != "__pycache__"}
    assert unbuilt.doit("c", "last") == []
    assert {path: path.stat().st_mtime_ns for path in unbuilt.folder.iterdir() if path.name != "__pycache__"} == before


def test_a_comment_changes_nothing(house):
    house.edit("toy.py", "return a.select", "# upper case\n    return a.select")
    house.edit("toy.py", "def count(a):", 'def count(a):\n    """Letters of each."""')
    assert house.doit() == []


def test_code_that_makes_the_same_rows_makes_its_stage_alone(house):
    (house.folder / "helper.py").write_text("def upper(text):\n    return text.upper()\n")
    house.edit("toy.py", "text=a.text.upper()", "text=(a.text + '').upper()")
    made = house.doit()
    assert set(made) == {"a", "b", "posts:2024-01", "posts:2024-02", "posts:2024-03", "last"}
    assert house.doit() == []


def test_only_the_stages_whose_import_closure_changed_are_made(tmp_path):
    dodo = TOY_DODO.replace('build="toy:cut"', 'build="cutting:cut"')
    house = toy_house(tmp_path, dodo=dodo)
    cutting = house.folder / "cutting.py"
    cutting.write_text("import spelling\n\ndef cut(a, period):\n    return spelling.spelled(a)\n")
    source = "def spelled(a):\n    return a.select('id', window=a.day.substr(0, 7), text=a.text.upper())\n"
    # Modules of another top-level package are not in the closure, so the helper belongs to a package.
    package = house.folder / "words"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "spelling.py").write_text(source)
    (package / "cutting.py").write_text(
        "from words import spelling\n\ndef cut(a, period):\n    return spelling.spelled(a)\n"
    )
    house.edit("dodo.py", "cutting:cut", "words.cutting:cut")
    house.doit()
    (package / "spelling.py").write_text(source.replace("a.text.upper()", "(a.text + '').upper()"))
    assert house.doit() == ["b"]


def test_new_rows_make_their_window_alone(house):
    write_toy_export(house, [*TOY_LINES, "5,2024-04-01,spring"])
    assert sorted(house.doit("c", "last")) == sorted(["a", "b", "c", "posts:2024-04", "last"])


def test_a_changed_row_makes_its_window_alone(house):
    write_toy_export(house, [line.replace("again", "once more") for line in TOY_LINES])
    assert house.doit() == ["a", "b", "posts:2024-02", "last"]


def test_a_window_that_vanished_takes_its_rows_with_it(house):
    write_toy_export(house, TOY_LINES[:3])
    assert "R posts" in house.run("doit", "list", "--status")
    house.doit()
    assert [window for window, _ in house.rows("posts")] == ["2024-01", "2024-02"]
    assert not house.query("SELECT 1 FROM doit_state WHERE task = 'posts:2024-03'")
    assert house.doit() == []


def test_forget_makes_one_stage_alone(house):
    house.run("doit", "forget", "b")
    assert house.doit("c", "last") == ["b"]
    house.run("doit", "forget", "posts")
    assert house.doit() == ["posts:2024-01", "posts:2024-02", "posts:2024-03"]
    house.run("doit", "forget", "posts:2024-02")
    assert house.doit() == ["posts:2024-02"]


def test_a_setting_makes_the_stages_that_read_it(house):
    house.edit("egregora.toml", 'title = "x"', 'title = "y"')
    assert house.doit("c", "last") == ["last"]
    house.edit("egregora.toml", 'title = "y"', 'title = "y"\nperiod = "month"')
    assert house.doit("c", "last") == ["b"]


def test_a_lost_mirror_costs_nothing(house):
    kept = json.loads((house.folder / ".doit.db").read_text())
    (house.folder / ".doit.db").unlink()
    assert house.doit("c", "last") == []
    found = json.loads((house.folder / ".doit.db").read_text())
    assert found["tasks"] == kept["tasks"]
    (house.folder / ".doit.db").write_text("{ broken")
    assert house.doit("c", "last") == []


def test_a_table_that_somebody_changed_is_found_and_mended(house):
    good = house.rows("b")
    house.tamper("UPDATE b SET text = 'forged' WHERE id = 3")
    assert "table b was changed by another program" in house.run("doit", "info", "b", expect=1)
    assert house.doit("c", "last") == ["b"]
    assert house.rows("b") == good
    house.tamper("DELETE FROM posts WHERE \"window\" = '2024-02'")
    assert house.doit("c", "last") == ["posts:2024-02"]
    house.tamper("DROP TABLE c")
    assert house.doit("c", "last") == ["c"]


def test_a_change_that_leaves_the_rows_makes_nothing(house):
    house.tamper("UPDATE b SET text = 'x' WHERE id = 3")
    house.tamper("UPDATE b SET text = 'AGAIN' WHERE id = 3")
    assert house.doit() == []


def test_records_of_an_engine_that_hashes_otherwise_are_put_into_new_terms(house):
    house.tamper("""UPDATE doit_state SET data = regexp_replace(data, '"_values_:": "[0-9a-f]+"',
                    '"_values_:": "another"') WHERE task = '_engine'""")
    for (found,) in house.query(
        "SELECT DISTINCT unnest(regexp_extract_all(data, '[0-9]+:[0-9a-f]{16}:[0-9a-f]{16}')) FROM doit_state"
    ):
        rows, first, second = found.split(":")
        house.tamper(f"UPDATE doit_state SET data = replace(data, '{found}', '{rows}:{second}:{first}')")
    assert house.doit("c", "last") == []


def test_the_windows_of_a_stage_may_read_earlier_ones(tmp_path):
    dodo = TOY_DODO.replace("by_window=True,", "by_window=True, earlier=1,")
    house = toy_house(tmp_path, dodo=dodo)
    (house.folder / "toy.py").write_text(
        (house.folder / "toy.py")
        .read_text()
        .replace(
            "def post(window, b):", "def post(window, b, earlier):\n    before = earlier.count().to_pyarrow().as_py()"
        )
        .replace('body=b.text.group_concat(" ", order_by=b.id)', "body=b.text.group_concat(str(before), order_by=b.id)")
    )
    house.doit()
    assert dict(house.rows("posts"))["2024-01"] == "HELLO0YOU"
    write_toy_export(house, [TOY_LINES[0], *TOY_LINES[2:]])
    assert house.doit() == ["a", "b", "posts:2024-01", "posts:2024-02", "last"]


def test_why_names_the_parts_that_changed(house):
    house.edit("egregora.toml", 'title = "x"', 'title = "y"\nperiod = "day"')
    write_toy_export(house, [*TOY_LINES, "5,2024-04-01,spring"])
    assert "- export chat.txt, export " in house.run("doit", "info", "a", expect=1)
    assert "- setting period (args" in house.run("doit", "info", "b", expect=1)
    listed = house.run("doit", "list", "--status", "--all")
    assert {line.split()[1]: line[0] for line in listed.splitlines()} == dict.fromkeys(
        ["a", "b", "c", "posts", "posts:2024-01", "posts:2024-02", "posts:2024-03", "last"], "R"
    )


def test_a_window_that_does_not_exist_is_an_error(unbuilt):
    assert "posts has no window '2031-01'; there are 3, from 2024-01 to 2024-03" in unbuilt.run(
        "doit", "posts:2031-01", expect=2
    )


def test_a_window_by_name_runs_only_what_it_needs(unbuilt):
    assert unbuilt.doit("posts:2024-02") == ["a", "b", "posts:2024-02"]


def test_a_stage_that_fails_keeps_its_last_rows_and_says_why(house):
    good = house.rows("b")
    house.edit("toy.py", "return a.select", "raise ZeroDivisionError('on purpose')\n    return a.select")
    said = house.run("doit", expect=2)
    assert "✗ b: ZeroDivisionError: on purpose" in said
    assert "Traceback" not in said
    assert house.rows("b") == good
    house.edit("toy.py", "raise ZeroDivisionError('on purpose')\n    ", "")
    assert house.doit() == ["a"]  # which was made by the other code; b's last record is of this code


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("text=a.text.upper()", "words=a.text.upper()", "no column text and a column words that is not declared"),
        (
            'return a.select("id", window=a.day.substr(0, 7)',
            "return a.select(id=a.day, window=a.day.substr(0, 7)",
            "Conversion Error",
        ),
    ],
)
def test_rows_that_are_not_as_declared_are_refused(house, good, bad, said):
    house.edit("toy.py", good, bad)
    assert said in house.run("doit", expect=1)


def test_two_threads_make_the_same(tmp_path):
    one, two = toy_house(tmp_path / "one"), toy_house(tmp_path / "two")
    one.doit("c", "last")
    two.doit("-n", "2", "c", "last", TZ="Asia/Kolkata")
    assert one.tables() == two.tables()
    for table in ("a", "b", "c", "posts", "last"):
        assert one.rows(table) == two.rows(table)
    records = [json.loads((house.folder / ".doit.db").read_text())["tasks"] for house in (one, two)]
    assert records[0] == records[1]


def test_the_file_and_the_mirror_are_private(house):
    for name in ("egregora.duckdb", ".doit.db"):
        assert (house.folder / name).stat().st_mode & 0o777 == 0o600


def test_an_empty_export_is_no_window(tmp_path):
    house = toy_house(tmp_path, lines=[])
    house.doit()
    assert house.rows("last") == []
    assert house.doit() == []


def test_a_stage_that_is_made_by_window_may_get_other_columns(house):
    house.edit("toy.py", 'P_SCHEMA = ibis.schema({"window": "string", "body": "string"})',
               'P_SCHEMA = ibis.schema({"size": "int64", "body": "string", "window": "string"})')  # fmt: skip
    house.edit("toy.py", "agg(body=", 'agg(size=b.count().cast("int64"), body=')
    assert [task for task in house.doit() if task.startswith("posts")] == ALL[3:6]
    assert house.query('SELECT size, body, "window" FROM posts ORDER BY 3')[0] == (2, "HELLO YOU", "2024-01")
    assert house.doit() == []


def test_rows_of_a_window_that_nobody_made_are_found_and_removed(house):
    good = house.rows("last")
    house.tamper("INSERT INTO posts VALUES ('2099-01', 'forged')")
    assert "posts:2099-01" not in house.run("doit", "list", "--status", "--all")
    assert "R posts" in house.run("doit", "list", "--status")
    house.doit()
    assert house.rows("last") == good
    assert house.query("SELECT count(*) FROM posts WHERE \"window\" = '2099-01'") == [(0,)]


def test_a_forged_view_is_found_though_a_table_was_forged_too(house):
    good = house.rows("last")
    house.tamper("UPDATE b SET text = 'x' WHERE id = 1")
    house.tamper("CREATE OR REPLACE VIEW last AS SELECT '2099' AS \"window\", 1 AS size")
    assert house.doit() == ["b", "last"]
    assert house.rows("last") == good


def test_a_stage_that_is_not_declared_any_more_takes_its_table_with_it(house):
    house.edit("dodo.py", 'name="c", title="Counting", tables={"c"', 'name="cc", title="Counting", tables={"cc"')
    assert house.doit("cc", "last") == ["cc"]
    assert "c" not in house.tables()
    house.edit("dodo.py", 'name="cc", title="Counting", tables={"cc"', 'name="c", title="Counting", tables={"c"')
    assert house.doit("c", "last") == ["c"]


def test_doit_always_makes_every_window(house):
    assert sorted(house.doit("-a")) == ["a", "b", "last", "posts:2024-01", "posts:2024-02", "posts:2024-03"]


def test_an_export_that_is_exchanged_while_it_is_read_is_not_recorded(unbuilt):
    unbuilt.edit("toy.py", "def read(exports, timezone):", """def read(exports, timezone):
    import os
    aside = exports[0].with_name("aside")
    os.rename(exports[0], aside)
    exports[0].write_text("9,2024-01-01,wrong")
    yield from read_rows(exports)
    os.rename(aside, exports[0])

def read_rows(exports):""")  # fmt: skip
    assert "an export changed while it was read" in unbuilt.run("doit", expect=1)
    assert "R a" in unbuilt.run("doit", "list", "--status")
    assert "a" not in unbuilt.tables()


def test_a_stage_that_writes_files_and_is_cut_off_is_made_again(tmp_path):
    dodo = TOY_DODO.replace('views=("last",), ', 'places=("site_dir",), ')
    house = toy_house(tmp_path, dodo=dodo)
    house.edit("toy.py", "def last(posts, title):", """def last(posts, title, site_dir):
    site_dir.mkdir(exist_ok=True)
    (site_dir / "title").write_text(title)
    if title == "deadly":
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)""")  # fmt: skip
    house.doit()
    house.edit("egregora.toml", '"x"', '"deadly"')
    house.run("doit", expect=-9)
    house.edit("egregora.toml", '"deadly"', '"x"')
    assert house.doit() == ["last"]
    assert (house.folder / "site" / "title").read_text() == "x"


def test_two_processes_that_begin_together_lose_nothing(house):
    house.edit("toy.py", "def count(a):", 'def count(a):\n    """So that deciding takes a while."""')
    builder, forgetting = house.start("doit", "last"), house.start("doit", "forget", "c")
    forgetting.communicate()
    builder.communicate()
    forgotten = not house.query("SELECT 1 FROM doit_state WHERE task = 'c'")
    assert forgetting.returncode == (0 if forgotten else 3)
    assert house.doit("c") == (["c"] if forgotten else [])


@pytest.mark.parametrize(
    ("break_it", "said", "code"),
    [
        (lambda folder: (folder / "egregora.toml").write_text("title = "), "not valid TOML", 2),
        (lambda folder: (folder / "egregora.toml").write_bytes(b"\xff"), "not valid TOML", 2),
        (lambda folder: (folder / "egregora.toml").unlink(), "not a project", 2),
        (lambda folder: (folder / "toy.py").write_text("def ("), "not valid Python", 1),
        (lambda folder: (folder / "toy.py").write_text("import nowhere"), "cannot be read", 1),
        (lambda folder: (folder / "egregora.duckdb").write_bytes(b"holiday" * 5000), "cannot be read", 1),
    ],
)
def test_what_a_person_can_put_right_is_said_plainly(house, break_it, said, code):
    break_it(house.folder)
    told = house.run("doit", expect=code)
    assert said in told
    assert "Traceback" not in told


def test_a_start_that_changes_nothing_imports_no_engine(house):
    heavy = {"duckdb", "ibis", "pandas", "numpy", "pyarrow", "rich", "click"}
    found = imported(house.run("doit", PYTHONPROFILEIMPORTTIME="1"))
    assert "doit" in found
    assert not found & heavy


def test_forgetting_and_remaking_rows_by_an_expression_needs_no_pandas(house):
    assert "pandas" not in imported(house.run("doit", "forget", "b", PYTHONPROFILEIMPORTTIME="1"))
    assert "pandas" not in imported(house.run("doit", PYTHONPROFILEIMPORTTIME="1"))


def test_names_with_quotes_are_names(unbuilt):
    write_toy_export(unbuilt, ["1,it's'--,hello", "2,it's'--,you"])
    assert unbuilt.doit() == ["a", "b", "posts:it's'--", "last"]
    unbuilt.run("doit", "forget", "posts")
    assert unbuilt.doit() == ["posts:it's'--"]
