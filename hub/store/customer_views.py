"""Golden records as a reader may see them: the members in the caller's slice, whatever else the party holds.

Row security cuts rows. A merged record would leak the other dealers' values, so it is never read: survivorship runs
over the members that the caller sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.parties import PARTY_SCHEMA
from hub.store.matching import KIND

_PARTY = [name for name in PARTY_SCHEMA if name not in ("kind", "extra")]
MEMBER_SCHEMA: dict[str, Any] = {
    "golden": pl.Int64,
    "rid": pl.Int64,
    "id": pl.String,
    "dealer": pl.String,
    "feed": pl.String,
    "record_no": pl.String,
    "account": pl.String,
    "first_seen": pl.Datetime("us", "UTC"),
    "stated_on": pl.Date,
    "ended": pl.Boolean,
    "region": pl.String,
    "language": pl.String,
    "vins": pl.List(pl.String),
    "kind": pl.String,
    **{name: PARTY_SCHEMA[name] for name in _PARTY},
}

# a record that came after the last matching is a party of its own until the next
_GOLDEN = "coalesce(m.golden, p.rid)"
_RESOLVE = sa.text(
    f"SELECT p.id, {_GOLDEN} FROM party p LEFT JOIN membership m ON m.rid = p.rid WHERE p.id = ANY(:ids)"
)
_ISSUED = sa.text(
    """SELECT EXISTS (SELECT FROM customers_history WHERE id = :id)
           OR EXISTS (SELECT FROM leads_history WHERE id = :id)"""
)
_MEMBERS = sa.text(
    f"""WITH member AS (
            SELECT rid, golden FROM membership WHERE golden = ANY(:goldens)
            UNION SELECT g, g FROM unnest(CAST(:goldens AS bigint[])) g
                  WHERE NOT EXISTS (SELECT FROM membership WHERE rid = g)
        )
        SELECT member.golden, p.rid, CAST(p.id AS text), p.dealer, p.feed, p.record_no, p.account, p.first_seen,
               p.stated_on, p.ended, c.region, c.language,
               (SELECT array_agg(DISTINCT v.vin) FROM party_vehicle v WHERE v.rid = p.rid AND v.vin IS NOT NULL),
               {KIND}, {", ".join(f"p.{name}" for name in _PARTY)}
        FROM member JOIN party p ON p.rid = member.rid LEFT JOIN customers c ON c.rid = p.rid
        ORDER BY member.golden, p.first_seen, p.id"""
)
_VEHICLES = sa.text(
    """SELECT DISTINCT v.rid, v.vin, v.plate, v.role, v.since, v.until
       FROM party_vehicle v WHERE v.rid = ANY(:rids)
       ORDER BY v.since DESC NULLS LAST, v.vin, v.plate, v.rid, v.role, v.until"""
)


@dataclass(frozen=True)
class VehicleRole:
    """A vehicle that a member's dealer names with it; the role's dates are as far as known."""

    rid: int
    vin: str | None
    plate: str | None
    role: str | None
    since: date | None
    until: date | None


def resolve(conn: Connection, record_id: UUID) -> int | None:
    """The party that now holds the source record with this identity; None if the caller sees no such record."""
    return resolve_all(conn, [record_id]).get(record_id)


def resolve_all(conn: Connection, record_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The same of several records, by identity; those that the caller does not see are left out."""
    return {record_id: int(golden) for record_id, golden in conn.execute(_RESOLVE, {"ids": list(record_ids)})}


def was_issued(conn: Connection, record_id: UUID) -> bool:
    """Whether a record in the caller's slice once had this identity."""
    return bool(conn.execute(_ISSUED, {"id": record_id}).scalar_one())


def load_members(conn: Connection, goldens: Sequence[int]) -> pl.DataFrame:
    """The members of these parties that the caller sees, columns `MEMBER_SCHEMA`; first-seen first within a party."""
    rows = conn.execute(_MEMBERS, {"goldens": list(goldens)}).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=MEMBER_SCHEMA, orient="row")


def load_vehicles(conn: Connection, rids: Sequence[int]) -> list[VehicleRole]:
    """The vehicles of these records, the latest role first."""
    return [VehicleRole(*row) for row in conn.execute(_VEHICLES, {"rids": list(rids)})]
