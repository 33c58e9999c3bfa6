"""What a decision about a few records touches beside golden records: prospects, claims, consents; all within a scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

Holding = tuple[int, str, str, str]
"""Golden record, brand, purpose, and the dealer that holds the prospect."""

_HOLDINGS = sa.text(
    """SELECT golden, brand, purpose, dealer FROM ownership
       WHERE golden = ANY(:goldens) AND valid_from <= :at AND (valid_until IS NULL OR valid_until > :at)
       ORDER BY brand, purpose, dealer"""
)
_CLAIMS = sa.text(
    """SELECT count(DISTINCT (claim_id, brand, purpose)) FROM claim
       WHERE golden = ANY(:goldens) AND opened <= :at AND until > :at"""
)
_CONSENTS = sa.text(
    """SELECT (SELECT count(*) FROM party p JOIN consents c ON c.dealer = p.dealer AND c.customer_no = p.record_no
               WHERE p.rid = ANY(:rids) AND p.feed = 'customers')
            + (SELECT count(*) FROM party p JOIN consent_entry e ON e.party = p.id WHERE p.rid = ANY(:rids))"""
)


def holdings(conn: Connection, goldens: Collection[int], at: datetime) -> list[Holding]:
    """Who holds which prospect of these golden records at a moment."""
    rows = conn.execute(_HOLDINGS, {"goldens": sorted(goldens), "at": at})
    return [(int(golden), brand, purpose, dealer) for golden, brand, purpose, dealer in rows]


def holdings_within(conn: Connection, scope: str, at: datetime) -> list[Holding]:
    """The same of the golden records that hold the records of a scope."""
    found = conn.execute(sa.text(f"SELECT DISTINCT golden FROM membership JOIN {scope} USING (rid)"))
    return holdings(conn, [int(golden) for golden in found.scalars()], at)


def live_claims(conn: Connection, goldens: Collection[int], at: datetime) -> int:
    """How many claims on these golden records live at a moment."""
    return int(conn.execute(_CLAIMS, {"goldens": sorted(goldens), "at": at}).scalar_one())


def consents_on(conn: Connection, rids: Sequence[int]) -> int:
    """How many statements of consent stand on these records."""
    return int(conn.execute(_CONSENTS, {"rids": list(rids)}).scalar_one())
