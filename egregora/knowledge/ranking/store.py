"""Stores the ratings of posts and the comparisons that they come from."""

from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from egregora.core.database_schema import ELO_COMPARISONS_SCHEMA, ELO_RATINGS_SCHEMA, create_table_if_not_exists
from egregora.core.fingerprint import digest
from egregora.knowledge.ranking import elo

RATINGS = "elo_ratings"
COMPARISONS = "elo_comparisons"


def comparison_id(winner_id: str, loser_id: str, timestamp: datetime) -> str:
    """The id of a comparison: a digest of its content. Errors: ValueError if `timestamp` has no time zone."""
    if timestamp.tzinfo is None:
        raise ValueError("a comparison needs a time with a zone")
    return digest(winner_id, loser_id, timestamp.astimezone(UTC).isoformat())


class RankingStore:
    """The two ranking tables in a project's database file.

    Prereq: a connection in a transaction, as `Database.write()` gives it, so that a comparison and its two ratings are
    committed together.
    """

    def __init__(self, conn: Any) -> None:
        self.conn = conn  # an Ibis DuckDB backend, shared with the rest of the program

    def create_tables(self) -> None:
        """Create both tables unless they exist. Errors: SchemaError if one exists with other columns."""
        create_table_if_not_exists(self.conn, RATINGS, ELO_RATINGS_SCHEMA)
        create_table_if_not_exists(self.conn, COMPARISONS, ELO_COMPARISONS_SCHEMA)

    def ratings(self) -> ir.Table:
        """Every rated post. A post without comparisons has no row."""
        return self.conn.table(RATINGS)

    def comparisons(self) -> ir.Table:
        """Every comparison."""
        return self.conn.table(COMPARISONS)

    def top(self, n: int) -> ir.Table:
        """The `n` posts with the highest ratings. Order: by rating, the highest first, then by post."""
        return self.ratings().order_by(ibis.desc("rating"), "post_id").limit(n)

    def record(self, winner_id: str, loser_id: str, timestamp: datetime) -> None:
        """Store a comparison and update both ratings. A comparison that is already stored changes nothing.

        Errors: ValueError if a post is compared with itself, or `timestamp` has no time zone.
        """
        if winner_id == loser_id:
            raise ValueError(f"post {winner_id!r} cannot be compared with itself")
        key = comparison_id(winner_id, loser_id, timestamp)
        comparisons = self.comparisons()
        if comparisons.filter(comparisons.comparison_id == key).count().to_pyarrow().as_py():
            return
        self.conn.insert(COMPARISONS, _row(ELO_COMPARISONS_SCHEMA, (key, winner_id, loser_id, timestamp)))
        self._rate(winner_id, loser_id, timestamp)

    def _rate(self, winner_id: str, loser_id: str, timestamp: datetime) -> None:
        rated = self.ratings()
        found = rated.filter(rated.post_id.isin([winner_id, loser_id])).to_pyarrow().to_pylist()
        before = {row["post_id"]: (row["rating"], row["num_comparisons"]) for row in found}
        pair = [before.get(post_id, (elo.START, 0)) for post_id in (winner_id, loser_id)]
        ratings = elo.after(pair[0][0], pair[1][0])
        for post_id, rating, (_, compared) in zip((winner_id, loser_id), ratings, pair, strict=True):
            row = _row(ELO_RATINGS_SCHEMA, (post_id, rating, compared + 1, timestamp))
            self.conn.upsert(RATINGS, row, on="post_id")


def _row(schema: ibis.Schema, values: tuple[object, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, values, strict=True))], schema=schema.to_pyarrow())
