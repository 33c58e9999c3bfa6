"""Golden customers as the API shows them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Source


class LosingValue(BaseModel):
    """A value that another record holds, and that did not win."""

    value: str | list[str] | None
    source: Source
    stated_on: dt.date | None = Field(description="When the dealer stated it.")


class FieldValue(BaseModel):
    """One field of a golden record: the value that won, where it came from and why."""

    value: str | None
    source: Source
    reason: str = Field(description="Why it won.", examples=["stated by 3 of 4 records"])
    losing: list[LosingValue]


class ContactPoint(BaseModel):
    """A phone or e-mail, with all records that hold it."""

    value: str = Field(examples=["79161234567"])
    sources: list[Source]


class Vehicle(BaseModel):
    """A vehicle that a member's dealer names with this customer."""

    vin: str | None = Field(examples=["XTA21124070445066"])
    plate: str | None = Field(examples=["A123BC77"])
    brand: str | None
    model: str | None
    model_year: int | None
    role: str | None = Field(examples=["owner"])
    since: dt.date | None
    until: dt.date | None
    source: Source


class Member(BaseModel):
    """A dealer's record that this customer is made of."""

    record_id: UUID = Field(description="The record's identity from birth; resolves to this customer.")
    source: Source
    first_seen: dt.datetime
    ended: bool = Field(description="True: the dealer's latest full file no longer holds it.")


class Customer(BaseModel):
    """A golden record: one person or company, made of all records that describe it.

    For a dealer it is made of the dealer's own records alone.
    """

    golden_id: UUID
    kind: str = Field(examples=["person"])
    active: bool = Field(description="False: every member has ended.")
    fields: dict[str, FieldValue]
    phones: list[ContactPoint]
    emails: list[ContactPoint]
    vehicles: list[Vehicle]
    members: list[Member]


class Found(BaseModel):
    """A customer in a list of search results."""

    golden_id: UUID
    kind: str = Field(examples=["person"])
    name: str | None = Field(examples=["Иванова Юлия Петровна"])
    birth_date: dt.date | None
    city: str | None
    phones: list[str]
    emails: list[str]
    records: int = Field(description="How many records it is made of.")
