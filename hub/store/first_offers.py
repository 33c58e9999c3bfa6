"""A lead's first step in one statement: the decision, the lead, its first event, the offer, what is to be pushed, the turn.

The dealers in line are locked while this runs, so it is one way to the server and back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.routing.clock import Event
from hub.routing.decide import Decision
from hub.store.allocation import TAKE, Taken
from hub.store.leads import Lead
from hub.store.offers import DECIDE, OFFERED, decision_values

_LEAD = ", ".join(Lead.__dataclass_fields__)
_FIRST = sa.text(
    f"""WITH answered AS (
        UPDATE idempotency SET lead_id = :lead_id, repeated = false WHERE caller = :caller AND key = :idempotency_key
    ), followed AS (
        INSERT INTO lead ({_LEAD}) VALUES ({", ".join(f":{name}" for name in Lead.__dataclass_fields__)})
    ), happened AS (
        INSERT INTO lead_event (lead_id, no, at, kind, dealer, entry_id, body)
        VALUES (:lead_id, 0, :at, :kind, :dealer, :entry_id, CAST(:event AS jsonb))
    ), decided AS ({DECIDE}
    ), offered AS ({OFFERED}
    ), told AS (
        INSERT INTO delivery (dealer, offer_id, kind, at, status, next_at)
        SELECT w.dealer, offered.offer_id, 'lead.offered', :at, 'waiting', :at
        FROM offered JOIN webhook w ON w.dealer = :dealer
    ) {TAKE}"""
)


def store_first(
    conn: Connection,
    lead: Lead,
    event: Event,
    decision: Decision,
    facts: tuple[Mapping[str, Any], Mapping[str, Any]],
    taken: Taken,
    request: tuple[str, str] | None,
) -> None:
    """Store what became of a new lead.

    Args:
        lead: as it stands after its first event.
        event: ``offered`` or ``escalated``.
        facts: of the wish and of the person, as the decision keeps them.
        request: caller and idempotency key, if it sent one.
    """
    caller, key = request or ("", "")
    values = {name: getattr(lead, name) for name in Lead.__dataclass_fields__}
    values |= decision_values(decision, 0, *facts) | taken.values()
    values |= {"caller": caller, "idempotency_key": key, "kind": event.kind, "event": json.dumps(event.body)}
    values |= {name: event.body.get(name) for name in ("accept_by", "contact_by")}
    values |= {"cause": "first", "km": decision.km}
    conn.execute(_FIRST, values)
