"""Runs of the nightly job, and the receipts of the uploads that each of them finished."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_RECORD = sa.text(
    """INSERT INTO run (started_at, finished_at, day, steps, summary)
       VALUES (:started_at, clock_timestamp(), :day, CAST(:steps AS jsonb), CAST(:summary AS jsonb)) RETURNING run_id"""
)
_RECEIPTS = sa.text(
    """SELECT upload_id, dealer, feed, file_name, day, status, code, reason, rows_read, rows_loaded, rows_quarantined,
              rows_suppressed, rows_unchanged, rows_ended, values_set_aside
       FROM upload WHERE finished_at >= :since ORDER BY dealer, feed, day, upload_id"""
)


@dataclass(frozen=True)
class Receipt:
    """What became of an upload; for an accepted one, read = loaded + quarantined + suppressed + unchanged.

    Attributes:
        code, reason: why it was held or refused, for programs and for people; None otherwise.
        rows_ended: records that this full feed no longer holds.
    """

    upload_id: int
    dealer: str
    feed: str
    file_name: str
    day: date
    status: str
    code: str | None
    reason: str | None
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_suppressed: int
    rows_unchanged: int
    rows_ended: int
    values_set_aside: int


def receipts_since(conn: Connection, since: datetime) -> list[Receipt]:
    """Receipts of all uploads whose processing ended at ``since`` or later, by dealer, feed and day."""
    return [Receipt(**row) for row in conn.execute(_RECEIPTS, {"since": since}).mappings()]


def record_run(
    conn: Connection,
    started_at: datetime,
    day: date,
    steps: Sequence[Mapping[str, Any]],
    summary: Mapping[str, Any],
) -> int:
    """Keep what a run cost and counted; no personal data. Returns the run's number."""
    values = {"started_at": started_at, "day": day, "steps": json.dumps(list(steps)), "summary": json.dumps(summary)}
    return int(conn.execute(_RECORD, values).scalar_one())
