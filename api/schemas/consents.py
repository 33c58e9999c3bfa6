"""Consents: what was said, what holds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from api.schemas.common import Strict, Word
from api.schemas.contacts import DealerCode, PartyRef

EXAMPLE: dict[str, JsonValue] = {
    "party": {"record_no": "48213"},
    "purpose": "marketing",
    "channel": "any",
    "status": "withdrawn",
    "controller": "dealer",
    "wording_version": "2025-1",
    "evidence": "call 2026-11-20 12:31",
}


class NewConsent(Strict):
    """What a person said of one consent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    party: PartyRef
    purpose: Literal["processing", "marketing", "transfer", "survey", "recall", "any", "legal"] = Field(
        description="`any`: do not contact at all. `legal`: a legal stop, head office only."
    )
    channel: Literal["phone", "sms", "email", "post", "messenger", "any"] = "any"
    status: Literal["granted", "withdrawn"]
    controller: Literal["dealer", "importer", "manufacturer"] = Field(description="To whom it was said.")
    dealer: DealerCode | None = Field(
        default=None, description="Which dealer, where the controller is one. A dealer leaves it out: itself."
    )
    at: AwareDatetime | None = Field(default=None, description="When it was said; by default now.")
    expires_at: AwareDatetime | None = Field(default=None, description="When a consent ends by itself.")
    wording_version: Word | None = Field(default=None, description="Of the text that the person agreed to.")
    evidence: Word | None = Field(default=None, description="Where the proof is; never the proof itself.")


class RecordedConsent(BaseModel):
    """The ledger's receipt."""

    entry_id: int
    record_id: UUID = Field(description="The source record that it stands on.")
    at: datetime
    received_at: datetime


class ConsentHolds(BaseModel):
    """What holds for one purpose and channel."""

    purpose: str
    channel: str
    status: Literal["granted", "withdrawn", "expired", "unknown"]
    since: datetime | None = Field(description="When the deciding statement was made.")


class ConsentStatement(BaseModel):
    """One statement with its proof."""

    record_id: UUID
    holder: str | None = Field(description="The dealer that recorded it; null: the importer.")
    controller: str
    dealer: str | None = Field(description="Which dealer, where the controller is one.")
    purpose: str
    channel: str
    status: str
    at: datetime
    expires_at: datetime | None
    record_no: str | None
    received_at: datetime = Field(description="When the hub learned it.")
    source: str = Field(description="What brought it: an upload, a flag of the customer's record, or who entered it.")
    wording_version: str | None
    evidence: str | None


class Consents(BaseModel):
    """One person's consents."""

    controller: str
    dealer: str | None
    holds: list[ConsentHolds] = Field(description="What holds now for this controller, where anything was said.")
    statements: list[ConsentStatement] = Field(description="Everything that was said, as the hub learned it.")
