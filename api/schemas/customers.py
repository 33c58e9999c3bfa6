"""Golden customers as the API shows them."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Source


class LosingValue(BaseModel):
    """A value that another record holds, and that did not win."""

    value: str = Field(examples=["Julia"])
    source: Source
    stated_on: dt.date = Field(description="When the dealer stated it, as far as known.")
    weight: float = Field(description="Its votes.", examples=[0.42])


class FieldValue(BaseModel):
    """One field of a golden record: the value that won, where it came from and why."""

    value: str = Field(examples=["Юлия"])
    source: Source = Field(description="The record that shows it best; others may agree.")
    stated_on: dt.date = Field(description="When the dealer stated it, as far as known.")
    weight: float = Field(
        description="Its votes: trust of the source × recency × validity, added up over the records that agree.",
        examples=[1.58],
    )
    reason: str = Field(description="Why it won.", examples=["the only value"])
    losing: list[LosingValue] = Field(description="The values that lost, the strongest first.")


class ContactPoint(BaseModel):
    """A phone or e-mail, with all records that hold it."""

    value: str = Field(examples=["79161234567"])
    sources: list[Source]


class Vehicle(BaseModel):
    """A vehicle that a dealer names with this customer; one row a role."""

    vin: str | None = Field(examples=["XTA21124070445066"])
    plate: str | None = Field(examples=["A123BC77"])
    role: str | None = Field(examples=["owner"])
    since: dt.date | None
    until: dt.date | None
    source: Source = Field(description="The customer's record that it belongs to.")


class Member(Source):
    """A dealer's record that this customer is made of."""

    record_id: UUID = Field(description="The record's identity from birth; resolves to this customer.")
    first_seen: dt.datetime
    ended: bool = Field(description="True: the dealer's latest full file no longer holds it.")


class Customer(BaseModel):
    """A golden record: one person or company, made of all records that describe it."""

    golden_id: UUID = Field(description="The id of its first-seen record.")
    kind: str = Field(examples=["person"])
    full_name: str | None = Field(examples=["Иванова Юлия Петровна"])
    active: bool = Field(description="False: every record of it has ended.")
    fields: dict[str, FieldValue] = Field(
        description="last_name, first_name, middle_name, company_name, legal_form, birth_date, gender, tax_id, "
        "registration_no, address, city, region, postcode, country, language; unknown ones are absent. An address "
        "survives as a whole."
    )
    phones: list[ContactPoint] = Field(description="The best first.")
    emails: list[ContactPoint] = Field(description="The best first.")
    vehicles: list[Vehicle]
    members: list[Member] = Field(description="The first-seen first.")


class Redirect(BaseModel):
    """Where the record is now; the same as the header Location."""

    golden_id: UUID


class Found(BaseModel):
    """A customer in a list of search results."""

    golden_id: UUID
    kind: str = Field(examples=["person"])
    full_name: str | None = Field(examples=["Иванова Юлия Петровна"])
    birth_date: dt.date | None
    city: str | None
    phones: list[str]
    emails: list[str]
    records: int = Field(description="How many records it is made of.")
