import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from egregora.core.errors import BusyError, MigrationError
from egregora.core.fingerprint import file_digest
from egregora.knowledge.ranking.store import RankingStore
from egregora.orchestration.database import Database

SCRIPT = Path(__file__).parents[1] / "scripts" / "migrate_rankings_db.py"
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)

FIRST = """
CREATE TABLE elo_ratings (post_id TEXT PRIMARY KEY, elo_global DOUBLE DEFAULT 1500, games_played INTEGER DEFAULT 0,
    last_updated TIMESTAMP);
CREATE TABLE elo_history (comparison_id TEXT PRIMARY KEY, timestamp TIMESTAMP, profile_id TEXT, post_a TEXT,
    post_b TEXT, winner TEXT, comment_a TEXT, comment_b TEXT, stars_a INTEGER, stars_b INTEGER);
CREATE INDEX games ON elo_ratings(games_played);
INSERT INTO elo_ratings VALUES ('2025-01-01-one', 1516, 1, '2025-01-01 12:00'), ('2025-01-02-two', 1484, 1, NULL);
INSERT INTO elo_ratings (post_id) VALUES ('2025-01-03-new');
INSERT INTO elo_history VALUES
    ('h1', '2025-01-01 12:00', 'p', '2025-01-02-two', '2025-01-01-one', 'B', 'dull', 'good', 2, 4),
    ('h2', '2025-01-01 12:01', 'p', '2025-01-01-one', '2025-01-02-two', 'A', NULL, NULL, NULL, NULL),
    ('h3', '2025-01-01 12:02', 'p', '2025-01-01-one', '2025-01-02-two', NULL, NULL, NULL, NULL, NULL);
"""
SECOND = """
CREATE TABLE elo_ratings (post_id TEXT, elo_global DOUBLE, num_comparisons INTEGER, last_updated TIMESTAMP);
CREATE TABLE elo_history (comparison_id TEXT, timestamp TIMESTAMP, winner_id TEXT, loser_id TEXT, elo_change DOUBLE,
    tie BOOLEAN DEFAULT false);
INSERT INTO elo_ratings VALUES ('a', 1500, 1, '2025-01-01 10:00'), ('a', 1516, 2, '2025-01-01 12:00');
INSERT INTO elo_history VALUES ('h1', '2025-01-01 12:00', 'a', 'b', 16, false),
    ('h2', '2025-01-01 12:01', 'a', 'b', 0, true);
"""
THIRD = """
CREATE TABLE elo_ratings (post_id TEXT, rating DOUBLE, num_comparisons BIGINT, last_updated TIMESTAMPTZ);
CREATE TABLE elo_comparisons (comparison_id TEXT, winner_id TEXT, loser_id TEXT, timestamp TIMESTAMPTZ);
INSERT INTO elo_ratings VALUES ('a', 1516, 1, '2025-01-01 09:00:00-03'), ('b', 1484, 1, '2025-01-01 12:00:00+00');
INSERT INTO elo_comparisons VALUES ('h1', 'a', 'b', '2025-01-01 09:00:00-03');
"""


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("migrate_rankings_db", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def old(tmp_path):
    """Writes an old file."""

    def make(statements):
        path = tmp_path / "rankings.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(statements)
        return path

    return make


@pytest.fixture
def main(tmp_path):
    """A project's file that has ranked a post already."""
    path = tmp_path / "egregora.duckdb"
    with Database.open(path) as database, database.write() as writer:
        store = RankingStore(writer.ibis)
        store.create_tables()
        store.record("own", "other", NOON)
    return path


def rows_of(path, table, *columns):
    with Database.open(path) as database:
        rows = database.table(table).order_by(columns[0]).to_pyarrow().to_pylist()
    return [tuple(row[column] for column in columns) for row in rows]


def test_the_first_shape_moves_with_winners_by_letter(script, old, main):
    moved = script.migrate(old(FIRST), main)
    ratings = rows_of(main, "elo_ratings", "post_id", "rating", "num_comparisons", "last_updated")
    assert ratings[:3] == [
        ("2025-01-01-one", 1516.0, 1, NOON),
        ("2025-01-02-two", 1484.0, 1, None),
        ("2025-01-03-new", 1500.0, 0, None),
    ]
    assert [row[0] for row in ratings[3:]] == ["other", "own"]
    comparisons = rows_of(main, "elo_comparisons", "timestamp", "comparison_id", "winner_id", "loser_id")
    assert ("h1", "2025-01-01-one", "2025-01-02-two") in [row[1:] for row in comparisons]
    assert ("h2", "2025-01-01-one", "2025-01-02-two") in [row[1:] for row in comparisons]
    assert len(comparisons) == 3
    assert moved.left == (
        "1 comparisons that do not name a winner and a loser",
        "1 comparisons' comments and stars",
    )


def test_the_second_shape_moves_and_its_ties_are_reported(script, old, main):
    moved = script.migrate(old(SECOND), main)
    assert ("a", 1516.0, 2) in rows_of(main, "elo_ratings", "post_id", "rating", "num_comparisons")
    assert ("h1", "a", "b", NOON) in rows_of(
        main, "elo_comparisons", "comparison_id", "winner_id", "loser_id", "timestamp"
    )
    assert moved.added == {"elo_ratings": 1, "elo_comparisons": 1}
    assert moved.left == (
        "1 ties, which today's ratings do not know",
        "1 older rows with the same post_id",
    )


def test_the_third_shape_moves_as_it_is(script, old, main):
    moved = script.migrate(old(THIRD), main)
    assert (moved.added, moved.left) == ({"elo_ratings": 2, "elo_comparisons": 1}, ())
    assert ("a", 1516.0, 1, NOON) in rows_of(
        main, "elo_ratings", "post_id", "rating", "num_comparisons", "last_updated"
    )


@pytest.mark.parametrize("shape", [FIRST, SECOND, THIRD])
def test_a_second_run_adds_nothing_and_the_old_file_stays_as_it_was(script, old, main, shape):
    path = old(shape)
    before = file_digest(path)
    first = script.migrate(path, main)
    ratings = rows_of(main, "elo_ratings", "post_id", "rating", "last_updated")
    comparisons = rows_of(main, "elo_comparisons", "comparison_id", "timestamp")
    second = script.migrate(path, main)
    assert second.added == {"elo_ratings": 0, "elo_comparisons": 0}
    assert second.known == first.added
    assert second.backup is None
    assert rows_of(main, "elo_ratings", "post_id", "rating", "last_updated") == ratings
    assert rows_of(main, "elo_comparisons", "comparison_id", "timestamp") == comparisons
    assert file_digest(path) == before
    assert sorted(one.name for one in path.parent.iterdir() if one.name.startswith("rankings")) == [path.name]


def test_a_rating_of_the_projects_own_is_left_alone(script, old, main):
    moved = script.migrate(old(THIRD.replace("'a'", "'own'")), main)
    assert ("own", 1516.0) in rows_of(main, "elo_ratings", "post_id", "rating")
    assert moved.known["elo_ratings"] == 1
    assert moved.added["elo_ratings"] == 1


def test_the_file_is_copied_as_it_was(script, old, main):
    before = file_digest(main)
    moved = script.migrate(old(THIRD), main)
    assert moved.backup.parent == main.parent
    assert moved.backup.stat().st_mode & 0o777 == 0o600
    assert rows_of(moved.backup, "elo_ratings", "post_id") == [("other",), ("own",)]
    assert before != file_digest(main)


def test_a_project_without_a_file_gets_one(script, old, tmp_path):
    moved = script.migrate(old(THIRD), tmp_path / "new.duckdb")
    assert moved.backup is None
    assert rows_of(tmp_path / "new.duckdb", "elo_ratings", "post_id") == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            "CREATE TABLE elo_ratings (post TEXT, points INTEGER)",
            "elo_ratings has columns of no known shape: post, points",
        ),
        ("CREATE TABLE elo_history (comparison_id TEXT, winner INTEGER)", "elo_history has columns of no known shape"),
        ("CREATE TABLE notes (text TEXT)", "no table of rankings"),
    ],
)
def test_an_unknown_shape_is_named_and_nothing_is_written(script, old, main, statements, said):
    before = file_digest(main)
    with pytest.raises(MigrationError, match=said):
        script.migrate(old(statements), main)
    assert file_digest(main) == before


