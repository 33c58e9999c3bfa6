"""Connected components of scored pairs, and their size kept within a cap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def components(n: int, i: Longs, j: Longs) -> Longs:
    """Label of each of ``n`` nodes' connected component."""
    ends = (i.astype(np.int32), j.astype(np.int32))  # what scipy works with
    graph = coo_array((np.ones(len(i), np.int8), ends), shape=(n, n))
    labels: Longs = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def bounded_components(n: int, i: Longs, j: Longs, weight: Floats, cap: int) -> tuple[Longs, Longs]:
    """Components of at most ``cap`` nodes: within a larger one the weakest edges go until it falls apart.

    The edges of an oversized component are cut at rising thresholds, one bit at a time; the outcome depends on the
    component alone. What still exceeds the cap when no weights are left to cut is taken apart into single nodes.

    Returns:
        the label of each node, and the nodes whose component was cut (they wait for a steward).
    """
    labels = components(n, i, j)
    sizes = np.bincount(labels, minlength=n)
    nodes = cut = np.flatnonzero(sizes[labels] > cap)  # sorted; only these are looked at again
    if not len(cut):
        return labels, cut
    pending = np.flatnonzero(sizes[labels[i]] > cap)
    threshold = np.floor(weight[pending].min(initial=0.0))
    fresh = n
    while len(nodes):
        threshold += 1.0
        pending = pending[weight[pending] >= threshold]
        a, b = np.searchsorted(nodes, i[pending]), np.searchsorted(nodes, j[pending])
        part = components(len(nodes), a, b)
        labels[nodes] = fresh + part
        fresh += len(nodes)
        large = np.bincount(part)[part] > cap
        nodes, pending = nodes[large], pending[large[a]]
    return np.unique(labels, return_inverse=True)[1], cut
