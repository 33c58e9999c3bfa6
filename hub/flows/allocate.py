"""Decide where one lead goes, from what the base knows just now; the dealers concerned stay locked until it is saved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.contact.consent import GRANTED, UNKNOWN, Statement
from hub.contact.policy import Policy as ContactPolicy
from hub.normalize.addresses import parse_postcode
from hub.routing.decide import Decision, choose, decide, line_up
from hub.routing.filters import Hindrances
from hub.routing.network import Network
from hub.routing.policy import Policy
from hub.routing.standing import Standing, standing
from hub.routing.wish import Wish, fold_brand, purpose_of
from hub.store import allocation as lines
from hub.store.consents import load_statements, refused
from hub.store.contact_policies import policy_in_force
from hub.store.ownership import Owner, owners
from hub.store.places import Place, locate
from hub.store.routing_network import KEPT
from hub.store.routing_policies import routing_policy

_TRIES = 20  # each look locks at least one dealer more


@dataclass(frozen=True)
class Rules:
    """What holds for all leads of a moment: the policy in force and the registry."""

    policy: Policy
    network: Network


@dataclass(frozen=True)
class Person:
    """Whom a lead comes from, as far as it is known.

    Attributes:
        goldens: numbers of the golden records that stand for the person.
        certain: whether the person was recognised beyond doubt.
        facts: what the decision keeps of it: decision, probability, id of a source record; no personal data.
    """

    goldens: tuple[int, ...] = ()
    certain: bool = False
    matched: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_rules(conn: Connection, at: datetime) -> Rules:
    """The rules of a moment."""
    policy = routing_policy(conn, at)
    return Rules(policy, KEPT.network(conn, policy.filters.hours_unknown))


def make_wish(
    conn: Connection, lead_id: str, columns: Mapping[str, Any], rules: Rules, person: Person, at: datetime
) -> Wish:
    """What a lead asks for.

    Args:
        columns: of its source record.
    """
    place = locate(conn, columns.get("country"), columns.get("postcode"), columns.get("city"))
    owned = owners(conn, person.goldens, *sought(columns), at) if person.goldens else {}
    return wish_of(lead_id, columns, rules, person, at, place, owned)


def sought(columns: Mapping[str, Any]) -> tuple[str, str]:
    """The brand (folded) and the purpose that a lead is about."""
    return fold_brand(columns.get("brand")), purpose_of(columns.get("new_or_used"), columns.get("interest"))


def wish_of(
    lead_id: str,
    columns: Mapping[str, Any],
    rules: Rules,
    person: Person,
    at: datetime,
    place: Place | None,
    owned: Mapping[int, Owner],
) -> Wish:
    """The same with what the base knows of the place and of who holds the person."""
    brand, purpose = sought(columns)
    postcode = columns.get("postcode")
    return Wish(
        lead_id=lead_id,
        at=at,
        brand=brand,
        purpose=purpose,
        model=fold_brand(columns.get("model")),
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        postcode=parse_postcode(postcode) if postcode else None,
        wished=_wished(columns.get("chosen_dealer"), rules.network),
        owner=next((owned[golden].dealer for golden in person.goldens if golden in owned), None),
    )


def _wished(text: str | None, network: Network) -> str | None:
    """The dealer that the customer asked for, by its code or its name."""
    asked = fold_brand(text)
    if not asked:
        return None
    named = [dealer.code for dealer in network.dealers if asked in (dealer.code.lower(), fold_brand(dealer.name))]
    return named[0] if len(named) == 1 else None


def hindrances(
    conn: Connection,
    person: Person,
    network: Network,
    at: datetime,
    tried: Sequence[str] = (),
    transfer: str | None = None,
) -> Hindrances:
    """What keeps dealers from the lead.

    Args:
        tried: dealers that have had it.
        transfer: what the lead itself says about giving its data to a dealer. A refusal holds; a consent counts only where
            nothing else was ever said, since a withdrawal wins.
    """
    said = load_statements(conn, person.goldens) if person.goldens else {}
    return hindrances_of(person, said, policy_in_force(conn, at), network, at, tried, transfer)


def hindrances_of(
    person: Person,
    said: Mapping[int, Sequence[Statement]],
    policy: ContactPolicy,
    network: Network,
    at: datetime,
    tried: Sequence[str] = (),
    transfer: str | None = None,
) -> Hindrances:
    """The same with all that was ever said on the person's records, and the policy of contacts in force."""
    if said:
        may_not = frozenset[str]().union(
            *(refused(said.get(golden, ()), network.codes, at, policy) for golden in person.goldens)
        )
        return Hindrances(may_not, transfer == "refused", frozenset(tried))
    silent = transfer != GRANTED and UNKNOWN not in policy.transfer_without
    return Hindrances(frozenset(), silent or transfer == "refused", frozenset(tried))


