"""Scopes: temporary tables of rids. Large sets of records are named once, not sent as parameters again and again."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.bulk import copy_in, copy_out


def new_scope(conn: Connection, name: str, rids: Iterable[int] | pl.Series = ()) -> None:
    """Create (or empty) a temporary table of rids for this transaction and fill it."""
    conn.execute(sa.text(f"CREATE TEMP TABLE IF NOT EXISTS {name} (rid bigint PRIMARY KEY) ON COMMIT DROP"))
    conn.execute(sa.text(f"TRUNCATE {name}"))
    series = pl.Series("rid", rids, pl.Int64).unique()
    copy_in(conn, name, series.to_frame())
    conn.execute(sa.text(f"ANALYZE {name}"))


def rids(conn: Connection, scope: str) -> pl.Series:
    """The rids of a scope."""
    return copy_out(conn, f"SELECT rid FROM {scope}", schema={"rid": pl.Int64})["rid"]


def add_to_scope(conn: Connection, name: str, select: str) -> int:
    """Add the rids of a query to a scope; returns how many were new."""
    return conn.execute(sa.text(f"INSERT INTO {name} {select} ON CONFLICT DO NOTHING")).rowcount
