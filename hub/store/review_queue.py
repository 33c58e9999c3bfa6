"""Pairs of records that wait for a steward, with both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

_SIDE = """{p}.id AS {p}_id, {p}.dealer AS {p}_dealer, {p}.feed AS {p}_feed, {p}.record_no AS {p}_record_no,
    {p}.kind AS {p}_kind, coalesce({p}.shown_company, concat_ws(' ', {p}.shown_last, {p}.shown_first, {p}.shown_middle))
    AS {p}_name, {p}.birth_date AS {p}_birth_date, coalesce({p}.phones, '{{}}') AS {p}_phones,
    coalesce({p}.emails, '{{}}') AS {p}_emails, {p}.shown_city AS {p}_city, g{p}.golden_id AS {p}_golden_id"""

_PAGE = sa.text(
    f"""SELECT r.rid_a, r.rid_b, r.weight, r.reason, r.priority, {_SIDE.format(p="a")}, {_SIDE.format(p="b")}
        FROM review r JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b
        LEFT JOIN membership ma ON ma.rid = r.rid_a LEFT JOIN golden ga ON ga.golden = ma.golden
        LEFT JOIN membership mb ON mb.rid = r.rid_b LEFT JOIN golden gb ON gb.golden = mb.golden
        WHERE (CAST(:priority AS integer) IS NULL OR r.priority < :priority
               OR r.priority = :priority AND (r.rid_a, r.rid_b) > (:rid_a, :rid_b))
          AND (CAST(:reason AS text) IS NULL OR r.reason = :reason)
          AND (CAST(:dealer AS text) IS NULL OR :dealer IN (a.dealer, b.dealer))
          AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
          AND (CAST(:least AS real) IS NULL OR r.weight >= :least)
          AND (CAST(:customer AS uuid) IS NULL OR :customer IN (ga.golden_id, gb.golden_id))
        ORDER BY r.priority DESC, r.rid_a, r.rid_b LIMIT :limit"""
)
_COUNTS = sa.text("SELECT reason, count(*) FROM review GROUP BY reason ORDER BY reason")


@dataclass(frozen=True)
class Filters:
    """Which questions are wanted; None asks for all.

    Attributes:
        reason: why a person must look.
        dealer: has one of the two records.
        kind: "person" or "company".
        least: log2 odds.
        customer: golden id of either customer.
    """

    reason: str | None = None
    dealer: str | None = None
    kind: str | None = None
    least: float | None = None
    customer: UUID | None = None


def list_reviews(
    conn: Connection, wanted: Filters, after: tuple[int, int, int] | None, limit: int
) -> list[dict[str, Any]]:
    """Waiting pairs, what matters most first, that follow ``after`` (priority, rid_a, rid_b)."""
    priority, rid_a, rid_b = after or (None, 0, 0)
    place = {"priority": priority, "rid_a": rid_a, "rid_b": rid_b, "limit": limit}
    return [dict(row) for row in conn.execute(_PAGE, {**vars(wanted), **place}).mappings()]


def count_reviews(conn: Connection) -> dict[str, int]:
    """How many questions wait, by reason."""
    return {str(reason): int(count) for reason, count in conn.execute(_COUNTS)}
