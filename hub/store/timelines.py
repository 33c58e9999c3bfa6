"""What happened with a party, out of the rows in the caller's slice; and the drivers of a company."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.network.timeline import Happening

_TIMELINE = sa.text(
    """WITH member AS (
           SELECT p.rid, p.dealer, p.feed, p.record_no, p.account FROM membership m JOIN party p USING (rid)
           WHERE m.golden = :golden),
       mine AS (SELECT DISTINCT dealer, record_no AS number FROM member WHERE feed = 'customers'),
       lead AS (SELECT l.* FROM leads l JOIN member m ON m.rid = l.rid AND m.feed = 'leads')
       SELECT coalesce(delivered_at, contracted_at, ordered_at), delivered_at, s.dealer, 'sales', record_no,
              coalesce(status, 'delivered'), vin, concat_ws(' ', brand, model) FROM sales s
       JOIN mine m ON m.dealer = s.dealer AND m.number = s.customer_no
       UNION ALL SELECT opened_at, closed_at, v.dealer, 'service_visits', record_no, department, vin, NULL
       FROM service_visits v JOIN mine m ON m.dealer = v.dealer AND m.number = v.customer_no
       UNION ALL SELECT created_at, NULL, dealer, 'leads', record_no, concat_ws(' ', interest, status), NULL,
              concat_ws(' ', brand, model) FROM lead
       UNION ALL SELECT i.at, NULL, i.dealer, 'interactions', i.record_no, concat_ws(' ', i.channel, i.direction), NULL,
              i.outcome FROM interactions i WHERE EXISTS (
                  SELECT FROM mine m WHERE m.dealer = i.dealer AND m.number = i.customer_no)
              OR EXISTS (SELECT FROM lead l WHERE l.dealer = i.dealer AND l.record_no = i.lead_no)
       UNION ALL SELECT at, NULL, q.dealer, 'surveys', record_no, about, vin, CAST(score AS text) FROM surveys q
       JOIN mine m ON m.dealer = q.dealer AND m.number = q.customer_no
       UNION ALL SELECT at, expires_at, c.dealer, 'consents', record_no, concat_ws(' ', purpose, channel, status), NULL,
              controller FROM consents c JOIN mine m ON m.dealer = c.dealer AND m.number = c.customer_no"""
)
_FLEET = sa.text(
    """SELECT DISTINCT o.golden FROM membership m JOIN party_vehicle c ON c.rid = m.rid
       JOIN party_vehicle d ON d.vin = c.vin AND d.rid <> c.rid AND d.role IN ('driver', 'contact', 'owner')
       JOIN membership o ON o.rid = d.rid JOIN golden g ON g.golden = o.golden AND g.kind = 'person'
       WHERE m.golden = :golden AND c.vin IS NOT NULL AND c.role IN ('owner', 'lessee', 'payer') ORDER BY 1"""
)

_IDS = sa.text("SELECT golden, golden_id FROM golden WHERE golden = ANY(:goldens)")


def happenings(conn: Connection, golden: int) -> list[Happening]:
    """Sales, visits, leads, contacts, surveys and consents of a party that the caller's slice holds, in no order."""
    return [Happening(*row) for row in conn.execute(_TIMELINE, {"golden": golden})]


def drivers_of(conn: Connection, company: int) -> list[int]:
    """The people with a role at the cars that a company owns, leases or pays for."""
    return [int(golden) for golden in conn.execute(_FLEET, {"golden": company}).scalars()]


def ids_of(conn: Connection, goldens: Sequence[int]) -> dict[int, UUID]:
    """The ids of golden records."""
    rows = conn.execute(_IDS, {"goldens": list(goldens)})
    return {int(golden): golden_id for golden, golden_id in rows}
