"""The one file: hashes, transactions, and who may open it."""

import subprocess
import sys

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.core.database_schema import create_table_if_not_exists
from egregora.core.errors import BusyError, PipelineError, SchemaError
from egregora.core.fingerprint import TableHash
from egregora.orchestration.database import Database, rewrite

VALUE = st.one_of(st.none(), st.text(max_size=4))
ROWS = st.lists(st.tuples(VALUE, VALUE, st.sampled_from(["w1", "w2"])), max_size=30)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Database.open(tmp_path_factory.mktemp("hash") / "egregora.duckdb") as database:
        yield database


def fill(database, rows, name="t"):
    columns = {"a": [row[0] for row in rows], "b": [row[1] for row in rows], "window": [row[2] for row in rows]}
    table = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
    database.ibis.create_table(name, table, overwrite=True)
    return database.hash_of(name)


@given(rows=ROWS, other=ROWS, data=st.data())
def test_a_hash_ignores_the_order_of_rows_and_nothing_else(shared, rows, other, data):
    found = fill(shared, rows)
    assert fill(shared, data.draw(st.permutations(rows))) == found
    same = sorted(rows, key=repr) == sorted(other, key=repr)
    assert (fill(shared, other) == found) == same


@given(rows=ROWS)
def test_the_windows_hashes_add_up_to_the_table_s(shared, rows):
    whole = fill(shared, rows)
    slices = shared.hashes_by_window("t")
    total = TableHash(0, 0, 0, whole.columns)
    for each in slices.values():
        total = total.plus(each)
    assert total == whole
    assert set(slices) == {row[2] for row in rows}


@pytest.mark.parametrize(
    ("one", "two"),
    [({"a": "int64", "b": "int64"}, {"b": "int64", "a": "int64"}), ({"a": "int64"}, {"a": "boolean"}),
     ({"a": "int64"}, {"b": "int64"})],
)  # fmt: skip
def test_names_types_and_order_of_columns_count(shared, one, two):
    hashes = []
    for columns in (one, two):
        query = ", ".join(
            f'CAST(1 AS {"BOOLEAN" if kind == "boolean" else "BIGINT"}) AS "{name}"' for name, kind in columns.items()
        )
        shared.ibis.create_table("u", shared.ibis.sql(f"SELECT {query}"), overwrite=True)
        hashes.append(shared.hash_of("u"))
    assert hashes[0] != hashes[1]


def test_nested_values_that_duckdb_hashes_alike_are_told_apart(shared):
    hashes = set()
    for value in ([], None, [None], ["a"], ["a", None]):
        shared.ibis.create_table("n", pa.table({"x": pa.array([value], pa.list_(pa.string()))}), overwrite=True)
        hashes.add(shared.hash_of("n"))
    assert len(hashes) == 5


def test_a_table_s_hash_stays_what_it_is(shared):
    assert (
        str(fill(shared, [("x", None, "w1"), ("é", "", "w2")]))
        == "2:a0356e09ec30ae8c:6e0f36a9cf43c839:7ea15c23bdfd404d"
    )


def test_a_table_that_is_not_there_has_no_hash(shared):
    assert shared.hash_of("nowhere") is None
    assert shared.hashes_by_window("nowhere") is None


def test_what_a_failed_transaction_wrote_is_gone(shared):
    before = fill(shared, [("x", "y", "w1")])
    with pytest.raises(PipelineError), shared.write() as writer:
        writer.cursor.execute("DELETE FROM t; SELECT * FROM nowhere")
    assert shared.hash_of("t") == before


def test_duckdb_s_refusals_become_ours(shared):
    with pytest.raises(PipelineError, match="DuckDB refused"), shared.write() as writer:
        writer.cursor.execute("SELECT * FROM nowhere")


def test_a_second_process_is_told_who_holds_the_file(tmp_path):
    path = tmp_path / "egregora.duckdb"
    program = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(BusyError, match=rf"another process \(PID {other.pid}\)"):
            Database.open(path)
        other.stdin.close()
    Database.open(path).close()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path):
    path = tmp_path / "egregora.duckdb"
    path.write_bytes(b"holiday pictures" * 1000)
    with pytest.raises(SchemaError, match="cannot be read"):
        Database.open(path)
    assert path.read_bytes() == b"holiday pictures" * 1000


