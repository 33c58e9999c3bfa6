"""A lead's first step in one statement: the decision, the lead, its first event, the offer, what is to be pushed, the turn.

The dealers in line are locked while this runs, so it is one way to the server and back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.routing.clock import Event
from hub.routing.decide import Decision
from hub.store.allocation import TAKE, Taken
from hub.store.leads import Lead
from hub.store.offers import decision_row
from hub.store.questions import Question, ask, done
from hub.store.requests import Once

_FIRST = sa.text(
    f"""WITH answered AS (
        UPDATE request SET answer = CAST(:answer AS jsonb) WHERE scope = :scope AND key = :key
    ), followed AS (
        INSERT INTO lead SELECT * FROM jsonb_populate_record(NULL::lead, CAST(:lead AS jsonb))
    ), happened AS (
        INSERT INTO lead_event SELECT * FROM jsonb_populate_record(NULL::lead_event, CAST(:event AS jsonb))
    ), decided AS (
        INSERT INTO lead_decision SELECT * FROM jsonb_populate_record(NULL::lead_decision, CAST(:decision AS jsonb))
    ), offered AS (
        INSERT INTO offer (lead_id, dealer, brand, purpose, offered_at, accept_by, contact_by, status, live, cause, rule, km)
        SELECT l.lead_id, l.dealer, l.brand, l.purpose, e.at, CAST(e.body ->> 'accept_by' AS timestamptz),
               CAST(e.body ->> 'contact_by' AS timestamptz), 'open', true, e.body ->> 'cause', e.body ->> 'rule',
               CAST(:km AS double precision)
        FROM jsonb_populate_record(NULL::lead, CAST(:lead AS jsonb)) l,
             jsonb_populate_record(NULL::lead_event, CAST(:event AS jsonb)) e
        WHERE l.dealer IS NOT NULL RETURNING offer_id, dealer, offered_at
    ), told AS (
        INSERT INTO delivery (dealer, offer_id, kind, at, status, next_at)
        SELECT dealer, offer_id, 'lead.offered', offered_at, 'waiting', offered_at FROM offered JOIN webhook USING (dealer)
    ) {TAKE}"""
)


def store_first(
    conn: Connection,
    lead: Lead,
    event: Event,
    decision: Decision,
    facts: tuple[Mapping[str, Any], Mapping[str, Any]],
    taken: Taken,
    request: Once | None,
) -> None:
    """Store what became of a new lead.

    Args:
        lead: as it stands after its first event.
        event: ``offered`` or ``escalated``.
        facts: of the wish and of the person, as the decision keeps them.
        request: to be answered with this lead when it is sent again.
    """
    step = {"lead_id": lead.lead_id, "no": 0, "entry_id": lead.entry_id, **vars(event)}
    values = {
        "lead": json.dumps(vars(lead), default=str),
        "event": json.dumps(step, default=str),
        "decision": json.dumps(decision_row(decision, 0, *facts), default=str),
        "km": decision.km,
        "scope": request.scope if request else "",
        "key": request.key if request else "",
        "answer": json.dumps(answer_of(lead.lead_id, repeated=False)),
    }
    ask(conn, Question(_FIRST, values | taken.values(), done))


def answer_of(lead_id: UUID, repeated: bool) -> dict[str, Any]:
    """What is remembered of the answer to a request: the rest is read from the lead's first decision."""
    return {"lead_id": str(lead_id), "repeated": repeated}
