"""Pairs of records that wait for a steward, with both sides."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

_SIDE = """{p}.id AS {p}_id, {p}.dealer AS {p}_dealer, {p}.feed AS {p}_feed, {p}.record_no AS {p}_record_no,
    {p}.kind AS {p}_kind, coalesce({p}.shown_company, concat_ws(' ', {p}.shown_last, {p}.shown_first, {p}.shown_middle))
    AS {p}_name, {p}.birth_date AS {p}_birth_date, coalesce({p}.phones, '{{}}') AS {p}_phones,
    coalesce({p}.emails, '{{}}') AS {p}_emails, {p}.shown_city AS {p}_city, g{p}.golden_id AS {p}_golden_id"""

# weights are compared as they are stored (real): the cursor gives back what was read
_PAGE = sa.text(
    f"""SELECT r.rid_a, r.rid_b, r.weight, r.reason, {_SIDE.format(p="a")}, {_SIDE.format(p="b")}
        FROM (SELECT * FROM review
              WHERE CAST(:weight AS real) IS NULL
                 OR weight < CAST(:weight AS real)
                 OR weight = CAST(:weight AS real) AND (rid_a, rid_b) > (:rid_a, :rid_b)
              ORDER BY weight DESC, rid_a, rid_b LIMIT :limit) r
        JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b
        LEFT JOIN membership ma ON ma.rid = r.rid_a LEFT JOIN golden ga ON ga.golden = ma.golden
        LEFT JOIN membership mb ON mb.rid = r.rid_b LEFT JOIN golden gb ON gb.golden = mb.golden
        ORDER BY r.weight DESC, r.rid_a, r.rid_b"""
)


def list_reviews(conn: Connection, after: tuple[float, int, int] | None, limit: int) -> list[dict[str, Any]]:
    """Waiting pairs, the likeliest first, that follow ``after`` (weight, rid_a, rid_b)."""
    weight, rid_a, rid_b = after or (None, 0, 0)
    found = conn.execute(_PAGE, {"weight": weight, "rid_a": rid_a, "rid_b": rid_b, "limit": limit})
    return [dict(row) for row in found.mappings()]