def test_a_file_that_is_missing_or_no_database_is_refused(script, main, tmp_path):
    with pytest.raises(MigrationError, match="no old rankings file"):
        script.migrate(tmp_path / "nothing.duckdb", main)
    (tmp_path / "text.duckdb").write_text("not a database")
    with pytest.raises(MigrationError, match="cannot be read"):
        script.migrate(tmp_path / "text.duckdb", main)
    with pytest.raises(MigrationError, match="the same"):
        script.migrate(main, main)


def test_the_command_says_what_it_did(old, main, tmp_path):
    def run(*arguments):
        command = [sys.executable, str(SCRIPT), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(old(SECOND), main)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == [
        "elo_ratings: 1 moved, 0 already there",
        "elo_comparisons: 1 moved, 0 already there",
        "left in the old file: 1 ties, which today's ratings do not know",
    ]
    assert "egregora.duckdb.before-rankings-1" in done.stdout
    failed = run(tmp_path / "nothing.duckdb", main)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("there is no old rankings file\n  where: ")


def test_a_busy_project_is_left_alone(old, main):
    path = old(THIRD)
    with Database.open(main):
        run = [sys.executable, str(SCRIPT), str(path), str(main)]
        failed = subprocess.run(run, capture_output=True, text=True, check=False)
    assert failed.returncode == BusyError.exit_code
    assert "is writing to egregora.duckdb" in failed.stderr
    assert not list(main.parent.glob("*before-rankings*"))
