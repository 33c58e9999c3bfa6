"""A lead of the hub's own channels: in by API, matched, decided, offered; all in one transaction, and durable when answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import OperationalError

from hub.feeds import HUB
from hub.flows.allocate import Rules, allocate, foresee, turn_taken
from hub.flows.meet_lead import Before, Met, Submission, meet
from hub.flows.work_lead import LeadInHand, first_event, wish_facts
from hub.routing.clock import Event, Terms, terms
from hub.routing.decide import Candidates, Decision
from hub.store import leads, offers
from hub.store.allocation import Line, lock_lines, locked_lines
from hub.store.engine import Database
from hub.store.first_offers import answer_of, store_first
from hub.store.leads import Lead, NewLead
from hub.store.questions import Answer, Sender, together
from hub.store.requests import keep
from hub.store.uploads import enter, new_entry

ATTEMPTS = 5  # of a transaction that the database chose to end in a deadlock


@dataclass(frozen=True)
class Routed:
    """What became of a lead.

    Attributes:
        lead_id: None for a dry run.
        repeated: the same person asked for the same brand within the policy's days: this is that first lead.
        dealer: who got it; None: head office.
        terms: of the offer.
        rule: why this dealer (`hub.routing.decide.RULES`).
        person: what is known of who it is: decision, probability, golden_id; no personal data.
        candidates: every dealer with its scores, or why it fell out.
    """

    lead_id: UUID | None
    repeated: bool
    at: datetime
    brand: str
    purpose: str
    dealer: str | None
    terms: Terms | None
    rule: str
    policy: str
    network: str
    person: Mapping[str, Any]
    candidates: Candidates
    weights: Mapping[str, int] = field(default_factory=dict)
    credits_before: Mapping[str, int] = field(default_factory=dict)


def route_lead(db: Database, submission: Submission) -> Routed:
    """Take a lead in and give it to a dealer, or to head office.

    Sent again under the same key, or meant again (the same person and brand within some days), it is one lead.

    Raises:
        Invalid: the lead names nobody; or its key was used for another body.
    """
    for attempt in range(ATTEMPTS):
        try:
            with db.worker() as conn:
                return _route(conn, submission)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "40P01" or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def try_lead(db: Database, submission: Submission) -> Routed:
    """What would become of the lead just now. Nothing is stored.

    Raises:
        Invalid: the lead names nobody.
    """
    with db.worker() as conn:
        met = meet(conn, submission, enter=False)
        assert isinstance(met, Met)
        if met.first is not None:
            return read_answer(conn, met.first, True)
        wish = met.wish("")
        decision = foresee(conn, met.rules, wish, met.hindering)
        return _answer(met.rules, decision, None, wish.brand, wish.purpose, met.person.facts)


def _route(conn: Connection, submission: Submission) -> Routed:
    met = meet(conn, submission, enter=True)
    if isinstance(met, Before):
        return read_answer(conn, met.lead_id, met.repeated)
    if met.first is None:
        return _offer(conn, met, submission)
    entry_id = enter(conn, "lead", HUB, submission.at, submission.author, _body(submission, repeats=str(met.first)))
    case = LeadInHand.take(conn, met.rules, met.first)
    case.happen(Event("repeated", submission.at), entry_id)
    case.save()
    if submission.once is not None:
        keep(conn, submission.once, answer_of(met.first, repeated=True))
    return read_answer(conn, met.first, True)


def _offer(conn: Connection, met: Met, submission: Submission) -> Routed:
    """Store the lead, decide, and offer it."""
    columns, at, person = submission.columns, submission.at, met.person
    new = NewLead(met.entry_id, at, columns, met.party, met.keys)
    lead_id = leads.record_id(str(met.entry_id))
    wish = met.wish(str(lead_id))
    recorded: list[Answer[int]] = []

    def record(send: Sender) -> None:
        send(new_entry(met.entry_id, "lead", HUB, at, submission.author, _body(submission)))
        recorded.append(send(leads.new_record(new)))

    def lock(codes: Collection[str], pool: str) -> Mapping[str, Line]:
        """The first time the record is written on the way: before the locks, so that they are held the shorter."""
        if recorded:
            return lock_lines(conn, codes, pool)
        with together(conn) as send:
            record(send)
            locked = send(locked_lines(codes, pool))
        found = locked()
        return found if len(found) == len(codes) else lock_lines(conn, codes, pool)

    decision = allocate(conn, met.rules, wish, met.hindering, met.standing, lock)
    if not recorded:  # nobody stood in line
        with together(conn) as send:
            record(send)
    lead = Lead(
        lead_id=lead_id, rid=recorded[0](), entry_id=met.entry_id, received_at=at, author=submission.author,
        brand=wish.brand, purpose=wish.purpose, state="new", dealer=None, due_at=None, events=0, certain=person.certain,
        moved=False, transfer=submission.transfer, matched=person.matched,
    )  # fmt: skip
    lead, event = first_event(met.rules, lead, decision, at)
    facts = wish_facts(wish), person.facts
    store_first(conn, lead, event, decision, facts, turn_taken(met.rules, wish, decision), submission.once)
    return _answer(met.rules, decision, lead_id, wish.brand, wish.purpose, person.facts)


def _body(submission: Submission, **more: str) -> dict[str, Any]:
    """Of the ledger's entry: all that a rebuild needs."""
    body: dict[str, Any] = {"columns": {name: text for name, text in submission.columns.items() if text is not None}}
    for name in ("key", "raw_sha256", "transfer"):
        if (value := getattr(submission, name)) is not None:
            body[name] = value
    return body | more


def _answer(
    rules: Rules, decision: Decision, lead_id: UUID | None, brand: str, purpose: str, person: Mapping[str, Any]
) -> Routed:
    clock = rules.policy.for_lead(brand, purpose).clock
    offered = None
    if decision.dealer is not None:
        offered = terms(rules.network.calendar_of(decision.dealer), decision.at, clock)
    return Routed(
        lead_id=lead_id,
        repeated=False,
        at=decision.at,
        brand=brand,
        purpose=purpose,
        dealer=decision.dealer,
        terms=offered,
        rule=decision.rule,
        policy=decision.policy,
        network=decision.network,
        person=person,
        candidates=decision.candidates,
        weights=decision.weights,
        credits_before=decision.credits_before,
    )


def read_answer(conn: Connection, lead_id: UUID, repeated: bool) -> Routed:
    """The answer that a lead was given when it came, from what is stored."""
    first = next(iter(leads.events_of(conn, lead_id)))
    found = routed_of(offers.decision_of(conn, lead_id, 0), first)
    return replace(found, repeated=repeated)


def routed_of(row: RowMapping, offered: Event | None) -> Routed:
    """A stored decision; ``offered`` is the event that it led to, for the terms."""
    times = None
    if offered is not None and offered.kind == "offered":
        names = Terms.__dataclass_fields__
        times = Terms(**{name: datetime.fromisoformat(offered.body[name]) for name in names})
    return Routed(
        lead_id=row["lead_id"],
        repeated=False,
        at=row["at"],
        brand=row["wish"]["brand"],
        purpose=row["wish"]["purpose"],
        dealer=row["chosen"],
        terms=times,
        rule=row["rule"],
        policy=row["policy"],
        network=row["network"],
        person=row["person"],
        candidates=Candidates.of(row["candidates"]),
        weights=row["weights"],
        credits_before=row["credits_before"],
    )
