"""What stewards decide, as the API takes and shows it."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.common import Strict, Text
from hub.matching.judgements import MOST_RECORDS, SPLIT

Verdict = Literal["same", "different", "split", "unsure"]
PinnedField = Literal[
    "last_name", "first_name", "middle_name", "company_name", "birth_date", "gender", "tax_id", "registration_no",
    "address", "language",
]  # fmt: skip
ONE, OTHER, THIRD = (
    "5f4fc12a-d73d-5b0c-f21e-1e5a33f979f9",
    "a066bb90-6410-3a34-f0af-2c62e268ff57",
    "64da480d-db9a-ab31-dbfd-429e2187ce68",
)


class NewDecision(Strict):
    """What a steward says of source records.

    `same`: all are one party. `different`: each is another. `split`: the records of one group are one party, and those of
    two groups are two. `unsure`: nobody can tell; the question leaves the queue and binds nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "same", "records": [ONE, OTHER], "reason": "Called: she has two phones."},
                {"verdict": "split", "groups": [[ONE, THIRD], [OTHER]], "reason": "Father and son."},
            ]
        }
    )

    verdict: Verdict
    records: list[UUID] = Field(
        default=[],
        max_length=MOST_RECORDS,
        description="For `same`, `different` and `unsure`: `record_id`s of the records; also a golden id, which is that of "
        "its first-seen record.",
    )
    groups: list[list[UUID]] = Field(
        default=[], max_length=MOST_RECORDS, description="For `split`: the records of each party."
    )
    reason: Text = Field(default="", description="Why, for whoever reads it later.")
    replaces: list[int] = Field(
        default=[], max_length=100, description="Decisions that are taken back for this one, in the same step."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wanted, other = ("groups", "records") if self.verdict == SPLIT else ("records", "groups")
        if not getattr(self, wanted) or getattr(self, other):
            raise ValueError(f"{self.verdict} wants `{wanted}`, and no `{other}`")
        return self

    @property
    def named(self) -> list[list[str]]:
        """The records, in groups."""
        return [[str(record) for record in group] for group in (self.groups or [self.records])]


class DecidedRecord(BaseModel):
    """A record that a decision names; all but its id is null while the hub does not hold it."""

    record_id: UUID
    dealer: str | None = Field(examples=["D001"])
    feed: str | None = Field(examples=["customers"])
    record_no: str | None = Field(examples=["48213"])
    golden_id: UUID | None = Field(description="The customer that now holds it.")


class Decision(BaseModel):
    """A decision on record. It stays there when it is taken back."""

    decision_id: int = Field(description="Its entry in the ledger.", examples=[4711])
    verdict: Verdict
    state: Literal["in force", "overruled", "retracted"] = Field(
        description="`overruled`: it stands, and customers are not as it says, since a newer decision or a record's "
        "becoming a company stands in the way."
    )
    reason: str
    author: str = Field(description="Who decided.", examples=["api:k3f9"])
    decided_at: dt.datetime
    retracted_by: str | None
    retracted_at: dt.datetime | None
    retraction_reason: str | None
    groups: list[list[DecidedRecord]] = Field(description="Records of one group are one, for `same` and `split`.")


class Touched(BaseModel):
    """A customer as it is after a decision; its `etag` serves as If-Match of the next one."""

    golden_id: UUID
    etag: str = Field(examples=['"9b74c9897bac770ffc029102a200c5de"'])


class Outcome(BaseModel):
    """What a decision, or taking one back, did."""

    decision: Decision
    before: list[UUID] = Field(description="Golden ids of the customers concerned, as they were.")
    after: list[Touched] = Field(description="The customers that they have become.")
    retracted: list[int] = Field(description="Decisions that were taken back.")
    records: int = Field(description="Records that were clustered again.", examples=[7])
    changed: int = Field(description="Golden records that are new or changed.", examples=[1])


class NewPin(Strict):
    """Whose value a field of a customer is to show."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"record_id": ONE, "field": "address", "reason": "She moved back."}]}
    )

    record_id: UUID = Field(description="The record whose value wins.")
    field: PinnedField = Field(description="An address is one field.")
    reason: Text = Field(default="", description="Why, for whoever reads it later.")


class Pin(BaseModel):
    """A value that a steward chose, on record. It stays there when it is taken back."""

    pin_id: int = Field(description="Its entry in the ledger.", examples=[4712])
    record_id: UUID = Field(description="The record whose value it is.")
    beside: UUID = Field(description="It holds while the record stands in one customer with this one.")
    field: str = Field(examples=["address"])
    golden_id: UUID | None = Field(description="The customer that now holds the record.")
    reason: str
    author: str = Field(examples=["api:k3f9"])
    decided_at: dt.datetime
    retracted_by: str | None
    retracted_at: dt.datetime | None


class PinOutcome(BaseModel):
    """What a pin, or taking one back, did."""

    pin: Pin
    after: list[Touched] = Field(description="The customer as it is now.")
