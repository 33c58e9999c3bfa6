"""Give a steward a case to work on: two stewards never get the same customer at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.store import leases
from hub.store.engine import Database
from hub.store.review_queue import Filters, Place, first_free


@dataclass(frozen=True)
class Case:
    """Two records whose customers are compared, by the identities of the records, and its place in the queue."""

    a: UUID
    b: UUID
    place: Place


def take_next(db: Database, login: str, wanted: Filters, after: Place | None, now: datetime) -> Case | None:
    """The first case after a place about customers that nobody else is at, leased to ``login``; None: there is none."""
    with db.worker() as conn:
        leases.lock_leases(conn)
        found = first_free(conn, wanted, after, login, now)
        if found is None:
            leases.give_back(conn, login)
            return None
        leases.take(conn, [found["a_golden"], found["b_golden"]], login, now)
        return Case(found["a_id"], found["b_id"], (found["priority"], found["rid_a"], found["rid_b"]))


def take(db: Database, login: str, goldens: Sequence[int], now: datetime) -> str | None:
    """Lease some golden records to ``login``, unless somebody else is at one of them: then who that is."""
    with db.worker() as conn:
        leases.lock_leases(conn)
        other = leases.held_by(conn, goldens, login, now)
        if other is None:
            leases.take(conn, goldens, login, now)
        return other


def renew(db: Database, login: str, now: datetime) -> int:
    """Prolong what ``login`` holds; returns how many golden records that is."""
    with db.worker() as conn:
        return leases.renew(conn, login, now)


def leave(db: Database, login: str) -> None:
    """Give back what ``login`` holds."""
    with db.worker() as conn:
        leases.give_back(conn, login)
