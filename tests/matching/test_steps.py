"""The told clustering is the clustering: same partition on random components, and steps that lead to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching import cluster as rules
from hub.matching.cluster import cluster
from hub.matching.score import Scores
from hub.matching.steps import History, replay

REVIEW = -6.0


class Records:
    """As many records as asked for, in some order of identity."""

    def __init__(self, rank: list[int]) -> None:
        self.rank = np.array(rank, np.int64)
        self.sex = np.zeros(len(rank), np.uint8)  # nobody's son

    def __len__(self) -> int:
        return len(self.rank)


class Table:
    """A scorer whose scores stand in a table: real clustering on any component one can think of."""

    def __init__(self, weight: np.ndarray, forbidden: np.ndarray, rank: list[int], match: float = 3.0) -> None:
        self.weight, self.forbidden = weight, forbidden
        self.records, self.model = Records(rank), SimpleNamespace(match=match, review=REVIEW)

    def score(self, i: Any, j: Any) -> Scores:
        weight = self.weight[i, j]
        # of a low score some is evidence against, some is the prior
        return Scores(weight, np.where(weight < -12, weight + 12, 0).astype(np.float32), self.forbidden[i, j])

    def edges(self) -> tuple[Any, Any, Any]:
        i, j = np.triu_indices(len(self.records), 1)
        scores = self.score(i, j)
        keep = (scores.weight >= REVIEW) & ~scores.forbidden
        return i[keep], j[keep], scores.weight[keep]


def symmetric(values: list[float], n: int) -> np.ndarray:
    weight = np.zeros((n, n), np.float32)
    weight[np.triu_indices(n, 1)] = values
    return weight + weight.T


@st.composite
def tables(draw: Any) -> Table:
    n = draw(st.integers(1, 9))
    pairs = n * (n - 1) // 2
    weight = symmetric(draw(st.lists(st.integers(-40, 40), min_size=pairs, max_size=pairs)), n)
    marks = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=pairs, max_size=pairs))
    return Table(weight, symmetric(marks, n) > 0, draw(st.permutations(range(n))))


def unfold(history: History, n: int) -> list[int]:
    """The partition to which the steps lead, from single records on."""
    label = list(range(n))
    for step in history.steps:
        if step.kind != "ambiguous":
            ids = {label[row] for row in step.left}, {label[row] for row in step.right}
            assert all(len(one) == 1 for one in ids), "a step joins two whole clusters"
            assert [row for row in range(n) if label[row] in ids[0]] == sorted(step.left)
            label = [label[step.left[0]] if label[row] in ids[1] else label[row] for row in range(n)]
    return label


@pytest.mark.parametrize("cap", [4, 150])
@settings(max_examples=300)
@given(tables())
def test_the_told_partition_is_the_real_one(cap: int, table: Table) -> None:
    former, rules.COMPONENT_CAP = rules.COMPONENT_CAP, cap
    try:
        told = replay(table, *table.edges())  # type: ignore[arg-type]
        real = cluster(table, *table.edges())  # type: ignore[arg-type]
    finally:
        rules.COMPONENT_CAP = former
    assert told.label.tolist() == real.label.tolist()
    n = len(table.records)
    steps = unfold(told, n)
    assert all((steps[a] == steps[b]) == (told.label[a] == told.label[b]) for a in range(n) for b in range(n))
    for apart in told.apart:
        assert (apart.why == "contradiction") == bool(apart.contradicting)
        assert all(table.forbidden[a, b] for a, b in apart.contradicting)
        assert apart.link is None or apart.why == "ambiguous" or apart.link < table.model.match
    reviews = {frozenset((real.label[a], real.label[b])) for a, b in zip(real.review_i, real.review_j, strict=True)}
    if cap > 9:  # whatever waits for a steward stands apart for a reason that is told
        told_apart = {frozenset((told.label[a.left[0]], told.label[a.right[0]])) for a in told.apart}
        assert reviews <= told_apart


def test_father_and_son_and_one_who_could_be_either() -> None:
    forbidden = np.zeros((3, 3), bool)
    forbidden[0, 1] = forbidden[1, 0] = True
    told = replay(table := Table(symmetric([12, 14, 13], 3), forbidden, [0, 1, 2]), *table.edges())  # type: ignore[arg-type]
    assert [(s.kind, s.left, s.right, s.link, s.rivals) for s in told.steps] == [
        ("ambiguous", (0,), (2,), 14.0, ((0,), (1,))),
        ("ambiguous", (1,), (2,), 13.0, ((1,), (0,))),
    ]
    assert [(a.left, a.right, a.why, a.contradicting) for a in told.apart] == [
        ((0,), (1,), "contradiction", ((0, 1),)),
        ((0,), (2,), "ambiguous", ()),
        ((1,), (2,), "ambiguous", ()),
    ]


def test_a_chain_is_told_with_its_means() -> None:
    table = Table(symmetric([9, -20, 8], 3), np.zeros((3, 3), bool), [0, 1, 2])
    told = replay(table, *table.edges())  # type: ignore[arg-type]
    assert [(s.kind, s.left, s.right, s.link) for s in told.steps] == [("merge", (0,), (1,), 9.0)]
    assert [(a.left, a.right, a.why, a.link) for a in told.apart] == [((0, 1), (2,), "score", 0.0)]
