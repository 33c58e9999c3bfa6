"""Connected components of scored pairs, and their size kept within a cap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import compiled

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_FEW = 1 << 10  # nodes and edges; for fewer no compiler is asked


def components(n: int, i: Longs, j: Longs) -> Longs:
    """Label of each of ``n`` nodes' connected component, numbered from 0 by their first nodes."""
    return (_united.plain if n + len(i) <= _FEW else _united)(n, i, j)


@compiled
def _united(n: int, i: Longs, j: Longs) -> Longs:
    """Union–find; the lowest node of a component is its root (Tarjan & van Leeuwen 1984: linking by index, path halving)."""
    root = np.arange(n)
    for edge in range(len(i)):
        a, b = i[edge], j[edge]
        while a != b:
            if a < b:
                a, b = b, a
            # a, the higher, moves; what it is not yet the root of is brought nearer to its own
            above = root[a]
            if above == a:
                root[a] = b
                break
            root[a] = root[above]
            a = above
    count = 0
    for node in range(n):
        if root[node] == node:
            root[node] = count
            count += 1
        else:
            root[node] = root[root[node]]
    return root


def grouped(labels: Longs) -> tuple[Longs, Longs]:
    """The nodes of each component of more than one, in order; and where each begins and, last, where all end."""
    return (_grouped.plain if len(labels) <= _FEW else _grouped)(labels)


@compiled
def _grouped(labels: Longs) -> tuple[Longs, Longs]:
    counts = np.zeros(labels.max() + 1 if len(labels) else 0, np.int32)
    for node in range(len(labels)):
        counts[labels[node]] += 1
    several, nodes = 0, 0
    for label in range(len(counts)):
        if counts[label] > 1:
            several += 1
            nodes += counts[label]
    starts = np.zeros(several + 1, np.int64)
    several = 0
    for label in range(len(counts)):
        if counts[label] > 1:
            starts[several + 1] = starts[several] + counts[label]
            counts[label] = several
            several += 1
        else:
            counts[label] = -1
    found, ends = np.empty(nodes, np.int64), starts.copy()
    for node in range(len(labels)):
        number = counts[labels[node]]
        if number >= 0:
            found[ends[number]] = node
            ends[number] += 1
    return found, starts


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
