"""Dealers and what they sent last."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api.schemas.uploads import Upload


class Dealer(BaseModel):
    """A dealer of the importer's registry."""

    code: str = Field(examples=["D001"])
    name: str | None = Field(examples=["Автоцентр Север"])
    city: str | None = Field(examples=["Санкт-Петербург"])
    region: str | None
    country: str | None = Field(examples=["ru"])
    brands: list[str]
    timezone: str = Field(examples=["Europe/Moscow"])
    registered: bool = Field(description="False: sent files, but is not yet in the importer's registry.")


class DealerDetail(Dealer):
    """A dealer with its last upload of each feed."""

    last_uploads: list[Upload] = Field(description="The latest upload of each feed, latest first.")
