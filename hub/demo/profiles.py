"""How each dealer sends its files: system, names, packing, full or delta, and what goes wrong on the second night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hub.demo.styles import CANONICAL, EXCEL, STYLES, Style

SecondNight = Literal["mixed", "full", "delta"]
DELTA: Final = (1, 6, 8, 9, 11)  # places in the cycle of twelve whose second night holds changes only
GZIP: Final = (4, 9)
ZIP: Final = (11,)
MANIFEST: Final = (2, 7, 8)
ADF: Final = (2, 6, 11)
ENDINGS: Final = {
    "csv": ".csv",
    "xlsx": ".xlsx",
    "xml": ".xml",
    "json": ".json",
    "ndjson": ".ndjson",
    "parquet": ".parquet",
}
# dealers to whom something particular happens on the second night, by number
CUT, ADDED_COLUMN, RESENT, LATE = 4, 2, 5, 1


@dataclass(frozen=True)
class Profile:
    """How one dealer sends.

    Attributes:
        style: the dealer's system.
        packing: ``.gz``, ``.zip`` or nothing.
        delta: the second night holds changes only.
        manifest: a manifest comes with each file.
        dated: the day is in the files' names.
        own_file_names: names that only the specification's patterns know.
        adf_leads: leads come as ADF XML.
        parts: files per feed of one night.
    """

    style: Style
    packing: str = ""
    delta: bool = False
    manifest: bool = False
    dated: bool = True
    own_file_names: bool = False
    adf_leads: bool = False
    parts: int = 1

    def file_name(self, feed: str, day: str, delta: bool, part: int = 0) -> str:
        """Name of a file for ``day`` (ISO), as this dealer's system makes it."""
        kind = "xml" if feed == "leads" and self.adf_leads else self.style.format
        stem = feed
        if self.own_file_names:
            stem = self.style.files[feed].rstrip("_*")
        if delta:
            stem += "_delta"
        if self.dated:
            stem += self._day(day)
        if part:
            stem += f"_part{part}"
        return stem + ENDINGS[kind] + self.packing

    def _day(self, day: str) -> str:
        if self.style is EXCEL:
            year, month, date = day.split("-")
            return f" {date}.{month}.{year}"
        return f"_{day}" if self.style.name in ("canonical", "lakehouse") else f"_{day.replace('-', '')}"


def profile_of(number: int, plain: bool, second_night: SecondNight) -> Profile:
    """The profile of the dealer with this number; ``plain``: canonical CSV for all."""
    place = number % len(STYLES)
    delta = place in DELTA if second_night == "mixed" else second_night == "delta"
    if plain:
        return Profile(CANONICAL, delta=delta)
    return Profile(
        STYLES[place],
        packing=".gz" if place in GZIP else ".zip" if place in ZIP else "",
        delta=delta,
        manifest=place in MANIFEST,
        dated=place != 7,
        own_file_names=place == 8,
        adf_leads=place in ADF,
        parts=2 if place == 10 else 1,
    )
