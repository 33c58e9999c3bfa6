"""What settling found, on its way into the tables, so that whoever reads them meanwhile waits for nobody.

A scope's rows are replaced. Everything at once goes into empty tables without their indexes; into others the difference alone: it
is gathered beside them, compared for each golden record, and most golden records stay as they are.
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
# The sum does not depend on the order of rows, and two rows that are alike do not cancel each other out.
_SUMS = "SELECT golden, count(*) AS rows, sum(hash_record_extended(t, 0)) AS hash FROM {0} t GROUP BY golden"
_EXCHANGE = """
CREATE TEMP TABLE differing ON COMMIT DROP AS
    SELECT golden FROM ({present}) p FULL JOIN ({fresh}) f USING (golden)
    WHERE (p.rows, p.hash) IS DISTINCT FROM (f.rows, f.hash);
ANALYZE differing;
DELETE FROM {table} WHERE golden IN (SELECT golden FROM differing);
INSERT INTO {table} SELECT * FROM fresh_{table} WHERE golden IN (SELECT golden FROM differing);
DROP TABLE differing, fresh_{table};
"""


class Settlement:
    """Takes what settling finds, part by part.

    Args:
        scoped: what is found is all about the golden records of the scope, also of such as are no more; else about all.
    """

    def __init__(self, conn: Connection, scoped: bool) -> None:
        self._conn = conn
        self._bare = not scoped and bool(conn.execute(_EMPTY).scalar_one())
        self._prefix = "" if scoped or self._bare else "fresh_"
        if scoped:
            for table in TABLES:
                conn.exec_driver_sql(f"DELETE FROM {table} WHERE golden IN (SELECT golden FROM {SCOPE})")
        elif self._bare:
            conn.exec_driver_sql("SELECT hub_bare_settled()")
        else:
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
            copy_in(self._conn, self._prefix + table, _timed(frame))

    def finish(self) -> None:
        """All is there: bring the difference in, or the indexes back."""
        if self._bare:
            self._conn.exec_driver_sql("SELECT hub_index_settled()")
        elif self._prefix:
            for table in TABLES:
                present, fresh = _SUMS.format(table), _SUMS.format(f"fresh_{table}")
                self._conn.exec_driver_sql(_EXCHANGE.format(table=table, present=present, fresh=fresh))
        else:
            return
        for table in TABLES:
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
