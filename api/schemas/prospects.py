"""Claims, owners, conflicts, appeals and policies as the API shows them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.schemas.common import PLAIN, Strict, Word

Purpose = Literal["new", "used", "service"]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=1000, pattern=PLAIN)]
Brand = Annotated[str, StringConstraints(max_length=100, pattern=PLAIN)]


class Prospect(BaseModel):
    """What may be claimed: a party for a brand and a purpose."""

    brand: str = Field(description="Lower-case; empty where the dealer's data name none.", examples=["mazda"])
    purpose: str = Field(description="`new`, `used` or `service`.", examples=["new"])


class Claim(Prospect):
    """A dealer's work with a party."""

    claim_id: UUID = Field(description="Id of the row (lead, contact, sale, visit) that began it.")
    dealer: str = Field(examples=["D001"])
    feed: str = Field(description="The feed of that row.", examples=["leads"])
    state: str = Field(description="`provisional`, `protected`, `expired`, `lost`, `withdrawn` or `won`.")
    stated: dt.datetime | None = Field(description="When it began, by the dealer.")
    first_seen: dt.datetime = Field(description="When the hub first saw that row.")
    believed: bool = Field(description="False: the dealer's date lies too far back, and it counts as first seen.")
    opened: dt.datetime = Field(description="From when it counts.")
    proven: dt.datetime | None = Field(description="From when two-way contact is proven, and it is protected.")
    until: dt.datetime = Field(description="When it ended, or ends if nothing further happens.")
    two_way_contacts: int
    holds: bool = Field(description="Whether its dealer holds the prospect now.")
    taken: bool | None = Field(
        description="Whether another dealer holds the prospect now. Null: only a live claim with proven contact is told."
    )
    taken_until: dt.datetime | None = Field(description="Until when, if that is known.")


class Owner(Prospect):
    """Who holds a prospect."""

    dealer: str = Field(examples=["D001"])
    since: dt.datetime
    until: dt.datetime | None = Field(description="When it ends if nothing further happens.")
    rule: str = Field(description="The rule of the policy that decided.", examples=["protected_claim"])
    policy: str = Field(examples=["start-1"])
    reason: str = Field(examples=["the earliest live claim with proven two-way contact, of 2026-03-01"])


class Claims(BaseModel):
    """The claims on a customer, and who holds its prospects now; a dealer's own only."""

    claims: list[Claim]
    owners: list[Owner]


class OwnProspect(Prospect):
    """A prospect by the record of the dealer that works with it."""

    record_id: UUID
    feed: str = Field(examples=["customers"])
    record_no: str = Field(examples=["48213"])
    until: dt.datetime | None


class Held(OwnProspect):
    """A prospect that the dealer holds."""

    since: dt.datetime
    rule: str
    reason: str


class Conflict(Prospect):
    """A time in which several claims on one prospect live, and how it stands."""

    conflict_id: UUID
    golden_id: UUID
    dealers: list[str]
    began: dt.datetime
    ends: dt.datetime = Field(description="When but one claim is left, if nothing further happens.")
    winner: str | None = Field(description="Null: nobody holds the prospect; it may wait for a person.")
    rule: str | None
    policy: str | None
    reason: str | None


class ConflictDecision(BaseModel):
    """How a conflict stands in a span of time, and why."""

    since: dt.datetime
    until: dt.datetime | None
    winner: str | None
    rule: str
    policy: str
    reason: str
    trace: list[dict[str, Any]] = Field(description="Each rule up to the deciding one, and what it said.")
    facts: list[dict[str, Any]] = Field(description="The claims that lived then.")


class Outcome(BaseModel):
    """What the hub said of a conflict from a moment on."""

    at: dt.datetime
    winner: str | None
    rule: str
    policy: str
    reason: str


class ConflictInFull(Conflict):
    """A conflict with all its decisions, and the history of what was said."""

    decisions: list[ConflictDecision] = Field(description="By what is known now.")
    said: list[Outcome] = Field(description="What the hub said when, by what it knew then.")


class NewRuling(Strict):
    """Head office's decision of a conflict."""

    dealer: Word = Field(description="One of the conflict's dealers.", examples=["D001"])
    reason: Reason
    until: AwareDatetime | None = Field(default=None, description="By default as long as the policy says.")


