"""How near dealers are: territories by postcode and by polygon, and distances."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.prospects.geography import DEALERS, HOMES, distance_km, nearness, within

SQUARE = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)])
POINTS = [(2, 2, True), (5, 2, False), (2, -1, False), (0.1, 3.9, True), (-0.1, 2, False)]


@pytest.mark.parametrize(("x", "y", "inside"), POINTS)
def test_points_in_a_polygon(x: float, y: float, inside: bool) -> None:
    assert within(np.array([x]), np.array([y]), SQUARE).tolist() == [inside]


def test_distance_of_two_cities() -> None:
    moscow, petersburg = (55.7558, 37.6173), (59.9343, 30.3351)
    km = distance_km(*(np.array([value]) for value in (*moscow, *petersburg)))
    assert km[0] == pytest.approx(634, abs=2)


def test_nearness_knows_territories_and_leaves_out_what_cannot_be_told() -> None:
    homes = pl.DataFrame(
        [(1, "115035", 55.75, 37.61), (2, None, None, None), (3, "690001", 43.1, 131.9)], HOMES, orient="row"
    )
    dealers = pl.DataFrame(
        [
            ("by postcode", None, None, '{"postcodes": ["1150", "99"]}'),
            ("by polygon", 55.7, 37.6, '{"polygon": [[37, 55], [38, 55], [38, 56], [37, 56]]}'),
            ("near", 55.8, 37.7, None), ("far", 43.0, 131.0, None),
        ],
        DEALERS, orient="row",
    )  # fmt: skip
    pairs = pl.DataFrame({"golden": [1, 1, 1, 1, 2, 3], "dealer": [*dealers["dealer"], "near", "far"]})
    found = {(g, d): (inside, km) for g, d, inside, km in nearness(pairs, homes, dealers).rows()}
    assert found[1, "by postcode"] == (True, None)
    assert found[1, "by polygon"][0]
    assert found[1, "near"] == (False, pytest.approx(7.9, abs=0.2))
    assert (1, "far") not in found
    assert (2, "near") not in found
    assert found[3, "far"][1] == pytest.approx(74, abs=2)
