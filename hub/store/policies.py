"""Versions of the prospects' policy, and when each was in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.prospects.events import NEVER
from hub.prospects.policy import START_POLICY, Policy, load, start_policy
from hub.prospects.settle import ALWAYS, Reign

_ENTER = sa.text(
    """INSERT INTO entry (kind, received_at, author, body) VALUES ('policy', :at, :author, CAST(:body AS jsonb))
       RETURNING entry_id"""
)
_INSERT = sa.text("INSERT INTO policy (entry_id, version, body, active_from) VALUES (:entry_id, :version, :body, :at)")
_ALL = sa.text("SELECT version, body, active_from FROM policy ORDER BY active_from, entry_id")
_IN_FORCE = sa.text(
    "SELECT version FROM policy WHERE active_from <= clock_timestamp() ORDER BY active_from DESC, entry_id DESC LIMIT 1"
)


@dataclass(frozen=True)
class Activated:
    """A version and the moment from which it is in force; the one that ships with the hub has none."""

    version: str
    active_from: datetime | None
    body: str


def list_policies(conn: Connection) -> list[Activated]:
    """All versions in the order in which they came into force; the last one is in force."""
    rows = [Activated(row.version, row.active_from, row.body) for row in conn.execute(_ALL)]
    return [Activated(start_policy().version, None, START_POLICY.read_text(encoding="utf-8")), *rows]


def policy_version(conn: Connection, version: str = "active") -> Activated:
    """One version; ``active`` is the one in force.

    Raises:
        NotFound: there is none of this name.
    """
    known = list_policies(conn)
    if version == "active":
        version = conn.execute(_IN_FORCE).scalar_one_or_none() or known[0].version
    found = next((one for one in known if one.version == version), None)
    if found is None:
        raise NotFound(f"There is no policy {version!r}; `dealerhub policy list` shows those that are there.")
    return found


def reigns(conn: Connection) -> list[Reign]:
    """All versions with the times in which each is in force."""
    known = list_policies(conn)
    begins = [ALWAYS if one.active_from is None else micro(one.active_from) for one in known]
    ends = [*begins[1:], NEVER]
    return [
        Reign(load(one.body, one.version), since, until)
        for one, since, until in zip(known, begins, ends, strict=True)
        if since < until
    ]


def activate_policy(conn: Connection, policy: Policy, at: datetime, author: str) -> int:
    """Bring a policy into force from ``at`` on; returns its entry in the ledger.

    Raises:
        Conflict: the version was in force before: the past is judged by it, so a change needs a name of its own.
    """
    if any(one.version == policy.version for one in list_policies(conn)):
        raise Conflict(f"Policy {policy.version!r} is known: give the changed file a `version:` of its own.")
    body = json.dumps({"version": policy.version, "text": policy.body}, ensure_ascii=False)
    entry_id = int(conn.execute(_ENTER, {"at": at, "author": author, "body": body}).scalar_one())
    conn.execute(_INSERT, {"entry_id": entry_id, "version": policy.version, "body": policy.body, "at": at})
    return entry_id


def micro(at: datetime) -> int:
    """Microseconds since 1970, UTC, of an aware time."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond
