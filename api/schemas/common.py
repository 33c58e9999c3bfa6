"""Shapes that several routes share."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Item = TypeVar("Item")

# Text without control characters: PostgreSQL stores no NUL, and nobody types the others.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(max_length=1000, pattern=PLAIN)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]


class Strict(BaseModel):
    """A request's body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Source(BaseModel):
    """A dealer's record: the place that a value came from."""

    dealer: str = Field(examples=["D001"])
    feed: str = Field(examples=["customers"])
    record_no: str = Field(description="The dealer's own key.", examples=["48213"])


class Page(BaseModel, Generic[Item]):
    """One page of a list. Ask for the next one with ``cursor=<next_cursor>`` and the same other parameters."""

    items: list[Item]
    next_cursor: str | None = Field(description="Null on the last page.", examples=["3q2-7wAAAA…", None])


Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
