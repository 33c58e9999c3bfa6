"""What source records said on a past business day: the present rows, and those that they replaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.feeds import FEEDS
from hub.store.bulk import copy_out
from hub.store.parties import stated

PARTIES = ("customers", "leads")


def rows_as_of(conn: Connection, feed: str, rids: Sequence[int], day: date) -> pl.DataFrame:
    """The rows of a feed of parties that were in force at the end of a day, as canonical text, in the caller's slice.

    Returns:
        ``rid``, ``then_stated`` (recency), ``then_ended`` (whether its dealer no longer held it), ``then_country`` (its
        dealer's), and all columns of the feed; records that came later are left out.
    """
    names = FEEDS[feed].names
    columns = ", ".join(f"t.{name}" for name in names)
    sql = f"""
        SELECT DISTINCT ON (t.rid) t.rid, {stated(feed, "t", "t")} AS then_stated,
               coalesce(t.ended_day <= CAST(:day AS date), false) AS then_ended, d.country AS then_country, {columns}
        FROM (SELECT * FROM {feed} WHERE rid = ANY(:rids) UNION ALL SELECT * FROM {feed}_history WHERE rid = ANY(:rids)) t
        LEFT JOIN dealer d ON d.code = t.dealer
        WHERE t.day <= CAST(:day AS date) ORDER BY t.rid, t.day DESC, t.upload_id DESC"""
    schema = {
        "rid": pl.Int64, "then_stated": pl.Date, "then_ended": pl.Boolean, "then_country": pl.String,
        **dict.fromkeys(names, pl.String),
    }  # fmt: skip
    return copy_out(conn, sql, {"rids": list(rids), "day": day}, schema=schema)


_DAYS = sa.text(
    " UNION ".join(
        f"SELECT day FROM {table} WHERE rid = ANY(:rids)" for feed in PARTIES for table in (feed, f"{feed}_history")
    )
    + " ORDER BY day DESC LIMIT :most"
)


def days_of_change(conn: Connection, rids: Sequence[int], most: int = 12) -> list[date]:
    """The business days on which any of these records began to say something else, the latest first."""
    return list(conn.execute(_DAYS, {"rids": list(rids), "most": most}).scalars())
