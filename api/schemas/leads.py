"""Leads in, and where they went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from api.schemas.common import PLAIN, Strict, Text, Word
from hub.routing.decide import RULES
from hub.routing.filters import REASONS

_List = Annotated[list[Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)]], Field(max_length=20)]
_TIME = "With its UTC offset."
EXAMPLE: dict[str, JsonValue] = {
    "full_name": "Юлия Иванова",
    "phones": "8 916 123-45-67",
    "city": "Москва",
    "brand": "Lada",
    "model": "Vesta",
    "interest": "test_drive",
}

OFFER_ID = "^o[0-9a-f]{16}$"
DELIVERY_ID = "^d[0-9a-f]{16}$"


class NewLead(Strict):
    """A lead as far as it is known; all but a name, a phone or an e-mail may be absent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    full_name: Text | None = None
    last_name: Text | None = None
    first_name: Text | None = None
    middle_name: Text | None = None
    phones: Text | _List | None = Field(default=None, description="One text with any separators, or a list.")
    emails: Text | _List | None = Field(default=None, description="One text with any separators, or a list.")
    city: Text | None = None
    postcode: Word | None = None
    country: Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$")] | None = Field(
        default=None, description="ISO 3166-1 alpha-2."
    )
    brand: Word | None = None
    model: Word | None = None
    new_or_used: Literal["new", "used"] | None = None
    interest: Literal["buy", "lease", "test_drive", "trade_in", "service", "sell"] | None = None
    channel: Literal["showroom", "call", "web", "event", "campaign", "third_party"] | None = None
    provider: Word | None = Field(default=None, description="Who collected the lead.")
    chosen_dealer: Word | None = Field(
        default=None, description="Code or name of the dealer that the customer asked for."
    )
    created_at: AwareDatetime | None = Field(default=None, description=f"When the customer sent it. {_TIME}")
    test_drive_at: AwareDatetime | None = Field(default=None, description=f"When the customer wants to drive. {_TIME}")
    comments: Text | None = None
    transfer: Literal["granted", "refused"] | None = Field(
        default=None, description="Whether the customer agreed that the data go to a dealer. Unknown is not refused."
    )


class Score(BaseModel):
    """One dealer in the decision: its scores, or why it fell out."""

    dealer: str = Field(examples=["D001"])
    fell_out: str | None = Field(
        description="Why it cannot have the lead; null if it could.", json_schema_extra={"enum": [*REASONS, None]}
    )
    km: float | None = Field(description="Distance from the customer, if both places are known.")
    score: float | None = Field(description="0 to 1; null for one that fell out.")
    parts: dict[str, float] = Field(description="What the score is made of, each 0 to 1; the policy has the weights.")
    near_equal: bool = Field(description="Whether it was among the best, who take turns.")


class Identity(BaseModel):
    """Who the customer is, as far as the hub can tell."""

    decision: str = Field(json_schema_extra={"enum": ["match", "review", "no_match"]})
    probability: float | None = None
    golden_id: UUID | None = None


class Routed(BaseModel):
    """Where a lead went, and why."""

    lead_id: UUID | None = Field(description="Null for a dry run.")
    repeated: bool = Field(description="The same person asked for the same brand before: `lead_id` is that first lead.")
    at: datetime
    brand: str
    purpose: str = Field(json_schema_extra={"enum": ["new", "used", "service"]})
    dealer: str | None = Field(description="Who has it; null: head office.")
    accept_by: datetime | None = Field(description="Until when the dealer must have taken it.")
    contact_by: datetime | None = Field(description="Until when it must have contacted the customer.")
    rule: str = Field(description="Why this dealer.", json_schema_extra={"enum": list(RULES)})
    reason: str = Field(description="The same in a sentence.")
    policy: str = Field(description="Version of the policy.")
    network: str = Field(description="Version of the registry of dealers.")
    person: Identity
    candidates: list[Score] = Field(description="All dealers: the best first, then those that fell out.")
    weights: dict[str, int] = Field(description="Of the turn, by dealer; empty if none was taken.")
    credits_before: dict[str, int] = Field(description="The allocation's state before the turn: an input.")


class Offer(BaseModel):
    """A lead as it was offered to one dealer. The person stands there while the lead is the dealer's."""

    offer_id: str = Field(pattern=OFFER_ID)
    lead_id: UUID
    dealer: str
    status: str = Field(
        description="`open`, `accepted`, `contacted`, `won`, `lost`; `declined`, `expired`, `withdrawn`: no longer the dealer's."
    )
    brand: str
    purpose: str
    offered_at: datetime
    accept_by: datetime
    contact_by: datetime
    accepted_at: datetime | None
    contacted_at: datetime | None
    ended_at: datetime | None
    on_time: bool | None = Field(description="Whether the customer was contacted in time; null until that is known.")
    person: dict[str, Any] | None = Field(description="Canonical columns of the leads feed.")


