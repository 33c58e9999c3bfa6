"""Who is at which customer in the workbench, so that two stewards never decide about the same one at a time.

A lease is a courtesy with an end, no lock: a decision is held by the customers' tags in any case (`api.etags`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

LEASE = timedelta(minutes=10)  # from the last sign of life of the page
_LOCK = 7_230_951  # leases are given one after another

_OTHERS = sa.text(
    "SELECT login FROM case_lease WHERE golden = ANY(:goldens) AND login <> :login AND until > :now ORDER BY golden LIMIT 1"
)
_TAKE = sa.text(
    """INSERT INTO case_lease (golden, login, since, until) SELECT g, :login, :now, :until
       FROM unnest(CAST(:goldens AS bigint[])) g
       ON CONFLICT (golden) DO UPDATE SET login = :login, until = :until,
           since = CASE WHEN case_lease.login = :login THEN case_lease.since ELSE :now END"""
)


def lock_leases(conn: Connection) -> None:
    """Wait for whoever is being given a case; held to the end of the transaction."""
    conn.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def held_by(conn: Connection, goldens: Sequence[int], login: str, now: datetime) -> str | None:
    """Who else is at one of these golden records."""
    asked = {"goldens": list(goldens), "login": login, "now": now}
    found = conn.execute(_OTHERS, asked).scalar_one_or_none()
    return None if found is None else str(found)


def take(conn: Connection, goldens: Sequence[int], login: str, now: datetime) -> None:
    """Give somebody these golden records, and nothing else any more; leases must be locked."""
    conn.execute(
        sa.text("DELETE FROM case_lease WHERE login = :login AND NOT golden = ANY(:goldens)"),
        {"login": login, "goldens": list(goldens)},
    )
    until = now + LEASE
    # ordered, and one row each: a customer may stand on both sides
    conn.execute(_TAKE, {"goldens": sorted(set(goldens)), "login": login, "now": now, "until": until})


def renew(conn: Connection, login: str, now: datetime) -> int:
    """Prolong what somebody still holds; returns how many golden records that is."""
    return conn.execute(
        sa.text("UPDATE case_lease SET until = :until WHERE login = :login AND until > :now"),
        {"login": login, "now": now, "until": now + LEASE},
    ).rowcount


def give_back(conn: Connection, login: str) -> None:
    """Give back all that somebody holds, and forget what has expired long since."""
    conn.execute(
        sa.text("DELETE FROM case_lease WHERE login = :login OR until < now() - interval '1 day'"), {"login": login}
    )
