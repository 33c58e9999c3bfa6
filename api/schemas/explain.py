"""Why records are one, or not."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Source
from api.schemas.match import Reason

_LINK = "Mean vote, in bits, of all pairs between the two sides that say anything."


class SeenRecord(Source):
    """A dealer's record in a reader's spelling."""

    record_id: UUID = Field(description="Its identity from birth.")
    kind: str = Field(examples=["person"])
    full_name: str | None = Field(examples=["Иванова Юлия Петровна"])
    birth_date: dt.date | None
    city: str | None


class Scored(BaseModel):
    """Two records with their score."""

    a: UUID
    b: UUID
    log2_odds: float = Field(examples=[28.2])
    probability: float = Field(ge=0, le=1)
    decision: str = Field(
        description="What the model says of this pair alone; `forbidden`: it contradicts, whatever the score.",
        json_schema_extra={"enum": ["match", "review", "no_match", "forbidden"]},
    )


class ShownContradiction(BaseModel):
    """Two records that no customer may hold together."""

    a: UUID
    b: UUID
    by: list[str] = Field(examples=[["birth date: different"]])


class PairExplained(BaseModel):
    """Why two records are, or are not, one."""

    verdict: str = Field(description="The whole in a sentence.")
    together: bool = Field(description="Whether one customer holds both.")
    records: list[SeenRecord] = Field(description="The two, `a` first.")
    log2_odds: float = Field(description="The score: the sum of the reasons' weights.", examples=[28.2])
    probability: float = Field(ge=0, le=1)
    decision: str = Field(
        description="What the model says of this pair alone.",
        json_schema_extra={"enum": ["match", "review", "no_match", "forbidden"]},
    )
    match_threshold: float = Field(description="Log2 odds from which the hub joins.", examples=[3.0])
    review_threshold: float = Field(description="Log2 odds from which a steward is asked.", examples=[-3.0])
    reasons: list[Reason]
    forbidden: list[str] = Field(description="Fields of `reasons` that contradict.", examples=[["birth date"]])
    keys: list[str] = Field(
        description="Kinds of blocking keys that both share; without one the night never compares them.",
        examples=[["phone", "surname, birth date"]],
    )
    link: float | None = Field(description=_LINK + " The sides are the two customers; null when they are one.")
    contradictions: list[ShownContradiction] = Field(description="What forbids their customers to be one.")
    waits: str | None = Field(description="Why a steward is asked about the two customers, if so.")
    model: str = Field(description="The version of the model.")


class ShownStep(BaseModel):
    """One thing that clustering did. Records are named by their `record_id`."""

    kind: str = Field(
        description="`merge`: both sides became one. `steward`: the same, since a steward said so. `ambiguous`: they stay two, "
        "since they lean nearly as strongly to two clusters that contradict each other, the `rivals`.",
        json_schema_extra={"enum": ["merge", "steward", "ambiguous"]},
    )
    left: list[UUID]
    right: list[UUID]
    link: float = Field(description=_LINK)
    rivals: list[list[UUID]]


class ShownApart(BaseModel):
    """Another cluster of the same component, and why it is another."""

    records: list[UUID]
    why: str = Field(
        description="`steward` (said so), `contradiction`, `ambiguous`, `silence` (no pair says anything) or `score` (too low).",
        json_schema_extra={"enum": ["steward", "contradiction", "ambiguous", "silence", "score"]},
    )
    link: float | None = Field(description=_LINK)
    contradictions: list[ShownContradiction]


class ShownWaiting(BaseModel):
    """What a steward is asked."""

    a: UUID
    b: UUID
    log2_odds: float
    reason: str = Field(
        description="`score` (near the threshold), `ambiguous` or `too many` (cut from an oversized component).",
        examples=["score"],
    )


class CustomerExplained(BaseModel):
    """How a golden record came to be."""

    golden_id: UUID
    model: str = Field(description="The version of the model.")
    members: list[UUID] = Field(description="Its records, the first-seen first.")
    records: list[SeenRecord] = Field(description="All records that the explanation names.")
    component: int = Field(description="How many records clustering looked at together.")
    cut: bool = Field(description="True: the component exceeded the cap and lost its weakest edges beforehand.")
    current: bool = Field(
        description="False: the steps do not lead to the members as they stand, since the base changed after the last "
        "matching; for a dealer also when its own records alone would not."
    )
    pairs: list[Scored] = Field(description="The scores among the members, the strongest first.")
    steps: list[ShownStep] = Field(description="What clustering did with the members, in order.")
    apart: list[ShownApart] = Field(description="The clusters that stayed apart, the strongest link first.")
    waiting: list[ShownWaiting] = Field(description="What waits for a steward, the likeliest first.")
