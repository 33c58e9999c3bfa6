"""Average linkage compiled beside the rule taken word for word: the strongest open link of the whole matrix, again and again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hub.matching import components as union
from hub.matching import linkage
from hub.matching.cluster import MARGIN, _ambiguous, _State
from hub.matching.components import components, grouped

THRESHOLD = 3.0


def by_the_word(state: _State, label: np.ndarray) -> set[tuple[int, int, int]]:
    """One component's clustering, in place; its blocked merges."""
    only, found = np.zeros(1, np.int64), set()
    while True:
        link = state.link(only)
        open_ = np.where(state.blocked, np.float32(-np.inf), link)[0]
        np.fill_diagonal(open_, -np.inf)
        x, y = divmod(int(open_.argmax()), len(open_))
        strength = open_[x, y]
        if not strength >= THRESHOLD:
            return found
        at = np.array([x]), np.array([y])
        if _ambiguous(link, state.forbidden, *at, np.maximum(strength[None] - MARGIN, THRESHOLD))[0]:
            state.blocked[:, x, y] = state.blocked[:, y, x] = True
            found.add((0, x, y))
        else:
            state.merge(only, *at)
            label[label == y] = x


def component(seed: int, size: int, coarse: bool) -> _State:
    """Votes of one component; coarse ones have many ties."""
    draw = np.random.default_rng(seed)
    total = draw.normal(3, 8, (size, size))
    total = np.round(total / 4) * 4 if coarse else total
    total = np.triu(total, 1).astype(np.float32)
    voices = np.triu(draw.random((size, size)) < 0.8, 1).astype(np.float32)
    forbidden = np.triu(draw.random((size, size)) < 0.1, 1)
    total *= voices
    both = [(side + side.transpose())[None] for side in (total, voices)]
    return _State(*both, (forbidden | forbidden.T)[None], np.zeros((1, size, size), bool))


@pytest.mark.parametrize("small", [0, 1 << 20])  # compiled; plain
@given(st.integers(0, 2**32), st.integers(2, 14), st.booleans())
def test_each_component_as_by_the_word(small: int, seed: int, size: int, coarse: bool) -> None:
    one, other = component(seed, size, coarse), component(seed, size, coarse)
    label, told = np.arange(size)[None], np.arange(size)
    blocked = by_the_word(other, told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linkage, "_SMALL", small)
        found = linkage.link_components(
            one.total, one.voices, one.forbidden, one.blocked, label, THRESHOLD, np.float32(MARGIN)
        )
    assert label[0].tolist() == told.tolist()
    assert {tuple(row) for row in found.tolist()} == blocked
    assert np.array_equal(one.total, other.total)


@pytest.mark.parametrize("few", [0, 1 << 20])
@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_components(few: int, case: tuple[int, list[tuple[int, int]]]) -> None:
    n, edges = case
    i, j = np.array(edges, np.int64).reshape(len(edges), 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(union, "_FEW", few)
        labels = components(n, i, j)
        nodes, starts = grouped(labels)
    graph = coo_array((np.ones(len(i), np.int8), (i, j)), shape=(n, n))
    assert labels.tolist() == connected_components(graph, directed=False)[1].tolist()
    wholes = [np.flatnonzero(labels == label).tolist() for label in range(labels.max() + 1)]
    parts = [nodes[start:end].tolist() for start, end in pairwise(starts)]
    assert parts == [whole for whole in wholes if len(whole) > 1]
