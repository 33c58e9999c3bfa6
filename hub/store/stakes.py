"""What depends on a question that waits: whether dealers contest the person, and whether somebody bought a car.

Claims live and end by themselves, so this is brought up to date whenever prospects are settled.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

CONTESTED, BOUGHT = 2000, 1000  # of a priority, whose part from the component alone is at most 10,000

_REFRESH = """
    WITH asked AS (SELECT rid_a, rid_b FROM review {within}),
    side AS (
        SELECT rid_a, rid_b, m.golden FROM asked JOIN membership m ON m.rid = rid_a
        UNION ALL SELECT rid_a, rid_b, m.golden FROM asked JOIN membership m ON m.rid = rid_b),
    found AS (
        SELECT s.rid_a, s.rid_b,
               count(DISTINCT c.dealer) FILTER (WHERE c.opened <= :at AND c.until > :at) > 1 AS contested,
               coalesce(bool_or(c.ending = 'won'), false) AS bought
        FROM side s LEFT JOIN claim c ON c.golden = s.golden GROUP BY s.rid_a, s.rid_b)
    UPDATE review r SET contested = f.contested, stake = s.stake, priority = r.question + s.stake
    FROM found f, LATERAL (SELECT :contested * CAST(f.contested AS int) + :bought * CAST(f.bought AS int)) AS s (stake)
    WHERE r.rid_a = f.rid_a AND r.rid_b = f.rid_b
      AND (r.contested, r.stake, r.priority) IS DISTINCT FROM (f.contested, s.stake, r.question + s.stake)"""


def refresh_stakes(conn: Connection, at: datetime, scope: str | None = None) -> None:
    """Bring contested, stake and priority of the questions up to date, of all or of a scope's records.

    Args:
        at: the moment at which a claim counts as live.
        scope: a temporary table with a column ``rid``.
    """
    within = f"WHERE rid_a IN (SELECT rid FROM {scope})" if scope else ""
    known = {"at": at, "contested": CONTESTED, "bought": BOUGHT}
    conn.execute(sa.text(_REFRESH.format(within=within)), known)