def read_standing(conn: Connection, rules: Rules, at: datetime) -> Standing:
    """How busy the dealers are, and how they have answered until yesterday."""
    return standing_of(conn, rules, lines.offered_today(conn, rules.network.days(at)), at)


def standing_of(conn: Connection, rules: Rules, today: Mapping[str, int], at: datetime) -> Standing:
    """The same with the counts of `offered_today`."""
    return standing(rules.network, today, KEPT.record(conn, at, rules.policy.response.days))


Lock = Callable[[Collection[str], str], Mapping[str, lines.Line]]  # codes, pool → `hub.store.allocation.lock_lines`


def allocate(
    conn: Connection,
    rules: Rules,
    wish: Wish,
    hindering: Hindrances,
    facts: Standing | None = None,
    lock: Lock | None = None,
    expected: Collection[str] = (),
) -> Decision:
    """Decide, with the rows of the near-equals locked and read afresh; they stay locked to the end of the transaction.

    Args:
        facts: of `read_standing`, if they are known.
        lock: `lock_lines`, for callers that hold rows already (`hub.store.allocation.HeldLines`).
        expected: dealers that the caller found in line, and has locked; a first look is spared.

    A first decision without locks says who stands in line. If what is read under the lock brings others into it (somebody's
    day is full by now), these are locked as well, until the decision rests on locked rows alone.
    """
    network, facts = rules.network, facts or read_standing(conn, rules, wish.at)
    lock = lock or partial(lines.lock_lines, conn)
    balance: dict[str, int] = {}
    held = set(expected)
    pool = lines.pool_of(wish.brand, wish.purpose)
    days = network.days(wish.at)
    for _ in range(_TRIES):
        if held:
            found = lock(held, pool)
            facts = facts.with_today(network, {code: line.count(days[code]) for code, line in found.items()})
            balance = {code: line.credit for code, line in found.items()}
        line = line_up(wish, network, facts, hindering, rules.policy)
        if held >= set(line.near):
            return choose(line, wish, network, balance)
        held |= set(line.near)
    raise AssertionError("a line of dealers that never ends")


def turn_taken(rules: Rules, wish: Wish, decision: Decision) -> lines.Taken:
    """What the decision did to the allocation's state."""
    day = None if decision.dealer is None else rules.network.local_day(decision.dealer, wish.at)
    return lines.Taken(lines.pool_of(wish.brand, wish.purpose), decision.credits_after, decision.dealer, day)


def foresee(conn: Connection, rules: Rules, wish: Wish, hindering: Hindrances) -> Decision:
    """The decision that `allocate` would make just now; nothing is locked, and nothing must be saved."""
    facts = read_standing(conn, rules, wish.at)
    first = decide(wish, rules.network, facts, hindering, rules.policy, {})
    if len(first.near) < 2:
        return first
    pool = lines.pool_of(wish.brand, wish.purpose)
    found = lines.look_at_lines(conn, first.near, pool)
    balance = {code: line.credit for code, line in found.items()}
    return decide(wish, rules.network, facts, hindering, rules.policy, balance)
