"""What a dealer may sell and where: franchises and territories, as the registry writes them and the hub stores them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

PURPOSES = ("new", "used", "service")

Fail = Callable[[str], Exception]  # makes the error that names file, row and column
_POLYGON = re.compile(r"\s*polygon\s*\(\((.*)\)\)\s*", re.IGNORECASE)
_PREFIX = re.compile(r"[0-9a-z]{1,10}")


@dataclass(frozen=True)
class Franchise:
    """The right to one brand.

    Attributes:
        purpose: "new", "used" or "service"; None: all three.
        since, until: days, both inclusive; None: open.
    """

    brand: str
    purpose: str | None = None
    since: date | None = None
    until: date | None = None

    def as_json(self) -> dict[str, str]:
        """As table ``dealer`` holds it; what is open is absent."""
        values = {"brand": self.brand, "purpose": self.purpose, "from": self.since, "until": self.until}
        return {name: str(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Territory:
    """A dealer's area: prefixes of postcodes (lower-case, no spaces), or a polygon of (longitude, latitude)."""

    postcodes: tuple[str, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As table ``dealer`` holds it."""
        if self.polygon:
            return {"polygon": [list(point) for point in self.polygon]}
        return {"postcodes": list(self.postcodes)}


def read_day(value: Any, fail: Fail) -> date | None:
    """A day of ISO 8601, or none."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise fail(f"{value!r} is no day; write YYYY-MM-DD.") from None


def read_franchise(value: Any, fail: Fail) -> Franchise:
    """``Volkswagen``, ``Volkswagen:new``, ``Volkswagen:service:2020-01-01:2026-12-31``, or a mapping of the same."""
    if isinstance(value, Mapping):
        if unknown := set(map(str, value)) - {"brand", "purpose", "from", "until"}:
            raise fail(f"unknown key {sorted(unknown)[0]!r}; a franchise has brand, purpose, from, until.")
        parts = [value.get(name) for name in ("brand", "purpose", "from", "until")]
    else:
        parts = [part.strip() or None for part in str(value).split(":")]
        if len(parts) > 4:
            raise fail(f"{value!r} has too many parts; write brand:purpose:from:until.")
        parts += [None] * (4 - len(parts))
    brand, purpose, since, until = parts
    if not brand:
        raise fail("a franchise names no brand; write brand:purpose:from:until, e.g. Mazda:new:2020-01-01:.")
    purpose = None if purpose in (None, "all", "*") else str(purpose).lower()
    if purpose is not None and purpose not in PURPOSES:
        raise fail(f"unknown purpose {purpose!r}; known are {', '.join(PURPOSES)}, or leave it empty for all.")
    found = Franchise(" ".join(str(brand).split()), purpose, read_day(since, fail), read_day(until, fail))
    if found.since and found.until and found.since > found.until:
        raise fail(f"the franchise of {found.brand} ends before it begins; exchange from and until.")
    return found


def read_territory(value: Any, fail: Fail) -> Territory | None:
    """Prefixes of postcodes separated by ``|``, ``;`` or ``,``; ``POLYGON((lon lat, …))``; or a mapping of either."""
    if isinstance(value, Mapping):
        if set(map(str, value)) not in ({"postcodes"}, {"polygon"}):
            raise fail("a territory has either `postcodes:` (prefixes) or `polygon:` ([[longitude, latitude], …]).")
        return _polygon(value["polygon"], fail) if "polygon" in value else _prefixes(value["postcodes"], fail)
    if isinstance(value, list):
        return _prefixes(value, fail)
    text = str(value or "").strip()
    if not text:
        return None
    if match := _POLYGON.fullmatch(text):
        return _polygon([point.split() for point in match[1].split(",")], fail)
    return _prefixes(re.split(r"[|;,]", text), fail)


def _prefixes(values: Any, fail: Fail) -> Territory:
    items = values if isinstance(values, list) else [values]
    prefixes = tuple(dict.fromkeys("".join(str(item).lower().split()) for item in items if str(item).strip()))
    for prefix in prefixes:
        if not _PREFIX.fullmatch(prefix):
            raise fail(f"{prefix!r} is no beginning of a postcode; write e.g. 1150|1151, or POLYGON((lon lat, …)).")
    return Territory(postcodes=prefixes)


def _polygon(points: Any, fail: Fail) -> Territory:
    try:
        corners = [(float(longitude), float(latitude)) for longitude, latitude in points]
    except (TypeError, ValueError):
        raise fail(
            "a corner of the polygon is not `longitude latitude`; write POLYGON((37.1 55.5, 37.9 55.5, …))."
        ) from None
    if corners and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        raise fail("a polygon needs three corners or more.")
    if any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in corners):
        raise fail("a corner lies outside the world; longitude comes first, then latitude.")
    return Territory(polygon=tuple(corners))
