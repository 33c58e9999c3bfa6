"""New leads meet the base: who it is, whether it came before, who holds the person, what was said; in two round trips for all."""

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
from hub.flows.identify import Question, latest_model, look_up, model_of, party_of, shared_values
from hub.matching.few_comparisons import Row
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
from hub.store.ownership import Owner, Prospect, who_own
from hub.store.places import Address, Place, where_are
from hub.store.questions import together
from hub.store.requests import KeyReused, Once, send_claims
from hub.store.routing_network import KEPT, which_registry

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
        entry_id, rid: taken for the lead if it is to be entered.
    """

    submission: Submission
    rules: Rules
    party: Mapping[str, Any]
    keys: Sequence[int]
    person: Person
    first: UUID | None
    place: Place | None
    owned: Mapping[Prospect, Owner]
    hindering: Hindrances
    standing: Standing
    entry_id: int
    rid: int

    def wish(self, lead_id: str) -> Wish:
        """What the lead asks for."""
        asked, sort = self.submission, sought(self.submission.columns)
        owned = {golden: owner for (golden, *prospect), owner in self.owned.items() if (*prospect,) == sort}
        return wish_of(lead_id, asked.columns, self.rules, self.person, asked.at, self.place, owned)


@dataclass(frozen=True)
class Before:
    """The request came before, and was answered with this lead."""

    lead_id: UUID
    repeated: bool


def check(submission: Submission) -> None:
    """Whether a lead can be routed at all.

    Raises:
        Invalid: it names nobody.
    """
    if not any(submission.columns.get(name) for name in PERSON[:6]):
        raise Invalid("The lead names nobody: give at least a name, a phone or an e-mail.")


def party_of_lead(submission: Submission) -> Row:
    """The lead's person as a party record."""
    return party_of({name: submission.columns.get(name) for name in PERSON})


def meet(
    conn: Connection, submissions: Sequence[Submission], parties: Sequence[Row], enter: bool
) -> list[Met | Before | KeyReused]:
    """Ask the base about leads that came at one moment; with the error of one whose key was used for another request.

    Args:
        parties: of the leads (`party_of_lead`).
        enter: the leads are to be entered: their requests are claimed, and leads of the same contact points wait for them.
            No two may have a contact point or a key in common (`meeting_points`).
    """
    at = submissions[0].at
    onces = [one.once for one in submissions if one.once] if enter else []
    question = Question.about(parties, latest_model(conn))
    with together(conn) as send:
        send(kept_plans())
        before = send_claims(send, onces, at) if onces else None
        if enter:
            points = (contact_keys(one, party) for one, party in zip(submissions, parties, strict=True))
            send(leads.locked_contacts(sorted({key for keys in points for key in keys})))
        policy, registry = send(routing_policies.which_policy(at)), send(which_registry())
        contacts, stamp = send(contact_policies.which_policy(at)), send(which_stamp())
        records = send(who_stands_under(list(question.place), BLOCK_CAP, None))
        places = send(where_are([_address(one.columns) for one in submissions]))
        busy = send(who_is_busy((at - timedelta(days=1)).date()))
        taken = send(leads.next_numbers(len(submissions))) if enter else None
    rules = _rules(conn, policy(), registry())
    if question.model is model_of(conn, stamp().model):
        found = question.answer(records(), shared_values(conn, stamp()), LOOKED_AT)
    else:  # another model is in force than the last time
        question = Question.about(parties, model_of(conn, stamp().model))
        found = look_up(conn, question, stamp(), LOOKED_AT)
    persons = [_person(each) for each in found]
    earlier, owned, said = _asked_of(conn, submissions, rules, found, persons)
    standing = standing_of(conn, rules, counted(busy(), rules.network.days(at)), at)
    numbers = taken() if taken else [(0, 0)] * len(submissions)
    met = [
        Met(
            one, rules, party, sorted(keys), person, _first(first, each, party), place, owned,
            hindrances_of(person, said, contacts(), rules.network, at, transfer=one.transfer), standing, *number,
        )
        for one, party, keys, person, first, each, place, number in zip(
            submissions, parties, question.keys, persons, earlier, found, places(), numbers, strict=True
        )
    ]  # fmt: skip
    answered = dict(zip(onces, before(), strict=True)) if before else {}
    return [_known(answered.get(one.submission.once)) or one for one in met]  # type: ignore[arg-type]


def _known(answer: Any | KeyReused | None) -> Before | KeyReused | None:
    if answer is None or isinstance(answer, KeyReused):
        return answer
    return Before(UUID(answer["lead_id"]), answer["repeated"])


def meeting_points(submission: Submission, party: Row) -> set[Any]:
    """What of two leads must not be the same if they are to be decided at once: the second must see the first."""
    once = submission.once
    return {*contact_keys(submission, party), *([(once.scope, once.key)] if once else [])}


def _rules(conn: Connection, text: str, registry: tuple[int, Any]) -> Rules:
    policy = parsed_policy(text)
    return Rules(policy, KEPT.network(conn, policy.filters.hours_unknown, registry))


def _asked_of(
    conn: Connection,
    submissions: Sequence[Submission],
    rules: Rules,
    found: Sequence[Sequence[Identity]],
    persons: Sequence[Person],
) -> tuple[list[list[Earlier]], Mapping[Prospect, Owner], Mapping[int, Any]]:
    """Earlier leads of all whom each may be; who holds the persons, and what was said on their records."""
    at = submissions[0].at
    since = at - timedelta(days=rules.policy.same_lead_days)
    likes = [
        leads.Like([candidate.golden for candidate in each], *sought(one.columns), since)
        for one, each in zip(submissions, found, strict=True)
    ]
    prospects = [
        (golden, one.brand, one.purpose) for one, who in zip(likes, persons, strict=True) for golden in who.goldens
    ]
    if not any(found):
        return [[] for _ in found], {}, {}
    with together(conn) as send:
        earlier = send(leads.which_were_earlier(likes))
        owned = send(who_own(prospects, at)) if prospects else None
        said = send(what_was_said(sorted({golden for golden, _, _ in prospects}))) if prospects else None
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


def _address(columns: Mapping[str, str | None]) -> Address:
    return columns.get("country"), columns.get("postcode"), columns.get("city")


def contact_keys(submission: Submission, party: Row) -> list[int]:
    """Hashes of the contact points that a lead names, each with its brand."""
    brand, _ = sought(submission.columns)
    values = [*(party["phones"] or ()), *(party["emails"] or ())]
    digests = (hashlib.blake2b(f"{value}\x1f{brand}".encode(), digest_size=8).digest() for value in values)
    return sorted(int.from_bytes(digest, signed=True) for digest in digests)
