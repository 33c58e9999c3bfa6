"""Versions of the contact policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.contact.policy import Policy, parsed_policy, start_policy, start_text
from hub.store.questions import Question, ask

_IN_FORCE = sa.text(
    "SELECT body FROM contact_policy WHERE valid_from <= :at ORDER BY valid_from DESC, entry_id DESC LIMIT 1"
)
_ADD = sa.text(
    """INSERT INTO contact_policy (version, entry_id, body, valid_from, installed_at)
       VALUES (:version, :entry_id, :body, :valid_from, :installed_at)"""
)
_ALL = sa.text("SELECT version, valid_from, installed_at FROM contact_policy ORDER BY valid_from, entry_id")
_BODY = sa.text("SELECT body FROM contact_policy WHERE version = :version")


@dataclass(frozen=True)
class PolicyVersion:
    """One installed version, and from when on it holds."""

    version: str
    valid_from: datetime
    installed_at: datetime


def policy_in_force(conn: Connection, at: datetime) -> Policy:
    """The contact policy of a moment; before the first installed one, the one that ships with the hub."""
    return ask(conn, which_policy(at))


def which_policy(at: datetime) -> Question[Policy]:
    """The question that `policy_in_force` asks."""
    return Question(_IN_FORCE, {"at": at}, lambda rows: parsed_policy(rows[0][0]) if rows else start_policy())


def policy_text(conn: Connection, version: str) -> str:
    """The text of an installed version; else that of the policy that ships with the hub."""
    body: str | None = conn.execute(_BODY, {"version": version}).scalar_one_or_none()
    return start_text() if body is None else body


def policy_versions(conn: Connection) -> list[PolicyVersion]:
    """All installed versions in the order in which they come into force."""
    return [PolicyVersion(*row) for row in conn.execute(_ALL)]


def add_policy(conn: Connection, policy: Policy, body: str, entry_id: int, valid_from: datetime, now: datetime) -> None:
    """Install a version from a moment on."""
    values = {"version": policy.version, "entry_id": entry_id, "body": body, "valid_from": valid_from}
    conn.execute(_ADD, {**values, "installed_at": now})
