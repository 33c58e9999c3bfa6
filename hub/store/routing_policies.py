"""Versions of the routing policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import Conflict
from hub.routing.policy import Policy, parsed_policy, start_text
from hub.store.questions import Question, ask

_IN_FORCE = sa.text(
    "SELECT body FROM routing_policy WHERE valid_from <= :at ORDER BY valid_from DESC, entry_id DESC LIMIT 1"
)
_ADD = sa.text(
    """INSERT INTO routing_policy (version, entry_id, body, valid_from) VALUES (:version, :entry_id, :body, :valid_from)
       ON CONFLICT (version) DO NOTHING RETURNING 1"""
)
_ALL = sa.text("SELECT version, valid_from FROM routing_policy ORDER BY valid_from, entry_id")


@dataclass(frozen=True)
class PolicyVersion:
    """One installed version, and from when on it holds."""

    version: str
    valid_from: datetime


def routing_policy(conn: Connection, at: datetime) -> Policy:
    """The policy in force at a moment; before the first installed one, the one that ships with the hub."""
    return parsed_policy(policy_text(conn, at))


def policy_text(conn: Connection, at: datetime) -> str:
    """The same as text."""
    return ask(conn, which_policy(at))


def which_policy(at: datetime) -> Question[str]:
    """The question that `policy_text` asks."""
    return Question(_IN_FORCE, {"at": at}, lambda rows: str(rows[0][0]) if rows else start_text())


def routing_policies(conn: Connection) -> list[PolicyVersion]:
    """All installed versions in the order in which they come into force."""
    return [PolicyVersion(*row) for row in conn.execute(_ALL)]


def add_routing_policy(conn: Connection, version: str, body: str, entry_id: int, valid_from: datetime) -> None:
    """Install a version from a moment on.

    Raises:
        Conflict: there is one of this name already.
    """
    values = {"version": version, "entry_id": entry_id, "body": body, "valid_from": valid_from}
    if not conn.execute(_ADD, values).first():
        raise Conflict(f"There is a routing policy {version!r} already; give the changed one a new version.")
