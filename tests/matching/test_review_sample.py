"""The pairs to be labelled: deterministic, near the threshold, of many patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from hub.matching.constraints import Constraints
from hub.matching.keys import blocking_keys
from hub.matching.model import start_model
from hub.matching.quality import Candidates, scored_candidates
from hub.matching.resolve import prepare
from hub.matching.review_sample import REACH, ReviewSample, review_sample
from hub.matching.score import Scorer
from tests.matching.people import people

MODEL = replace(start_model(), match=24.0)  # this base has no doubtful pairs at the real threshold


def alone(scorer: Scorer) -> np.ndarray:
    """A base that has not been clustered."""
    return np.full(len(scorer.records), -1)


def sample(seed: int | None, count: int) -> tuple[ReviewSample, list[tuple[str, str]]]:
    frame = people(1500, 2)
    if seed is not None:
        frame = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    scorer = Scorer(MODEL, prepare(frame))
    candidates = scored_candidates(scorer, blocking_keys(scorer.records, MODEL.keys))
    found = review_sample(scorer, candidates, count, alone(scorer))
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
    candidates = scored_candidates(scorer, blocking_keys(scorer.records, MODEL.keys))
    found = review_sample(scorer, candidates, 5, alone(scorer))
    assert len(found.i) == 0


SURE, DOUBT = MODEL.match + REACH + 1, MODEL.match + 1
TRIANGLE = [(0, 1, SURE), (1, 2, SURE), (0, 2, DOUBT)]
TWO_PAIRS = [(0, 1, SURE), (2, 3, SURE), (0, 2, DOUBT + 2), (1, 2, DOUBT), (0, 3, DOUBT + 1)]


@pytest.mark.parametrize(
    ("scored", "cluster", "said", "asked"),
    [
        ([(0, 1, DOUBT)], [-1, -1], None, {(0, 1)}),
        (TRIANGLE, [5, 5, 5], None, set()),  # the third says that they are one
        (TRIANGLE, [5, 5, 9], None, {(0, 2)}),  # but the clusters do not
        ([(0, 1, DOUBT), (0, 2, DOUBT), (1, 2, DOUBT)], [5, 5, 5], None, {(0, 1), (0, 2), (1, 2)}),  # nothing is sure
        (TWO_PAIRS, [5, 5, 9, 9], None, {(1, 2)}),  # one question, the most doubtful
        (TWO_PAIRS, [5, 5, 5, 5], None, {(1, 2)}),  # and the answer may take them apart
        ([(0, 1, DOUBT)], [5, 9], Constraints(together=(np.array([0, 1]),)), set()),
        ([(0, 1, DOUBT)], [5, 9], Constraints(apart=np.array([[0, 1]])), set()),
        ([(0, 1, DOUBT)], [5, 9], Constraints(unsure=np.array([[1, 0]])), set()),
        (TWO_PAIRS, [5, 5, 9, 9], Constraints(apart=np.array([[3, 1]])), set()),  # said of one pair, known of all
        (TWO_PAIRS, [5, 5, 9, 9], Constraints(apart=np.array([[3, 4]])), {(1, 2)}),
        ([(0, 1, DOUBT), (2, 1, DOUBT + 1)], [-1] * 3, Constraints(together=(np.array([0, 2]),)), {(0, 1)}),
    ],
)
def test_what_is_known_is_not_asked(
    scored: list[tuple[int, int, float]], cluster: list[int], said: Constraints | None, asked: set[tuple[int, int]]
) -> None:
    scorer = Scorer(MODEL, prepare(people(8, 8)))
    i, j, weight = zip(*scored, strict=True)
    candidates = Candidates(np.array(i), np.array(j), np.array(weight, np.float32), 0, 0.0)
    known = np.array(cluster + [-1] * (len(scorer.records) - len(cluster)))
    found = review_sample(scorer, candidates, 100, known, said)
    assert {(min(pair), max(pair)) for pair in zip(found.i.tolist(), found.j.tolist(), strict=True)} == asked


def test_large_groups_are_asked_about_first() -> None:
    scorer = Scorer(MODEL, prepare(pl.concat([people(1, 2)] * 8)))  # all pairs show one pattern
    weight = np.array([DOUBT, DOUBT, SURE, SURE], np.float32)
    candidates = Candidates(np.array([0, 2, 2, 4]), np.array([1, 3, 4, 5]), weight, 0, 0.0)
    found = review_sample(scorer, candidates, 1, np.full(len(scorer.records), 7))
    assert set(zip(found.i.tolist(), found.j.tolist(), strict=True)) == {(2, 3)}
