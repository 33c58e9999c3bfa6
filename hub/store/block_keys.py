"""Table ``party_key``: which records stand in which block. All sets; columns go by COPY."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.bulk import copy_in, copy_out


def keys_of(conn: Connection, scope: str) -> pl.DataFrame:
    """The stored keys of the records of a scope: ``key``, ``rid``."""
    return copy_out(conn, f"SELECT key, rid FROM party_key WHERE rid IN (SELECT rid FROM {scope})", schema=_KEY)


def replace_keys(conn: Connection, keys: pl.DataFrame) -> None:
    """Store the keys of all records anew: ``key``, ``rid``, ``dealer``."""
    conn.execute(sa.text("TRUNCATE party_key"))
    conn.execute(sa.text("SELECT hub_drop_key_indexes()"))
    copy_in(conn, "party_key", keys)
    conn.execute(sa.text("SELECT hub_create_key_indexes()"))


def exchange_keys(conn: Connection, gone: pl.DataFrame, come: pl.DataFrame) -> None:
    """Remove some keys (``key``, ``rid``) and add others. Most keys of a record that changed stay, and cost nothing."""
    conn.execute(sa.text("CREATE TEMP TABLE gone_key (key bigint, rid bigint) ON COMMIT DROP"))
    copy_in(conn, "gone_key", gone.select("key", "rid").sort("key", "rid"))
    conn.execute(sa.text("ANALYZE gone_key"))
    conn.execute(sa.text("DELETE FROM party_key k USING gone_key g WHERE k.key = g.key AND k.rid = g.rid"))
    conn.execute(sa.text("DROP TABLE gone_key"))
    copy_in(conn, "party_key", come)


def holders_of(conn: Connection, keys: pl.Series) -> pl.DataFrame:
    """The records under each of the given keys: ``key`` and ``rid``."""
    _keys_table(conn, keys)
    return copy_out(conn, "SELECT key, rid FROM party_key JOIN wanted_key USING (key)", schema=_KEY)


def holders_up_to(conn: Connection, keys: pl.Series, most: int) -> tuple[pl.DataFrame, pl.Series]:
    """The same of keys under which no more than ``most`` records stand, and the keys under which more do."""
    _keys_table(conn, keys)
    found = copy_out(
        conn,
        """SELECT w.key, k.rid FROM wanted_key w CROSS JOIN LATERAL (
               SELECT rid FROM party_key WHERE key = w.key LIMIT :most + 1) k""",
        {"most": most},
        schema=_KEY,
    )
    large = found.group_by("key").len().filter(pl.col("len") > most)["key"]
    return (found.filter(~pl.col("key").is_in(large.implode())) if len(large) else found), large


def _keys_table(conn: Connection, keys: pl.Series) -> None:
    conn.execute(sa.text("CREATE TEMP TABLE IF NOT EXISTS wanted_key (key bigint) ON COMMIT DROP"))
    conn.execute(sa.text("TRUNCATE wanted_key"))
    copy_in(conn, "wanted_key", keys.alias("key").unique().sort().to_frame())  # in the order of the index
    conn.execute(sa.text("ANALYZE wanted_key"))


_KEY = {"key": pl.Int64, "rid": pl.Int64}
