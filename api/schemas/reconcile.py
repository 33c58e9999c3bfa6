"""What clients of the Reconciliation Service API 0.2 send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from api.schemas.common import PLAIN, Strict, Text

MOST_QUERIES = 100  # of one batch
_Key = Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)]


class Entity(BaseModel):
    """A value that was reconciled before: its name says what it is."""

    model_config = ConfigDict(extra="ignore")

    id: _Key
    name: Text | None = None


Value = bool | int | float | Text | Entity


class Property(Strict):
    """What is known beside the name."""

    pid: _Key
    v: Value | Annotated[list[Value], Field(max_length=50)]


class Query(Strict):
    """One question."""

    query: Text | None = None
    type: _Key | Annotated[list[_Key], Field(max_length=10)] | None = None
    limit: int | None = Field(default=None, ge=1)
    properties: list[Property] = Field(default=[], max_length=50)
    type_strict: Literal["any", "should", "all"] | None = None


class Queries(RootModel[dict[_Key, Query]]):
    """Questions by the names that the client gives them."""


class Wanted(Strict):
    """A property to fetch."""

    model_config = ConfigDict(extra="ignore")

    id: _Key


class Extension(Strict):
    """Customers and what to fetch of them."""

    model_config = ConfigDict(extra="ignore")

    ids: Annotated[list[_Key], Field(max_length=1000)]
    properties: Annotated[list[Wanted], Field(max_length=50)]
