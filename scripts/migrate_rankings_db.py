"""Move an old rankings file into a project's file; safe to run twice.

python scripts/migrate_rankings_db.py OLD.duckdb MAIN.duckdb
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from egregora.core.database_schema import SCHEMAS
from egregora.core.errors import EgregoraError, MigrationError
from egregora.knowledge.ranking import elo
from egregora.knowledge.ranking.store import COMPARISONS, RATINGS, RankingStore, comparison_id
from egregora.orchestration.database import Database

Row = dict[str, Any]
_KEYS = {RATINGS: "post_id", COMPARISONS: "comparison_id"}
_HISTORY = "elo_history"  # what the first two shapes call their comparisons


@dataclass(frozen=True)
class Moved:
    """What a migration did, and what it could not do."""

    added: Mapping[str, int]  # rows by table
    known: Mapping[str, int]  # rows by table whose key was there already; those are left as they are
    left: tuple[str, ...]  # what has no place in the new tables, a sentence part each
    backup: Path | None = None  # None when there was nothing to add, or nothing to copy

    def lines(self) -> list[str]:
        """The report, a line each."""
        return [
            *(f"{name}: {self.added[name]} moved, {self.known[name]} already there" for name in _KEYS),
            *(f"left in the old file: {what}" for what in self.left),
            *([f"the file as it was: {self.backup}"] if self.backup else []),
        ]


@dataclass
class _Old:
    """The rows of an old file in today's columns, and what did not fit."""

    rows: dict[str, list[Row]]
    left: list[str] = field(default_factory=list)


def migrate(old: Path, main: Path) -> Moved:
    """Add the ratings and comparisons of `old` to `main`, which is copied beside itself before.

    A row whose key is in `main` already is left as it is, so a second run adds nothing. `old` is only read.
    Errors: MigrationError when `old` is not a rankings file of a known shape; BusyError when `main` is in use.
    """
    found = _read(old, main)
    existed = main.exists()
    with Database.open(main) as database:
        fresh = _fresh(database, found.rows)
    if not any(fresh.values()):
        return _moved(found, fresh, None)
    backup = _copy_beside(main) if existed else None
    with Database.open(main) as database:
        fresh = _fresh(database, found.rows)
        _write(database, fresh)
    return _moved(found, fresh, backup)


def _moved(found: _Old, fresh: Mapping[str, Sequence[Row]], backup: Path | None) -> Moved:
    added = {name: len(fresh[name]) for name in _KEYS}
    known = {name: len(found.rows[name]) - added[name] for name in _KEYS}
    return Moved(added, known, tuple(found.left), backup)


def _read(old: Path, main: Path) -> _Old:
    if not old.is_file():
        raise MigrationError("there is no old rankings file", where=str(old), fix="give the path of rankings.duckdb")
    if main.exists() and old.samefile(main):
        raise MigrationError("the old file and the project's file are the same", where=str(old))
    try:
        tables = _tables(old)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        fix = "close the program that uses it, or give the path of another file"
        raise MigrationError(f"the old file cannot be read: {reason}", where=str(old), fix=fix) from error
    return _translated(tables, old)


def _tables(old: Path) -> dict[str, pa.Table]:
    # Read-only, which Database.open is not: it would write its own tables into the old file.
    with duckdb.connect(str(old), read_only=True) as connection:  # noqa: TID251 - see above
        connection.execute("SET TimeZone='UTC'")
        names = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
        return {name: connection.table(name).to_arrow_table() for name in names}


def _translated(tables: Mapping[str, pa.Table], old: Path) -> _Old:
    found = _Old({RATINGS: [], COMPARISONS: []})
    for name in sorted(tables):
        if name == RATINGS:
            found.rows[RATINGS] = _once(_ratings(tables[name], old), "post_id", found)
        elif name in (_HISTORY, COMPARISONS):
            rows = _comparisons(name, tables[name], old, found)
            found.rows[COMPARISONS] = _once([*found.rows[COMPARISONS], *rows], "comparison_id", found)
        else:
            found.left.append(f"table {name}, which is not about rankings")
    if not {RATINGS, _HISTORY, COMPARISONS} & set(tables):
        raise MigrationError(
            "the old file has no table of rankings",
            where=f"{old}, tables: {', '.join(sorted(tables)) or 'none'}",
            fix="give the path of a rankings.duckdb, with elo_ratings and elo_history or elo_comparisons",
        )
    return found


def _ratings(table: pa.Table, old: Path) -> list[Row]:
    rating, compared = _shape(RATINGS, table, old, _RATING_COLUMNS)[1:3]
    return [
        {
            "post_id": row["post_id"],
            "rating": elo.START if row[rating] is None else row[rating],
            "num_comparisons": row[compared] or 0,
            "last_updated": _moment(row["last_updated"]),
        }
        for row in table.to_pylist()
        if row["post_id"]
    ]


