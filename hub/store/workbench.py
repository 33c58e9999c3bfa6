"""A steward's day: what was decided, what it did, what was remarked."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection


@dataclass(frozen=True)
class Day:
    """What somebody decided since a moment.

    Attributes:
        decided: judgements that stand.
        last: the newest of them, which can be undone; None if there is none.
        verdict: of the last.
    """

    decided: int
    last: int | None
    verdict: str | None


_DAY = sa.text(
    """SELECT count(*), max(entry_id), (array_agg(verdict ORDER BY entry_id DESC))[1] FROM judgement
       WHERE author = :author AND decided_at >= :since AND retraction IS NULL"""
)


def day_of(conn: Connection, author: str, since: datetime) -> Day:
    """What somebody decided since a moment."""
    return Day(*conn.execute(_DAY, {"author": author, "since": since}).one())


def save_effect(conn: Connection, entry_id: int, effect: Mapping[str, Any]) -> None:
    """Keep what a decision did, or its being taken back, which replaces it: ids, dealers and counts, nobody's data."""
    conn.execute(
        sa.text("""INSERT INTO decision_effect VALUES (:entry_id, CAST(:effect AS jsonb))
               ON CONFLICT (entry_id) DO UPDATE SET effect = excluded.effect"""),
        {"entry_id": entry_id, "effect": json.dumps(effect)},
    )


def effect_of(conn: Connection, entry_id: int) -> dict[str, Any] | None:
    """What a decision did; None if it is not known."""
    found = conn.execute(
        sa.text("SELECT effect FROM decision_effect WHERE entry_id = :entry_id"), {"entry_id": entry_id}
    )
    row = found.scalar_one_or_none()
    return None if row is None else dict(row)


@dataclass(frozen=True)
class Remark:
    """What somebody remarked on records."""

    remark_id: int
    author: str
    at: datetime
    body: str


def add_remark(conn: Connection, records: Sequence[UUID], author: str, at: datetime, body: str) -> None:
    """Keep a remark on records."""
    conn.execute(
        sa.text("INSERT INTO remark (records, author, at, body) VALUES (:records, :author, :at, :body)"),
        {"records": list(records), "author": author, "at": at, "body": body},
    )


def remarks_on(conn: Connection, records: Collection[UUID], most: int = 50) -> list[Remark]:
    """The remarks on any of these records, the newest first."""
    rows = conn.execute(
        sa.text(
            """SELECT remark_id, author, at, body FROM remark WHERE records && CAST(:records AS uuid[])
               ORDER BY remark_id DESC LIMIT :most"""
        ),
        {"records": list(records), "most": most},
    )
    return [Remark(*row) for row in rows]
