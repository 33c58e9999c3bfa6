"""One lead in hand: its events, its offers and its state, changed together under a lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.flows.allocate import Person, Rules, allocate, hindrances, make_wish, turn_taken
from hub.routing.clock import Event, LeadState, Terms, apply, due, fold, in_time, next_due, terms
from hub.routing.decide import Decision
from hub.routing.filters import Hindrances
from hub.routing.wish import Wish
from hub.store import leads, offers
from hub.store.allocation import Taken, lock_lines, take
from hub.store.deliveries import add_delivery
from hub.store.leads import Lead

_ENDS = {"declined": None, "expired": False, "won": None, "lost": None}  # kind of event → on time, where it tells


def first_event(rules: Rules, lead: Lead, decision: Decision, at: datetime) -> tuple[Lead, Event]:
    """What happens to a new lead by its first decision, and the lead as it stands then."""
    if decision.dealer is None:
        event = Event("escalated", at, None, {"why": "nobody"})
    else:
        event = _offer_event(rules, lead, decision.dealer, "first", at, decision.rule)
    state = apply(LeadState(), event)
    return replace(lead, state=state.state, dealer=state.dealer, due_at=next_due(state), events=1), event


def _offer_event(rules: Rules, lead: Lead, dealer: str, cause: str, at: datetime, rule: str) -> Event:
    """An offer with its terms."""
    clock = rules.policy.for_lead(lead.brand, lead.purpose).clock
    found = terms(rules.network.calendar_of(dealer), at, clock)
    times = {name: getattr(found, name).isoformat() for name in Terms.__dataclass_fields__}
    return Event("offered", at, dealer, {**times, "cause": cause, "rule": rule})


class LeadInHand:
    """A lead between its lock and the end of the transaction. Everything that moves a lead goes through here.

    Args:
        lead: locked.
        state: what its events amount to.
    """

    def __init__(self, conn: Connection, rules: Rules, lead: Lead, state: LeadState) -> None:
        self.conn, self.rules, self.lead, self.state = conn, rules, lead, state
        self._events: list[tuple[Event, int | None]] = []

    @classmethod
    def take(cls, conn: Connection, rules: Rules, lead_id: UUID) -> LeadInHand:
        """Lock a lead.

        Raises:
            NotFound: there is none.
        """
        lead = leads.find_lead(conn, lead_id, lock=True)
        if lead is None:
            raise NotFound("There is no such lead.")
        return cls(conn, rules, lead, fold(leads.events_of(conn, lead_id)))

    def happen(self, event: Event, entry_id: int | None = None) -> None:
        """Let an event happen: the state changes, and what dealers see.

        Raises:
            Conflict: it cannot happen now.
        """
        self.state = apply(self.state, event)
        self._events.append((event, entry_id))
        lead_id, offer_id = self.lead.lead_id, None
        if event.kind == "accepted":
            offer_id = offers.accept_offer(self.conn, lead_id, event.at)
        elif event.kind == "contacted":
            offer_id = self._contacted(event.at)
        elif event.kind in _ENDS:
            ended = offers.end_offer(self.conn, lead_id, event.kind, event.at, _ENDS[event.kind])
            offer_id = ended[0] if ended else None
        elif event.kind in ("moved", "reassigned", "escalated"):
            self._withdraw(event.at)
        if event.kind in ("warned", "expired") and event.dealer is not None:
            offer_id = offer_id or self._offer_id(event.dealer)
            add_delivery(self.conn, event.dealer, offer_id, f"lead.{event.kind}", event.at)

    def pass_on(
        self, cause: str, at: datetime, entry_id: int | None = None, chosen: str | None = None
    ) -> Decision | None:
        """Offer the lead to the next dealer, or give it to head office when there is none or enough were tried.

        Args:
            cause: why, e.g. ``declined``.
            chosen: a dealer that a person at head office names; no rule is asked then, and no decision is made.

        Raises:
            Conflict: the person's data may not go to the dealer that was named.
        """
        policy = self.rules.policy.for_lead(self.lead.brand, self.lead.purpose)
        if chosen is not None:
            self._may_go_to(chosen, at)
            lock_lines(self.conn, [chosen])
            take(self.conn, Taken("", {}, chosen, self.rules.network.local_day(chosen, at)))
            self._offer(chosen, cause, at, "head_office", None, entry_id)
            return None
        if self.state.offers >= policy.clock.offers:
            self.happen(Event("escalated", at, None, {"why": "enough_offers"}), entry_id)
            return None
        wish, person = self.wish(at)
        decision = allocate(self.conn, self.rules, wish, self.hindrances(person, at, self.state.tried))
        self.decided(decision, wish, person, cause, entry_id)
        return decision

    def decided(self, decision: Decision, wish: Wish, person: Person, cause: str, entry_id: int | None = None) -> None:
        """Carry a decision out, and keep it."""
        offers.add_decision(self.conn, decision, self._next(), wish_facts(wish), person.facts)
        take(self.conn, turn_taken(self.rules, wish, decision))
        if decision.dealer is None:
            self.happen(Event("escalated", wish.at, None, {"why": "nobody"}), entry_id)
            return
        self._offer(decision.dealer, cause, wish.at, decision.rule, decision.km, entry_id)

    def run_due(self, at: datetime) -> int:
        """Do what the clock has to do by ``at``, in order; returns the number of steps."""
        steps = 0
        while (item := due(self.state, at)) is not None:
            body = {"term": item.term, "since": item.since.isoformat()}
            self.happen(Event(item.kind, at, self.state.dealer, body))
            if item.kind == "expired":
                self.pass_on("expired", at)
            steps += 1
        return steps

    def wish(self, at: datetime) -> tuple[Wish, Person]:
        """What the lead asks for, and whom it comes from as the base knows by now."""
        columns = leads.lead_columns(self.conn, self.lead.rid)
        goldens = leads.goldens_of(self.conn, self.lead.rid, self.lead.matched)
        decision = "match" if self.lead.matched or goldens != [self.lead.rid] else "no_match"
        person = Person(tuple(goldens), self.lead.certain, self.lead.matched, {"decision": decision})
        return make_wish(self.conn, str(self.lead.lead_id), columns, self.rules, person, at), person

    def hindrances(self, person: Person, at: datetime, tried: Iterable[str] = ()) -> Hindrances:
        """What keeps dealers from the lead; ``tried``: those that have had it, where that counts."""
        return hindrances(self.conn, person, self.rules.network, at, sorted(tried), self.lead.transfer)

    def _may_go_to(self, dealer: str, at: datetime) -> None:
        found = self.hindrances(self.wish(at)[1], at)
        if found.refused_all or dealer in found.refused:
            raise Conflict("The customer has refused, or withdrawn, that the data go to this dealer.")

    def save(self) -> Lead:
        """Write events and state; the last thing in the transaction."""
        first = self.lead.events
        self.lead = replace(
            self.lead,
            state=self.state.state,
            dealer=self.state.dealer,
            due_at=next_due(self.state),
            events=first + len(self._events),
            moved=self.state.moved,
        )
        leads.update_lead(self.conn, self.lead)
        leads.add_events(self.conn, self.lead.lead_id, first, self._events)
        self._events = []
        return self.lead

    def _next(self) -> int:
        return self.lead.events + len(self._events)

    def _offer(self, dealer: str, cause: str, at: datetime, rule: str, km: float | None, entry_id: int | None) -> None:
        self._withdraw(at)
        event = _offer_event(self.rules, self.lead, dealer, cause, at, rule)
        self.happen(event, entry_id)
        found = self.state.terms
        assert found is not None
        lead = self.lead
        offer = offers.NewOffer(lead.lead_id, dealer, lead.brand, lead.purpose, at, found, cause, rule, km)
        add_delivery(self.conn, dealer, offers.add_offer(self.conn, offer), "lead.offered", at)

    def _withdraw(self, at: datetime) -> None:
        """Take the lead from whoever holds it, if somebody does."""
        ended = offers.end_offer(self.conn, self.lead.lead_id, "withdrawn", at, None)
        if ended is not None:
            add_delivery(self.conn, ended[1], ended[0], "lead.withdrawn", at)

    def _contacted(self, at: datetime) -> int:
        assert self.state.dealer is not None
        assert self.state.offered_at is not None
        hours = self.rules.network.calendar_of(self.state.dealer)
        minutes = round(hours.minutes(self.state.offered_at, at), 1)
        return offers.contact_made(self.conn, self.lead.lead_id, at, in_time(self.state), minutes)

    def _offer_id(self, dealer: str) -> int:
        row = offers.latest_offer(self.conn, self.lead.lead_id, dealer)
        assert row is not None
        return int(row["offer_id"])


def wish_facts(wish: Wish) -> dict[str, Any]:
    """The wish for keeping with the decision: where, what, whose; no name and no phone."""
    return {name: getattr(wish, name) for name in wish.__dataclass_fields__}
