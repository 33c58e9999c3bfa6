"""The importer's registry of dealers, as ``dealers sync`` reads it: CSV or YAML, checked, as frozen records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hub.dealers.documents import parse_yaml, read_text
from hub.dealers.franchises import Franchise, Territory, read_day, read_franchise, read_territory
from hub.dealers.opening_hours import parse_hours
from hub.errors import Invalid

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BLANK = ("", "-", "null", "none", "n/a")


@dataclass(frozen=True)
class DealerEntry:
    """One dealer of the registry; all but the code may be unknown.

    Attributes:
        dealer_code: name of the dealer's folder, key and rows; letters, digits, ``.``, ``_``, ``-``.
        country: ISO 3166-1 alpha-2, lower-case.
        latitude, longitude: degrees, WGS 84.
        timezone: IANA zone; None: the store's default.
        opening_hours: as written, OpenStreetMap's notation (``Mo-Fr 09:00-20:00; Sa 10:00-18:00``).
        phones, emails: the dealer's own contact points, which are no customer's.
        capacity: leads that the dealer can take a day.
        active_from, active_until: days on which the dealer works in the network, both inclusive; None: open.
        franchises: what it may sell and service; empty: its brands, for all purposes.
        territory: its area, if the importer draws areas.
        holidays: days on which it is closed.
        target_share: its share of the leads that it stands in line for, 0–1.
        dealer_group: the owner that it shares with other dealers; the heading ``group`` is understood too.
    """

    dealer_code: str
    name: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    brands: tuple[str, ...] = ()
    timezone: str | None = None
    opening_hours: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    capacity: int | None = None
    active_from: date | None = None
    active_until: date | None = None
    franchises: tuple[Franchise, ...] = ()
    territory: Territory | None = None
    holidays: tuple[date, ...] = ()
    target_share: float | None = None
    dealer_group: str | None = None


COLUMNS = tuple(DealerEntry.__dataclass_fields__)
ALIASES = {"group": "dealer_group"}


@dataclass
class _Place:
    """Where a value stands, for errors."""

    file: str
    row: str
    column: str = field(default="")

    def error(self, problem: str) -> Invalid:
        column = f", column {self.column}" if self.column else ""
        return Invalid(f"{self.file}: {self.row}{column}: {problem}")


def load_registry(path: Path) -> list[DealerEntry]:
    """Read a registry; its order is kept.

    Columns may be in any order and may be missing, all but ``dealer_code``. Lists (brands, phones, emails) are separated
    by ``|``, ``;`` or ``,``. YAML is a list under ``dealers:``, or a mapping of codes to their columns.

    Raises:
        Invalid: naming file, row, column and cure.
    """
    text = read_text(path)
    rows = list(_yaml_rows(text, path.name) if path.suffix in (".yml", ".yaml") else _csv_rows(text, path.name))
    entries = [_entry(row, _Place(path.name, where)) for where, row in rows]
    repeated = [code for code, count in Counter(entry.dealer_code for entry in entries).items() if count > 1]
    if repeated:
        raise Invalid(
            f"{path.name}: dealer_code {repeated[0]!r} is given {_times(entries, repeated[0])} times; keep one."
        )
    folded = Counter(entry.dealer_code.lower() for entry in entries)
    if clash := next((code for code, count in folded.items() if count > 1), None):
        raise Invalid(f"{path.name}: two dealer codes differ only in case ({clash!r}); folders could not hold both.")
    return entries


def _times(entries: list[DealerEntry], code: str) -> int:
    return sum(entry.dealer_code == code for entry in entries)


def _csv_rows(text: str, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    heading = text.partition("\n")[0]
    delimiter = max(";,\t|", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [_column(name.strip().lower()) for name in next(reader, [])]
        _check_names(names, _Place(file, "row 1"))
        for number, cells in enumerate(reader, 2):
            if any(cell.strip() for cell in cells):
                if len(cells) > len(names) and any(cells[len(names) :]):
                    raise _Place(file, f"row {number}").error(
                        f"has {len(cells)} cells where the heading has {len(names)}; quote cells that hold {delimiter!r}."
                    )
                yield f"row {number}", dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise Invalid(f"{file}: line {reader.line_num}: not valid CSV: {error}.") from None


def _yaml_rows(text: str, file: str) -> Iterator[tuple[str, dict[str, Any]]]:
    body = parse_yaml(text if not text.lstrip().startswith("-") else "dealers:\n" + text, file)
    listed = body.get("dealers", body) if isinstance(body, dict) else body
    if isinstance(listed, Mapping):
        listed = [{"dealer_code": code, **(columns or {})} for code, columns in listed.items()]
    if not isinstance(listed, list):
        raise Invalid(f"{file}: dealers: must be a list, or a mapping of dealer codes to their columns.")
    for number, row in enumerate(listed, 1):
        place = _Place(file, f"dealer {number}")
        if not isinstance(row, dict):
            raise place.error("must be a mapping such as {dealer_code: d001, name: …}.")
        named = [_column(str(name)) for name in row]
        _check_names(named, place)
        yield f"dealer {number}", dict(zip(named, row.values(), strict=True))


def _column(heading: str) -> str:
    return ALIASES.get(heading, heading)


def _check_names(names: list[str], place: _Place) -> None:
    if "dealer_code" not in names:
        near = get_close_matches("dealer_code", names, 1)
        raise place.error(f"no column dealer_code{f' (is it {near[0]!r}?)' if near else ''}; it names each dealer.")
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, 1)
            cure = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(COLUMNS)}."
            raise place.error(f"unknown column {name!r}; {cure}")
    if len(set(names)) < len(names):
        raise place.error("a column is given twice; keep one of them.")


def _entry(row: Mapping[str, Any], place: _Place) -> DealerEntry:
    values: dict[str, Any] = {}
    for name in COLUMNS:
        place.column = name
        read: Callable[[Any, _Place], Any] = _READERS.get(name, _text)
        values[name] = read(row.get(name), place)
    place.column = "dealer_code"
    if values["dealer_code"] is None:
        raise place.error("is missing; give each dealer a code.")
    if not CODE.fullmatch(values["dealer_code"]):
        raise place.error("may hold Latin letters, digits, '.', '_' and '-' only (it names a folder).")
    if (values["latitude"] is None) != (values["longitude"] is None):
        place.column = "latitude" if values["latitude"] is None else "longitude"
        raise place.error("latitude and longitude come together; give both or neither.")
    if values["active_from"] and values["active_until"] and values["active_from"] > values["active_until"]:
        place.column = "active_until"
        raise place.error("lies before active_from; exchange them.")
    return DealerEntry(**values)


def _text(value: Any, place: _Place) -> str | None:
    if isinstance(value, list | dict):
        raise place.error("must be one value.")
    text = " ".join(str(value or "").split())
    return None if text.lower() in _BLANK else text


def _list(value: Any, place: _Place) -> tuple[str, ...]:
    """Items of a YAML list, or of text separated by ``|``, else ``;``, else ``,``."""
    if isinstance(value, list):
        items = [str(item).strip() for item in value]
    else:
        text = _text(value, place) or ""
        sign = next((sign for sign in "|;" if sign in text), ",")
        items = [item.strip() for item in text.split(sign)]
    return tuple(dict.fromkeys(item for item in items if item))


def _degrees(most: int) -> Callable[[Any, _Place], float | None]:
    def read(value: Any, place: _Place) -> float | None:
        text = _text(value, place)
        if text is None:
            return None
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            raise place.error(f"is no number of degrees; write e.g. 55.75 (−{most} to {most}).") from None
        if not -most <= number <= most:
            raise place.error(f"must lie between −{most} and {most} degrees; are latitude and longitude exchanged?")
        return number

    return read


def _capacity(value: Any, place: _Place) -> int | None:
    text = _text(value, place)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.0+)?", text):
        raise place.error("must be a whole number of leads a day, 0 or more.")
    return int(float(text))


def _timezone(value: Any, place: _Place) -> str | None:
    text = _text(value, place)
    if text is None:
        return None
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        near = get_close_matches(text, available_timezones(), 1)
        cure = f"did you mean {near[0]}?" if near else "write an IANA name, e.g. Europe/Moscow."
        raise place.error(f"unknown time zone; {cure}") from None
    return text


def _country(value: Any, place: _Place) -> str | None:
    text = _text(value, place)
    if text is None:
        return None
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise place.error("must be a code of two letters (ISO 3166-1), e.g. ru, de, cn.")
    return text.lower()


def _emails(value: Any, place: _Place) -> tuple[str, ...]:
    found = _list(value, place)
    if any(not re.fullmatch(r"[^@\s]+@[^@\s]+", item) for item in found):
        raise place.error("holds something that is no e-mail address; separate several by ';'.")
    return found


def _day(value: Any, place: _Place) -> date | None:
    return read_day(value if isinstance(value, date) else _text(value, place), place.error)


def _days(value: Any, place: _Place) -> tuple[date, ...]:
    found = (read_day(item, place.error) for item in _list(value, place))
    return tuple(sorted({day for day in found if day is not None}))


def _hours(value: Any, place: _Place) -> str | None:
    text = _text(value, place)
    if text is None:
        return None
    try:
        parse_hours(text)
    except Invalid as error:  # its sentence names the part that is not understood, and the cure
        raise place.error(f"{text!r} cannot be read. {error.detail}") from None
    return text


def _franchises(value: Any, place: _Place) -> tuple[Franchise, ...]:
    items = value if isinstance(value, list) else _list(value, place)
    return tuple(dict.fromkeys(read_franchise(item, place.error) for item in items))


def _territory(value: Any, place: _Place) -> Territory | None:
    return read_territory(value if isinstance(value, list | dict) else _text(value, place), place.error)


def _share(value: Any, place: _Place) -> float | None:
    text = _text(value, place)
    if text is None:
        return None
    try:
        number = float(text.rstrip("% ").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1
    if not 0 <= number <= 1:
        raise place.error("is no share; write a number from 0 to 1, e.g. 0.12, or 12%.")
    return number


_READERS: dict[str, Callable[[Any, _Place], Any]] = {
    "latitude": _degrees(90), "longitude": _degrees(180), "brands": _list, "phones": _list, "emails": _emails,
    "timezone": _timezone, "capacity": _capacity, "country": _country, "active_from": _day, "active_until": _day,
    "opening_hours": _hours, "franchises": _franchises, "territory": _territory, "holidays": _days, "target_share": _share,
}  # fmt: skip
