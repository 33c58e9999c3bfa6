"""The contact policy: numbers and choices as versioned, validated data."""

from __future__ import annotations

import re
from datetime import time, timedelta
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hub.contact.consent import PURPOSES as CONSENT_PURPOSES
from hub.contact.consent import Reach
from hub.dealers.documents import first_fault, parse_yaml
from hub.errors import Invalid

START_POLICY = files("hub.contact") / "policies" / "start.yml"
MODEL = "hub/contact/policies/start.yml"
CHANNELS = ("phone", "sms", "email", "post", "messenger")
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
PurposeName = Literal["marketing", "test_drive", "service", "survey", "answer", "recall", "safety"]
ChannelName = Literal["phone", "sms", "email", "post", "messenger"]
Bound = Literal["controller", "network"]
Without = tuple[Literal["unknown", "expired"], ...]


class Part(BaseModel):
    """The base of all parts: frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Consent(Part):
    """How consents are read (`hub.contact.consent`)."""

    reach: dict[str, Bound]
    opted_out: Bound
    transfer_without: Without

    @field_validator("reach")
    @classmethod
    def _known(cls, value: dict[str, Bound]) -> dict[str, Bound]:
        if unknown := sorted(set(value) - set(CONSENT_PURPOSES)):
            raise ValueError(f"no such purpose {unknown[0]!r}; there are {', '.join(CONSENT_PURPOSES)}")
        return value


class Purpose(Part):
    """What a contact for one purpose must fulfil."""

    consent: Literal["marketing", "survey", "recall", "processing"] | None = None
    without: Without = ()
    stops: tuple[Literal["legal", "any", "processing"], ...]
    ownership: Literal["new", "used", "service"] | None = None
    quiet: tuple[ChannelName, ...] = ()

    @field_validator("stops")
    @classmethod
    def _lawful(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "legal" not in value:
            raise ValueError("a legal stop holds for every purpose; add `legal`")
        return value


class Cap(Part):
    """So many contacts at most in any span of so many days.

    Attributes:
        purposes: contacts of these purposes count, and are bound.
        channels: likewise; none named: all.
        kept: of ``most``, so many are for campaigns of priority ``kept_from`` and above.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    per: Literal["person", "household"] = "person"
    purposes: tuple[PurposeName, ...] = Field(min_length=1)
    channels: tuple[ChannelName, ...] = ()
    days: float = Field(gt=0, le=366)
    most: int = Field(ge=1, le=1000)
    kept: int = Field(default=0, ge=0)
    kept_from: int = Field(default=9, ge=0, le=9)

    @model_validator(mode="after")
    def _room(self) -> Cap:
        if self.kept >= self.most:
            raise ValueError("`kept` must be less than `most`, or nobody else would ever have a turn")
        return self

    @cached_property
    def window(self) -> timedelta:
        """The rolling span."""
        return timedelta(days=self.days)

    def concerns(self, purpose: str, channel: str) -> bool:
        """Whether contacts of this kind count, and are bound."""
        return purpose in self.purposes and (not self.channels or channel in self.channels)


class Hours(Part):
    """When a person may be reached over a channel, ``HH:MM-HH:MM`` in the person's time zone."""

    weekdays: str
    weekends: str

    @field_validator("weekdays", "weekends")
    @classmethod
    def _readable(cls, value: str) -> str:
        begin, end = _span(value)
        if begin >= end:
            raise ValueError("the span must begin before it ends, within one day")
        return value

    def of(self, weekday: int) -> tuple[time, time]:
        """The span of a weekday (Monday is 0)."""
        return _span(self.weekdays if weekday < 5 else self.weekends)


class FeedReading(Part):
    """How the rows of the interactions feed count."""

    channels: dict[str, ChannelName]
    not_reached: tuple[str, ...]
    subjects: dict[str, PurposeName]
    campaign: PurposeName
    lead: PurposeName
    otherwise: PurposeName
    same_minutes: int = Field(ge=0, le=1440)


class Priority(Part):
    """Priorities of campaigns, 0 to 9."""

    usual: int = Field(ge=0, le=9)
    dealers_most: int = Field(ge=0, le=9)


class Reservation(Part):
    """How long a reservation lasts, and how far ahead it reaches."""

    minutes: float = Field(gt=0, le=43_200)
    minutes_most: float = Field(gt=0, le=43_200)
    ahead_days: int = Field(ge=0, le=366)


class Policy(Part):
    """One version of the policy; `load_policy` reads it."""

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    consent: Consent
    purposes: dict[PurposeName, Purpose]
    caps: tuple[Cap, ...]
    hours: dict[ChannelName, Hours]
    feed: FeedReading
    priority: Priority
    reservation: Reservation

    @model_validator(mode="after")
    def _whole(self) -> Policy:
        if missing := sorted(set(PURPOSES) - set(self.purposes)):
            raise ValueError(f"purposes: {missing[0]} is missing")
        names = [cap.name for cap in self.caps]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"caps: the name {twice!r} is given twice")
        return self

    def rules(self, purpose: str) -> Purpose:
        """What a contact for this purpose must fulfil."""
        return self.purposes[cast("PurposeName", purpose)]

    def open_hours(self, purpose: str, channel: str) -> Hours | None:
        """The hours that a contact must keep to; None: any hour will do."""
        name = cast("ChannelName", channel)
        return self.hours.get(name) if name in self.rules(purpose).quiet else None

    @cached_property
    def reach(self) -> Reach:
        """Whom withdrawals bind."""
        return Reach(dict(self.consent.reach), self.consent.opted_out)

    @property
    def transfer_without(self) -> Without:
        """States of the consent to transfer, besides "granted", that allow it."""
        return self.consent.transfer_without

    @cached_property
    def longest(self) -> timedelta:
        """The longest window of all caps: contacts farther away count nowhere."""
        return max((cap.window for cap in self.caps), default=timedelta(0))


PURPOSES: tuple[str, ...] = get_args(PurposeName)


def load_policy(text: str, name: str = "policy") -> Policy:
    """Read a policy.

    Args:
        name: of the file, for errors.

    Raises:
        Invalid: naming file, key and cure.
    """
    try:
        return Policy.model_validate(parse_yaml(text, name))
    except ValidationError as error:
        raise Invalid(f"{name}: {first_fault(error, MODEL)}") from None


@lru_cache(maxsize=16)
def parsed_policy(text: str) -> Policy:
    """`load_policy`, once for each text."""
    return load_policy(text)


def start_text() -> str:
    """The policy that ships with the hub, as text."""
    return START_POLICY.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def start_policy() -> Policy:
    """The policy that ships with the hub."""
    return load_policy(start_text(), "start.yml")


@lru_cache(maxsize=256)
def _span(text: str) -> tuple[time, time]:
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError("write the span as HH:MM-HH:MM, e.g. 09:00-20:00")
    hours = [int(part) for part in found.groups()]
    if hours[0] > 23 or hours[2] > 23 or hours[1] > 59 or hours[3] > 59:
        raise ValueError("hours go from 00:00 to 23:59")
    return time(hours[0], hours[1]), time(hours[2], hours[3])
