"""May these people be contacted? What is known of them is loaded as sets, and the rules of `hub.contact` decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from hub.contact.caps import Event
from hub.contact.consent import Statement
from hub.contact.permission import REASONS, Ask, Facts, Ownership, Reason, Verdict, decide, for_dealer
from hub.contact.policy import CHANNELS, PURPOSES, Policy
from hub.errors import Invalid
from hub.store.consents import what_was_said
from hub.store.contact_parties import Home, Party, Reference, homes, housemates, resolve_parties, which_addresses
from hub.store.contact_policies import policy_in_force
from hub.store.contact_records import FEW, gather, keep_plans
from hub.store.contacts import Turn, which_events
from hub.store.dealer_pages import find_dealer
from hub.store.ownership import Owner, who_owns
from hub.store.questions import together

_LATE = timedelta(minutes=5)  # clocks differ, and requests take their time


@dataclass(frozen=True)
class Request:
    """What somebody wants to do with whom.

    Attributes:
        purpose, channel: see `hub.contact.policy`.
        parties: with whom; answered in this order.
        dealer: whose contact it is; None: the importer's own.
        guarded: that dealer itself asks: it reaches its own records alone and learns nothing of others.
        brand: of the prospect, for ownership; None: all brands of the dealer.
        priority: of the campaign; None: the policy's usual one.
        at: when the contact is meant to be made; None: now.
    """

    purpose: str
    channel: str
    parties: Sequence[Reference]
    dealer: str | None = None
    guarded: bool = False
    brand: str | None = None
    campaign: str | None = None
    priority: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """The answer for one person; ``held`` is the reservation that was made, if any."""

    party: Party | None
    verdict: Verdict
    held: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Permit:
    """The answers in the order of the question, the moment they are for, and the policy that they follow."""

    policy: str
    at: datetime
    answers: Sequence[Answer]


@dataclass
class Knowledge:
    """What is known of the people of one request; contacts can be added while they are granted."""

    statements: Mapping[int, Sequence[Statement]]
    homes: Mapping[int, Home]
    owners: Mapping[int, Ownership]
    events: dict[int, list[Event]] = field(default_factory=dict)
    mates: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def facts(self, golden: int) -> Facts:
        """All about one golden party."""
        home = self.homes.get(golden) or Home("UTC", None, nobody=False)
        return Facts(
            zone=home.zone,
            elsewhere=home.elsewhere,
            nobody=home.nobody,
            statements=tuple(self.statements.get(golden, ())),
            events=tuple(self.events.get(golden, ())),
            household=tuple(event for mate in self.mates.get(golden, ()) for event in self.events.get(mate, ())),
            owner=self.owners.get(golden),
        )


def permit(conn: Connection, request: Request, now: datetime) -> Permit:
    """The answers, each as if it were asked alone; nothing is stored.

    Args:
        conn: a transaction of the worker: whether a person may be contacted depends on what all dealers did.

    Raises:
        Invalid: an unknown dealer, a priority that dealers may not claim, a time too far off.
    """
    policy = policy_in_force(conn, now)
    ask = asked(request, policy, now)
    at = request.at or now
    found = resolve_parties(conn, request.parties, request.dealer if request.guarded else None)
    goldens = sorted({one.golden for one in found if one})
    known = know(conn, ask, request, goldens, (at, now), policy)
    seen: dict[Facts, Verdict] = {}
    unknown = decide(ask, None, at, policy)
    answers = []
    for party in found:
        if party is None:
            answers.append(Answer(None, unknown))
            continue
        facts = known.facts(party.golden)
        if facts not in seen:
            seen[facts] = told(ask, decide(ask, facts, at, policy))
        answers.append(Answer(party, seen[facts]))
    return Permit(policy.version, at, answers)


def asked(request: Request, policy: Policy, now: datetime) -> Ask:
    """What the rules are asked, checked.

    Raises:
        Invalid: naming the field and the cure.
    """
    if request.purpose not in PURPOSES:
        raise Invalid(f"Unknown purpose; there are {', '.join(PURPOSES)}.")
    if request.channel not in CHANNELS:
        raise Invalid(f"Unknown channel; there are {', '.join(CHANNELS)}.")
    priority = policy.priority.usual if request.priority is None else request.priority
    most = policy.priority.dealers_most if request.guarded else 9
    if not 0 <= priority <= most:
        raise Invalid(f"The priority is 0 to {most} here; leave it out for the usual one.")
    if request.at is not None and request.at < now - _LATE:
        raise Invalid("`at` lies in the past; a contact that was made is reported, not asked for.")
    if request.at is not None and request.at > now + timedelta(days=policy.reservation.ahead_days):
        raise Invalid(f"`at` lies more than {policy.reservation.ahead_days} days ahead; ask when it is nearer.")
    return Ask(request.purpose, request.channel, request.dealer, priority, request.guarded)


def told(ask: Ask, verdict: Verdict) -> Verdict:
    """The verdict as the caller may read it."""
    return for_dealer(verdict) if ask.guarded else verdict


def know(
    conn: Connection,
    ask: Ask,
    request: Request,
    goldens: Sequence[int],
    moments: tuple[datetime, datetime],
    policy: Policy,
    before: Turn | None = None,
) -> Knowledge:
    """Load what the rules look at: one query for each kind of fact, and none that the purpose does not need.

    Args:
        moments: when the contact is meant to be made, and now.
        before: of reservations, only those that were granted before this one.
    """
    at = moments[0]
    rules = policy.rules(ask.purpose)
    wanted = [*rules.stops, *([rules.consent] if rules.consent else [])]
    caps = [cap for cap in policy.caps if cap.concerns(ask.purpose, ask.channel)]
    mates = housemates(conn, goldens) if any(cap.per == "household" for cap in caps) else {}
    everybody = sorted({*goldens, *(mate for found in mates.values() for mate in found)})
    if many := len(everybody) > FEW:
        gather(conn, goldens, everybody)
    else:
        keep_plans(conn)
    brands = _brands(conn, ask, request.brand, rules.ownership)
    with together(conn) as send:
        statements = send(what_was_said(goldens, wanted, many))
        addresses = send(which_addresses(goldens, ask.dealer if ask.guarded else None, many))
        owned = [send(who_owns(goldens, brand, str(rules.ownership), at)) for brand in brands]
        events = send(which_events(everybody, moments, policy, before, many)) if caps else None
    return Knowledge(
        statements=statements(),
        homes=homes(conn, addresses()),
        owners=_rivals(ask, [one() for one in owned]),
        events=events() if events else {},
        mates=mates,
    )


def _brands(conn: Connection, ask: Ask, brand: str | None, purpose: str | None) -> list[str]:
    """The brands whose owners go first."""
    if ask.dealer is None:
        return []
    dealer = find_dealer(conn, ask.dealer)
    if dealer is None:
        raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
    if brand:
        return [brand]
    return list(dealer["brands"] or [""]) if purpose else []


def _rivals(ask: Ask, owned: Sequence[Mapping[int, Owner]]) -> dict[int, Ownership]:
    """Who goes first: a rival that holds any of the brands concerned."""
    found: dict[int, Ownership] = {}
    for owners in owned:
        for golden, owner in owners.items():
            if owner.dealer != ask.dealer:
                found.setdefault(golden, Ownership(owner.dealer, owner.valid_until, golden))
    return found


def as_json(permit: Permit, names: bool) -> dict[str, Any]:
    """The answer as the API and the command line give it.

    Args:
        names: with the id of each person's golden record, for the importer's people.
    """
    shown = {id(verdict): _verdict(verdict) for verdict in {id(a.verdict): a.verdict for a in permit.answers}.values()}
    return {
        "policy": permit.policy,
        "at": permit.at.isoformat(),
        "permitted": sum(answer.verdict.permitted for answer in permit.answers),
        "results": [_result(answer, shown[id(answer.verdict)], names) for answer in permit.answers],
    }


def _result(answer: Answer, shown: dict[str, Any], names: bool) -> dict[str, Any]:
    held = {"reservation": answer.held} if answer.held is not None else {}
    record = {"record_id": str(answer.party.record)} if names and answer.party else {}
    return {**shown, **held, **record}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "permitted": verdict.permitted,
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "next_possible_at": verdict.next_possible_at.isoformat() if verdict.next_possible_at else None,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    shown: dict[str, Any] = {"code": reason.code, "forbids": reason.forbids, "detail": REASONS[reason.code]}
    if reason.cap:
        shown["cap"] = reason.cap
    if reason.until:
        shown["until"] = reason.until.isoformat()
    return shown
