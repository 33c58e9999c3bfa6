"""Quality by numbers that were worked out by hand, and on a small base."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hub.matching.keys import blocking_keys
from hub.matching.model import start_model
from hub.matching.quality import (
    Candidates,
    Point,
    calibration_error,
    choose,
    curve,
    estimate_quality,
    reliability,
    scored_candidates,
)
from hub.matching.score import Scorer
from tests.matching.people import base

MODEL = start_model()


def candidates(*weight: float, below: int = 0, expected: float = 0.0) -> Candidates:
    rows = np.arange(len(weight))
    return Candidates(rows, rows + 1, np.array(weight, np.float32), below, expected)


def test_an_estimate_by_hand() -> None:
    # log2 odds 3 → 8/9, 0 → 1/2, -3 → 1/9
    found = estimate_quality(candidates(3, 3, 0, -3, below=5, expected=0.5), MODEL)
    assert found.zones["joined"] == (2, pytest.approx(16 / 9))
    assert found.zones["steward"] == (1, pytest.approx(0.5))
    assert found.zones["nothing"] == (6, pytest.approx(1 / 9 + 0.5))
    assert found.precision == pytest.approx(8 / 9)
    assert found.recall == pytest.approx((16 / 9) / (16 / 9 + 0.5 + 1 / 9 + 0.5))


def test_an_estimate_of_nothing() -> None:
    found = estimate_quality(candidates(), MODEL)
    assert (found.precision, found.recall) == (1.0, 1.0)


def test_reliability_by_hand() -> None:
    weight = np.array([0.2, 0.2, 0.2, 0.2, 15.0, -20.0], np.float32)
    bins = reliability(weight, np.array([True, True, True, False, True, False]))
    assert [(b.low, b.pairs, b.observed) for b in bins] == [(-10.0, 1, 0.0), (0.0, 4, 0.75), (9.0, 1, 1.0)]
    assert bins[1].predicted == pytest.approx(1 / (1 + 2**-0.2))
    assert calibration_error(bins) == pytest.approx(4 / 6 * (0.75 - 1 / (1 + 2**-0.2)), abs=1e-4)


def test_the_choice_of_a_threshold() -> None:
    points = [
        Point(1, 0.90, 0.99, 0.943),
        Point(2, 0.99, 0.98, 0.985),
        Point(3, 0.99, 0.98, 0.985),
        Point(4, 1, 0.7, 0.82),
    ]
    found = choose(points)
    assert found.best_f1.threshold == 3, "of equals the higher"
    assert found.precise == points[2]
    assert choose(points[:1]).precise is None


def test_recall_falls_with_the_threshold() -> None:
    records, parties = base()
    scorer = Scorer(MODEL, records)
    points = curve(scorer, scored_candidates(scorer, blocking_keys(records, MODEL.keys)), parties)
    recall = [point.recall for point in points]
    assert recall[0] > recall[-1]
    assert all(later <= earlier + 0.01 for earlier, later in itertools.pairwise(recall))
    unknown = np.where(np.arange(len(parties)) % 2, parties, -1)
    assert curve(scorer, scored_candidates(scorer, blocking_keys(records, MODEL.keys)), unknown)


def test_candidates_come_once_and_hold_no_contradiction() -> None:
    records, _ = base(600)
    scorer = Scorer(MODEL, records)
    found = scored_candidates(scorer, blocking_keys(records, MODEL.keys))
    assert len(set(zip(found.i.tolist(), found.j.tolist(), strict=True))) == len(found.i)
    assert not scorer.score(found.i, found.j).forbidden.any()
