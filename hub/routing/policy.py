"""The routing policy: numbers and choices as versioned, validated data."""

from __future__ import annotations

from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hub.dealers.documents import first_fault, parse_yaml
from hub.dealers.opening_hours import parse_hours
from hub.errors import Invalid
from hub.routing.wish import fold_brand

START_POLICY = files("hub.routing.policies") / "start.yml"
MODEL = "hub/routing/policies/start.yml"
_OVERRIDABLE = ("filters", "weights", "half_km", "near_equal", "clock", "lost")


class Part(BaseModel):
    """The base of all parts: frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Filters(Part):
    """Numbers of the hard filters (`hub.routing.filters`)."""

    opens_within_hours: float = Field(ge=0, le=24 * 31)
    at_most_km: float = Field(gt=0, le=25_000)
    owner_unavailable: Literal["others", "head_office"]
    hours_unknown: str

    @field_validator("hours_unknown")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            parse_hours(value)
        except Invalid as error:
            raise ValueError(error.detail) from None
        return value


class Weights(Part):
    """How much each part of a dealer's score counts; 0 leaves it out."""

    wished: float = Field(ge=0, le=1000)
    territory: float = Field(ge=0, le=1000)
    distance: float = Field(ge=0, le=1000)
    stock: float = Field(ge=0, le=1000)
    response: float = Field(ge=0, le=1000)
    load: float = Field(ge=0, le=1000)


class Response(Part):
    """How a dealer's record of answering is counted: observed share, drawn towards a prior by its weight in leads."""

    days: int = Field(ge=1, le=3650)
    prior_on_time: float = Field(ge=0, le=1)
    prior_leads: float = Field(gt=0, le=100_000)


class Clock(Part):
    """The terms of an offer, in minutes of the dealer's business time."""

    accept_minutes: int = Field(ge=1, le=100_000)
    contact_minutes: int = Field(ge=1, le=100_000)
    warn_at: float = Field(gt=0, lt=1)
    offers: int = Field(ge=1, le=100)


class Lost(Part):
    """What happens to leads that a dealer reports as lost."""

    challenge_share: float = Field(ge=0, le=1)


class Push(Part):
    """How often a delivery is tried again: minutes after each failure."""

    retry_minutes: tuple[float, ...] = Field(max_length=50)


class Override(Part):
    """Other numbers for a brand, a purpose, or both; parts that are given replace the keys that they name."""

    brand: str | None = None
    purpose: Literal["new", "used", "service"] | None = None
    filters: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    clock: dict[str, Any] = {}
    lost: dict[str, Any] = {}
    half_km: float | None = None
    near_equal: float | None = None


class Policy(Part):
    """One version of the policy; `load_policy` reads it."""

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    same_lead_days: int = Field(ge=0, le=3650)
    filters: Filters
    weights: Weights
    half_km: float = Field(gt=0, le=10_000)
    near_equal: float = Field(ge=0, le=1)
    response: Response
    clock: Clock
    lost: Lost
    push: Push
    overrides: tuple[Override, ...] = ()

    @cached_property
    def of(self) -> dict[tuple[str | None, str], Policy]:
        """Filled as asked: the policy of a brand and purpose."""
        return {}

    def for_lead(self, brand: str, purpose: str) -> Policy:
        """The policy with the first override that fits applied.

        Args:
            brand: folded (`hub.routing.wish.fold_brand`).
        """
        key = (brand, purpose)
        if key not in self.of:
            fitting = (o for o in self.overrides if _fits(o, brand, purpose))
            first = next(fitting, None)
            self.of[key] = _overridden(self, first) if first else self
        return self.of[key]


def _fits(override: Override, brand: str, purpose: str) -> bool:
    brand_fits = override.brand is None or fold_brand(override.brand) == brand
    return brand_fits and override.purpose in (None, purpose)


def _overridden(policy: Policy, override: Override) -> Policy:
    body = policy.model_dump(exclude={"overrides"})
    for name in _OVERRIDABLE:
        given = getattr(override, name)
        if isinstance(given, dict):
            body[name] = {**body[name], **given}
        elif given is not None:
            body[name] = given
    return Policy.model_validate(body)


def load_policy(text: str, name: str = "policy") -> Policy:
    """Read a policy.

    Args:
        name: of the file, for errors.

    Raises:
        Invalid: naming file, key and cure. All overrides are checked as well.
    """
    body = parse_yaml(text, name)
    try:
        policy = Policy.model_validate(body)
    except ValidationError as error:
        raise Invalid(f"{name}: {first_fault(error, MODEL)}") from None
    for number, override in enumerate(policy.overrides, 1):
        if override.brand is None and override.purpose is None:
            raise Invalid(f"{name}: override {number} names neither brand nor purpose; it would hold for all leads.")
        try:
            _overridden(policy, override)
        except ValidationError as error:
            raise Invalid(f"{name}: override {number}: {first_fault(error, MODEL)}") from None
    return policy


@lru_cache(maxsize=16)
def parsed_policy(text: str) -> Policy:
    """`load_policy`, once for each text."""
    return load_policy(text)


@lru_cache(maxsize=1)
def start_text() -> str:
    """The policy that ships with the hub, as text."""
    return START_POLICY.read_text(encoding="utf-8")
