"""VINs and plates."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.normalize.vehicles import plate, vin
from tests.normalize.case_tables import cases


@pytest.mark.parametrize("case", cases("vins"))
def test_vins(case: dict[str, str]) -> None:
    assert (vin(pl.Series([case["input"]]))[0] or "") == case["expected"]


@pytest.mark.parametrize("case", cases("plates"))
def test_plates(case: dict[str, str]) -> None:
    assert (plate(pl.Series([case["input"]]))[0] or "") == case["expected"]


def test_missing_stays_missing() -> None:
    empty = pl.Series([None, ""], dtype=pl.String)
    assert vin(empty).to_list() == plate(empty).to_list() == [None, None]


@given(st.lists(st.text(max_size=20), max_size=5))
def test_folding_twice_changes_nothing(texts: list[str]) -> None:
    values = pl.Series(texts, dtype=pl.String)
    assert vin(vin(values)).to_list() == vin(values).to_list()
    assert plate(plate(values)).to_list() == plate(values).to_list()
