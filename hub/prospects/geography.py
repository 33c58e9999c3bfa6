"""How near a claimant is to a person: its territory first, then the distance."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import polars as pl

EARTH_KM = 6371.0
FARTHEST_KM = 500.0  # beyond it nobody is near

DEALERS = {"dealer": pl.String, "latitude": pl.Float64, "longitude": pl.Float64, "territory": pl.String}
HOMES = {"golden": pl.Int64, "postcode": pl.String, "latitude": pl.Float64, "longitude": pl.Float64}
NEARNESS = {"golden": pl.Int64, "dealer": pl.String, "inside": pl.Boolean, "km": pl.Float64}


def nearness(pairs: pl.DataFrame, homes: pl.DataFrame, dealers: pl.DataFrame) -> pl.DataFrame:
    """For each pair ``golden, dealer``: whether the home lies in the dealer's territory, and kilometres between them.

    Pairs of which neither can be told, or that lie farther than `FARTHEST_KM` and not inside, are left out.

    Args:
        homes: schema `HOMES`.
        dealers: schema `DEALERS`; the territory as JSON (see `hub.dealers.franchises.Territory`).
    """
    there = dealers.rename({"latitude": "at_latitude", "longitude": "at_longitude"})
    rows = (
        pairs.select("golden", "dealer")
        .unique()
        .join(homes, on="golden")
        .join(there, on="dealer")
        .sort("golden", "dealer")
    )
    inside = np.zeros(len(rows), bool)
    for text in rows["territory"].drop_nulls().unique().sort():
        chosen = (rows["territory"] == text).fill_null(False).to_numpy()
        inside[chosen] = _inside(json.loads(text), rows.filter(chosen))
    km = distance_km(*(rows[name].to_numpy() for name in ("latitude", "longitude", "at_latitude", "at_longitude")))
    found = rows.select("golden", "dealer").with_columns(inside=pl.Series(inside), km=pl.Series(km).fill_nan(None))
    return found.filter(pl.col("inside") | (pl.col("km") <= FARTHEST_KM)).select(list(NEARNESS))


def distance_km(
    latitude: npt.NDArray[np.float64],
    longitude: npt.NDArray[np.float64],
    other_latitude: npt.NDArray[np.float64],
    other_longitude: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Great-circle distances by the haversine formula (Sinnott 1984), degrees in, kilometres out."""
    a, b = np.radians(latitude), np.radians(other_latitude)
    east = np.sin((np.radians(longitude) - np.radians(other_longitude)) / 2)
    half = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * east**2
    kilometres: npt.NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return kilometres


def _inside(territory: dict[str, list[str] | list[list[float]]], rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
    if "postcodes" in territory:
        prefixes = [str(prefix) for prefix in territory["postcodes"]]
        starts = pl.any_horizontal([pl.lit(False), *(pl.col("postcode").str.starts_with(p) for p in prefixes)])
        return rows.select(starts.fill_null(False)).to_series().to_numpy()
    corners = np.array(territory["polygon"], np.float64)
    return within(rows["longitude"].to_numpy(), rows["latitude"].to_numpy(), corners)


def within(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], corners: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which points lie in a polygon, by counting the edges that a ray crosses (Shimrat 1962). NaN lies nowhere."""
    odd = np.zeros(len(x), bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return odd
