"""Scopes: temporary tables of rids. Large sets of records are named once, not sent as parameters again and again.

They are filled in the order of rids, which is the order in which records were written: whoever reads a scope's records goes
through the pages of a table once, from front to back.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.bulk import copy_in, copy_out


def new_scope(conn: Connection, name: str, rids: Iterable[int] | pl.Series = (), indexed: bool = True) -> None:
    """Create (or empty) a temporary table of rids for this transaction and fill it.

    Args:
        indexed: False for a scope that is only ever read from end to end, and not added to.
    """
    key = " PRIMARY KEY" if indexed else ""
    conn.execute(sa.text(f"CREATE TEMP TABLE IF NOT EXISTS {name} (rid bigint{key}) ON COMMIT DROP"))
    conn.execute(sa.text(f"TRUNCATE {name}"))
    series = pl.Series("rid", rids, pl.Int64).unique().sort()
    copy_in(conn, name, series.to_frame())
    conn.execute(sa.text(f"ANALYZE {name}"))


def rids(conn: Connection, scope: str) -> pl.Series:
    """The rids of a scope."""
    return copy_out(conn, f"SELECT rid FROM {scope}", schema={"rid": pl.Int64})["rid"]


def add_to_scope(conn: Connection, name: str, select: str) -> int:
    """Add the rids of a query to a scope; returns how many were new."""
    return conn.execute(sa.text(f"INSERT INTO {name} {select} ON CONFLICT DO NOTHING")).rowcount