def test_a_file_of_a_newer_program_is_refused(tmp_path):
    path = tmp_path / "egregora.duckdb"
    Database.open(path).close()
    connection = duckdb.connect(str(path))
    connection.execute("INSERT INTO schema_version VALUES (99, now(), 'from the future')")
    connection.close()
    with pytest.raises(SchemaError, match=r"version 99.*up to 1"):
        Database.open(path)


def test_sessions_are_in_utc_wherever_the_machine_is(shared):
    assert shared.cursor().execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
    assert shared.ibis.raw_sql("SELECT '2024-01-01 00:00:00+00'::TIMESTAMPTZ::VARCHAR").fetchone() == (
        "2024-01-01 00:00:00+00",
    )


def test_python_variables_are_no_tables(shared):
    nowhere = ibis.memtable({"n": [1]}).to_pyarrow()
    with pytest.raises(duckdb.CatalogException):
        shared.cursor().execute("SELECT * FROM nowhere")
    assert nowhere.num_rows == 1


def test_a_rewritten_file_has_the_same_tables_and_views_and_nothing_that_was_deleted(tmp_path):
    path = tmp_path / "it's here" / "egregora.duckdb"
    secret = "quintessence of marmalade"
    with Database.open(path) as database:
        fill(database, [(secret, str(number), "w1") for number in range(3000)], "gone")
        before = fill(database, [("kept", str(number), "w1") for number in range(3000)])
        database.ibis.create_view("seen", database.table("t").filter(lambda t: t.b == "7"))
    with Database.open(path) as database:
        database.ibis.drop_table("gone")
    (tmp_path / "it's here" / ".egregora.duckdb.new").write_bytes(b"left by a run that was killed")
    rewrite(path)
    assert secret.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["egregora.duckdb"]
    with Database.open(path) as database:
        assert database.hash_of("t") == before
        assert not database.has("gone")
        assert database.table("seen").count().to_pyarrow().as_py() == 1


def test_a_file_that_somebody_holds_is_not_rewritten(tmp_path):
    with Database.open(tmp_path / "egregora.duckdb"):
        pass
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(tmp_path / "egregora.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(BusyError, match=str(other.pid)):
            rewrite(tmp_path / "egregora.duckdb")
        other.stdin.close()
    assert [file.name for file in tmp_path.iterdir()] == ["egregora.duckdb"]


def test_rows_are_removed_by_what_they_mention_and_by_what_is_kept(tmp_path):
    with Database.open(tmp_path / "egregora.duckdb") as database:
        rows = [
            ("[person:ab12cd34] x", "1", "w1"),
            ("ab12cd345", "2", "w1"),
            (None, "deadbeef00", "w1"),
            ("y", "3", "w2"),
        ]
        fill(database, rows)
        with database.write() as writer:
            writer.remove_mentioning("t", ["a", "b"], ["ab12cd34", "deadbeef00"])
            assert writer.hash_of("t").rows == 2
            writer.remove_mentioning("t", ["a", "b"], [])
            writer.keep_only("t", "b", ["3", "9"])
        assert database.table("t").b.to_pyarrow().to_pylist() == ["3"]
        with database.write() as writer:
            writer.keep_only("t", "b", [])
        assert database.hash_of("t").rows == 0


def test_after_a_frugal_writer_the_database_has_all_of_its_memory_again(tmp_path):
    """More than a frugal writer's 96 MB is held at once: an aggregate over a million long texts, without a disk."""
    with Database.open(tmp_path / "a.duckdb") as database:
        with database.write() as writer:
            create_table_if_not_exists(writer.ibis, "letters", ibis.schema({"letter": "string"}))
            with writer.appending("letters", pa.schema({"letter": pa.string()}), frugal=True) as append:
                append(pa.table({"letter": ["a"]}))
        cursor = database.cursor()
        cursor.execute("SET temp_directory=''")
        held = "SELECT length(string_agg(repeat('x', 160), '')) FROM range(1_000_000)"
        assert cursor.execute(held).fetchone() == (160_000_000,)
