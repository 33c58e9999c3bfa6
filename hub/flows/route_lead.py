"""Leads of the hub's own channels: in by API, matched, decided, offered; all in one transaction, and durable when answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import OperationalError

from hub.errors import HubError, Invalid
from hub.feeds import HUB
from hub.flows.allocate import Rules, allocate, foresee, turn_taken
from hub.flows.meet_lead import Before, Met, Submission, check, meet, meeting_points, party_of_lead
from hub.flows.work_lead import LeadInHand, first_event, wish_facts
from hub.matching.few_comparisons import Row
from hub.routing.clock import Event, Terms, terms
from hub.routing.decide import Candidates, Decision, line_up, near_by
from hub.routing.wish import Wish
from hub.store import leads, offers
from hub.store.allocation import HeldLines
from hub.store.engine import Database
from hub.store.first_offers import First, answer_of, stored_firsts
from hub.store.leads import Lead, NewLead
from hub.store.questions import together
from hub.store.requests import KeyReused, keep
from hub.store.uploads import NewEntry, enter, new_entries

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


@dataclass(frozen=True)
class Outcome:
    """What became of one of several leads.

    Attributes:
        found: the answer, or why there is none.
        written: whether it was entered, or met again; not so for a request that came before.
    """

    found: Routed | HubError
    written: bool = False


Note = Callable[[Connection, Sequence[int]], None]  # places of the leads that are written, in their transaction


def route_lead(db: Database, submission: Submission) -> Routed:
    """Take a lead in and give it to a dealer, or to head office.

    Sent again under the same key, or meant again (the same person and brand within some days), it is one lead.

    Raises:
        Invalid: the lead names nobody; or its key was used for another body.
    """
    found = route_leads(db, [submission])[0].found
    if isinstance(found, HubError):
        raise found
    return found


def route_leads(db: Database, submissions: Sequence[Submission], note: Note | None = None) -> list[Outcome]:
    """The same for leads that came at one moment, each as if it stood alone after those before it.

    They are decided in one transaction, but for those that may be one another's: these wait for the next.

    Args:
        note: called at the end of each transaction.
    """
    outcomes: list[Outcome] = [Outcome(Invalid("not looked at"))] * len(submissions)
    parties = {}
    for place, submission in enumerate(submissions):
        try:
            check(submission)
            parties[place] = party_of_lead(submission)
        except HubError as error:
            outcomes[place] = Outcome(error)
    for places in _rounds({place: meeting_points(submissions[place], party) for place, party in parties.items()}):
        found = _together(
            db, [submissions[place] for place in places], [parties[place] for place in places], places, note
        )
        for place, outcome in zip(places, found, strict=True):
            outcomes[place] = outcome
    return outcomes


def _rounds(points: Mapping[int, set[Any]]) -> list[list[int]]:
    """Leads to decide together: no two of a round have a point in common, and each comes after those it has one with."""
    rounds: list[list[int]] = []
    last: dict[Any, int] = {}
    for place, own in points.items():
        turn = max((last[point] + 1 for point in own if point in last), default=0)
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(place)
        last.update(dict.fromkeys(own, turn))
    return rounds


def _together(
    db: Database, submissions: Sequence[Submission], parties: Sequence[Row], places: Sequence[int], note: Note | None
) -> list[Outcome]:
    for attempt in range(ATTEMPTS):
        try:
            with db.worker() as conn:
                outcomes = _route(conn, submissions, parties)
                if note is not None:
                    note(conn, [place for place, one in zip(places, outcomes, strict=True) if one.written])
                return outcomes
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "40P01" or attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def try_lead(db: Database, submission: Submission) -> Routed:
    """What would become of the lead just now. Nothing is stored.

    Raises:
        Invalid: the lead names nobody.
    """
    check(submission)
    with db.worker() as conn:
        met = meet(conn, [submission], [party_of_lead(submission)], enter=False)[0]
        assert isinstance(met, Met)
        if met.first is not None:
            return read_answer(conn, met.first, True)
        wish = met.wish("")
        decision = foresee(conn, met.rules, wish, met.hindering)
        return _answer(met.rules, decision, None, wish.brand, wish.purpose, met.person.facts)


def _route(conn: Connection, submissions: Sequence[Submission], parties: Sequence[Row]) -> list[Outcome]:
    met = meet(conn, submissions, parties, enter=True)
    fresh = [one for one in met if isinstance(one, Met) and one.first is None]
    offered = iter(_offer(conn, fresh) if fresh else [])
    return [
        Outcome(next(offered), written=True) if isinstance(one, Met) and one.first is None else _answered(conn, one)
        for one in met
    ]


def _answered(conn: Connection, met: Met | Before | KeyReused) -> Outcome:
    """A lead that is no new one."""
    if isinstance(met, KeyReused):
        return Outcome(met)
    if isinstance(met, Before):
        return Outcome(read_answer(conn, met.lead_id, met.repeated))
    submission, first = met.submission, met.first
    assert first is not None
    entry_id = enter(conn, "lead", HUB, submission.at, submission.author, _body(submission, repeats=str(first)))
    case = LeadInHand.take(conn, met.rules, first)
    case.happen(Event("repeated", submission.at), entry_id)
    case.save()
    if submission.once is not None:
        keep(conn, submission.once, answer_of(first, repeated=True))
    return Outcome(read_answer(conn, first, True), written=True)


def _offer(conn: Connection, fresh: Sequence[Met]) -> list[Routed]:
    """Store new leads, decide them one after the other, and offer them."""
    wishes = [met.wish(str(leads.record_id(str(met.entry_id)))) for met in fresh]
    near = [_in_line(met, wish) for met, wish in zip(fresh, wishes, strict=True)]
    lines = HeldLines(conn)
    with together(conn) as send:  # records are written before the locks, so that these are held the shorter
        send(new_entries([_entry(met) for met in fresh]))
        send(leads.new_records([_record(met) for met in fresh]))
        locked = send(lines.locked({code for codes in near for code in codes}))
    locked()
    firsts = []
    for met, wish, codes in zip(fresh, wishes, near, strict=True):
        decision = allocate(conn, met.rules, wish, met.hindering, met.standing, lines.lock, codes)
        lines.take(turn_taken(met.rules, wish, decision))
        lead, event = first_event(met.rules, _lead(met, wish), decision, wish.at)
        firsts.append(First(lead, event, decision, (wish_facts(wish), met.person.facts), met.submission.once))
    with together(conn) as send:
        send(stored_firsts(firsts))
        send(lines.saved())
    return [
        _answer(met.rules, one.decision, one.lead.lead_id, wish.brand, wish.purpose, met.person.facts)
        for met, wish, one in zip(fresh, wishes, firsts, strict=True)
    ]


def _in_line(met: Met, wish: Wish) -> list[str]:
    """Whom to lock: who stands in line by what is known without locks, or may do so after the leads before this one."""
    network = met.rules.network
    return near_by(line_up(wish, network, met.standing, met.hindering, met.rules.policy), network)


def _entry(met: Met) -> NewEntry:
    asked = met.submission
    return NewEntry(met.entry_id, "lead", HUB, asked.at, asked.author, _body(asked))


def _record(met: Met) -> NewLead:
    return NewLead(met.entry_id, met.rid, met.submission.at, met.submission.columns, met.party, met.keys)


def _lead(met: Met, wish: Wish) -> Lead:
    """The lead before anything happened to it."""
    asked, person = met.submission, met.person
    return Lead(
        lead_id=UUID(wish.lead_id), rid=met.rid, entry_id=met.entry_id, received_at=asked.at, author=asked.author,
        brand=wish.brand, purpose=wish.purpose, state="new", dealer=None, due_at=None, events=0, certain=person.certain,
        moved=False, transfer=asked.transfer, matched=person.matched,
    )  # fmt: skip


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
