"""Who may be contacted, reservations, contacts that were made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from api.schemas.common import Strict, Text, Word
from hub.contact.permission import REASONS
from hub.contact.policy import ChannelName, PurposeName

MOST_PARTIES = 10_000
MOST_CONTACTS = 1_000
DealerCode = Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
PERMISSION: dict[str, JsonValue] = {
    "purpose": "test_drive",
    "channel": "phone",
    "parties": [{"record_no": "48213"}, {"record_no": "48214"}],
    "campaign": "new-model-2026",
    "reserve": {"minutes": 30},
}
CONTACTS: dict[str, JsonValue] = {
    "contacts": [
        {
            "party": {"record_no": "48213"},
            "purpose": "test_drive",
            "channel": "phone",
            "at": "2026-11-20T12:30:00+03:00",
            "outcome": "will come on Saturday",
        }
    ]
}


class PartyRef(Strict):
    """A person: by any id ever issued, or by a dealer's own record number."""

    golden_id: UUID | None = None
    record_no: Word | None = None
    feed: Literal["customers", "leads"] = Field(default="customers", description="Whose numbers `record_no` is of.")
    dealer: DealerCode | None = Field(
        default=None, description="Whose record number it is. A dealer leaves it out: its own."
    )

    @model_validator(mode="after")
    def _one_way(self) -> PartyRef:
        if (self.golden_id is None) == (self.record_no is None):
            raise ValueError("Give either golden_id or record_no")
        return self


class Reserve(Strict):
    """Ask for reservations."""

    minutes: float | None = Field(
        default=None, gt=0, le=43_200, description="How long they last; by default as the policy says.", examples=[30]
    )


class PermissionRequest(Strict):
    """A contact that is meant to be made, and with whom."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [PERMISSION]})

    purpose: PurposeName
    channel: ChannelName
    parties: list[PartyRef] = Field(min_length=1, max_length=MOST_PARTIES)
    dealer: DealerCode | None = Field(
        default=None, description="Whose contact it is; the importer's people only. Null: the importer's own."
    )
    brand: Word | None = Field(default=None, description="Of the prospect; by default any brand of the dealer.")
    campaign: Word | None = None
    priority: int | None = Field(
        default=None, ge=0, le=9, description="Of the campaign; dealers up to the policy's limit."
    )
    at: AwareDatetime | None = Field(default=None, description="When it is meant to be made; by default now.")
    reserve: Reserve | None = Field(default=None, description="Reserve what is permitted. Null: only ask.")


class Reason(BaseModel):
    """What one rule says."""

    code: str = Field(json_schema_extra={"enum": list(REASONS)}, examples=["cap"])
    forbids: bool = Field(description="It stands against the contact; else it is told for the record.")
    detail: str = Field(description="The same for a person.")
    cap: str | None = Field(default=None, description="Name of the policy's cap.", examples=["month"])
    until: datetime | None = Field(default=None, description="When it ceases to; absent: not by itself.")


class Held(BaseModel):
    """A reservation."""

    id: UUID
    expires_at: datetime


class PermissionResult(BaseModel):
    """The answer for one person."""

    permitted: bool
    reasons: list[Reason]
    next_possible_at: datetime | None = Field(
        description="The first moment when nothing forbids it as things stand; null: not by itself."
    )
    reservation: Held | None = None
    record_id: UUID | None = Field(
        default=None, description="The source record that was meant; importer's people only."
    )


class Permission(BaseModel):
    """The answers, in the order of `parties`."""

    policy: str = Field(description="Version of the policy that decided.", examples=["start-1"])
    at: datetime
    permitted: int = Field(description="How many may be contacted.")
    results: list[PermissionResult]


class Confirmed(BaseModel):
    """A contact that counts from now on."""

    contact_id: UUID
    at: datetime


class Released(BaseModel):
    """A reservation that is over."""

    reservation_id: UUID


class MadeContact(Strict):
    """A contact that was made."""

    party: PartyRef
    purpose: PurposeName
    channel: ChannelName
    at: AwareDatetime
    campaign: Word | None = None
    outcome: Text | None = Field(
        default=None, description="Outcomes that the policy lists as not reached do not count."
    )
    reservation_id: UUID | None = Field(default=None, description="That it made use of; the reservation ends.")


class ContactsReport(Strict):
    """Contacts that were made, whether they were permitted or not."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [CONTACTS]})

    contacts: list[MadeContact] = Field(min_length=1, max_length=MOST_CONTACTS)
    dealer: DealerCode | None = Field(
        default=None, description="Who made them; the importer's people only. Null: the importer itself."
    )


class RecordedContact(BaseModel):
    """What became of one."""

    contact_id: UUID | None = Field(description="Null: no such person is known.")


class RecordedContacts(BaseModel):
    """What became of each, in the order of the report."""

    recorded: int
    results: list[RecordedContact]


class ContactPolicy(BaseModel):
    """The rules in force."""

    version: str
    body: str = Field(description="YAML, as it was installed.")
