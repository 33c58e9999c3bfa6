"""The specifications of the demo's dealers: one base a system, and a few lines a dealer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from hub.demo.dealers import Dealer
from hub.demo.profiles import Profile
from hub.demo.styles import CANONICAL, NDJSON, PARQUET, Style
from hub.feeds import FEEDS, Type

WITHOUT: Final = (CANONICAL.name, NDJSON.name, PARQUET.name)  # systems that need no specification
BOUNDS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "customers": {"birth_date": {"min": "1915-01-01", "max": "day"}},
    "service_visits": {"odometer": {"min": "0", "max": "1500000"}},
    "surveys": {"score": {"min": "0", "max": "10"}},
}


def write_specifications(folder: Path, dealers: list[Dealer], profiles: list[Profile]) -> None:
    """Write ``folder/<dealer>.yml`` and ``folder/bases/<system>.yml``; dealers with canonical feeds get none."""
    (folder / "bases").mkdir(parents=True, exist_ok=True)
    for style in {profile.style.name: profile.style for profile in profiles}.values():
        if style.name not in WITHOUT:
            _dump(folder / "bases" / f"{style.name}.yml", base(style))
    for dealer, profile in zip(dealers, profiles, strict=True):
        if profile.style.name not in WITHOUT:
            _dump(folder / f"{dealer.code}.yml", own(dealer, profile))


def base(style: Style) -> dict[str, Any]:
    """The specification of a system, which its dealers extend."""
    return {"description": style.description, "feeds": {feed: _feed(style, feed) for feed in FEEDS}}


def own(dealer: Dealer, profile: Profile) -> dict[str, Any]:
    """What is particular to one dealer."""
    body: dict[str, Any] = {
        "extends": profile.style.name,
        "description": dealer.name,
        "timezone": dealer.place["timezone"],
        "country": dealer.place["country"],
    }
    feeds: dict[str, Any] = {}
    if profile.own_file_names:
        feeds = {feed: {"files": [pattern]} for feed, pattern in profile.style.files.items()}
    if profile.adf_leads:
        nothing: dict[str, Any] = dict.fromkeys(("encoding", "delimiter", "record", "decimal"))
        feeds["leads"] = {"format": "adf", **nothing, "columns": None, "lookups": None, "date_formats": None}
    return {**body, "feeds": feeds} if feeds else body


def _feed(style: Style, feed: str) -> dict[str, Any]:
    kinds = {column.type for column in FEEDS[feed].columns}
    body: dict[str, Any] = {"format": style.format}
    if style.encoding != "utf-8" and style.format == "csv":
        body["encoding"] = style.encoding
    if style.format == "csv":
        body["delimiter"] = style.delimiter
    if style.decimal != "." and kinds & {Type.NUMBER, Type.INTEGER}:
        body["decimal"] = style.decimal
    if style.record:
        body["record"] = style.record.format(feed=feed)
    if style.dates and kinds & {Type.DATE, Type.TIME}:
        body["date_formats"] = [style.dates, style.times]
    if feed in style.headings:
        body["columns"] = dict(style.headings[feed])
        words = style.lookups.get(feed, {})
        if words:
            body["lookups"] = {
                column: {word: value for value, word in table.items()}
                for column, table in words.items()
                if column in style.headings[feed]
            }
    if feed in BOUNDS:
        body["bounds"] = BOUNDS[feed]
    return body


def _dump(path: Path, body: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")
