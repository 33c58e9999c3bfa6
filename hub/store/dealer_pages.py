"""Dealers as a reader sees them, under row security."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_COLUMNS = "code, name, city, region, country, brands, timezone, registered"

_PAGE = sa.text(f"SELECT {_COLUMNS} FROM dealer WHERE code > :after ORDER BY code LIMIT :limit")
_ONE = sa.text(f"SELECT {_COLUMNS} FROM dealer WHERE code = :code")
_NAMES = sa.text("SELECT code, name, city FROM dealer")
_LAST = sa.text(
    """SELECT DISTINCT ON (feed) * FROM upload WHERE dealer = :code
       ORDER BY feed, received_at DESC, upload_id DESC"""
)


_TO_MEND = sa.text(
    """SELECT * FROM upload u WHERE dealer = :code AND status = 'accepted' AND day > :since
         AND (rows_quarantined > 0 OR values_set_aside > 0)
         AND NOT EXISTS (SELECT FROM upload c WHERE c.corrects = u.upload_id AND c.status = 'accepted')
       ORDER BY upload_id DESC LIMIT :limit"""
)


def uploads_to_mend(conn: Connection, code: str, since: date, limit: int) -> list[dict[str, Any]]:
    """A dealer's uploads after a day with rows or values set aside that nobody has sent again, latest first."""
    rows = conn.execute(_TO_MEND, {"code": code, "since": since, "limit": limit})
    return [dict(row) for row in rows.mappings()]


def list_dealers(conn: Connection, after: str, limit: int) -> list[dict[str, Any]]:
    """Dealers whose code follows ``after``, in the order of their codes."""
    return [dict(row) for row in conn.execute(_PAGE, {"after": after, "limit": limit}).mappings()]


def find_dealer(conn: Connection, code: str) -> dict[str, Any] | None:
    """One dealer, or None if there is none that the caller may see."""
    row = conn.execute(_ONE, {"code": code}).mappings().one_or_none()
    return dict(row) if row else None


def last_uploads(conn: Connection, code: str) -> list[dict[str, Any]]:
    """A dealer's latest upload of each feed, latest first."""
    rows = [dict(row) for row in conn.execute(_LAST, {"code": code}).mappings()]
    return sorted(rows, key=lambda row: (row["received_at"], row["upload_id"]), reverse=True)


def dealer_names(conn: Connection) -> dict[str, dict[str, Any]]:
    """Name and city of every dealer, by code."""
    return {row.code: {"name": row.name, "city": row.city} for row in conn.execute(_NAMES)}
