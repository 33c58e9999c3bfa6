"""A new lead meets the base: who it is, whether it came before, who holds the person, what was said; in two round trips."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.allocate import Person, Rules, hindrances_of, sought, standing_of, wish_of
from hub.flows.identify import Candidate as Identity
from hub.flows.identify import Question, latest_model, look_up, model_of, shared_values
from hub.matching.keys import BLOCK_CAP
from hub.routing.filters import Hindrances
from hub.routing.policy import parsed_policy
from hub.routing.standing import Standing
from hub.routing.wish import Wish
from hub.store import contact_policies, leads, routing_policies
from hub.store.allocation import counted, who_is_busy
from hub.store.candidates import which_stamp, who_stands_under
from hub.store.consents import what_was_said
from hub.store.contact_records import kept_plans
from hub.store.leads import Earlier
from hub.store.ownership import Owner, who_owns
from hub.store.places import Place, where_is
from hub.store.questions import together
from hub.store.requests import Once, send_claim
from hub.store.routing_network import KEPT, which_registry
from hub.store.uploads import next_entry

LOOKED_AT = 10  # candidates that the person may be
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

    @property
    def once(self) -> Once | None:
        """The request as it is remembered, if it may be sent again."""
        return None if self.key is None else Once(self.author, self.key, self.body_sha256)


@dataclass(frozen=True)
class Met:
    """What is known of a lead before it is decided.

    Attributes:
        party, keys: the person as a party record, and under which keys matching finds it.
        first: the lead that this one repeats.
        place, owned: where the person lives, and who holds it.
        entry_id: of the ledger, taken for the lead if it is to be entered.
    """

    submission: Submission
    rules: Rules
    party: Mapping[str, Any]
    keys: Sequence[int]
    person: Person
    first: UUID | None
    place: Place | None
    owned: Mapping[int, Owner]
    hindering: Hindrances
    standing: Standing
    entry_id: int

    def wish(self, lead_id: str) -> Wish:
        """What the lead asks for."""
        asked = self.submission
        return wish_of(lead_id, asked.columns, self.rules, self.person, asked.at, self.place, self.owned)


@dataclass(frozen=True)
class Before:
    """The request came before, and was answered with this lead."""

    lead_id: UUID
    repeated: bool


def meet(conn: Connection, submission: Submission, enter: bool) -> Met | Before:
    """Ask the base about a lead.

    Args:
        enter: the lead is to be entered: its request is claimed, and leads of the same contact points wait for it.

    Raises:
        Invalid: the lead names nobody.
        KeyReused: its key was used for another request.
    """
    columns, at = submission.columns, submission.at
    if not any(columns.get(name) for name in PERSON[:6]):
        raise Invalid("The lead names nobody: give at least a name, a phone or an e-mail.")
    once = submission.once if enter else None
    row = {name: columns.get(name) for name in PERSON}
    question = Question.of([row], latest_model(conn))
    with together(conn) as send:
        send(kept_plans())
        before = send_claim(send, once, at) if once else None
        if enter:
            send(leads.locked_contacts(_contact_keys(question.asked[0], sought(columns)[0])))
        policy, registry = send(routing_policies.which_policy(at)), send(which_registry())
        contacts, stamp = send(contact_policies.which_policy(at)), send(which_stamp())
        records = send(who_stands_under(list(question.place), BLOCK_CAP, None))
        place = send(where_is(columns.get("country"), columns.get("postcode"), columns.get("city")))
        busy = send(who_is_busy((at - timedelta(days=1)).date()))
        entry_id = send(next_entry()) if enter else None
    if before and (known := before()) is not None:
        return Before(UUID(known["lead_id"]), known["repeated"])
    rules = _rules(conn, policy(), registry())
    if question.model is model_of(conn, stamp().model):
        found = question.answer(records(), shared_values(conn, stamp()), LOOKED_AT)[0]
    else:  # another model is in force than the last time
        question = Question.of([row], model_of(conn, stamp().model))
        found = look_up(conn, question, stamp(), LOOKED_AT)[0]
    person = _person(found)
    earlier, owned, said = _asked_of(conn, submission, rules, found, person)
    party = question.asked[0]
    return Met(
        submission, rules, party, sorted(question.keys[0]), person, _first(earlier, found, party), place(), owned,
        hindrances_of(person, said, contacts(), rules.network, at, transfer=submission.transfer),
        standing_of(conn, rules, counted(busy(), rules.network.days(at)), at),
        entry_id() if entry_id else 0,
    )  # fmt: skip


def _rules(conn: Connection, text: str, registry: tuple[int, Any]) -> Rules:
    policy = parsed_policy(text)
    return Rules(policy, KEPT.network(conn, policy.filters.hours_unknown, registry))


def _asked_of(
    conn: Connection, submission: Submission, rules: Rules, found: list[Identity], person: Person
) -> tuple[list[Earlier], Mapping[int, Owner], Mapping[int, Any]]:
    """Earlier leads of all whom it may be; who holds the person, and what was said on its records."""
    if not found:
        return [], {}, {}
    (brand, purpose), at = sought(submission.columns), submission.at
    goldens = [one.golden for one in found]
    with together(conn) as send:
        earlier = send(leads.which_were_earlier(goldens, brand, purpose, at, rules.policy.same_lead_days))
        owned = send(who_owns(person.goldens, brand, purpose, at)) if person.goldens else None
        said = send(what_was_said(person.goldens)) if person.goldens else None
    return earlier(), owned() if owned else {}, said() if said else {}


def _first(earlier: Sequence[Earlier], found: list[Identity], party: Mapping[str, Any]) -> UUID | None:
    """The lead that this one repeats: of the same person beyond doubt, or told in the very same words."""
    decided = {candidate.golden: candidate.decision for candidate in found}
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


def _asked(submission: Submission) -> dict[str, str | None]:
    return {name: submission.columns.get(name) for name in PERSON}


def _contact_keys(party: Mapping[str, Any], brand: str) -> list[int]:
    values = [*(party["phones"] or ()), *(party["emails"] or ())]
    digests = (hashlib.blake2b(f"{value}\x1f{brand}".encode(), digest_size=8).digest() for value in values)
    return sorted(int.from_bytes(digest, signed=True) for digest in digests)
