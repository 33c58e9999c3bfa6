"""Connected components of scored pairs, and their size kept within a cap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import looking

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_FEW = 1 << 10  # nodes and edges; for fewer no compiler is asked


def components(n: int, i: Longs, j: Longs) -> Longs:
    """Label of each of ``n`` nodes' connected component, numbered from 0 by their first nodes."""
    root = np.arange(n)
    (_united.plain if n + len(i) <= _FEW else _united)(root, i, j)
    return root


@looking
def _united(root: Longs, i: Longs, j: Longs) -> None:
    """From each node's own number to its component's: union–find, the lowest node of a component being its root.

    Linking by index and path halving (Tarjan & van Leeuwen 1984).
    """
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
    for node in range(len(root)):
        if root[node] == node:
            root[node] = count
            count += 1
        else:
            root[node] = root[root[node]]


def grouped(labels: Longs) -> tuple[Longs, Longs]:
    """The nodes of each component of more than one, in order; and where each begins and, last, where all end."""
    counts = np.bincount(labels)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[counts > 1])])
    ends = np.full(len(counts), -1)
    ends[counts > 1] = starts[:-1]
    nodes = np.empty(starts[-1], np.int64)
    (_grouped.plain if len(labels) <= _FEW else _grouped)(labels, ends, nodes)
    return nodes, starts


@looking
def _grouped(labels: Longs, ends: Longs, nodes: Longs) -> None:
    """Write each node behind those of its label that came before it, if the label has an end."""
    for node in range(len(labels)):
        label = labels[node]
        if ends[label] >= 0:
            nodes[ends[label]] = node
            ends[label] += 1


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
