"""The importer's registry of dealers: a CSV or YAML file, one row or item a dealer, all but the code optional."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from hub.dealers.documents import read_text
from hub.errors import Invalid

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)  # also the name of the dealer's folder in the inbox
_MISSING = ("", "-", "null", "none", "n/a", "нет", "н/д")


@dataclass(frozen=True)
class Registry:
    """What a registry says.

    Attributes:
        columns: columns of the table `dealer` that the file has, ``code`` first; others keep what they hold.
        rows: one dictionary a dealer, with these columns; a value that the file leaves empty is None, or [].
        unknown: columns of the file that mean nothing to the hub.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    unknown: tuple[str, ...]


def read_registry(path: Path) -> Registry:
    """Read a registry; CSV separated by ``,`` ``;`` or tabs, or YAML as a list or under the key ``dealers``.

    Raises:
        Invalid: names the row and the column that cannot be read.
    """
    text = read_text(path)
    items = _yaml_items(text, path.name) if path.suffix in (".yml", ".yaml") else _csv_items(text, path.name)
    names = list(dict.fromkeys(name for item in items for name in item))
    if "dealer_code" not in names:
        raise Invalid(f"{path.name}: no column dealer_code; it has {', '.join(names) or 'none'}.")
    rows, places = [], dict[str, int]()
    for number, item in enumerate(items, 1):
        row = {column: _value(path.name, number, name, item.get(name)) for name, column in _known(names)}
        if row["code"] in places:
            raise Invalid(
                f"{path.name}: dealer {row['code']} stands twice, in rows {places[row['code']]} and {number}."
            )
        places[row["code"]] = number
        rows.append(row)
    return Registry(
        tuple(column for _, column in _known(names)), tuple(rows), tuple(n for n in names if n not in _READERS)
    )


def _csv_items(text: str, name: str) -> list[dict[str, Any]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    heading = [word.strip() for word in rows[0]] if rows else []
    if len(set(heading)) < len(heading):
        raise Invalid(f"{name}: a column's name stands twice in the heading.")
    for number, row in enumerate(rows[1:], 1):
        if len(row) > len(heading):
            raise Invalid(f"{name}: row {number} has {len(row)} cells, the heading {len(heading)}.")
    return [dict(zip(heading, row, strict=False)) for row in rows[1:] if any(cell.strip() for cell in row)]


def _yaml_items(text: str, name: str) -> list[dict[str, Any]]:
    try:
        body = yaml.load(text, Loader=yaml.BaseLoader)  # all values stay text
    except yaml.YAMLError as error:
        raise Invalid(f"{name}: not valid YAML: {getattr(error, 'problem', None) or 'see its syntax'}.") from None
    items = body.get("dealers") if isinstance(body, dict) else body
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Invalid(f"{name}: must be a list of dealers, each a mapping with dealer_code.")
    return items


def _known(names: list[str]) -> list[tuple[str, str]]:
    """Columns of the file that the hub knows → columns of the table, the code first."""
    return [(name, "code" if name == "dealer_code" else name) for name in _READERS if name in names]


def _value(file: str, number: int, name: str, raw: Any) -> Any:
    try:
        return _READERS[name](raw)
    except ValueError as error:
        raise Invalid(f"{file}: row {number}, column {name}: {error}.") from None


def _text(raw: Any) -> str | None:
    if isinstance(raw, list):
        raw = "; ".join(map(str, raw))
    text = str(raw or "").strip()
    return None if text.lower() in _MISSING else text


def _code(raw: Any) -> str:
    text = _text(raw)
    if text is None or not _CODE.fullmatch(text):
        raise ValueError(f"a code of letters, digits, '-', '_' and '.' is needed, not {text!r}")
    return text


def _several(raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list) else re.split(r"[;,|]", _text(raw) or "")
    return [text for part in parts if (text := _text(part))]


def _number(low: float, high: float) -> Callable[[Any], float | None]:
    def read(raw: Any) -> float | None:
        text = _text(raw)
        if text is None:
            return None
        value = float(text.replace(",", "."))
        if not (math.isfinite(value) and low <= value <= high):
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return value

    return read


def _whole(raw: Any) -> int | None:
    text = _text(raw)
    if text is not None and not (text.isascii() and text.isdigit()):
        raise ValueError("must be a whole number")
    return None if text is None else int(text)


def _zone(raw: Any) -> str | None:
    text = _text(raw)
    try:
        return text and ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone such as Europe/Moscow") from None


_READERS: dict[str, Callable[[Any], Any]] = {
    "dealer_code": _code,
    "name": _text,
    "city": _text,
    "region": _text,
    "postcode": _text,
    "country": _text,
    "latitude": _number(-90, 90),
    "longitude": _number(-180, 180),
    "brands": _several,
    "timezone": _zone,
    "opening_hours": _text,
    "phones": _several,
    "emails": _several,
    "capacity": _whole,
}
