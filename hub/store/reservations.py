"""Reservations of contacts, and the locks that make two of them for one person impossible.

Locks are taken on *source records*, those of the person and of the whole household, in ascending order, each as one of
`STRIPES` advisory locks. Whoever looks at a person holds the locks of all records that the person has at that moment; so two
requests that mean one person meet at a lock, also if one of them saw the person before a merge and the other after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.questions import Question, done, numbers, together

STRIPES = 1024  # the server keeps some thousand locks at once, whatever the size of a request
_CLASS = 0x6875  # of the advisory locks
_SCOPE = sa.text(
    """WITH asked AS (SELECT DISTINCT g AS golden FROM unnest(CAST(:goldens AS bigint[])) g),
            home AS (
                SELECT golden FROM asked
                UNION SELECT h.golden FROM asked JOIN household o ON o.golden = asked.golden
                      JOIN household h ON h.household = o.household)
       SELECT DISTINCT CAST(rid % :stripes AS int) FROM (
           SELECT m.rid FROM home JOIN membership m ON m.golden = home.golden
           UNION ALL SELECT golden FROM home) r"""
)
_LOCK = sa.text("SELECT count(pg_advisory_xact_lock(:class, stripe)) FROM unnest(CAST(:stripes AS int[])) AS stripe")


def stripes_of(goldens: Collection[int]) -> Question[set[int]]:
    """The locks that stand for these people and their households as they are now."""
    return Question(_SCOPE, {"goldens": numbers(goldens), "stripes": STRIPES}, lambda rows: {row[0] for row in rows})


def lock_stripes(stripes: set[int]) -> Question[None]:
    """Wait for these locks, in ascending order; they are held to the end of the transaction."""
    return Question(_LOCK, {"class": _CLASS, "stripes": numbers(sorted(stripes))}, done)


_ADD = sa.text(
    """INSERT INTO reservation (reservation, entry_id, party, dealer, channel, purpose, campaign, priority, at,
                                reserved_at, expires_at, policy)
       SELECT w.reservation, :entry_id, w.party, :dealer, :channel, :purpose, :campaign, :priority, :at, :reserved_at,
              :expires_at, :policy
       FROM unnest(CAST(:ids AS uuid[]), CAST(:parties AS uuid[])) AS w (reservation, party)"""
)
_LAPSE = sa.text(
    """UPDATE reservation SET ended_at = expires_at, ended_by = 'expired'
       WHERE ended_at IS NULL AND expires_at <= :now AND party = ANY(:parties)"""
)
_FIND = sa.text(
    """SELECT reservation, party, dealer, channel, purpose, campaign, priority, at, reserved_at, expires_at, ended_at,
              ended_by FROM reservation
       WHERE reservation = :id AND (:everybody OR dealer IS NOT DISTINCT FROM :dealer)"""
)
_END = sa.text(
    "UPDATE reservation SET ended_at = :at, ended_by = :by WHERE reservation = ANY(:ids) AND ended_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as stored.

    Attributes:
        party: the source record that it was asked for.
        at: when the contact is meant to be made.
        ended_by: "confirmed", "released", "expired"; None: open, though it may have run out.
    """

    reservation: UUID
    party: UUID
    dealer: str | None
    channel: str
    purpose: str
    campaign: str | None
    priority: int
    at: datetime
    reserved_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None


def add_reservations(conn: Connection, ids: Sequence[UUID], parties: Sequence[UUID], common: Mapping[str, Any]) -> None:
    """Store reservations that share all but their id and the source record that they are for; ended ones are closed."""
    with together(conn) as send:
        send(Question(_LAPSE, {"now": common["reserved_at"], "parties": list(parties)}, done))
        send(Question(_ADD, {**common, "ids": list(ids), "parties": list(parties)}, done))


def find_reservation(conn: Connection, reservation: UUID, dealer: str | None, everybody: bool) -> Reservation | None:
    """A reservation; None if there is none, or if it is another dealer's.

    Args:
        dealer: whose it must be.
        everybody: whoever's it is: for head office.
    """
    row = conn.execute(_FIND, {"id": reservation, "dealer": dealer, "everybody": everybody}).one_or_none()
    return Reservation(*row) if row else None


def end_reservations(conn: Connection, ids: Sequence[UUID], at: datetime, by: str) -> int:
    """Close reservations that are open; returns how many were."""
    return conn.execute(_END, {"ids": list(ids), "at": at, "by": by}).rowcount


_OVERLAPS = sa.text(
    """WITH span AS (
           SELECT coalesce(m.golden, p.rid) AS golden, v.reservation, v.reserved_at,
                  least(v.expires_at, coalesce(v.ended_at, v.expires_at)) AS until, v.ended_by
           FROM reservation v JOIN party p ON p.id = v.party LEFT JOIN membership m ON m.rid = p.rid
           WHERE v.purpose = :purpose)
       SELECT count(*) FROM (
           SELECT reserved_at, max(CASE WHEN ended_by = 'confirmed' THEN 'infinity' ELSE until END)
                               OVER (PARTITION BY golden ORDER BY reserved_at, reservation
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
           FROM span) s WHERE reserved_at < before"""
)


def double_grants(conn: Connection, purpose: str) -> int:
    """How often somebody got a reservation of a person while an earlier one was in force or had been confirmed.

    For a purpose of which the policy allows one contact in a span that holds all reservations.
    """
    return int(conn.execute(_OVERLAPS, {"purpose": purpose}).scalar_one())
