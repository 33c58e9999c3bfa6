"""The dealers as routing sees them: the importer's registry, laid out in columns so that a lead meets all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from hub.errors import Invalid
from hub.routing.geometry import Point, distances_km, inside
from hub.routing.hours import Calendar, calendar, zone
from hub.routing.wish import fold_brand

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Franchise:
    """A right to a brand; ``purpose`` None: all; days inclusive, None: open."""

    brand: str
    purpose: str | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, brand: str, purpose: str, day: date) -> bool:
        """Whether it gives the right on a day; a lead of no brand needs the right for its purpose only."""
        return (
            brand in ("", fold_brand(self.brand))
            and self.purpose in (None, purpose)
            and (self.since or day) <= day <= (self.until or day)
        )


@dataclass(frozen=True)
class DealerFacts:
    """One dealer of the registry, as far as routing asks; units and meanings as `hub.dealers.registry.DealerEntry`."""

    code: str
    brands: tuple[str, ...] = ()
    franchises: tuple[Franchise, ...] = ()
    registered: bool = True
    active_from: date | None = None
    active_until: date | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str = "Europe/Moscow"
    opening_hours: str | None = None
    holidays: tuple[date, ...] = ()
    capacity: int | None = None
    target_share: float | None = None
    postcodes: tuple[str, ...] = ()
    polygon: tuple[Point, ...] = ()
    name: str | None = None
    city: str | None = None

    def active(self, day: date) -> bool:
        """Whether the dealer works in the network on a day."""
        return self.registered and (self.active_from or day) <= day <= (self.active_until or day)

    def may(self, brand: str, purpose: str, day: date) -> bool:
        """Whether it has the franchise; a registry without franchises means all brands of the dealer, for all purposes."""
        rights = self.franchises or tuple(Franchise(brand) for brand in self.brands)
        return any(right.holds(brand, purpose, day) for right in rights)


@dataclass(frozen=True, eq=False)
class Network:
    """All dealers, in the order of their codes. What depends on slowly changing inputs is worked out once and kept.

    Attributes:
        dealers: sorted by code.
        hours_unknown: opening hours of dealers whose registry tells none, or tells them unreadably.
    """

    dealers: tuple[DealerFacts, ...]
    hours_unknown: str
    codes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(dealer.code for dealer in self.dealers))
        object.__setattr__(self, "_standing", lru_cache(maxsize=512)(self._standing_uncached))
        object.__setattr__(self, "_days", lru_cache(maxsize=64)(self._days_uncached))
        object.__setattr__(self, "_place", lru_cache(maxsize=8192)(self._place_uncached))
        object.__setattr__(self, "_waits", lru_cache(maxsize=64)(self._waits_uncached))

    @cached_property
    def version(self) -> str:
        """A short hash of all facts, so that a decision says which registry it was made by."""
        return blake2b(repr((self.dealers, self.hours_unknown)).encode(), digest_size=4).hexdigest()

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each code stands."""
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def capacity(self) -> Floats:
        """Leads a day; infinite where the registry sets none."""
        return np.array([np.inf if d.capacity is None else d.capacity for d in self.dealers], np.float64)

    @cached_property
    def calendars(self) -> tuple[Calendar, ...]:
        """The business hours of each dealer."""
        return tuple(self._calendar(dealer) for dealer in self.dealers)

    def find(self, code: str) -> DealerFacts | None:
        """The dealer of a code."""
        place = self.position.get(code)
        return None if place is None else self.dealers[place]

    def calendar_of(self, code: str) -> Calendar:
        """The business hours of a dealer; of one that the registry lost, the hours of dealers without any."""
        place = self.position.get(code)
        return calendar(self.hours_unknown, "UTC") if place is None else self.calendars[place]

    def local_day(self, code: str, at: datetime) -> date:
        """The day that it is at a dealer."""
        return at.astimezone(zone(self.calendar_of(code).timezone)).date()

    def days(self, at: datetime) -> dict[str, date]:
        """The day that it is at each dealer."""
        found: dict[str, date] = self._days(_floor(at, 15))  # type: ignore[attr-defined]
        return found

    def standing(self, brand: str, purpose: str, at: datetime) -> tuple[Bools, Bools]:
        """Which dealers are active, and which have the franchise, on the day that it is there."""
        found: tuple[Bools, Bools] = self._standing(brand, purpose, _floor(at, 15))  # type: ignore[attr-defined]
        return found

    def place(self, latitude: float | None, longitude: float | None, postcode: str | None) -> tuple[Floats, Floats]:
        """Kilometres to each dealer (NaN: unknown), and whether the place lies in its territory (1, 0; NaN: it has none)."""
        found: tuple[Floats, Floats] = self._place(latitude, longitude, postcode)  # type: ignore[attr-defined]
        return found

    def waits(self, at: datetime) -> Floats:
        """Hours until each dealer opens; 0 for one that is open."""
        found: Floats = self._waits(_floor(at, 1))  # type: ignore[attr-defined]
        return found

    def _days_uncached(self, at: datetime) -> dict[str, date]:
        return {code: self.local_day(code, at) for code in self.codes}

    def _standing_uncached(self, brand: str, purpose: str, at: datetime) -> tuple[Bools, Bools]:
        days = [at.astimezone(zone(each.timezone)).date() for each in self.calendars]
        pairs = list(zip(self.dealers, days, strict=True))
        active = np.array([dealer.active(day) for dealer, day in pairs], np.bool_)
        may = np.array([dealer.may(brand, purpose, day) for dealer, day in pairs], np.bool_)
        return active, may

    def _place_uncached(
        self, latitude: float | None, longitude: float | None, postcode: str | None
    ) -> tuple[Floats, Floats]:
        here = None if latitude is None or longitude is None else (longitude, latitude)
        km = distances_km(here, self._points) if here else np.full(len(self.dealers), np.nan)
        return km, np.array([_in_territory(dealer, here, postcode) for dealer in self.dealers], np.float64)

    def _waits_uncached(self, at: datetime) -> Floats:
        opening = [each.opens(at) for each in self.calendars]
        hour = timedelta(hours=1)
        return np.array([np.inf if moment is None else (moment - at) / hour for moment in opening], np.float64)

    @cached_property
    def _points(self) -> Floats:
        return np.array([(_degrees(d.longitude), _degrees(d.latitude)) for d in self.dealers], np.float64).reshape(
            -1, 2
        )

    def _calendar(self, dealer: DealerFacts) -> Calendar:
        try:
            return calendar(dealer.opening_hours or self.hours_unknown, dealer.timezone, frozenset(dealer.holidays))
        except Invalid:  # one dealer's slip must not stop the network's leads; `dealers sync` tells it
            return calendar(self.hours_unknown, dealer.timezone, frozenset(dealer.holidays))


def network(dealers: Sequence[DealerFacts], hours_unknown: str) -> Network:
    """The network of these dealers, whatever their order."""
    return Network(tuple(sorted(dealers, key=lambda dealer: dealer.code)), hours_unknown)


def _in_territory(dealer: DealerFacts, here: Point | None, postcode: str | None) -> float:
    if dealer.postcodes and postcode is not None:
        return float(postcode.startswith(dealer.postcodes))
    if dealer.polygon and here is not None:
        return float(inside(here, dealer.polygon))
    return float("nan")


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else value


def _floor(at: datetime, minutes: int) -> datetime:
    return at.replace(minute=at.minute - at.minute % minutes, second=0, microsecond=0)
