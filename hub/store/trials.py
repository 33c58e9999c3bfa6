"""Trials of policies: what was asked, how far it is, what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

_ADD = sa.text(
    """INSERT INTO trial (author, body, since, started_at, seen_at) VALUES (:author, :body, :since, :at, :at)
       RETURNING trial_id"""
)
_FIND = sa.text("SELECT * FROM trial WHERE trial_id = :trial_id")
_LATEST = sa.text(
    """SELECT trial_id, author, since, started_at, finished_at, problem, result -> 'policy' AS policy FROM trial
       ORDER BY trial_id DESC LIMIT :limit"""
)
_ADVANCE = sa.text(
    "UPDATE trial SET done = :done, total = :total, seen_at = clock_timestamp() WHERE trial_id = :trial_id"
)
_FINISH = sa.text(
    """UPDATE trial SET finished_at = clock_timestamp(), seen_at = clock_timestamp(), problem = :problem,
           result = CAST(:result AS jsonb) WHERE trial_id = :trial_id"""
)


def add_trial(conn: Connection, body: str, since: datetime, author: str, at: datetime) -> int:
    """Keep what is to be tried; returns its number."""
    values = {"author": author, "body": body, "since": since, "at": at}
    return int(conn.execute(_ADD, values).scalar_one())


def find_trial(conn: Connection, trial_id: int) -> RowMapping | None:
    """One trial, or None if there is none that the caller may see."""
    return conn.execute(_FIND, {"trial_id": trial_id}).mappings().one_or_none()


def latest_trials(conn: Connection, limit: int) -> list[dict[str, Any]]:
    """The latest trials without their rows."""
    return [dict(row) for row in conn.execute(_LATEST, {"limit": limit}).mappings()]


def advance_trial(conn: Connection, trial_id: int, done: int, total: int) -> None:
    """Tell how far it is."""
    conn.execute(_ADVANCE, {"trial_id": trial_id, "done": done, "total": total})


def finish_trial(conn: Connection, trial_id: int, result: Mapping[str, Any] | None, problem: str | None) -> None:
    """Keep what came of it."""
    text = None if result is None else json.dumps(result, ensure_ascii=False, default=str)
    conn.execute(_FINISH, {"trial_id": trial_id, "result": text, "problem": problem})
