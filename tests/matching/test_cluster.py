"""The laws of clustering, on score matrices and on records."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching.cluster import Votes, agglomerate
from hub.matching.components import bounded_components, components


def matrices(weights: list[list[float]], contradictions: set[tuple[int, int]] = frozenset()):
    scores = np.array(weights, np.float32)
    scores = (scores + scores.T) / 2
    forbidden = np.zeros(scores.shape, bool)
    for a, b in contradictions:
        forbidden[a, b] = forbidden[b, a] = True
    return Votes(scores[None], np.ones_like(scores)[None], forbidden[None])


def labels(
    weights: list[list[float]], contradictions: set[tuple[int, int]] = frozenset(), threshold: float = 3
) -> list[int]:
    label, _ = agglomerate(matrices(weights, contradictions), threshold)
    return label[0].tolist()


def test_a_chain_does_not_hold() -> None:
    # A~B and B~C, but A is not C: the mean of the second merge, (8 - 20) / 2, is too low
    assert labels([[0, 9, -20], [9, 0, 8], [-20, 8, 0]]) == [0, 0, 2]


def test_three_that_agree_are_one() -> None:
    assert labels([[0, 9, 5], [9, 0, 8], [5, 8, 0]]) == [0, 0, 0]


def test_contradicting_records_never_share_a_cluster() -> None:
    strong = [[0, 25, 25], [25, 0, 25], [25, 25, 0]]
    label = labels(strong, {(0, 1)})
    assert label[0] != label[1]


def test_one_that_could_be_the_fathers_or_the_sons_joins_neither() -> None:
    # 0 father, 1 son (contradict); 2 fits both
    label, blocked = agglomerate(matrices([[0, 12, 14], [12, 0, 13], [14, 13, 0]], {(0, 1)}), 3)
    assert label[0].tolist() == [0, 1, 2]
    assert {(int(x), int(y)) for _, x, y in blocked} >= {(0, 2)} or {(int(y), int(x)) for _, x, y in blocked} >= {
        (0, 2)
    }


def test_two_that_fit_both_do_not_join_each_other() -> None:
    weights = [[0, 12, 14, 14], [12, 0, 14, 14], [14, 14, 0, 15], [14, 14, 15, 0]]
    assert labels(weights, {(0, 1)}) == [0, 1, 2, 3]


def test_clear_evidence_beats_the_doubt() -> None:
    # 2 fits the father by far better than the son
    assert labels([[0, 12, 28], [12, 0, 13], [28, 13, 0]], {(0, 1)}) == [0, 1, 0]


@st.composite
def weighed(draw):
    n = draw(st.integers(2, 7))
    # distinct weights whose means are distinct, too, so that no tie hides a dependence on order
    values = draw(st.lists(st.integers(-300, 300), min_size=n * n, max_size=n * n, unique=True))
    forbidden = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4))
    return (
        (np.array(values) / 10 + np.sin(values) / 20).astype(np.float32).reshape(n, n),
        {(a, b) for a, b in forbidden if a < b},
        draw(st.permutations(range(n))),
    )


@settings(max_examples=300)
@given(weighed())
def test_order_of_records_does_not_matter(case) -> None:
    weights, contradictions, order = case
    weights = np.triu(weights, 1) + np.triu(weights, 1).T
    position = {old: new for new, old in enumerate(order)}
    shuffled = {tuple(sorted((position[a], position[b]))) for a, b in contradictions}
    straight = labels(weights.tolist(), contradictions)
    turned = labels(weights[np.ix_(order, order)].tolist(), shuffled)
    n = len(order)
    same = {(a, b) for a in range(n) for b in range(n) if straight[a] == straight[b]}
    assert same == {(order[a], order[b]) for a in range(n) for b in range(n) if turned[a] == turned[b]}
    assert not any(straight[a] == straight[b] for a, b in contradictions)


def test_a_component_beyond_the_cap_is_cut_at_its_weakest_edges() -> None:
    i = np.array([0, 1, 2, 3, 4])
    j = np.array([1, 2, 3, 4, 5])
    weight = np.array([9, 8, 1, 7, 9], np.float32)
    label, cut = bounded_components(7, i, j, weight, cap=3)
    assert label[0] == label[1] == label[2] != label[3] == label[4] == label[5]
    assert cut.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_clique_of_equals_beyond_the_cap_falls_apart() -> None:
    i, j = np.triu_indices(10, 1)
    label, cut = bounded_components(10, i, j, np.full(len(i), 5, np.float32), cap=4)
    assert len(set(label.tolist())) == 10
    assert len(cut) == 10
    assert len(set(components(10, i, j).tolist())) == 1
