"""Measures checked by hand."""

import polars as pl
import pytest

from hub.matching.evaluate import quality


def test_by_hand() -> None:
    # clusters {a,b,c} {d}; parties {a,b} {c,d}
    found = quality(pl.Series(["x", "x", "x", "y"]), pl.Series([1, 1, 2, 2]))
    assert found.pairs == (3, 1, 2)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 2)
    assert found.b3_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert found.b3_recall == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)


def test_the_truth_is_perfect() -> None:
    labels = pl.Series(["x", "y", "y"])
    assert quality(labels, labels).f1 == 1.0


def test_nobody_merged_has_full_precision_and_no_recall() -> None:
    found = quality(pl.Series([1, 2, 3]), pl.Series([1, 1, 1]))
    assert (found.precision, found.recall, found.f1) == (1.0, 0.0, 0.0)
