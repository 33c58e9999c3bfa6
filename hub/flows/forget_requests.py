"""Requests that were answered are remembered for some days, then forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.store.engine import Database
from hub.store.requests import forget

KEPT = timedelta(days=30)  # longer than anybody sends a request again; within it a lead is one by its sense, too


def forget_requests(db: Database, now: datetime) -> int:
    """Forget the keys of requests that came more than `KEPT` ago; returns how many. Sent again, such a request is a new one."""
    with db.worker() as conn:
        return forget(conn, now - KEPT)
