"""May these people be contacted? What is known of them is loaded as sets, and the rules of `hub.contact` decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from hub.contact.caps import Event
from hub.contact.consent import Statement
from hub.contact.permission import REASONS, Ask, Facts, Judge, Ownership, Verdict, for_dealer
from hub.contact.policy import CHANNELS, PURPOSES, Policy
from hub.errors import Invalid
from hub.store.consents import what_was_said
from hub.store.contact_parties import Home, Party, Reference, housemates, resolved, which_brands, which_homes
from hub.store.contact_policies import which_policy
from hub.store.contact_records import FEW, gather, kept_plans
from hub.store.contacts import Turn, which_events
from hub.store.engine import Database
from hub.store.ownership import Owner, who_owns
from hub.store.questions import together

HALF = 1000  # people from which on two connections pay
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


class Answer(NamedTuple):
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
        home = self.home(golden)
        return Facts(
            zone=home.zone,
            elsewhere=home.elsewhere,
            nobody=home.nobody,
            statements=tuple(self.statements.get(golden, ())),
            events=tuple(self.events.get(golden, ())),
            household=tuple(event for mate in self.mates.get(golden, ()) for event in self.events.get(mate, ())),
            owner=self.owners.get(golden),
        )

    def home(self, golden: int) -> Home:
        """Where one golden party lives."""
        return self.homes.get(golden) or _NOWHERE

    def told_of(self) -> set[int]:
        """The golden parties of which more is known than where they live."""
        near = {golden for golden, mates in self.mates.items() if any(mate in self.events for mate in mates)}
        return near.union(self.statements, self.owners, self.events)


_NOWHERE = Home("UTC", None, nobody=False)


def permit(conn: Connection, request: Request, now: datetime) -> Permit:
    """The answers, each as if it were asked alone; nothing is stored.

    Args:
        conn: a transaction of the worker: whether a person may be contacted depends on what all dealers did.

    Raises:
        Invalid: an unknown dealer, a priority that dealers may not claim, a time too far off.
    """
    with together(conn) as send:
        if len(request.parties) <= FEW:
            send(kept_plans())
        rules = send(which_policy(now))
        brands = send(which_brands(request.dealer)) if request.dealer is not None else None
        resolving = resolved(send, request.parties, request.dealer if request.guarded else None)
    policy, found = rules(), resolving()
    ask = asked(request, policy, now)
    at = request.at or now
    goldens = sorted({one.golden for one in found if one})
    kinds = kinds_of(ask, request.brand, brands() if brands else None, policy)
    known = know(conn, ask, kinds, goldens, (at, now), policy)
    return Permit(policy.version, at, _answers(Judge(ask, policy), known, found, at))


def permit_all(db: Database, request: Request, now: datetime) -> Permit:
    """The same; of very many people by two connections at once, each for a half: the answers do not depend on each other.

    Raises:
        Invalid: see `permit`.
    """

    def part(parties: Sequence[Reference]) -> Permit:
        with db.worker() as conn:
            return permit(conn, replace(request, parties=parties), now)

    half = len(request.parties) // 2
    if half < HALF:
        return part(request.parties)
    with ThreadPoolExecutor(1, "permit") as pool:
        others = pool.submit(part, request.parties[half:])
        one, other = part(request.parties[:half]), others.result()
    if one.policy != other.policy:  # another came into force between the two
        return part(request.parties)
    return Permit(one.policy, one.at, [*one.answers, *other.answers])


def _answers(judge: Judge, known: Knowledge, found: Sequence[Party | None], at: datetime) -> list[Answer]:
    """An answer each. Of most people nothing is known but where they live: these are decided by place, and not one by one."""
    ask, special = judge.ask, known.told_of()
    seen: dict[int | Home | None, Verdict] = {None: judge.decide(None, at)}
    answers = []
    for party in found:
        key = None if party is None else party.golden if party.golden in special else known.home(party.golden)
        verdict = seen.get(key)
        if verdict is None and party is not None:
            verdict = seen[key] = told(ask, judge.decide(known.facts(party.golden), at))
        assert verdict is not None
        answers.append(Answer(party, verdict))
    return answers


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
    kinds: Sequence[tuple[str, str]],
    goldens: Sequence[int],
    moments: tuple[datetime, datetime],
    policy: Policy,
    before: Turn | None = None,
) -> Knowledge:
    """Load what the rules look at: one query for each kind of fact, in one trip, and none that the purpose does not need.

    Args:
        kinds: brand and purpose of the prospects whose owners go first.
        moments: when the contact is meant to be made, and now.
        before: of reservations, only those that were granted before this one.
    """
    at = moments[0]
    rules = policy.rules(ask.purpose)
    wanted = [*rules.stops, *([rules.consent] if rules.consent else [])]
    caps = [cap for cap in policy.caps if cap.concerns(ask.purpose, ask.channel)]
    shared = any(cap.per == "household" for cap in caps)
    many = len(goldens) > FEW
    with together(conn) as send:
        if many:
            gather(send, goldens, shared)
        else:
            send(kept_plans())
        mates = send(housemates(goldens)) if shared else None
        statements = send(what_was_said(goldens, wanted, many))
        homes = send(which_homes(goldens, ask.dealer if ask.guarded else None, many))
        owned = [send(who_owns(goldens, *kind, at)) for kind in kinds]
        events = send(which_events(goldens, moments, policy, before, many, shared)) if caps else None
    return Knowledge(
        statements=statements(),
        homes=homes(),
        owners=_rivals(ask, [one() for one in owned]),
        events=events() if events else {},
        mates=mates() if mates else {},
    )


def kinds_of(ask: Ask, brand: str | None, brands: list[str] | None, policy: Policy) -> list[tuple[str, str]]:
    """Brand and purpose of the prospects whose owners go first, for `know`.

    Args:
        brands: of the dealer; None: there is no such dealer.

    Raises:
        Invalid: there is none, although one is named.
    """
    if ask.dealer is None:
        return []
    if brands is None:
        raise Invalid("Unknown dealer. `GET /v1/dealers` lists the codes.")
    purpose = policy.rules(ask.purpose).ownership
    return [(one, purpose) for one in ([brand] if brand else brands or [""])] if purpose else []


def _rivals(ask: Ask, owned: Sequence[Mapping[int, Owner]]) -> dict[int, Ownership]:
    """Who goes first: a rival that holds any of the brands concerned."""
    found: dict[int, Ownership] = {}
    for owners in owned:
        for golden, owner in owners.items():
            if owner.dealer != ask.dealer:
                found.setdefault(golden, Ownership(owner.dealer, owner.valid_until, golden))
    return found


def as_json(permit: Permit, names: bool) -> dict[str, Any]:
    """The answer as the API and the command line give it; see `as_text`."""
    shown: dict[str, Any] = json.loads(as_text(permit, names))
    return shown


def as_text(permit: Permit, names: bool) -> str:
    """The same as JSON, each verdict written once, however many people it is for.

    Args:
        names: with the id of each person's golden record, for the importer's people.
    """
    distinct = {id(answer.verdict): answer.verdict for answer in permit.answers}
    shown = {key: _verdict(verdict) for key, verdict in distinct.items()}
    results = [_result(answer, shown[id(answer.verdict)], names) for answer in permit.answers]
    permitted = sum(answer.verdict.permitted for answer in permit.answers)
    return (
        f'{{"policy":{_said(permit.policy)},"at":"{permit.at.isoformat()}","permitted":{permitted},'
        f'"results":[{",".join(results)}]}}'
    )


def _result(answer: Answer, shown: str, names: bool) -> str:
    held = f',"reservation":{_said(answer.held)}' if answer.held is not None else ""
    record = f',"record_id":"{answer.party.record}"' if names and answer.party else ""
    return f"{shown}{held}{record}}}"


def _verdict(verdict: Verdict) -> str:
    """An object that is not closed yet."""
    reasons = ",".join([_reason(reason.code, reason.forbids, reason.cap, reason.until) for reason in verdict.reasons])
    after = verdict.next_possible_at
    return (
        f'{{"permitted":{"true" if verdict.permitted else "false"},"reasons":[{reasons}],'
        f'"next_possible_at":{_quoted(after) if after else "null"}'
    )


def _reason(code: str, forbids: bool, cap: str | None, until: datetime | None) -> str:
    head = _head(code, forbids, cap)
    return f'{head},"until":{_quoted(until)}}}' if until else head + "}"


@cache
def _head(code: str, forbids: bool, cap: str | None) -> str:
    """Of a reason's object all but its end; there are a few dozen."""
    shown: dict[str, Any] = {"code": code, "forbids": forbids, "detail": REASONS[code]}
    return _said({**shown, "cap": cap} if cap else shown)[:-1]


def _quoted(moment: datetime) -> str:
    return f'"{moment.isoformat()}"'


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
