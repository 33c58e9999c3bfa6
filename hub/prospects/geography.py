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
    inside = _inside(rows)
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


def _inside(rows: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each home lies in its row's territory."""
    texts = rows["territory"].drop_nulls().unique().sort().to_list()
    told = [(text, json.loads(text)) for text in texts]
    prefixes = [(text, str(prefix)) for text, area in told for prefix in area.get("postcodes", ())]
    table = pl.DataFrame(prefixes, {"territory": pl.String, "prefix": pl.String}, orient="row").unique()
    inside = np.zeros(len(rows), bool)
    for length in sorted(set(table["prefix"].str.len_chars())):
        begun = rows.select("territory", prefix=pl.col("postcode").str.head(length)).with_row_index("row")
        inside[begun.join(table, on=["territory", "prefix"])["row"].to_numpy()] = True
    polygons = [(text, np.array(area["polygon"], np.float64)) for text, area in told if "postcodes" not in area]
    for text, corners in polygons:
        chosen = (rows["territory"] == text).fill_null(False).to_numpy()
        where = rows.filter(chosen)
        inside[chosen] = within(where["longitude"].to_numpy(), where["latitude"].to_numpy(), corners)
    return inside


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
