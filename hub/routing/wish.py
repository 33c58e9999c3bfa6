"""What a lead asks for, as far as routing looks at it: no name, no phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

PURPOSES = ("new", "used", "service")


@dataclass(frozen=True)
class Wish:
    """The lead as an input of the decision.

    Attributes:
        lead_id: its id from birth; breaks ties where nothing else can.
        at: when the decision is made.
        brand: folded (`fold_brand`); "" when the lead names none.
        purpose: "new", "used" or "service".
        model: folded; "" when unknown.
        latitude, longitude: of the customer's place, degrees; None when unknown.
        postcode: lower-case without spaces; None when unknown.
        wished: code of the dealer that the customer asked for; None when it asked for nobody that is known.
        owner: code of the dealer whose prospect the person is; None when nobody's, or when it is not known who it is.
    """

    lead_id: str
    at: datetime
    brand: str
    purpose: str
    model: str = ""
    latitude: float | None = None
    longitude: float | None = None
    postcode: str | None = None
    wished: str | None = None
    owner: str | None = None


def fold_brand(text: str | None) -> str:
    """A brand or model without case and needless spaces; "" for none."""
    return " ".join((text or "").lower().split())


def purpose_of(new_or_used: str | None, interest: str | None) -> str:
    """The purpose of a lead: ``service`` by its interest, else ``used`` where it says so or offers a car, else ``new``."""
    if interest == "service":
        return "service"
    return "used" if new_or_used == "used" or interest == "sell" else "new"
