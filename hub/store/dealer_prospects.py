"""A dealer's prospects as its people see them, by the name that its own records give: held ones, and those that others hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.store.prospects import NOW, POLICY

# The dealer's first record of the party: its name for it, and no other's
_OWN = """SELECT p.id AS record_id, p.feed, p.record_no, p.phones[1] AS phone,
           coalesce(nullif(concat_ws(' ', p.shown_last, p.shown_first, p.shown_middle), ''), p.shown_company) AS name
    FROM membership m JOIN party p USING (rid) WHERE m.golden = {0}.golden AND p.dealer = {0}.dealer
    ORDER BY p.feed, p.first_seen, p.id LIMIT 1"""
_AFTER = """(ends, record_id, brand, purpose) > (CAST(:ends AS timestamptz), CAST(:record AS uuid), :last_brand, :last_purpose)
    ORDER BY ends, record_id, brand, purpose LIMIT :limit"""
# `ends` orders what has no end, too; no answer holds it, as infinity is no moment in Python
_SHOWN = "brand, purpose, until, record_id, feed, record_no, phone, name"
_HELD = sa.text(
    f"""SELECT since, rule, reason, {_SHOWN} FROM (
            SELECT o.brand, o.purpose, o.valid_from AS since, o.valid_until AS until, o.rule, o.reason,
                   coalesce(o.valid_until, 'infinity') AS ends, p.*
            FROM ownership o JOIN LATERAL ({_OWN.format("o")}) p ON true
            WHERE o.dealer = :dealer AND {NOW} AND (CAST(:brand AS text) IS NULL OR o.brand = :brand)
              AND (CAST(:purpose AS text) IS NULL OR o.purpose = :purpose)
              AND (CAST(:by AS timestamptz) IS NULL OR o.valid_until <= :by)) held
        WHERE {_AFTER}"""
)
# Only a live claim with proven contact is told that somebody else holds the prospect; and never who
_TAKEN = sa.text(
    f"""SELECT claim_id, {_SHOWN} FROM (
            SELECT c.brand, c.purpose, max(o.valid_until) AS until, coalesce(max(o.valid_until), 'infinity') AS ends,
                   (array_agg(c.claim_id ORDER BY c.opened DESC, c.claim_id))[1] AS claim_id,
                   p.record_id, p.feed, p.record_no, p.phone, p.name
            FROM claim c JOIN ownership o ON (o.golden, o.brand, o.purpose) = (c.golden, c.brand, c.purpose)
                AND o.dealer <> c.dealer AND {NOW} JOIN LATERAL ({_OWN.format("c")}) p ON true
            WHERE c.dealer = :dealer AND c.proven <= :at AND c.until > :at AND c.policy = {POLICY}
              AND (CAST(:brand AS text) IS NULL OR c.brand = :brand)
              AND (CAST(:purpose AS text) IS NULL OR c.purpose = :purpose)
            GROUP BY c.golden, c.brand, c.purpose, p.record_id, p.feed, p.record_no, p.phone, p.name) taken
        WHERE {_AFTER}"""
)
_COUNTS = sa.text(
    f"""SELECT count(*) AS held, count(*) FILTER (WHERE valid_until <= :by) AS ending
        FROM ownership o WHERE o.dealer = :dealer AND {NOW}"""
)
_BRANDS = sa.text(f"SELECT DISTINCT brand FROM ownership o WHERE o.dealer = :dealer AND {NOW} ORDER BY brand")
START = ("-infinity", "00000000-0000-0000-0000-000000000000", "", "")


@dataclass(frozen=True)
class Wanted:
    """Which prospects; None: any.

    Attributes:
        by: only those that end by then.
    """

    dealer: str
    at: datetime
    brand: str | None = None
    purpose: str | None = None
    by: datetime | None = None


def held_prospects(conn: Connection, wanted: Wanted, after: Sequence[Any] | None, limit: int) -> Sequence[RowMapping]:
    """What a dealer holds, first what ends first."""
    return conn.execute(_HELD, _bound(wanted, after, limit)).mappings().all()


def taken_prospects(
    conn: Connection, wanted: Wanted, start: str, after: Sequence[Any] | None, limit: int
) -> Sequence[RowMapping]:
    """What a dealer has a proven live claim on and another holds. It needs rights over all dealers' rows.

    Args:
        start: version of the policy that ships with the hub.
    """
    return conn.execute(_TAKEN, {**_bound(wanted, after, limit), "start": start}).mappings().all()


def place_of(row: Mapping[str, Any] | RowMapping) -> list[Any]:
    """Where a page ends."""
    until = row["until"]
    return [until.isoformat() if until else "infinity", str(row["record_id"]), row["brand"], row["purpose"]]


def count_held(conn: Connection, dealer: str, at: datetime, by: datetime) -> tuple[int, int]:
    """How many prospects a dealer holds, and how many of them end by a moment."""
    row = conn.execute(_COUNTS, {"dealer": dealer, "at": at, "by": by}).one()
    return int(row.held), int(row.ending)


def held_brands(conn: Connection, dealer: str, at: datetime) -> list[str]:
    """The brands of a dealer's prospects."""
    return list(conn.execute(_BRANDS, {"dealer": dealer, "at": at}).scalars())


def _bound(wanted: Wanted, after: Sequence[Any] | None, limit: int) -> dict[str, Any]:
    ends, record, brand, purpose = after or START
    place = {"ends": ends, "record": record, "last_brand": brand, "last_purpose": purpose, "limit": limit}
    return {**vars(wanted), **place}
