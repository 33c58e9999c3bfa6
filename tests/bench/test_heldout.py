"""Quality counted on a held-out part, beside a naive count of pairs."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bench.heldout import held_out_quality
from hub.matching.evaluate import quality

RECORDS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=25)


@given(RECORDS)
def test_with_everything_held_out_it_is_the_quality(records: list[tuple[int, int]]) -> None:
    clusters, truth = (pl.Series(side) for side in zip(*records, strict=True))
    assert held_out_quality(clusters, truth, pl.Series([True] * len(records))) == quality(clusters, truth)


@given(RECORDS)
def test_pairs_count_if_they_touch_a_party_that_was_held_out(records: list[tuple[int, int]]) -> None:
    clusters, truth = (pl.Series(side) for side in zip(*records, strict=True))
    measured = held_out_quality(clusters, truth, truth % 2 == 1)
    counted = [(a, b) for a, b in combinations(records, 2) if a[1] % 2 or b[1] % 2]
    found, true = [a[0] == b[0] for a, b in counted], [a[1] == b[1] for a, b in counted]
    assert measured.pairs == (sum(found), sum(f and t for f, t in zip(found, true, strict=True)), sum(true))
    assert measured.records == sum(t % 2 for _, t in records)


def test_b3_is_averaged_over_the_records_held_out() -> None:
    measured = held_out_quality(pl.Series([1, 1, 1, 2]), pl.Series([1, 1, 2, 2]), pl.Series([True, True, False, False]))
    assert measured.b3_precision == pytest.approx(2 / 3)
    assert measured.b3_recall == 1.0