class OwnStep(BaseModel):
    """One event in the life of a lead while it was the dealer's."""

    at: datetime
    kind: str = Field(examples=["accepted"])
    body: dict[str, Any] = Field(description="`term` that it was warned of, `channel` of a contact, `to` of progress.")


class OfferInFull(Offer):
    """An offer with what happened while the lead was the dealer's own."""

    steps: list[OwnStep]


class Step(BaseModel):
    """One event in the life of a lead."""

    at: datetime
    kind: str
    dealer: str | None
    body: dict[str, Any]


class LeadHistory(BaseModel):
    """A lead as head office sees it."""

    lead_id: UUID
    received_at: datetime
    brand: str
    purpose: str
    state: str = Field(json_schema_extra={"enum": ["offered", "accepted", "contacted", "won", "lost", "head_office"]})
    dealer: str | None
    next_step_at: datetime | None = Field(description="When the clock looks at it again.")
    steps: list[Step]
    decisions: list[Routed]


class Decline(Strict):
    """Why a dealer does not want a lead."""

    reason: Text = Field(default="", description="For head office.")


class Contacted(Strict):
    """How the customer was contacted."""

    channel: Literal["visit", "call", "sms", "email", "post", "messenger"] | None = None


class Outcome(Strict):
    """What became of a lead."""

    status: Literal["qualified", "proposal", "won", "lost"]
    reason: Text = Field(default="", description="Why it was lost.")


class Assignment(Strict):
    """To whom head office gives a lead."""

    dealer: Word
    reason: Text = Field(min_length=1, description="For the ledger.")


class WebhookIn(Strict):
    """Where a dealer's leads are pushed to."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$")] = Field(
        examples=["https://crm.dealer.example/leads"]
    )


class WebhookOut(BaseModel):
    """A dealer's webhook. The secret is shown once, when it is set."""

    url: str
    since: datetime
    secret: str | None = Field(description="Signs every request; null after the first time.")


class Delivery(BaseModel):
    """Something that a dealer was to be told."""

    delivery_id: str = Field(pattern=DELIVERY_ID)
    dealer: str
    offer_id: str = Field(pattern=OFFER_ID)
    kind: str = Field(examples=["lead.offered"])
    at: datetime
    status: str = Field(json_schema_extra={"enum": ["waiting", "done", "dead"]})
    attempts: int
    next_at: datetime | None
    finished_at: datetime | None
    problem: str | None


class Retried(BaseModel):
    """How many deliveries are tried anew."""

    retried: int


class Reassign(Strict):
    """Which leads are to leave a dealer."""

    dealer: Word
    brand: Word | None = Field(default=None, description="Only of this brand.")
    contacted: bool = Field(default=False, description="Also those whose customer the dealer has contacted.")
    only_misplaced: bool = Field(
        default=False, description="Only those that the rules would give to another dealer now."
    )
    reason: Text = Field(min_length=1, description="For the ledger and the report.")
    dry_run: bool = Field(default=True, description="Only tell what would happen.")


class Move(BaseModel):
    """One lead that leaves its dealer."""

    lead_id: UUID
    state: str
    to: str | None = Field(description="Null: head office.")
    rule: str


class Reassigned(BaseModel):
    """What a mass re-assignment does, or did."""

    applied: bool
    moves: list[Move]
    gained: dict[str, int] = Field(description="Leads by the dealer that gets them; head office as an empty code.")
    kept: int = Field(description="Leads that stay, with `only_misplaced`.")


class FairnessRow(BaseModel):
    """One dealer in one week."""

    week: str = Field(description="Its Monday.", examples=["2026-11-16"])
    dealer: str
    offered: int
    declined: int
    expired: int
    contacted: int
    on_time_share: float | None
    median_response_minutes: float | None = Field(description="Business time from offer to first contact.")
    won: int
    mean_km: float | None
    stood_in_line: int = Field(description="Turns in which it was among the near-equals.")
    chosen: int = Field(description="How many of these it got.")
    due: float = Field(description="How many its weight says it should have got.")


class Unrouted(BaseModel):
    """Leads of one week that went to head office."""

    week: str
    why: str = Field(description="`nobody`: no dealer could have it; `enough_offers`: several had it in vain.")
    leads: int


class Fairness(BaseModel):
    """Actual against target shares, distances and response."""

    dealers: list[FairnessRow]
    unrouted: list[Unrouted]
