"""Distances and areas on the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]  # longitude, latitude in degrees (WGS 84)

EARTH_KM = 6371.0088  # mean radius (IUGG)


def distances_km(here: Point, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Great-circle distances by the haversine formula (Sinnott 1984); NaN where a point is unknown.

    Args:
        points: rows of longitude and latitude in degrees.
    """
    longitude, latitude = np.radians(points[:, 0]), np.radians(points[:, 1])
    here_longitude, here_latitude = np.radians(here)
    half = (
        np.sin((latitude - here_latitude) / 2) ** 2
        + np.cos(here_latitude) * np.cos(latitude) * np.sin((longitude - here_longitude) / 2) ** 2
    )
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))), np.float64)


def inside(here: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon, by counting crossings of a ray to the east (even–odd rule).

    Sides are straight in degrees; good enough for sales areas that do not cross the 180th meridian.
    """
    x, y = here
    crossings = 0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
    return crossings % 2 == 1
