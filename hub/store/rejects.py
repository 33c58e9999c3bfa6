"""What the gate set aside, for the dealer: rows and values with their place in its file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.bulk import copy_out

REJECT_SCHEMA = {
    "_row": pl.Int64, "column": pl.String, "value": pl.String, "rule": pl.String, "reason": pl.String,
    "severity": pl.String,
}  # fmt: skip
_CLEAR = sa.text("DELETE FROM reject WHERE upload_id = ANY(:ids)")
_KEEP = sa.text(
    """INSERT INTO reject (upload_id, dealer, row_no, column_name, value, rule, reason, severity, record_no)
       SELECT i.upload_id, u.dealer, i.row_no, i.column_name, i.value, i.rule, i.reason, i.severity, i.record_no
       FROM issue i JOIN upload u USING (upload_id) ORDER BY i.upload_id, i.row_no"""
)
_TOP = sa.text(
    """SELECT upload_id, rule, column_name, severity, min(reason) AS reason, count(*) AS count, min(row_no) AS first_row
       FROM reject WHERE upload_id = ANY(:ids) GROUP BY upload_id, rule, column_name, severity
       ORDER BY severity = 'row' DESC, severity = 'value' DESC, count DESC, rule"""
)


@dataclass(frozen=True)
class IssueCount:
    """How often one rule failed in an upload, with an example of its reason that holds no other row's data."""

    rule: str
    column_name: str | None
    severity: str
    reason: str
    count: int
    first_row: int


def replace_rejects(conn: Connection, upload_ids: Collection[int]) -> None:
    """Keep the staged issues, in place of what was kept for these uploads before."""
    conn.execute(_CLEAR, {"ids": list(upload_ids)})
    conn.execute(_KEEP)


def issue_counts(conn: Connection, upload_ids: Collection[int]) -> dict[int, list[IssueCount]]:
    """What is wrong with uploads, counted by rule and column, the gravest and most frequent first."""
    found: dict[int, list[IssueCount]] = {upload_id: [] for upload_id in upload_ids}
    for row in conn.execute(_TOP, {"ids": list(upload_ids)}).mappings():
        values = dict(row)
        found[values.pop("upload_id")].append(IssueCount(**values))
    return found


def fetch_rejects(conn: Connection, upload_id: int) -> pl.DataFrame:
    """All that was set aside of an upload, in the order of its rows: `REJECT_SCHEMA`."""
    return copy_out(
        conn,
        """SELECT row_no, column_name, value, rule, reason, severity FROM reject WHERE upload_id = :upload_id
           ORDER BY row_no, column_name NULLS FIRST, rule""",
        {"upload_id": upload_id},
        REJECT_SCHEMA,
    )
