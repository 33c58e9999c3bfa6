"""A customer as of a past day: what its present members said then, consolidated as it would have been.

The values are those of the day; which records are one customer is today's knowledge, and stewards' pins are left out.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from hub.flows.read_customer import Customer, contacts_of, customers_of, holders_of
from hub.normalize.party import party_records
from hub.parties import PARTY_SCHEMA
from hub.store.customer_views import MEMBER_SCHEMA, load_members
from hub.store.past import PARTIES, rows_as_of

_THEN = tuple(name for name in PARTY_SCHEMA if name in MEMBER_SCHEMA)


def read_customer_as_of(conn: Connection, record_id: UUID, dealer: str | None, day: date) -> Customer | None:
    """The customer that now holds a record, as its members stood at the end of ``day``; None: none was known then.

    Args:
        dealer: the caller's dealer, which gets a view of its own records; None for the importer's people.

    Raises:
        NotFound, Gone: as `hub.flows.read_customer.read_customer`.
    """
    golden = holders_of(conn, [record_id])[record_id]
    members = load_members(conn, [golden])
    rows = [rows_as_of(conn, feed, members["rid"].to_list(), day) for feed in PARTIES]
    frame = members_then(members, rows)
    if frame.is_empty():
        return None
    whole = golden in frame["rid"]
    return customers_of(conn, contacts_of(conn, frame), dealer if whole or dealer else "", None)[golden]


def members_then(members: pl.DataFrame, rows: list[pl.DataFrame]) -> pl.DataFrame:
    """The members with what their rows of a past day say in place of the present; a pure function of both.

    Args:
        members: `hub.store.customer_views.MEMBER_SCHEMA`.
        rows: as `hub.store.past.rows_as_of` gives them, a frame a feed.
    """
    read = [_read(part) for each in rows for part in each.partition_by("then_country") if part.height]
    if not read:
        return members.clear()
    then = pl.concat(read)
    kept = members.drop(*_THEN, "stated_on", "ended", "region", "language").join(then, on="rid")
    return kept.select(pl.col(name).cast(kind) for name, kind in MEMBER_SCHEMA.items()).sort(
        "golden", "first_seen", "id"
    )


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    country = (rows["then_country"][0] or "ru").lower()
    plain = [
        (pl.col(name) if name in rows.columns else pl.lit(None, pl.String)).alias(name)
        for name in ("region", "language")
    ]
    own = rows.select("rid", *plain, stated_on="then_stated", ended="then_ended")
    return pl.concat([own, party_records(rows, country).select(_THEN)], how="horizontal")