def _comparisons(name: str, table: pa.Table, old: Path, found: _Old) -> list[Row]:
    posts = _POSTS[_shape(name, table, old, tuple(_POSTS))]
    rows = table.to_pylist()
    tied = [row for row in rows if row.get("tie")]
    decided = [(row, *posts(row)) for row in rows if not row.get("tie")]
    clear = [(row, winner, loser) for row, winner, loser in decided if winner and loser and winner != loser]
    remarks = [row for row in rows if any(row.get(column) is not None for column in _REMARKS)]
    found.left += _counted(len(tied), "ties, which today's ratings do not know")
    found.left += _counted(len(decided) - len(clear), "comparisons that do not name a winner and a loser")
    found.left += _counted(len(remarks), "comparisons' comments and stars")
    return [_comparison(*each) for each in clear]


def _comparison(row: Row, winner: str, loser: str) -> Row:
    moment = _moment(row["timestamp"])
    key = row["comparison_id"] or comparison_id(winner, loser, moment or datetime.fromtimestamp(0, UTC))
    return {"comparison_id": key, "winner_id": winner, "loser_id": loser, "timestamp": moment}


def _judged(row: Row) -> tuple[str | None, str | None]:
    pair = (row["post_a"], row["post_b"])
    return {"A": pair, "B": pair[::-1]}.get(row["winner"], (None, None))


def _named(row: Row) -> tuple[str | None, str | None]:
    return row["winner_id"], row["loser_id"]


_REMARKS = ("comment_a", "comment_b", "stars_a", "stars_b")
_RATING_COLUMNS = (
    ("post_id", "elo_global", "games_played", "last_updated"),
    ("post_id", "elo_global", "num_comparisons", "last_updated"),
    ("post_id", "rating", "num_comparisons", "last_updated"),
)
_POSTS: Mapping[tuple[str, ...], Callable[[Row], tuple[str | None, str | None]]] = {
    ("comparison_id", "timestamp", "post_a", "post_b", "winner"): _judged,
    ("comparison_id", "timestamp", "winner_id", "loser_id"): _named,
}


def _shape(name: str, table: pa.Table, old: Path, shapes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The first of `shapes` whose columns `table` has; it may have others beside them."""
    for shape in shapes:
        if set(shape) <= set(table.column_names):
            return shape
    raise MigrationError(
        f"table {name} has columns of no known shape: {', '.join(table.column_names)}",
        where=str(old),
        fix=f"rename its columns to one of: {'; '.join(', '.join(shape) for shape in shapes)}",
    )


def _moment(time: datetime | None) -> datetime | None:
    """Old files hold times of UTC, most of them without saying so."""
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


def _once(rows: Iterable[Row], key: str, found: _Old) -> list[Row]:
    """One row for each key: the latest, since older shapes let a key come twice."""
    rows = sorted(rows, key=lambda row: (row[key], str(row.get("last_updated") or row.get("timestamp"))))
    latest = {row[key]: row for row in rows}
    found.left += _counted(len(rows) - len(latest), f"older rows with the same {key}")
    return list(latest.values())


def _counted(count: int, what: str) -> list[str]:
    return [f"{count} {what}"] if count else []


def _fresh(database: Database, rows: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Those of `rows` whose keys the project's file does not have."""
    fresh = {}
    for name, key in _KEYS.items():
        known = set(database.table(name)[key].to_pyarrow().to_pylist()) if database.has(name) else set()
        fresh[name] = [row for row in rows[name] if row[key] not in known]
    return fresh


def _write(database: Database, rows: Mapping[str, Sequence[Row]]) -> None:
    with database.write() as writer:
        RankingStore(writer.ibis).create_tables()
        for name in _KEYS:
            writer.append(name, pa.Table.from_pylist(list(rows[name]), schema=SCHEMAS[name].to_pyarrow()))


def _copy_beside(main: Path) -> Path:
    """A copy of `main`, with its mode, under a name that is not taken. Prereq: the file is closed, so it is whole."""
    number = 1
    while (backup := main.with_name(f"{main.name}.before-rankings-{number}")).exists():
        number += 1
    return Path(shutil.copy2(main, backup))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 done, otherwise the exit code of the error it shows."""
    parser = argparse.ArgumentParser(description="Move an old rankings file into a project's file.")
    parser.add_argument("old", type=Path, metavar="OLD.duckdb", help="the old file; it is only read")
    parser.add_argument("main", type=Path, metavar="MAIN.duckdb", help="the project's egregora.duckdb")
    chosen = parser.parse_args(arguments)
    try:
        moved = migrate(chosen.old, chosen.main)
    except EgregoraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join(moved.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
