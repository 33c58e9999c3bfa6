"""The first step of new leads in one statement: the decisions, the leads, their first events, the offers, what is to be pushed.

The dealers in line are locked while this runs, so it is one way to the server and back, however many leads there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.routing.clock import Event
from hub.routing.decide import Decision
from hub.store.leads import Lead
from hub.store.offers import decision_row
from hub.store.questions import Question, as_json, done
from hub.store.requests import Once

_FIRST = sa.text(
    """WITH new_lead AS (
        SELECT * FROM jsonb_populate_recordset(NULL::lead, CAST(:leads AS jsonb))
    ), new_event AS (
        SELECT * FROM jsonb_populate_recordset(NULL::lead_event, CAST(:events AS jsonb))
    ), answered AS (
        UPDATE request r SET answer = a.answer
        FROM jsonb_to_recordset(CAST(:answers AS jsonb)) AS a (scope text, key text, answer jsonb)
        WHERE r.scope = a.scope AND r.key = a.key
    ), followed AS (
        INSERT INTO lead SELECT * FROM new_lead
    ), happened AS (
        INSERT INTO lead_event SELECT * FROM new_event
    ), decided AS (
        INSERT INTO lead_decision SELECT * FROM jsonb_populate_recordset(NULL::lead_decision, CAST(:decisions AS jsonb))
    ), offered AS (
        INSERT INTO offer (lead_id, dealer, brand, purpose, offered_at, accept_by, contact_by, status, live, cause, rule, km)
        SELECT lead_id, l.dealer, l.brand, l.purpose, e.at, CAST(e.body ->> 'accept_by' AS timestamptz),
               CAST(e.body ->> 'contact_by' AS timestamptz), 'open', true, e.body ->> 'cause', e.body ->> 'rule',
               k.km
        FROM new_lead l JOIN new_event e USING (lead_id)
        JOIN jsonb_to_recordset(CAST(:distances AS jsonb)) AS k (lead_id uuid, km double precision) USING (lead_id)
        WHERE l.dealer IS NOT NULL ORDER BY l.entry_id RETURNING offer_id, dealer, offered_at
    ) INSERT INTO delivery (dealer, offer_id, kind, at, status, next_at)
      SELECT dealer, offer_id, 'lead.offered', offered_at, 'waiting', offered_at FROM offered JOIN webhook USING (dealer)"""
)


@dataclass(frozen=True)
class First:
    """What became of a new lead.

    Attributes:
        lead: as it stands after its first event.
        event: ``offered`` or ``escalated``.
        facts: of the wish and of the person, as the decision keeps them.
        request: to be answered with this lead when it is sent again.
    """

    lead: Lead
    event: Event
    decision: Decision
    facts: tuple[Mapping[str, Any], Mapping[str, Any]]
    request: Once | None

    @property
    def step(self) -> dict[str, Any]:
        """A row of table `lead_event`."""
        return {"lead_id": self.lead.lead_id, "no": 0, "entry_id": self.lead.entry_id, **vars(self.event)}


def stored_firsts(firsts: Sequence[First]) -> Question[None]:
    """Store what became of new leads."""
    answers = [
        {"scope": one.request.scope, "key": one.request.key, "answer": answer_of(one.lead.lead_id, repeated=False)}
        for one in firsts
        if one.request
    ]
    values = {
        "leads": [vars(one.lead) for one in firsts],
        "events": [one.step for one in firsts],
        "decisions": [decision_row(one.decision, 0, *one.facts) for one in firsts],
        "distances": [{"lead_id": one.lead.lead_id, "km": one.decision.km} for one in firsts],
        "answers": answers,
    }
    return Question(_FIRST, {name: as_json(rows) for name, rows in values.items()}, done)


def answer_of(lead_id: UUID, repeated: bool) -> dict[str, Any]:
    """What is remembered of the answer to a request: the rest is read from the lead's first decision."""
    return {"lead_id": str(lead_id), "repeated": repeated}
