"""The partition of records into golden records: components to cluster again, seats, questions for stewards, golden rows."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import sqlalchemy as sa
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from hub.errors import Busy
from hub.feeds import HUB
from hub.store.bulk import analyze, copy_in, copy_out
from hub.store.scopes import add_to_scope, new_scope, rids

_LOCK = 0x6875620001  # advisory lock: one writer of the partition at a time


def lock_partition(conn: Connection, patience: float | None = None) -> None:
    """Wait until no other transaction changes the partition; held to the end of this one.

    Args:
        patience: seconds to wait at most.

    Raises:
        Busy: it took longer.
    """
    if patience is not None:
        conn.execute(sa.text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{patience * 1000:.0f}ms"})
    try:
        conn.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy("The hub is matching the night's files just now. Try again in a minute.") from None
        raise
    if patience is not None:
        conn.execute(sa.text("SELECT set_config('lock_timeout', '0', true)"))


def wait_briefly(conn: Connection) -> None:
    """Wait for no lock longer than a minute: two connections of one flow may wait for each other through a stranger's lock,
    and the server would not see it."""
    conn.execute(sa.text("SET LOCAL lock_timeout = '60s'"))


def reopened_count(conn: Connection) -> int:
    """How many records wait to be clustered again."""
    return int(conn.execute(sa.text("SELECT count(*) FROM reopened")).scalar_one())


def take_restated(conn: Connection, name: str) -> pl.Series:
    """Fill a scope with the records whose golden records are to be made again, and take their marks away.

    First of all, before anything is read: a mark that is set meanwhile stands for a change not yet seen, and stays.
    """
    new_scope(conn, name)
    taken = "WITH taken AS (DELETE FROM restated RETURNING rid)"
    conn.execute(sa.text(f"{taken} INSERT INTO {name} SELECT rid FROM taken ORDER BY rid"))
    conn.execute(sa.text(f"ANALYZE {name}"))
    return rids(conn, name)


def seats_beside(conn: Connection, scope: str, component: str) -> pl.DataFrame:
    """``rid`` and ``golden`` of all members of the golden records of a scope's records, unless they are in another scope."""
    return copy_out(
        conn,
        f"""SELECT o.rid, o.golden FROM (
                SELECT DISTINCT m.golden FROM membership m JOIN {scope} USING (rid)
                WHERE NOT EXISTS (SELECT FROM {component} c WHERE c.rid = m.rid)) g JOIN membership o USING (golden)""",
        schema={"rid": pl.Int64, "golden": pl.Int64},
    )


_EDGES_OF = """SELECT rid_b AS rid FROM edge WHERE rid_a = c.rid
    UNION ALL SELECT rid_a FROM edge WHERE rid_b = c.rid"""
_BONDS_OF = """UNION ALL SELECT q.rid FROM party p JOIN judged j ON j.record = p.id JOIN judged k ON k.bond = j.bond
    JOIN party q ON q.id = k.record WHERE p.rid = c.rid"""
_GOLDEN_OF = """UNION ALL SELECT o.rid FROM membership m JOIN membership o ON o.golden = m.golden WHERE m.rid = c.rid"""


def connected(conn: Connection, rids: Iterable[int] | pl.Series, judged: bool = False) -> pl.Series:
    """These records, the golden records that they stand in, and all their components.

    A component may reach a golden record that was whole before: its other members are in the component, too, unless their
    edges are gone; then they were reopened.

    Args:
        judged: whether judgements stand; then records that they connect are of one component.
    """
    new_scope(conn, "seed", rids, indexed=False)
    return copy_out(
        conn,
        f"""WITH RECURSIVE closure AS (
               (SELECT rid FROM seed
                UNION SELECT o.rid FROM seed JOIN membership m USING (rid) JOIN membership o ON o.golden = m.golden)
               UNION SELECT e.rid FROM closure c CROSS JOIN LATERAL ({_EDGES_OF} {_BONDS_OF if judged else ""}) e
           ) SELECT rid FROM closure""",
        schema={"rid": pl.Int64},
    )["rid"]


def scope_around(conn: Connection, name: str, around: Iterable[int]) -> None:
    """Fill a scope with a few records and all that edges, judgements and golden records connect with them.

    Such a scope can be clustered by itself at any time, also while others wait to be clustered.
    """
    new_scope(conn, name, around)
    add_to_scope(
        conn,
        name,
        f"""WITH RECURSIVE closure AS (
               SELECT rid FROM {name}
               UNION SELECT e.rid FROM closure c CROSS JOIN LATERAL ({_EDGES_OF} {_BONDS_OF} {_GOLDEN_OF}) e
           ) SELECT rid FROM closure""",
    )
    conn.execute(sa.text(f"ANALYZE {name}"))


