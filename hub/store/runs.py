"""Runs of the nightly job: what each cost and counted, kept in the hub's own base."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_RECORD = sa.text(
    """INSERT INTO run (started_at, finished_at, day, steps, summary)
       VALUES (:started_at, clock_timestamp(), :day, CAST(:steps AS jsonb), CAST(:summary AS jsonb)) RETURNING run_id"""
)


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
