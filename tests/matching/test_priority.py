"""What a steward is asked first."""

from __future__ import annotations

import numpy as np
import pytest

from hub.matching.cluster import Clusters
from hub.matching.priority import SCALE, WEIGHTS, priorities

MATCH = 3.0


def asked(label: list[int], questions: list[tuple[int, int, float]], dealer: list[int] | None = None) -> list[int]:
    i, j, weight = zip(*questions, strict=True) if questions else ((), (), ())
    clusters = Clusters(
        np.array(label),
        np.array(i, np.int64),
        np.array(j, np.int64),
        np.array(weight, np.float32),
        np.array(["score"] * len(i), np.str_),
    )
    return priorities(clusters, np.array(dealer or [0] * len(label)), MATCH).tolist()


ALONE = [0, 1, 2, 3]

# two questions, of which the first matters more
FIRST = {
    "nearer to the threshold": (ALONE, [(0, 1, 2.0), (2, 3, -2.0)], None),
    "nearer, from above": (ALONE, [(0, 1, 4.0), (2, 3, 12.0)], None),
    "more records": ([0, 0, 2, 3, 4], [(0, 2, 1.0), (3, 4, 1.0)], None),
    "more dealers": (ALONE, [(0, 1, 1.0), (2, 3, 1.0)], [1, 2, 3, 3]),
    "dealers of all members count": ([0, 0, 2, 3, 3, 5], [(0, 2, 1.0), (3, 5, 1.0)], [1, 2, 1, 1, 1, 1]),
}


@pytest.mark.parametrize(("label", "questions", "dealer"), FIRST.values(), ids=FIRST)
def test_what_comes_first(label: list[int], questions: list[tuple[int, int, float]], dealer: list[int] | None) -> None:
    first, second = asked(label, questions, dealer)
    assert first > second


def test_a_rival_that_is_nearly_as_likely_makes_a_question_urgent() -> None:
    alone = asked([0, 1, 2], [(0, 1, 1.0)])[0]
    near, far = asked([0, 1, 2], [(0, 1, 1.0), (1, 2, 0.5)])[0], asked([0, 1, 2], [(0, 1, 1.0), (1, 2, -6.0)])[0]
    assert near > far > alone


def test_bounds() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert asked([0, 1], []) == []
    most = asked([0] * 60 + [60] * 60, [(0, 60, MATCH)], list(range(120)))[0]
    assert 0.75 * SCALE < most <= SCALE
    assert 0 <= asked([0, 1], [(0, 1, -40.0)])[0] < 100
