"""What was wrong with an upload, row by row, and which of it later uploads have mended. Read under row security."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.feeds import FEEDS

Place = tuple[int, str, str]
"""Row, column and rule of an issue: where a page of them ends."""

START: Place = (0, "", "")
FATES = ("mended", "wrong", "absent", "unknown")

# A row is mended when a later upload loaded its record without setting anything aside; wrong when that upload found a
# fault again; absent when no later upload loaded it. A row without a number cannot be followed.
_FATE = """CASE
    WHEN r.record_no IS NULL THEN 'unknown'
    WHEN EXISTS (SELECT FROM ({versions}) f WHERE NOT EXISTS (
        SELECT FROM reject n WHERE n.upload_id = f.upload_id AND n.record_no = r.record_no AND {fault}))
        THEN 'mended'
    WHEN EXISTS (SELECT FROM reject n WHERE n.upload_id = ANY(:later) AND n.record_no = r.record_no
                 AND {fault}) THEN 'wrong'
    ELSE 'absent' END"""
_FAULT = "n.severity <> 'warn'"
_SAME_FAULT = f"({_FAULT} OR n.rule = r.rule)"  # a mere warning counts where it is the very one that was to be mended
_VERSIONS = """SELECT upload_id FROM {feed} WHERE dealer = r.dealer AND record_no = r.record_no AND upload_id = ANY(:later)
    UNION ALL SELECT upload_id FROM {feed}_history
    WHERE dealer = r.dealer AND record_no = r.record_no AND upload_id = ANY(:later)"""
_ISSUES = """SELECT r.row_no, r.record_no, r.column_name, r.value, r.rule, r.reason, r.severity, {fate} AS fate
    FROM reject r WHERE r.upload_id = :first AND (r.row_no, coalesce(r.column_name, ''), r.rule) > (:row, :column, :rule)
    ORDER BY r.row_no, coalesce(r.column_name, ''), r.rule LIMIT :limit"""
_COUNTS = """SELECT {fate} AS fate, count(*) FROM (
        SELECT DISTINCT dealer, row_no, record_no FROM reject WHERE upload_id = :first AND severity <> 'warn') r
    GROUP BY 1"""
_CORRECTIONS = sa.text("SELECT * FROM upload WHERE corrects = :first ORDER BY upload_id")


def corrections_of(conn: Connection, upload_id: int) -> list[dict[str, Any]]:
    """The uploads that were sent to mend this one, the earliest first."""
    return [dict(row) for row in conn.execute(_CORRECTIONS, {"first": upload_id}).mappings()]


def list_issues(
    conn: Connection, upload_id: int, feed: str, later: Sequence[int], after: Place, limit: int
) -> Sequence[RowMapping]:
    """What was wrong, in the order of the file, each with its ``fate`` (`FATES`).

    Args:
        later: uploads that were sent to mend this one.
        after: the last one seen; `START` to begin.
    """
    row, column, rule = after
    place = {"row": row, "column": column, "rule": rule, "limit": limit}
    query = sa.text(_ISSUES.format(fate=_fate(feed, _SAME_FAULT)))
    return conn.execute(query, {"first": upload_id, "later": list(later), **place}).mappings().all()


def count_fates(conn: Connection, upload_id: int, feed: str, later: Sequence[int]) -> dict[str, int]:
    """How many rows that were set aside, or lost a value, have which fate; all of `FATES`."""
    query = sa.text(_COUNTS.format(fate=_fate(feed, _FAULT)))
    found = conn.execute(query, {"first": upload_id, "later": list(later)})
    counts = {fate: int(count) for fate, count in found}
    return {fate: counts.get(fate, 0) for fate in FATES}


def _fate(feed: str, fault: str) -> str:
    return _FATE.format(versions=_VERSIONS.format(feed=FEEDS[feed].name), fault=fault)