class NewChoice(Strict):
    """The customer's own choice of a dealer, as the customer told the importer."""

    dealer: Word | None = Field(description="Null takes an earlier choice back.", examples=["D001"])
    brand: Brand | None = Field(default=None, description="Null: every brand.")
    purpose: Purpose | None = Field(default=None, description="Null: every purpose.")
    evidence: Reason = Field(
        description="How it is known: a call's number, a form's.", examples=["call 4711 of 2026-03-01"]
    )


class NewAllocation(Strict):
    """Head office gives a prospect to a dealer."""

    dealer: Word | None = Field(description="Null takes an earlier allocation back.", examples=["D001"])
    brand: Brand
    purpose: Purpose
    reason: Reason
    until: AwareDatetime | None = Field(default=None, description="By default as long as the policy says.")


class Entered(BaseModel):
    """The number of a statement in the ledger."""

    entry_id: int


class NewAppeal(Strict):
    """A dealer contests what was decided about a prospect that it claims."""

    reason: Reason
    brand: Brand | None = Field(default=None, description="Needed where one row began claims on several prospects.")
    purpose: Purpose | None = None


class Appeal(Prospect):
    """An appeal and its answer."""

    appeal_id: int
    dealer: str
    claim_id: UUID
    at: dt.datetime
    reason: str
    outcome: str | None = Field(description="`granted`, `refused`; null: it waits.")
    answer: str | None
    answered_at: dt.datetime | None


class AppealAnswer(Strict):
    """Head office's answer."""

    outcome: Literal["granted", "refused"]
    reason: Reason


class PolicyVersion(BaseModel):
    """A version of the policy; the last one is in force."""

    version: str = Field(examples=["start-1"])
    active_from: dt.datetime | None = Field(description="Null: the one that ships with the hub.")
    body: str = Field(description="YAML.")


class NewPolicy(Strict):
    """A policy to bring into force."""

    body: Annotated[str, StringConstraints(max_length=100_000, pattern=PLAIN)] = Field(description="YAML.")


class NewSimulation(NewPolicy):
    """A policy to try on history."""

    since: AwareDatetime = Field(description="Begin of the history to try it on.")


class Simulation(BaseModel):
    """What a policy would have changed."""

    policy: str
    against: str = Field(description="The policy in force.")
    since: dt.datetime
    until: dt.datetime
    summary: dict[str, int]
    dealers: list[dict[str, Any]] = Field(description="Counts for each dealer that anything changes for.")
    chart: str = Field(description="SVG.")


class Abuse(BaseModel):
    """What of a dealer's claims looks like abuse, since a day."""

    dealer: str
    claims: int = Field(description="Leads that it brought.")
    phone_book_leads: int = Field(
        description="Leads without proof of contact on days beyond the quota; they claim nothing."
    )
    dated_back: int = Field(description="Leads and contacts dated before the hub could first have seen them.")
    empty_contacts: int = Field(description="Outgoing contacts without an answer, on people whom it claims.")
    kept_by_empty_contacts: int = Field(
        description="Leads with three or more such contacts and none that was answered."
    )
    placeholder_contacts: int = Field(description="Leads whose phone or e-mail is a placeholder or its own.")
    share: float = Field(description="Suspicious leads among its leads.", examples=[0.12])


class Happening(BaseModel):
    """One thing that happened with a customer."""

    at: dt.datetime | None
    until: dt.datetime | None
    dealer: str
    feed: str = Field(description="sales, service_visits, leads, interactions, surveys or consents.")
    record_no: str
    what: str | None = Field(description="A sale's status, a visit's department, a contact's channel and direction …")
    vin: str | None
    detail: str | None
    case: str | None = Field(description="For visits of one body repair: the number of the first of them.")


class Timeline(BaseModel):
    """What happened with a customer, and who belongs to it."""

    items: list[Happening]
    household: list[UUID] = Field(
        description="Customers of one surname root who share a phone or a flat with this one."
    )
    drivers: list[UUID] = Field(
        description="People with a role at the cars that this company owns, leases or pays for."
    )
