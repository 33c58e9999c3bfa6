"""Exports that people open: no cell is a formula."""

from __future__ import annotations

import polars as pl
import pytest

from hub.flows.export import without_formulas

CELLS = {
    "=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
    "@SUM(1)": "'@SUM(1)",
    "-2+3+cmd": "'-2+3+cmd",
    "\t=1": "'\t=1",
    "+7 916 123-45-67": "+7 916 123-45-67",
    "-5,0": "-5,0",
    "ООО «Вектор»": "ООО «Вектор»",
}


@pytest.mark.parametrize(("cell", "shown"), CELLS.items())
def test_formulas_do_not_run(cell: str, shown: str) -> None:
    assert without_formulas(pl.DataFrame({"a": [cell], "n": [1]})).row(0) == (shown, 1)


def test_a_missing_value_stays_missing() -> None:
    assert without_formulas(pl.DataFrame({"a": [None, "=1"]})).to_dict(as_series=False) == {"a": [None, "'=1"]}
