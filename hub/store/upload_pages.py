"""Uploads as a reader sees them, under row security."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_PAGE = sa.text(
    """SELECT * FROM upload
       WHERE (CAST(:before AS bigint) IS NULL OR upload_id < :before)
         AND (CAST(:dealer AS text) IS NULL OR dealer = :dealer)
         AND (CAST(:feed AS text) IS NULL OR feed = :feed)
         AND (CAST(:status AS text) IS NULL OR status = :status)
       ORDER BY upload_id DESC LIMIT :limit"""
)
_ONE = sa.text("SELECT * FROM upload WHERE upload_id = :upload_id")
_SOME = sa.text("SELECT * FROM upload WHERE upload_id = ANY(:ids) ORDER BY upload_id")
_PLACE = ("dealer", "feed", "delta", "upload_id", "received_at")
_WAITING = sa.text(
    """SELECT DISTINCT u.dealer FROM upload u JOIN entry e ON e.entry_id = u.upload_id
       WHERE u.status = 'released' OR u.status = 'received' AND (e.author LIKE 'api:%' OR e.author LIKE 'user:%')
       ORDER BY u.dealer"""
)
_BEFORE = sa.text(
    """SELECT * FROM upload WHERE dealer = :dealer AND feed = :feed AND delta = :delta AND status = 'accepted'
         AND upload_id <> :upload_id AND received_at <= :received_at ORDER BY day DESC, received_at DESC LIMIT 1"""
)
_SAMPLE = sa.text(
    """SELECT row_no, column_name, value, rule, reason, severity FROM reject WHERE upload_id = :upload_id
       ORDER BY severity = 'row' DESC, row_no, column_name NULLS FIRST, rule LIMIT :limit"""
)
_ISSUES = sa.text(
    """SELECT rule, column_name, severity, min(reason) AS reason, count(*) AS rows, min(row_no) AS first_row FROM reject
       WHERE upload_id = :upload_id GROUP BY rule, column_name, severity
       ORDER BY severity = 'row' DESC, severity = 'value' DESC, count(*) DESC, rule"""
)


def list_uploads(
    conn: Connection, before: int | None, limit: int, dealer: str | None, feed: str | None, status: str | None
) -> list[dict[str, Any]]:
    """Uploads in the order of the ledger, latest first, of those that came earlier than ``before``."""
    filters = {"dealer": dealer, "feed": feed, "status": status}
    found = conn.execute(_PAGE, {"before": before, "limit": limit, **filters})
    return [dict(row) for row in found.mappings()]


def find_upload(conn: Connection, upload_id: int) -> dict[str, Any] | None:
    """One upload, or None if there is none that the caller may see."""
    row = conn.execute(_ONE, {"upload_id": upload_id}).mappings().one_or_none()
    return dict(row) if row else None


def uploads_by_id(conn: Connection, ids: Iterable[int]) -> list[dict[str, Any]]:
    """These uploads, in the order of the ledger."""
    return [dict(row) for row in conn.execute(_SOME, {"ids": list(ids)}).mappings()]


def dealers_waiting(conn: Connection) -> list[str]:
    """Dealers with an upload that came by the API or a page and is yet to be processed, or that a person released."""
    return list(conn.execute(_WAITING).scalars())


def accepted_before(conn: Connection, upload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The dealer's last accepted upload of the same feed and kind that came before this one, or None."""
    row = conn.execute(_BEFORE, {name: upload[name] for name in _PLACE}).mappings().one_or_none()
    return dict(row) if row else None


def sample_of_rejects(conn: Connection, upload_id: int, limit: int) -> list[dict[str, Any]]:
    """Some of what was set aside, whole rows first. Values are personal data."""
    return [dict(row) for row in conn.execute(_SAMPLE, {"upload_id": upload_id, "limit": limit}).mappings()]


def issues_of(conn: Connection, upload_id: int) -> list[dict[str, Any]]:
    """What was set aside, counted by rule and column, whole rows and the most frequent first."""
    return [dict(row) for row in conn.execute(_ISSUES, {"upload_id": upload_id}).mappings()]
