"""Uploads as the API shows them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.common import Strict, Text


class FeedName(StrEnum):
    """The feeds (`hub.feeds.FEEDS`)."""

    customers = "customers"
    vehicles = "vehicles"
    sales = "sales"
    service_visits = "service_visits"
    leads = "leads"
    interactions = "interactions"
    consents = "consents"
    surveys = "surveys"


Status = Literal["received", "accepted", "held", "released", "refused", "rejected", "duplicate", "revoked"]


class Receipt(BaseModel):
    """What became of a file's rows. Always: read = loaded + quarantined + suppressed + unchanged."""

    rows_read: int = Field(examples=[1200])
    rows_loaded: int = Field(description="New or changed.", examples=[1150])
    rows_quarantined: int = Field(description="Set aside whole; see the rejects file.", examples=[3])
    rows_suppressed: int = Field(description="About people who were erased at their wish.", examples=[0])
    rows_unchanged: int = Field(description="Exactly as the hub has them.", examples=[47])
    rows_ended: int = Field(description="Records that a full file no longer holds.", examples=[2])
    values_set_aside: int = Field(description="Bad values of rows that were loaded without them.", examples=[5])


class Upload(BaseModel):
    """One file that a dealer sent.

    `received` → `accepted`, `held` (a person must look), `refused` (cannot be read) or `duplicate`;
    `held` → `released` → `accepted`, or `rejected`; `accepted` → `revoked`.
    """

    upload_id: str = Field(description="Opaque; the rest of the address.", examples=["u5f1c09a27be43d86"])
    number: int | None = Field(
        description="In the ledger, as `dealerhub uploads` shows it. Null for a dealer.", examples=[17]
    )
    dealer: str = Field(examples=["D001"])
    feed: str = Field(examples=["customers"])
    file_name: str = Field(examples=["customers_20261121.csv"])
    sha256: str = Field(description="Of the bytes as received.")
    bytes: int
    day: dt.date = Field(description="Business day: stated, or from the file's name, or the day of receipt.")
    delta: bool = Field(description="True: holds only what changed. False: all that the dealer has.")
    received_at: dt.datetime
    finished_at: dt.datetime | None = Field(description="When processing ended; null while it waits.")
    status: Status
    code: str | None = Field(description="Why held or refused.", examples=["volume", None])
    reason: str | None = Field(description="The same in words, with the cure.")
    warnings: list[str] = Field(description="What is worth a look, though it held nothing up.")
    corrects: str | None = Field(description="The upload whose rejects this one was sent to mend.", examples=[None])
    receipt: Receipt | None = Field(description="Null until processing ended.")


class Issue(BaseModel):
    """Something that is wrong with a row of an upload."""

    row: int = Field(description="As a spreadsheet counts: the heading is row 1.", examples=[17])
    record_no: str | None = Field(description="The row's own number, if it has one.", examples=["48214"])
    column: str | None = Field(description="Canonical column; null: the whole row.", examples=["birth_date"])
    value: str | None = Field(description="As the file has it.", examples=["1979-02-30"])
    rule: str = Field(examples=["birth_date.date"])
    reason: str = Field(description="In words, with the cure.")
    severity: Literal["row", "value", "warn"] = Field(
        description="`row`: not loaded. `value`: loaded without the value. `warn`: loaded as it is."
    )
    fate: Literal["mended", "wrong", "absent", "unknown"] = Field(
        description="By uploads that mend this one: in order; still wrong; not sent; it has no number to follow it by."
    )


class Judgement(Strict):
    """Why a person releases or rejects a held upload."""

    reason: Text = Field(default="", description="For the ledger.", examples=["The dealer closed its second site."])
