"""What waits for a steward."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Source


class ReviewRecord(Source):
    """One side of a pair: the record as its dealer sent it, in a reader's spelling."""

    record_id: UUID
    golden_id: UUID | None = Field(description="The customer that now holds the record.")
    kind: str = Field(examples=["person"])
    full_name: str | None = Field(examples=["Иванова Юлия Петровна"])
    birth_date: dt.date | None
    phones: list[str]
    emails: list[str]
    city: str | None


class Review(BaseModel):
    """Two records that may describe one customer, and why the hub did not decide by itself."""

    weight: float = Field(description="Evidence that both are one, as log2 of the odds: 0 is even.", examples=[3.7])
    probability: float = Field(description="The same as a probability.", examples=[0.93])
    reason: str = Field(description="Why a person must look.")
    records: list[ReviewRecord] = Field(description="The two records.")
