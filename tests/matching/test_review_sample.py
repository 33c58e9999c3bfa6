"""The pairs to be labelled: deterministic, near the threshold, of many patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hub.matching.keys import blocking_keys
from hub.matching.model import start_model
from hub.matching.quality import scored_candidates
from hub.matching.resolve import prepare
from hub.matching.review_sample import REACH, ReviewSample, review_sample
from hub.matching.score import Scorer
from tests.matching.people import people

MODEL = replace(start_model(), match=24.0)  # this base has no doubtful pairs at the real threshold


def sample(seed: int | None, count: int) -> tuple[ReviewSample, list[tuple[str, str]]]:
    frame = people(1500, 2)
    if seed is not None:
        frame = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    scorer = Scorer(MODEL, prepare(frame))
    found = review_sample(scorer, scored_candidates(scorer, blocking_keys(scorer.records, MODEL.keys)), count)
    ids = frame["id"].to_list()
    return found, [(ids[i], ids[j]) for i, j in zip(found.i, found.j, strict=True)]


def test_the_same_pairs_whatever_the_order_of_rows() -> None:
    assert sample(None, 40)[1] == sample(3, 40)[1]


def test_near_the_threshold_and_each_pair_once() -> None:
    found, pairs = sample(None, 60)
    assert len(set(pairs)) == len(pairs) == 60
    assert np.abs(found.weight - MODEL.match).max() <= REACH


def test_spread_over_patterns() -> None:
    found, pairs = sample(None, 30)
    patterns = set(zip(*found.levels.values(), strict=True))
    every, _ = sample(None, 10_000)
    assert len(patterns) >= min(len(set(zip(*every.levels.values(), strict=True))), len(pairs)) * 0.5


def test_a_base_without_candidates() -> None:
    frame = people(3, 10)
    scorer = Scorer(MODEL, prepare(frame[:1]))
    found = review_sample(scorer, scored_candidates(scorer, blocking_keys(scorer.records, MODEL.keys)), 5)
    assert len(found.i) == 0
