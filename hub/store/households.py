"""Households: what people may share, hashed, and who lives with whom."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.network.households import KEYS
from hub.store.bulk import analyze, copy_in, copy_out
from hub.store.prospect_facts import MEMBERS, SCOPE

_FRESH = """
SELECT DISTINCT m.golden, hashtextextended(p.last_root || '|' || v.value, 0), hashtextextended(v.value, 0)
FROM {members} JOIN party p ON p.rid = m.rid CROSS JOIN LATERAL (
    SELECT 'p' || unnest(p.phones) AS value
    UNION ALL SELECT concat_ws('|', 'a', coalesce(p.city, ''), p.street, p.house, p.flat)
        WHERE p.street IS NOT NULL AND p.house IS NOT NULL AND p.flat IS NOT NULL) v
WHERE m.kind = 'person' AND p.last_root IS NOT NULL
"""
_EVERYBODY = "(SELECT rid, golden, kind FROM membership JOIN golden USING (golden)) m"
_HOLDERS = """SELECT value, count(DISTINCT golden) FROM household_key
    WHERE value IN (SELECT value FROM household_key {where}) GROUP BY value"""


def refresh_keys(conn: Connection, scoped: bool) -> bool:
    """Bring the keys of the scope, or of all, up to date; fill ``household_open`` with all whom that may concern.

    Besides those whose keys are others than before, these are the holders of what such people share or shared, and the
    households of all of them.

    Returns:
        Whether anything is different; if not, there is no ``household_open``.
    """
    if not scoped:
        conn.exec_driver_sql("TRUNCATE household_key")
        conn.exec_driver_sql(f"INSERT INTO household_key {_FRESH.format(members=_EVERYBODY)}")
        analyze(conn, "household_key")
        return True
    conn.exec_driver_sql(
        f"""CREATE TEMP TABLE household_fresh (LIKE household_key) ON COMMIT DROP;
            INSERT INTO household_fresh {_FRESH.format(members=MEMBERS)};
            CREATE TEMP TABLE household_moved ON COMMIT DROP AS
                SELECT DISTINCT golden FROM (SELECT k.*, true AS was FROM household_key k JOIN {SCOPE} USING (golden)) k
                FULL JOIN (SELECT *, true AS is FROM household_fresh) f USING (golden, key, value)
                WHERE was IS NULL OR f.is IS NULL;"""
    )
    if not conn.exec_driver_sql("SELECT EXISTS (SELECT FROM household_moved)").scalar_one():
        conn.exec_driver_sql("DROP TABLE household_fresh, household_moved")
        return False
    conn.exec_driver_sql(
        """ANALYZE household_moved;
           CREATE TEMP TABLE household_touched ON COMMIT DROP AS
                SELECT DISTINCT value FROM household_key JOIN household_moved USING (golden);
           ANALYZE household_touched;
           CREATE TEMP TABLE household_open ON COMMIT DROP AS
                SELECT golden FROM household_key k JOIN household_touched USING (value)
                UNION SELECT golden FROM household_moved;
           DELETE FROM household_key WHERE golden IN (SELECT golden FROM household_moved);
           DELETE FROM household_fresh WHERE golden NOT IN (SELECT golden FROM household_moved);
           INSERT INTO household_key SELECT * FROM household_fresh;
           INSERT INTO household_open SELECT k.golden FROM household_key k
                WHERE value IN (SELECT value FROM household_fresh);
           INSERT INTO household_open SELECT o.golden FROM household h JOIN household o USING (household)
                WHERE h.golden IN (SELECT golden FROM household_open);
           ANALYZE household_open;
           DROP TABLE household_fresh, household_moved, household_touched"""
    )
    return True


def read_keys(conn: Connection, scoped: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The keys of those in ``household_open`` (of all without a scope), and how many people hold each value."""
    of = "WHERE golden IN (SELECT golden FROM household_open)" if scoped else ""
    keys = copy_out(conn, f"SELECT golden, key, value FROM household_key {of}", schema=KEYS)
    if not scoped:
        return keys, keys.group_by("value").agg(size=pl.col("golden").n_unique().cast(pl.Int64))
    return keys, copy_out(conn, _HOLDERS.format(where=of), schema={"value": pl.Int64, "size": pl.Int64})


def replace_households(conn: Connection, found: pl.DataFrame, scoped: bool) -> None:
    """Store who lives with whom, of those in ``household_open`` or of all; of all the difference alone: nobody waits."""
    if scoped:
        conn.exec_driver_sql("DELETE FROM household WHERE golden IN (SELECT golden FROM household_open)")
        copy_in(conn, "household", found)
        conn.exec_driver_sql("DROP TABLE household_open")
        return
    conn.exec_driver_sql("CREATE TEMP TABLE household_now (LIKE household) ON COMMIT DROP")
    copy_in(conn, "household_now", found)
    conn.exec_driver_sql(
        """ANALYZE household_now;
           DELETE FROM household h WHERE NOT EXISTS (
               SELECT FROM household_now n WHERE (n.golden, n.household) = (h.golden, h.household));
           INSERT INTO household SELECT * FROM household_now n
               WHERE NOT EXISTS (SELECT FROM household h WHERE h.golden = n.golden);
           DROP TABLE household_now"""
    )
    analyze(conn, "household")


def household_of(conn: Connection, golden: int) -> list[int]:
    """The golden records that live with one, itself included; alone, itself."""
    rows = conn.execute(
        sa.text(
            "SELECT o.golden FROM household h JOIN household o USING (household) WHERE h.golden = :golden ORDER BY 1"
        ),
        {"golden": golden},
    )
    return list(rows.scalars()) or [golden]
