"""Where postcodes and cities lie: the table that ``places sync`` reads, checked, as frozen records."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.dealers.documents import read_text
from hub.errors import Invalid
from hub.normalize.addresses import fold_city, parse_postcode

COLUMNS = ("country", "postcode", "city", "region", "latitude", "longitude", "timezone")
SHIPPED = files("hub.network") / "places.csv"  # the cities of the demo's network


@dataclass(frozen=True)
class PlaceEntry:
    """One line of the table.

    Attributes:
        country: ISO 3166-1 alpha-2, lower-case.
        postcode: lower-case without spaces, whole or its beginning: ``1150`` stands for all of Moscow's; "" for any.
        city: folded as party records have it; "" for any.
        latitude, longitude: degrees, WGS 84.
        timezone: IANA zone.
    """

    country: str
    postcode: str
    city: str
    region: str | None
    latitude: float
    longitude: float
    timezone: str | None


def load_places(path: Path | None = None) -> list[PlaceEntry]:
    """Read a table of places, by default the one that ships with the hub.

    CSV with the columns country, postcode, city, region, latitude, longitude, timezone; ``;`` and tabs separate too.
    Postcode or city may be empty, not both.

    Raises:
        Invalid: naming file, row, column and cure.
    """
    name = path.name if path else SHIPPED.name
    text = read_text(path) if path else SHIPPED.read_text(encoding="utf-8")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    missing = [column for column in ("latitude", "longitude") if column not in (reader.fieldnames or ())]
    unknown = [column for column in reader.fieldnames or () if column not in COLUMNS]
    if missing or unknown:
        problem = f"lacks the column {missing[0]}" if missing else f"has an unknown column {unknown[0]!r}"
        raise Invalid(f"{name}: row 1 {problem}; known are {', '.join(COLUMNS)}.")
    places = [_place(row, f"{name}: row {number}") for number, row in enumerate(reader, 2)]
    return list({(place.country, place.postcode, place.city): place for place in places}.values())


def _place(row: Mapping[str, str | None], where: str) -> PlaceEntry:
    postcode = parse_postcode(row.get("postcode") or "") or ""
    city = fold_city(row.get("city") or "") or ""
    if not postcode and not city:
        raise Invalid(f"{where}: names neither postcode nor city; give one of them.")
    zone = (row.get("timezone") or "").strip() or None
    if zone and not _known_zone(zone):
        raise Invalid(f"{where}, column timezone: unknown zone; write an IANA name, e.g. Europe/Moscow.")
    region = (row.get("region") or "").strip() or None
    latitude, longitude = (_degrees(row.get(name), most, name, where) for name, most in _DEGREES)
    return PlaceEntry((row.get("country") or "ru").strip().lower(), postcode, city, region, latitude, longitude, zone)


_DEGREES = (("latitude", 90), ("longitude", 180))


def _degrees(value: str | None, most: int, column: str, where: str) -> float:
    try:
        number = float((value or "").replace(",", "."))
    except ValueError:
        number = float("nan")
    if not -most <= number <= most:
        raise Invalid(f"{where}, column {column}: must be degrees between −{most} and {most}, e.g. 55.75.")
    return number


@cache
def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
