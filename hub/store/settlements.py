"""What settling found, on its way into the tables, so that whoever reads them meanwhile waits for nobody.

Everything at once goes into empty tables without their indexes. Else the difference alone is written: what was found is gathered
beside the tables and compared with what they hold of the golden records concerned, and most rows stay as they are.
"""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.prospects.events import NEVER
from hub.prospects.settle import Settled
from hub.store.bulk import analyze, copy_in
from hub.store.prospect_facts import SCOPE

TABLES = ("claim", "ownership", "conflict", "decision")
_TIMES = ("stated", "seen", "opened", "proven", "until", "valid_from", "valid_until", "began", "ends")
_EMPTY = sa.text(f"SELECT NOT ({' OR '.join(f'EXISTS (SELECT FROM {table})' for table in TABLES)})")
# Golden records of whom something else was found: the sum does not depend on the order of rows, and counts those that are alike.
_SUMS = "SELECT golden, count(*) AS rows, sum(hash_record_extended(t, 0)) AS hash FROM {0} t GROUP BY golden"
_DIFFERING = f"""
CREATE TEMP TABLE differing ON COMMIT DROP AS
    SELECT golden FROM ({_SUMS.format("{table}")}) p FULL JOIN ({_SUMS.format("fresh_{table}")}) f USING (golden)
    WHERE (p.rows, p.hash) IS DISTINCT FROM (f.rows, f.hash);
ANALYZE differing;
"""
# Of a scope, the rows that differ: a row is the same as another if its golden record and the hash of all that it says are.
_HASHED = "hash_record_extended(t, 0)"
_NUMBERED = f"golden, {_HASHED} AS hash, row_number() OVER (PARTITION BY golden, {_HASHED}) AS no"
_EXCHANGE = f"""
CREATE TEMP TABLE exchanged ON COMMIT DROP AS
    SELECT p.place AS gone, f.place AS come
    FROM (SELECT t.ctid AS place, {_NUMBERED} FROM {{scope}} JOIN {{table}} t USING (golden)) p
    FULL JOIN (SELECT t.ctid AS place, {_NUMBERED} FROM {{scope}} JOIN fresh_{{table}} t USING (golden)) f
        USING (golden, hash, no)
    WHERE p.place IS NULL OR f.place IS NULL;
DELETE FROM {{table}} WHERE ctid = ANY (ARRAY(SELECT gone FROM exchanged WHERE gone IS NOT NULL));
INSERT INTO {{table}} SELECT t.* FROM fresh_{{table}} t
    WHERE ctid = ANY (ARRAY(SELECT come FROM exchanged WHERE come IS NOT NULL));
DROP TABLE exchanged, fresh_{{table}};
"""


class Settlement:
    """Takes what settling finds, part by part.

    Args:
        scoped: what is found is all about the golden records of the scope, also of such as are no more; else about all.
    """

    def __init__(self, conn: Connection, scoped: bool) -> None:
        self._conn, self._scoped = conn, scoped
        self._bare = not scoped and bool(conn.execute(_EMPTY).scalar_one())
        self._prefix = "" if self._bare else "fresh_"
        if self._bare:
            conn.exec_driver_sql("SELECT hub_bare_settled()")
            return
        for table in TABLES:
            conn.exec_driver_sql(f"CREATE TEMP TABLE fresh_{table} (LIKE {table}) ON COMMIT DROP")

    def write(self, found: Settled) -> None:
        """Take a part."""
        claims = found.claims.with_columns(claim_id="source").select(
            "golden", "brand", "purpose", "dealer", "claim_id", "feed", "stated", "seen", "trusted", "opened", "proven",
            "proof", "contacts", "until", "ending", "policy",
        )  # fmt: skip
        decisions = found.decisions.rename({"dealer": "winner"})
        for table, frame in zip(TABLES, (claims, found.ownership, found.conflicts, decisions), strict=True):
            copy_in(self._conn, self._prefix + table, _timed(frame), frozen=self._bare)

    def finish(self) -> None:
        """All is there: bring the difference in, or the indexes back."""
        if self._bare:
            self._conn.exec_driver_sql("SELECT hub_index_settled()")
        for table in () if self._bare else TABLES:
            self._conn.exec_driver_sql(f"ANALYZE fresh_{table}")
            if not self._scoped:
                self._conn.exec_driver_sql(_DIFFERING.format(table=table))
            self._conn.exec_driver_sql(_EXCHANGE.format(table=table, scope=SCOPE if self._scoped else "differing"))
            if not self._scoped:
                self._conn.exec_driver_sql("DROP TABLE differing")
        for table in () if self._scoped else TABLES:
            analyze(self._conn, table)


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    """Microseconds as times; what never comes as nothing."""
    times = [name for name in _TIMES if name in frame.columns]
    return frame.with_columns(
        pl.from_epoch(pl.when(pl.col(name).abs() < NEVER // 2).then(pl.col(name)), "us")
        .dt.replace_time_zone("UTC")
        .alias(name)
        for name in times
    )
