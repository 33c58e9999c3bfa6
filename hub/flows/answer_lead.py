"""What dealers say about their leads: taken, declined, customer contacted, won, lost. And head office, who gives one away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import OperationalError

from hub.errors import Conflict, Invalid, NotFound
from hub.flows.allocate import allocate, read_rules
from hub.flows.work_lead import LeadInHand
from hub.routing.clock import Event, challenged
from hub.store.engine import Database
from hub.store.leads import Lead
from hub.store.uploads import enter

ANSWERS = ("accepted", "declined", "contacted")
OUTCOMES = ("qualified", "proposal", "won", "lost")
_ATTEMPTS = 5


@dataclass(frozen=True)
class Answer:
    """What a dealer says.

    Attributes:
        kind: of `ANSWERS` or `OUTCOMES`.
        reason: why declined or lost; kept in the ledger.
        channel: how the customer was contacted.
    """

    lead_id: UUID
    dealer: str
    kind: str
    author: str
    at: datetime
    reason: str | None = None
    channel: str | None = None


def answer_lead(db: Database, answer: Answer) -> Lead:
    """Let an answer happen, by the hub's own time. What the clock had to do before comes first.

    Raises:
        NotFound: the lead was never offered to this dealer.
        Conflict: it is the dealer's no more, or stands where this cannot be said.
    """
    steps(db, answer.lead_id, lambda case: case.run_due(answer.at), answer.at, answer.dealer)

    def say(case: LeadInHand) -> None:
        if case.state.dealer != answer.dealer:
            raise Conflict("The lead is not yours any more: the term ran out, or it was given to somebody else.")
        _say(case, answer)

    return steps(db, answer.lead_id, say, answer.at, answer.dealer)


def assign_lead(db: Database, lead_id: UUID, dealer: str, author: str, reason: str, at: datetime) -> Lead:
    """Head office gives a lead to a dealer by name; no rule is asked.

    Raises:
        NotFound: there is no such lead.
        Invalid: there is no such dealer.
        Conflict: the lead is won, or the dealer's already.
    """

    def give(case: LeadInHand) -> None:
        found = case.rules.network.find(dealer)
        if found is None or not found.registered:
            raise Invalid("There is no such dealer; `dealers sync` brings the registry in.")
        if case.state.dealer == dealer and case.state.state != "lost":
            raise Conflict("The lead is this dealer's already.")
        body = {"lead_id": str(lead_id), "dealer": dealer, "reason": reason}
        entry_id = enter(case.conn, "reassignment", None, at, author, body)
        if case.state.state != "lost":
            case.happen(Event("reassigned", at, None, {"by": author}), entry_id)
        case.pass_on("head_office", at, entry_id, chosen=dealer)

    return steps(db, lead_id, give, at)


def steps(
    db: Database, lead_id: UUID, work: Callable[[LeadInHand], Any], at: datetime, dealer: str | None = None
) -> Lead:
    """Work on one lead in one transaction; again where the database chose it to end in a deadlock.

    Args:
        dealer: who asks: a lead that was never offered to it does not exist.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with db.worker() as conn:
                case = LeadInHand.take(conn, read_rules(conn, at), lead_id)
                if dealer is not None and dealer not in case.state.tried:
                    raise NotFound("There is no such lead.")
                work(case)
                return case.save()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "40P01" or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _say(case: LeadInHand, answer: Answer) -> None:
    kind = "outcome" if answer.kind in OUTCOMES else "answer"
    body = {"lead_id": str(answer.lead_id), "said": answer.kind, "reason": answer.reason, "channel": answer.channel}
    entry_id = enter(case.conn, kind, answer.dealer, answer.at, answer.author, body)
    say(case, answer.kind, answer.dealer, answer.at, entry_id, {"channel": answer.channel} if answer.channel else {})


def say(case: LeadInHand, kind: str, dealer: str, at: datetime, entry_id: int | None, body: dict[str, Any]) -> None:
    """Let one answer or outcome happen, and what follows from it.

    Raises:
        Conflict: it cannot be said where the lead stands.
    """
    if kind in ("qualified", "proposal", "won") and case.state.state in ("offered", "accepted"):
        case.happen(Event("contacted", at, dealer, body), entry_id)  # who sells has spoken with the customer
    if kind in ("qualified", "proposal"):
        case.happen(Event("progressed", at, dealer, {"to": kind}), entry_id)
        return
    case.happen(Event(kind, at, dealer, body), entry_id)
    if kind == "declined":
        case.pass_on("declined", at)
    elif kind == "lost":
        _challenge(case, at)


def _challenge(case: LeadInHand, at: datetime) -> None:
    """Offer a share of the lost leads to another dealer: once, and only if there is one."""
    policy = case.rules.policy.for_lead(case.lead.brand, case.lead.purpose)
    if case.state.challenged or not challenged(str(case.lead.lead_id), policy.lost.challenge_share):
        return
    wish, person = case.wish(at)
    decision = allocate(case.conn, case.rules, wish, case.hindrances(person, at, case.state.tried))
    if decision.dealer is not None:
        case.happen(Event("challenged", at))
        case.decided(decision, wish, person, "challenge")
