"""What waits for a steward."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Source

ReviewReason = Literal["score", "ambiguous", "too many"]


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
    reason: ReviewReason = Field(
        description="Why a person must look. `score`: near the threshold. `ambiguous`: either could belong to a third that "
        "contradicts the other. `too many`: cut from an oversized component."
    )
    priority: int = Field(ge=0, le=13_000, description="How much depends on the answer.", examples=[6120])
    records: list[ReviewRecord] = Field(description="The two records.")


class ReviewCounts(BaseModel):
    """How many questions wait for a steward."""

    total: int = Field(examples=[312])
    by_reason: dict[str, int] = Field(examples=[{"ambiguous": 41, "score": 271}])
