"""A partial person in, candidates out."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, create_model

from api.schemas.common import PLAIN, Text
from hub.feeds import CUSTOMERS, Column, Type

_MOST = 50  # candidates
MOST_PERSONS = 1000  # of one batch
_Values = Annotated[list[Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)]], Field(max_length=50)]
_KINDS: dict[Type, tuple[Any, str]] = {
    Type.LIST: (Text | _Values, "One text with any separators, or a list."),
    Type.DATE: (Text, "YYYY-MM-DD."),
    Type.TIME: (Text, "YYYY-MM-DDTHH:MM:SS with an optional UTC offset."),
    Type.FLAG: (bool | Literal["true", "false"], ""),
}
EXAMPLE: dict[str, JsonValue] = {
    "full_name": "Юлия Иванова",
    "phones": "8 916 123-45-67",
    "birth_date": "1984-05-17",
    "limit": 5,
}
BATCH: dict[str, JsonValue] = {
    "persons": [
        {"full_name": "Юлия Иванова", "phones": "8 916 123-45-67"},
        {"company_name": "ООО «Вектор»", "emails": ["office@vektor.ru"]},
    ],
    "limit": 3,
}


def _column(column: Column) -> tuple[Any, Any]:
    kind, about = _KINDS.get(column.type, (Text, ""))
    if column.choices:
        about = f"One of: {', '.join(column.choices)}."
    return kind | None, Field(default=None, description=about or None)


class _Base(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})


class _Person(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{k: v for k, v in EXAMPLE.items() if k != "limit"}]}
    )


_FIELDS: dict[str, Any] = {column.name: _column(column) for column in CUSTOMERS.columns}
_ABOUT = "A person or company as far as known: canonical columns of the customers feed, each as text."
_LIMIT: Any = (int, Field(default=10, ge=1, le=_MOST, description="Most candidates wanted."))

Partial: type[BaseModel] = create_model("Partial", __base__=_Base, __doc__=_ABOUT, **_FIELDS, limit=_LIMIT)
Person: type[BaseModel] = create_model("Person", __base__=_Person, __doc__=_ABOUT, **_FIELDS)


class Batch(BaseModel):
    """Many persons or companies at once, matched independently of each other."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BATCH]})

    persons: list[Person] = Field(min_length=1, max_length=MOST_PERSONS)  # type: ignore[valid-type]
    limit: int = Field(default=5, ge=1, le=_MOST, description="Most candidates wanted for each.")


class Reason(BaseModel):
    """The evidence of one field. The weights of all reasons, the prior's included, add up to the score."""

    field: str = Field(examples=["phones"])
    level: str = Field(description="How the two agree.", examples=["one shared"])
    weight: float = Field(description="Evidence as log2 odds: above 0 for, below 0 against.", examples=[11.2])
    detail: str = Field(description="The same for a person.")


class Candidate(BaseModel):
    """A customer that the person may be."""

    golden_id: UUID
    probability: float = Field(ge=0, le=1, examples=[0.998])
    log2_odds: float = Field(description="The same as log2 odds: the sum of the reasons' weights.", examples=[8.96])
    decision: str = Field(
        description="`match`: the hub would join them by itself. `review`: a steward would look. `no_match`: neither.",
        json_schema_extra={"enum": ["match", "review", "no_match"]},
    )
    reasons: list[Reason]


class Match(BaseModel):
    """Candidates, the likeliest first; empty when nobody comes near."""

    candidates: list[Candidate]


class Matches(BaseModel):
    """The answer to a batch: one item for each person, in the order of the question."""

    results: list[Match]
