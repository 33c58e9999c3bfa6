"""What stewards demand holds in every clustering, and what they leave alone is clustered as without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching import cluster as rules
from hub.matching.cluster import Clusters, cluster
from hub.matching.constraints import Constraints
from hub.matching.steps import replay
from tests.matching.test_steps import Table, symmetric, tables, unfold


def demands(together: list[list[int]] = [], apart: Any = (), unsure: Any = ()) -> Constraints:  # noqa: B006
    pairs = [np.array(list(one), np.int64).reshape(len(list(one)), 2) for one in (apart, unsure)]
    return Constraints(tuple(np.array(rows) for rows in together), *pairs)


def run(weights: list[int], n: int, said: Constraints | None = None, forbidden: Any = ()) -> Clusters:
    marks = np.zeros((n, n), bool)
    for a, b in forbidden:
        marks[a, b] = marks[b, a] = True
    table = Table(symmetric([float(w) for w in weights], n), marks, list(range(n)))
    return cluster(table, *table.edges(), said)  # type: ignore[arg-type]


def asked(found: Clusters) -> set[tuple[int, int]]:
    return set(zip(found.review_i.tolist(), found.review_j.tolist(), strict=True))


CASES: dict[str, tuple[list[int], int, Constraints, Any, list[int]]] = {
    "strangers that a steward joins": ([-30], 2, demands([[0, 1]]), (), [0, 0]),
    "contradicting ones that a steward joins": ([9], 2, demands([[0, 1]]), [(0, 1)], [0, 0]),
    "a match that a steward parts": ([20], 2, demands(apart=[(0, 1)]), (), [0, 1]),
    "whole clusters are parted": (
        # 01 12 13 23 strong: without a word one cluster; 0 and 3 apart: 1 and 2 go to where they lean
        [20, 1, -20, 5, -20, 20],
        4,
        demands(apart=[(0, 3)]),
        (),
        [0, 0, 2, 2],
    ),
    "who leans to both sides of a parting joins neither": (
        [20, 20, 20],
        3,
        demands(apart=[(0, 1)]),
        (),
        [0, 1, 2],
    ),
    "a joined set weighs as one": ([-30, 20, -2], 3, demands([[0, 1]]), (), [0, 0, 0]),
    # 0 and 1 hold different tax ids and are one all the same: 2, with the id of 1, stays with them
    "a contradiction that is overruled counts for nobody": (
        [-5, -5, 30],
        3,
        demands([[0, 1]]),
        [(0, 1), (0, 2)],
        [0] * 3,
    ),
    "who contradicts the whole set stays out": ([20, 30, 30], 3, demands([[0, 1]]), [(0, 2), (1, 2)], [0, 0, 2]),
    # two clusters, 01 and 23, that contradict each other throughout
    "whole clusters are joined": (
        [20, -9, -9, -9, -9, 20],
        4,
        demands([[1, 3]]),
        [(0, 2), (0, 3), (1, 2), (1, 3)],
        [0, 0, 0, 0],
    ),
    "but not those that stand apart": (
        [20, -9, -9, -9, -9, 20],
        4,
        demands([[1, 3]], [(0, 2)]),
        (),
        [0, 1, 2, 1],
    ),
    "unsure binds nobody": ([20], 2, demands(unsure=[(0, 1)]), (), [0, 0]),
}


@pytest.mark.parametrize(("weights", "n", "said", "forbidden", "expected"), CASES.values(), ids=CASES)
def test_what_a_steward_said_holds(
    weights: list[int], n: int, said: Constraints, forbidden: Any, expected: Any
) -> None:
    assert run(weights, n, said, forbidden).label.tolist() == expected


def test_nobody_is_asked_twice() -> None:
    # two clusters, 01 and 23, with an open question between them
    weights = [20, 1, -4, -4, -4, 20]
    assert asked(run(weights, 4)) == {(0, 2)}
    for judged in ((0, 2), (1, 3)):
        assert asked(run(weights, 4, demands(unsure=[judged]))) == set()
        assert asked(run(weights, 4, demands(apart=[judged]))) == set()


def test_a_set_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "COMPONENT_CAP", 3)
    n = 6
    weights = [5] * 15
    found = run(weights, n, demands([[0, 1, 2, 3, 4]]))
    assert found.label[:5].tolist() == [0] * 5
    assert set(run(weights, n).label.tolist()) == set(range(n)), "a clique of equals falls apart"


def partition(label: list[int]) -> set[frozenset[int]]:
    return {frozenset(row for row, own in enumerate(label) if own == one) for one in label}


@st.composite
def told(draw: st.DrawFn) -> tuple[Table, Constraints]:
    """A table, disjoint sets of its rows, and pairs of rows of different sets."""
    table = draw(tables())
    n = len(table.records)
    group = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    sets = [[row for row in range(n) if group[row] == number] for number in range(2)]
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(
        lambda p: p[0] != p[1] and (group[p[0]] != group[p[1]] or group[p[0]] > 1)
    )
    apart, unsure = (draw(st.lists(pairs, max_size=3)) if n > 1 else [] for _ in range(2))
    return table, demands([rows for rows in sets if len(rows) > 1], apart, unsure)


@pytest.mark.parametrize("cap", [4, 150])
@settings(max_examples=300)
@given(told())
def test_laws(cap: int, case: tuple[Any, Constraints]) -> None:
    table, said = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "COMPONENT_CAP", cap)
        found = cluster(table, *table.edges(), said)
        history = replay(table, *table.edges(), said)
        for rows in said.together:
            assert len(set(found.label[rows].tolist())) == 1
        for a, b in said.apart.tolist():
            assert found.label[a] != found.label[b]
        asked_labels = {frozenset((int(found.label[a]), int(found.label[b]))) for a, b in asked(found)}
        for a, b in (*said.apart.tolist(), *said.unsure.tolist()):
            assert frozenset((int(found.label[a]), int(found.label[b]))) not in asked_labels
        # what is told is what was done
        assert history.label.tolist() == found.label.tolist()
        assert partition(unfold(history, len(table.records))) == partition(found.label.tolist())
        # a word that changes nothing changes nothing
        free = cluster(table, *table.edges())
        idle = cluster(table, *table.edges(), Constraints())
        assert idle.label.tolist() == free.label.tolist()
        assert asked(idle) == asked(free)


@settings(max_examples=200)
@given(told(), st.randoms())
def test_the_order_of_rows_decides_nothing(case: tuple[Any, Constraints], dice: Any) -> None:
    table, said = case
    n = len(table.records)
    to = list(range(n))
    dice.shuffle(to)
    place = np.array(to, np.int64)
    turned = Table(np.zeros((n, n), np.float32), np.zeros((n, n), bool), [0] * n)
    turned.weight[np.ix_(place, place)] = table.weight
    turned.forbidden[np.ix_(place, place)] = table.forbidden
    turned.records.rank[place] = table.records.rank
    label = cluster(table, *table.edges(), said).label
    again = cluster(turned, *turned.edges(), said.renumbered(place)).label
    assert again[place].tolist() == place[label].tolist()
