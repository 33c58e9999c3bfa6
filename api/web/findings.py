"""What one needs to judge an upload: beside the last accepted one, what was set aside by rule, and some of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from api.web.columns import Column, Table
from api.web.tables import Shown, plain
from api.web.wording import N_
from hub.store.upload_pages import accepted_before, issues_of, sample_of_rejects

SAMPLE = 20  # rows shown
_COUNTS = {
    "rows_read": N_("read"), "rows_loaded": N_("loaded"), "rows_unchanged": N_("unchanged"), "rows_quarantined": N_("set aside"),
    "rows_suppressed": N_("suppressed"), "rows_ended": N_("records it ends"), "values_set_aside": N_("single values set aside"),
}  # fmt: skip

BESIDE = Table(
    "beside", N_("Beside the last accepted one"),
    (
        Column("what", N_("Rows"), "words"),
        Column("now", N_("This upload"), "count"),
        Column("before", N_("Last accepted"), "count"),
        Column("change", N_("Difference"), "share"),
    ),
    N_("No file of this sort (full, or changes only) was accepted before: there is nothing to compare with."),
)  # fmt: skip
ISSUES = Table(
    "issues", N_("What was set aside, by rule"),
    (
        Column("rule", N_("Rule")),
        Column("column_name", N_("Column")),
        Column("severity", N_("What is set aside"), "words"),
        Column("rows", N_("Times"), "count"),
        Column("first_row", N_("First in row"), "count"),
        Column("reason", N_("For example"), "words"),
    ),
    N_("Nothing was set aside."),
)  # fmt: skip
ROWS = Table(
    "rejects", N_("Some of the rows"),
    (
        Column("row_no", N_("Row"), "count"),
        Column("column_name", N_("Column")),
        Column("value", N_("Value")),
        Column("reason", N_("Why"), "words"),
    ),
    N_("Nothing was set aside."),
)  # fmt: skip
_ = (N_("row"), N_("value"), N_("warn"))


@dataclass(frozen=True)
class Findings:
    """The tables of an upload's page.

    Attributes:
        before: the upload that it is compared with, if any.
        missing, added: columns that it lacks, or has anew, beside that one.
    """

    before: Mapping[str, Any] | None
    beside: Shown
    missing: list[str]
    added: list[str]
    issues: Shown
    sample: Shown


def look_into(conn: Connection, upload: Mapping[str, Any]) -> Findings:
    """What is to be seen of an upload, in the reader's slice. The sample holds personal data."""
    before = accepted_before(conn, upload)
    rows = [_beside(name, words, upload, before) for name, words in _COUNTS.items()] if before else []
    now, then = (set(one["columns"] or ()) if one and one["columns"] else None for one in (upload, before))
    known = now is not None and then is not None
    return Findings(
        before,
        plain(BESIDE, rows),
        sorted(then - now) if known else [],  # type: ignore[operator]
        sorted(now - then) if known else [],  # type: ignore[operator]
        plain(ISSUES, issues_of(conn, upload["upload_id"])),
        plain(ROWS, sample_of_rejects(conn, upload["upload_id"], SAMPLE)),
    )


def _beside(name: str, words: str, upload: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    now, then = upload[name], before[name]
    return {"what": words, "now": now, "before": then, "change": (now - then) / then if then else None}
