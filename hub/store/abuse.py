"""What of dealers' claims looks like abuse, counted from the source records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.prospects.policy import load
from hub.store.policies import policy_version

# A lead that several tests find counts once in `suspicious`. Rows of the hub's first day are history, not dumped or dated back.
_ABUSE = sa.text(
    """WITH began AS (SELECT min(received_at) + interval '24 hours' AS at FROM upload),
       empty AS (
           SELECT dealer, lead_no, count(*) AS times FROM interactions
           WHERE first_seen >= :since AND direction = 'out' AND channel IS DISTINCT FROM 'visit' AND lead_no IS NOT NULL
             AND (outcome IS NULL OR lower(btrim(outcome)) = ANY(:no_answer)) GROUP BY 1, 2),
       answered AS (
           SELECT DISTINCT dealer, lead_no FROM interactions
           WHERE lead_no IS NOT NULL AND (direction = 'in' OR channel = 'visit'
                 OR outcome IS NOT NULL AND NOT lower(btrim(outcome)) = ANY(:no_answer))),
       late AS (
           SELECT t.dealer, count(*) AS rows FROM interactions t, began b
           WHERE t.first_seen >= :since AND t.first_seen >= b.at
             AND t.at < t.first_seen - CAST(:tolerance AS interval) GROUP BY 1),
       lead AS (
           SELECT l.dealer, l.first_seen >= b.at AND d.dealer IS NOT NULL AND l.test_drive_at IS NULL
                      AND l.last_contact_kind IS DISTINCT FROM 'visit' AS dumped,
                  l.first_seen >= b.at AND l.created_at < l.first_seen - CAST(:tolerance AS interval) AS dated,
                  coalesce(e.times, 0) AS empty, coalesce(e.times, 0) >= :most_empty AND a.lead_no IS NULL AS kept,
                  EXISTS (SELECT FROM party p JOIN shared_value s ON s.class = 'placeholder' AND s.dealer IN ('', l.dealer)
                              AND (s.field = 'phones' AND s.value = ANY(p.phones)
                                   OR s.field = 'emails' AND s.value = ANY(p.emails))
                          WHERE p.rid = l.rid) AS placeholder
           FROM leads l CROSS JOIN began b
           LEFT JOIN unproven_day d ON d.dealer = l.dealer AND d.leads > :quota
                AND d.day = CAST(l.first_seen AT TIME ZONE 'UTC' AS date)
           LEFT JOIN empty e ON e.dealer = l.dealer AND e.lead_no = l.record_no
           LEFT JOIN answered a ON a.dealer = l.dealer AND a.lead_no = l.record_no
           WHERE l.first_seen >= :since AND left(l.dealer, 1) <> '@')
       SELECT l.dealer, count(*) AS claims, count(*) FILTER (WHERE dumped) AS phone_book_leads,
              count(*) FILTER (WHERE dated) + coalesce(min(late.rows), 0) AS dated_back,
              CAST(sum(empty) AS bigint) AS empty_contacts, count(*) FILTER (WHERE kept) AS kept_by_empty_contacts,
              count(*) FILTER (WHERE placeholder) AS placeholder_contacts,
              round(count(*) FILTER (WHERE dumped OR dated OR kept OR placeholder)::numeric / count(*), 4)::float AS share
       FROM lead l LEFT JOIN late USING (dealer) GROUP BY l.dealer
       ORDER BY count(*) FILTER (WHERE dumped OR dated OR kept OR placeholder) DESC, l.dealer"""
)


def abuse_by_dealer(conn: Connection, since: datetime) -> list[dict[str, Any]]:
    """One row a dealer that brought leads, the worst first, by the policy now in force.

    The columns are those of `api.schemas.prospects.Abuse`.

    Args:
        since: rows that the hub first saw from then on.
    """
    policy = load(policy_version(conn).body, "active")
    known = {
        "since": since, "no_answer": list(policy.no_answer), "tolerance": f"{policy.tolerance} microseconds",
        "quota": policy.unproven_a_day, "most_empty": policy.empty_contacts,
    }  # fmt: skip
    return [dict(row) for row in conn.execute(_ABUSE, known).mappings()]
