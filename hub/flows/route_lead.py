"""A lead of the hub's own channels: in by API, matched, decided, offered; all in one transaction, and durable when answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import OperationalError

from hub.errors import Invalid
from hub.feeds import HUB
from hub.flows.allocate import Person, Rules, allocate, foresee, hindrances, make_wish, read_rules, turn_taken
from hub.flows.identify import Candidate as Identity
from hub.flows.identify import Question, look_up, model_of
from hub.flows.work_lead import LeadInHand, first_event, wish_facts
from hub.routing.clock import Event, Terms, terms
from hub.routing.decide import Candidates, Decision
from hub.routing.wish import fold_brand, purpose_of
from hub.store import leads, offers
from hub.store.candidates import stamp
from hub.store.engine import Database
from hub.store.first_offers import store_first
from hub.store.leads import Earlier, Lead, NewLead
from hub.store.uploads import enter

LOOKED_AT = 10  # candidates that the person may be
ATTEMPTS = 5  # of a transaction that the database chose to end in a deadlock
# columns that say who it is; the first six name or reach the person
PERSON = ("full_name", "last_name", "first_name", "middle_name", "phones", "emails", "city", "postcode", "country")


@dataclass(frozen=True)
class Submission:
    """A lead as it came.

    Attributes:
        columns: canonical text of the leads feed, and ``country``; what is unknown may be absent.
        author: how the ledger names the caller; an idempotency key is this caller's alone.
        body_sha256: of the request's body, to tell a repeated request from another one under the same key.
        key: the caller's idempotency key, if it sent one.
        raw_sha256: where the archive keeps the text as it came (ADF).
        transfer: what the person said about giving the data to a dealer: "granted", "refused" or None.
    """

    columns: Mapping[str, str | None]
    author: str
    at: datetime
    body_sha256: str = ""
    key: str | None = None
    raw_sha256: str | None = None
    transfer: str | None = None


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
        rules = read_rules(conn, submission.at)
        _check(submission)
        known = stamp(conn)
        question = Question.of([_asked(submission)], model_of(conn, known.model))
        found = look_up(conn, question, known, LOOKED_AT)[0]
        if (first := _first(conn, rules, submission, question.asked[0], found)) is not None:
            return read_answer(conn, first, True)
        person = _person(found)
        wish = make_wish(conn, "", submission.columns, rules, person, submission.at)
        hindering = hindrances(conn, person, rules.network, submission.at, transfer=submission.transfer)
        decision = foresee(conn, rules, wish, hindering)
        return _answer(rules, decision, None, wish.brand, wish.purpose, person.facts)


def _route(conn: Connection, submission: Submission) -> Routed:
    if submission.key is not None:
        before = leads.claim_key(conn, submission.author, submission.key, submission.body_sha256, submission.at)
        if before is not None:
            if before.body_sha256 != submission.body_sha256:
                raise Invalid("The Idempotency-Key was used for another body. Take a new key for a new lead.")
            return read_answer(conn, before.lead_id, before.repeated)
    rules = read_rules(conn, submission.at)
    _check(submission)
    known = stamp(conn)
    question = Question.of([_asked(submission)], model_of(conn, known.model))
    party = question.asked[0]
    leads.lock_contacts(conn, _contact_keys(party, fold_brand(submission.columns.get("brand"))))
    found = look_up(conn, question, known, LOOKED_AT)[0]
    first = _first(conn, rules, submission, party, found)
    if first is not None:
        entry_id = _enter(conn, submission, {"repeats": str(first)})
        case = LeadInHand.take(conn, rules, first)
        case.happen(Event("repeated", submission.at), entry_id)
        case.save()
        if submission.key is not None:
            leads.keep_answer(conn, submission.author, submission.key, first, True)
        return read_answer(conn, first, True)
    entry_id = _enter(conn, submission, {})
    new = NewLead(entry_id, submission.at, submission.columns, party, sorted(question.keys[0]))
    return _offer(conn, rules, submission, new, _person(found))


def _offer(conn: Connection, rules: Rules, submission: Submission, new: NewLead, person: Person) -> Routed:
    """Store the lead, decide, and offer it."""
    rid, lead_id = leads.add_record(conn, new)
    columns, at = submission.columns, submission.at
    wish = make_wish(conn, str(lead_id), columns, rules, person, at)
    hindering = hindrances(conn, person, rules.network, at, transfer=submission.transfer)
    lead = Lead(
        lead_id=lead_id, rid=rid, entry_id=new.entry_id, received_at=at, author=submission.author, brand=wish.brand,
        purpose=wish.purpose, state="new", dealer=None, due_at=None, events=0, certain=person.certain, moved=False,
        transfer=submission.transfer, matched=person.matched,
    )  # fmt: skip
    decision = allocate(conn, rules, wish, hindering)
    lead, event = first_event(rules, lead, decision, at)
    request = None if submission.key is None else (submission.author, submission.key)
    facts = wish_facts(wish), person.facts
    store_first(conn, lead, event, decision, facts, turn_taken(rules, wish, decision), request)
    return _answer(rules, decision, lead_id, wish.brand, wish.purpose, person.facts)


def _first(
    conn: Connection, rules: Rules, submission: Submission, party: Mapping[str, Any], found: list[Identity]
) -> UUID | None:
    """The lead that this one repeats: of the same person beyond doubt, or told in the very same words."""
    days = rules.policy.same_lead_days
    if not days:
        return None
    columns = submission.columns
    brand, purpose = fold_brand(columns.get("brand")), purpose_of(columns.get("new_or_used"), columns.get("interest"))
    decided = {candidate.golden: candidate.decision for candidate in found}
    earlier = leads.earlier_leads(conn, list(decided), brand, purpose, submission.at, days)
    same = (each for each in earlier if decided[each.golden] == "match" or _same_words(each, party))
    return next((each.lead_id for each in same), None)


def _same_words(earlier: Earlier, party: Mapping[str, Any]) -> bool:
    """Whether both leads name the same contact points and the same name: too little for a match, and yet no second lead."""
    reachable = bool(party["phones"] or party["emails"])
    return reachable and all(getattr(earlier, name) == party[name] for name in ("phones", "emails", "tokens"))


def _person(found: list[Identity]) -> Person:
    """Who it is: the most probable golden record, if the nightly job would merge with it; two such are a doubt."""
    if not found:
        return Person(facts={"decision": "no_match"})
    best = found[0]
    facts = {"decision": best.decision, "probability": best.probability, "golden_id": best.golden_id}
    if best.decision != "match":
        return Person(facts=facts)
    certain = len(found) < 2 or found[1].decision != "match"
    return Person((best.golden,), certain, UUID(best.golden_id), facts)


def _check(submission: Submission) -> None:
    """Refuse a lead of nobody."""
    if not any(submission.columns.get(name) for name in PERSON[:6]):
        raise Invalid("The lead names nobody: give at least a name, a phone or an e-mail.")


def _asked(submission: Submission) -> dict[str, str | None]:
    return {name: submission.columns.get(name) for name in PERSON}


def _contact_keys(party: Mapping[str, Any], brand: str) -> list[int]:
    values = [*(party["phones"] or ()), *(party["emails"] or ())]
    digests = (hashlib.blake2b(f"{value}\x1f{brand}".encode(), digest_size=8).digest() for value in values)
    return sorted(int.from_bytes(digest, signed=True) for digest in digests)


def _enter(conn: Connection, submission: Submission, more: Mapping[str, Any]) -> int:
    """The ledger's entry: all that a rebuild needs."""
    columns = {name: value for name, value in submission.columns.items() if value is not None}
    body: dict[str, Any] = {"columns": columns, **more}
    for name in ("key", "raw_sha256", "transfer"):
        if (value := getattr(submission, name)) is not None:
            body[name] = value
    return enter(conn, "lead", HUB, submission.at, submission.author, body)


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
