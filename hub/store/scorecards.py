"""What a dealer did in a span of time, counted from ledger, offers and conflicts; one row a dealer in each query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

# A night is a business day on which files of a quarter of the dealers came: the network's holidays are nobody's fault.
_UPLOADS = sa.text(
    """WITH daily AS MATERIALIZED (
           SELECT dealer, day, count(*) AS uploads, sum(rows_read) FILTER (WHERE status = 'accepted') AS rows,
                  sum(rows_quarantined) FILTER (WHERE status = 'accepted') AS rejected,
                  count(*) FILTER (WHERE status IN ('held', 'refused', 'rejected')) AS stopped
           FROM upload WHERE day >= CAST(:since AS date) AND day < CAST(:until AS date) AND status NOT IN ('duplicate', 'revoked')
           GROUP BY dealer, day
       ), night AS MATERIALIZED (
           SELECT day FROM daily GROUP BY day HAVING 4 * count(*) >= (SELECT count(DISTINCT dealer) FROM daily))
       SELECT dealer, sum(rows)::float AS rows, count(n.day) / nullif((SELECT count(*) FROM night), 0)::float AS punctual,
              sum(rejected) / nullif(sum(rows), 0)::float AS rejected, sum(stopped) / sum(uploads)::float AS stopped
       FROM daily LEFT JOIN night n USING (day) GROUP BY dealer"""
)
_OFFERS = sa.text(
    """SELECT dealer, percentile_cont(0.5) WITHIN GROUP (ORDER BY response_minutes) AS response,
              count(*) FILTER (WHERE on_time) / nullif(count(*) FILTER (WHERE on_time IS NOT NULL), 0)::float AS in_time,
              count(*) FILTER (WHERE status = 'won') / nullif(count(*) FILTER (WHERE status IN ('won', 'lost')), 0)::float AS won
       FROM offer WHERE offered_at >= :since AND offered_at < :until GROUP BY dealer"""
)
_CONFLICTS = sa.text(
    """SELECT c.dealer, count(*) FILTER (WHERE d.winner = c.dealer)::float AS conflicts_won,
              count(*) FILTER (WHERE d.winner IS DISTINCT FROM c.dealer)::float AS conflicts_lost
       FROM conflict k CROSS JOIN LATERAL unnest(k.dealers) c (dealer) LEFT JOIN LATERAL (
           SELECT winner FROM decision d WHERE d.conflict_id = k.conflict_id AND d.valid_from <= :until
           ORDER BY d.valid_from DESC LIMIT 1) d ON true
       WHERE k.began >= :since AND k.began < :until GROUP BY c.dealer"""
)
_NIGHTS = sa.text(
    """SELECT day, count(*) AS uploads, sum(rows_read) AS rows, sum(rows_quarantined) AS rejected,
              sum(rows_quarantined) / nullif(sum(rows_read), 0)::float AS share,
              count(*) FILTER (WHERE status IN ('held', 'refused', 'rejected')) AS stopped
       FROM upload WHERE dealer = :dealer AND day >= CAST(:since AS date) AND day < CAST(:until AS date)
         AND status NOT IN ('duplicate', 'revoked') GROUP BY day ORDER BY day"""
)
_LATE = sa.text(
    """SELECT d.code AS dealer, d.name, u.day AS last_day, u.received_at AS last_at
       FROM dealer d LEFT JOIN LATERAL (
           SELECT day, received_at FROM upload u WHERE u.dealer = d.code AND u.status NOT IN ('duplicate', 'revoked')
             AND day <= CAST(received_at AS date) + 1
           ORDER BY received_at DESC LIMIT 1) u ON true
       WHERE d.registered AND (d.active_from IS NULL OR d.active_from <= :day)
         AND (d.active_until IS NULL OR d.active_until >= :day) AND (u.day IS NULL OR u.day < :day)
       ORDER BY u.day NULLS FIRST, d.code"""
)
# of a fortnight; neither a file that one dealer sends by day nor one with a slip in its year makes others late
_LAST_NIGHT = sa.text(
    """WITH known AS MATERIALIZED (
           SELECT DISTINCT dealer, day FROM upload
           WHERE status NOT IN ('duplicate', 'revoked') AND day <= CAST(received_at AS date) + 1
       ), sent AS (SELECT * FROM known WHERE day > (SELECT max(day) - 14 FROM known))
       SELECT max(day) FROM (
           SELECT day FROM sent GROUP BY day HAVING 4 * count(*) >= (SELECT count(DISTINCT dealer) FROM sent)) night"""
)
_CONFLICT_WEEKS = sa.text(
    """SELECT week, sum(opened)::bigint AS opened, sum(settled)::bigint AS settled FROM (
           SELECT CAST(date_trunc('week', began) AS date) AS week, 1 AS opened, 0 AS settled FROM conflict
           WHERE began >= :since AND began < :until
           UNION ALL SELECT CAST(date_trunc('week', min(at)) AS date), 0, 1 FROM said
           WHERE winner IS NOT NULL GROUP BY conflict_id HAVING min(at) >= :since AND min(at) < :until) w
       GROUP BY week ORDER BY week"""
)
_LEAD_WEEKS = sa.text(
    """SELECT week, sum(in_time)::bigint AS in_time, sum(late)::bigint AS late, sum(open)::bigint AS open,
              sum(unrouted)::bigint AS unrouted
       FROM (SELECT CAST(date_trunc('week', offered_at) AS date) AS week, (on_time IS TRUE)::int AS in_time,
                    (on_time IS FALSE)::int AS late, (on_time IS NULL AND live)::int AS open, 0 AS unrouted
             FROM offer WHERE offered_at >= :since AND offered_at < :until
             UNION ALL SELECT CAST(date_trunc('week', at) AS date), 0, 0, 0, 1 FROM lead_event
             WHERE kind = 'escalated' AND at >= :since AND at < :until) w
       GROUP BY week ORDER BY week"""
)


def done_by_dealer(conn: Connection, since: datetime, until: datetime) -> dict[str, dict[str, float]]:
    """Figures of the span, by dealer, then by the names of `hub.network.scorecard.MEASURES`; the countable ones."""
    found: dict[str, dict[str, float]] = {}
    for query in (_UPLOADS, _OFFERS, _CONFLICTS):
        for row in conn.execute(query, {"since": since, "until": until}).mappings():
            known = {name: float(value) for name, value in row.items() if name != "dealer" and value is not None}
            found.setdefault(row["dealer"], {}).update(known)
    return found


def nights_of(conn: Connection, dealer: str, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """A dealer's uploads by business day: rows, rows set aside, uploads that were stopped."""
    return conn.execute(_NIGHTS, {"dealer": dealer, "since": since, "until": until}).mappings().all()


def late_dealers(conn: Connection) -> list[dict[str, Any]]:
    """Dealers of the registry without a file for the network's last night, the longest silent first."""
    day = conn.execute(_LAST_NIGHT).scalar_one_or_none()
    return [dict(row) for row in conn.execute(_LATE, {"day": day}).mappings()] if day is not None else []


def conflicts_by_week(conn: Connection, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Per week (its Monday): conflicts that began, and conflicts of which the hub first said who holds the prospect."""
    return conn.execute(_CONFLICT_WEEKS, {"since": since, "until": until}).mappings().all()


def leads_by_week(conn: Connection, since: datetime, until: datetime) -> Sequence[RowMapping]:
    """Per week: offers answered in time, late, still open; and leads that went to head office."""
    return conn.execute(_LEAD_WEEKS, {"since": since, "until": until}).mappings().all()
