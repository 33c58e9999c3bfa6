"""Scorecards: medians tell nobody's figures, advice is ranked by what matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.network.scorecard import BY_NAME, ENOUGH, MEASURES, Score, medians, scores, to_improve


@pytest.mark.parametrize(("dealers", "told"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_a_median_needs_enough_dealers(dealers: int, told: bool) -> None:
    figures = {f"D{number}": {"rejected": number / 100} for number in range(dealers)}
    assert ("rejected" in medians(figures)) == told


@pytest.mark.parametrize(
    ("name", "value", "before", "trend", "missed"),
    [
        ("rejected", 0.05, 0.02, "worse", True),
        ("rejected", 0.005, 0.02, "better", False),
        ("punctual", 0.9, 0.8, "better", True),
        ("punctual", 1.0, 1.0, "", False),
        ("response", 240.0, None, "", True),
        ("rows", 10.0, 5.0, "", False),
        ("consent", None, 0.5, "", False),
    ],
)
def test_a_figure(name: str, value: float | None, before: float | None, trend: str, missed: bool) -> None:
    score = Score(BY_NAME[name], value, before, None)
    assert (score.trend, score.gap > 0) == (trend, missed)


def test_advice_begins_with_what_matters_most() -> None:
    found = scores({"rejected": 0.2, "consent": 0.5, "punctual": 0.99}, {}, {})
    assert [one.measure.name for one in to_improve(found)] == ["rejected", "consent"]
    assert [one.measure.name for one in to_improve(found, 1)] == ["rejected"]


def test_whatever_can_be_missed_says_what_to_do() -> None:
    assert [measure.name for measure in MEASURES if measure.better and not measure.advice] == []


@given(st.dictionaries(st.sampled_from([m.name for m in MEASURES]), st.floats(0, 1)))
def test_every_measure_has_its_score(now: dict[str, float]) -> None:
    assert [one.measure for one in scores(now, {}, {})] == list(MEASURES)
