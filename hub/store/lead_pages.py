"""Leads as head office looks at them: who holds each, what waits, and what is late. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

_STATES = {
    "unrouted": "l.dealer IS NULL AND l.state = 'head_office'",
    "late": """l.state IN ('offered', 'accepted') AND l.due_at IS NOT NULL
               AND (l.state = 'offered' AND o.accept_by < :at OR o.contact_by < :at OR o.cause = 'expired')""",
    "open": "l.state IN ('offered', 'accepted', 'contacted', 'head_office')",
}
_PAGE = """
    SELECT l.lead_id, l.received_at, l.brand, l.purpose, l.state, l.dealer, o.accept_by, o.contact_by, e.body ->> 'why' AS why
    FROM lead l LEFT JOIN LATERAL (
        SELECT * FROM offer o WHERE o.lead_id = l.lead_id ORDER BY o.offer_id DESC LIMIT 1) o ON true
    LEFT JOIN LATERAL (
        SELECT body FROM lead_event e WHERE e.lead_id = l.lead_id AND e.kind = 'escalated' ORDER BY e.no DESC LIMIT 1) e
        ON l.state = 'head_office'
    WHERE {state} AND (CAST(:dealer AS text) IS NULL OR l.dealer = :dealer)
      AND (CAST(:brand AS text) IS NULL OR l.brand = :brand)
      AND (CAST(:after_at AS timestamptz) IS NULL OR (l.received_at, l.lead_id) < (:after_at, :after_id))
    ORDER BY l.received_at DESC, l.lead_id DESC LIMIT :limit"""


def list_office_leads(
    conn: Connection,
    state: str,
    dealer: str | None,
    brand: str | None,
    at: datetime,
    after: Sequence[Any] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Leads, the latest first.

    Args:
        state: unrouted (with head office), late (a term has run out, or did for the dealer before), open, or all.
        after: time and id of the last one seen.
    """
    after_at, after_id = after or (None, None)
    asked = {"dealer": dealer, "brand": brand, "at": at, "after_at": after_at, "after_id": after_id}
    query = sa.text(_PAGE.format(state=_STATES.get(state, "true")))
    return conn.execute(query, {**asked, "limit": limit}).mappings().all()
