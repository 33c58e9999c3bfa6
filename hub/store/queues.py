"""How much waits: counts for the operator's dashboards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

STATUSES = ("received", "accepted", "held", "released", "refused", "rejected", "duplicate", "revoked")

_UPLOADS = sa.text("SELECT status, count(*) FROM upload GROUP BY status")
_QUEUES = sa.text(
    """SELECT (SELECT count(*) FROM upload WHERE status IN ('received', 'released')) AS uploads_to_process,
              (SELECT count(*) FROM upload WHERE status = 'held') AS uploads_held,
              (SELECT count(*) FROM review) AS pairs_for_a_steward,
              (SELECT count(*) FROM dirty) AS records_to_match"""
)
_OFFICE = sa.text(
    """SELECT (SELECT count(*) FROM upload WHERE status = 'held') AS held,
              (SELECT count(*) FROM review) AS waiting,
              (SELECT count(*) FROM lead WHERE dealer IS NULL AND state = 'head_office') AS unrouted,
              (SELECT count(*) FROM entry a WHERE a.kind = 'appeal' AND NOT EXISTS (
                  SELECT FROM entry r WHERE r.kind = 'ruling' AND r.body->>'appeal_id' = CAST(a.entry_id AS text))) AS appeals"""
)


def uploads_by_status(conn: Connection) -> dict[str, int]:
    """Number of uploads in each status, zeros included."""
    found = {str(status): int(count) for status, count in conn.execute(_UPLOADS)}
    return dict.fromkeys(STATUSES, 0) | found


def queue_lengths(conn: Connection) -> dict[str, int]:
    """Uploads waiting for the worker or a person, pairs waiting for a steward, records waiting for the matcher."""
    row = conn.execute(_QUEUES).one()
    return {name: int(value) for name, value in row._mapping.items()}


def office_queues(conn: Connection) -> dict[str, int]:
    """What waits for head office: ``held`` uploads, ``waiting`` pairs, ``unrouted`` leads, ``appeals`` without answer."""
    return {name: int(value) for name, value in conn.execute(_OFFICE).one()._mapping.items()}