def replace_partition(conn: Connection, scope: str | None, membership: pl.DataFrame, review: pl.DataFrame) -> None:
    """Store the partition of a scope's records (of all records when there is no scope), and what waits for a steward.

    Within a scope most records stay where they are: these are not touched.
    """
    _replace_reviews(conn, scope, review)
    if scope is None:
        # a lead that arrived since the records were read stands in its own golden record until the next match
        new_scope(conn, "placed_lead", membership.filter(pl.col("dealer") == HUB)["rid"])
        conn.execute(
            sa.text("""DELETE FROM membership m WHERE dealer <> :hub OR rid IN (SELECT rid FROM placed_lead)
                OR NOT EXISTS (SELECT FROM party p WHERE p.rid = m.rid)"""),
            {"hub": HUB},
        )
        copy_in(conn, "membership", membership)
        analyze(conn, "membership")
        return
    before = seats(conn, scope)
    moved = membership.join(before, on="rid", how="left").filter(pl.col("golden").ne_missing(pl.col("before")))
    gone = before.join(membership, on="rid", how="anti")
    new_scope(conn, "moving", pl.concat([moved["rid"], gone["rid"]]))
    conn.execute(sa.text("DELETE FROM membership WHERE rid IN (SELECT rid FROM moving)"))
    copy_in(conn, "membership", moved.select(membership.columns))


_REVIEW = {"rid_a": pl.Int64, "rid_b": pl.Int64, "weight": pl.Float32, "reason": pl.String, "priority": pl.Int64}


def _replace_reviews(conn: Connection, scope: str | None, review: pl.DataFrame) -> None:
    """Store what waits for a steward. A question about records that are as they were, asked as before, is not touched."""
    within = f"JOIN {scope} ON rid = rid_a" if scope else ""
    stored = copy_out(
        conn,
        f"""SELECT rid_a, rid_b, weight, reason, question, EXISTS (
                SELECT FROM reopened o WHERE o.rid = rid_a) OR EXISTS (SELECT FROM reopened o WHERE o.rid = rid_b)
            FROM review {within}""",
        schema={**_REVIEW, "reopened": pl.Boolean},
    )
    asked = review.select(pl.col(name).cast(kind) for name, kind in _REVIEW.items())
    kept = stored.filter(~pl.col("reopened")).join(asked, on=list(_REVIEW), how="semi")
    gone = stored.join(kept, on=["rid_a", "rid_b"], how="anti").select("rid_a", "rid_b")
    if not gone.is_empty():
        conn.execute(sa.text("CREATE TEMP TABLE answered (rid_a bigint, rid_b bigint) ON COMMIT DROP"))
        copy_in(conn, "answered", gone.sort("rid_a", "rid_b"))
        conn.execute(sa.text("ANALYZE answered"))
        conn.execute(sa.text("DELETE FROM review r USING answered a WHERE r.rid_a = a.rid_a AND r.rid_b = a.rid_b"))
        conn.execute(sa.text("DROP TABLE answered"))
    copy_in(conn, "review", asked.join(kept, on=["rid_a", "rid_b"], how="anti"))


def golden_keys(conn: Connection) -> pl.Series:
    """The golden records in which records stand now."""
    return copy_out(conn, "SELECT DISTINCT golden FROM membership", schema={"golden": pl.Int64})["golden"]


def seats(conn: Connection, scope: str) -> pl.DataFrame:
    """In which golden record each record of a scope stands now: ``rid``, ``before``."""
    sql = f"SELECT rid, golden FROM membership WHERE rid IN (SELECT rid FROM {scope})"
    return copy_out(conn, sql, schema={"rid": pl.Int64, "before": pl.Int64})


def reopened_within(conn: Connection, scope: str) -> pl.Series:
    """The records of a scope that wait to be clustered again."""
    return copy_out(conn, f"SELECT rid FROM reopened JOIN {scope} USING (rid)", schema={"rid": pl.Int64})["rid"]


def drop_golden(conn: Connection, golden: pl.Series) -> None:
    """Remove golden records that are no more; their ids go on to resolve through their source records."""
    new_scope(conn, "former", golden)
    conn.execute(sa.text("DELETE FROM golden WHERE golden IN (SELECT rid FROM former)"))


def write_golden(conn: Connection, golden: pl.DataFrame) -> int:
    """Write golden records; returns how many were new or changed. Those that stay as they were are not touched."""
    conn.execute(sa.text("CREATE TEMP TABLE IF NOT EXISTS fresh (LIKE golden) ON COMMIT DROP"))
    conn.execute(sa.text("TRUNCATE fresh"))
    copy_in(conn, "fresh", golden)
    conn.execute(sa.text("DELETE FROM golden g USING fresh f WHERE f.golden = g.golden AND f.version <> g.version"))
    return conn.execute(sa.text("INSERT INTO golden SELECT * FROM fresh ON CONFLICT (golden) DO NOTHING")).rowcount


def close_reopened(conn: Connection, scope: str | None = None) -> None:
    """The partition is up to date: of a scope's records, or of all, none waits to be clustered."""
    within = f"WHERE rid IN (SELECT rid FROM {scope})" if scope else ""
    conn.execute(sa.text(f"DELETE FROM reopened {within}"))
