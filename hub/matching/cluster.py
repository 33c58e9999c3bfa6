"""Clusters from scored pairs: average linkage with contradictions, all components at once.

Transitive closure chains (A~B~C is not A~C), so each component is clustered by the mean score over *all* pairs of its
records (average linkage, Sokal & Michener 1958), with two additions. Clusters that hold a contradicting pair never merge.
And a merge is *ambiguous* when its two sides also lean, nearly as strongly, to two records that contradict each other:
a record that could be the father's or the son's joins neither, it waits for a steward.

The outcome is a function of the component alone: of its records, in the order of their identities, and their scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.components import bounded_components
from hub.matching.score import Scorer

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

COMPONENT_CAP = 150  # records that one clustering looks at together; no party has more
MARGIN = 7.0  # bits by which the better of two contradicting companions must win
CEILING = 30.0  # bits; a pair's evidence counts no further, so one pair cannot outvote many
_CELLS = 1 << 22  # cells of the score matrices held at once


@dataclass(frozen=True)
class Clusters:
    """A partition and what it leaves to a steward.

    Attributes:
        label: for each record the row of the first record (by rank) of its cluster.
        review_i, review_j, review_weight: pairs of records in two clusters that a steward should look at.
        review_reason: for each such pair "score" (near the threshold), "ambiguous" or "too many".
    """

    label: Longs
    review_i: Longs
    review_j: Longs
    review_weight: Floats
    review_reason: npt.NDArray[np.str_]


def cluster(scorer: Scorer, i: Longs, j: Longs, weight: Floats) -> Clusters:
    """Cluster records from the edges (pairs scored at or above the model's review threshold)."""
    model, records = scorer.model, scorer.records
    n = len(records)
    order = np.argsort(records.rank, kind="stable")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    # from here on nodes are numbered by rank, so the lowest number of a cluster is its first record
    a, b = place[i], place[j]
    component, cut = bounded_components(n, a, b, weight, COMPONENT_CAP)
    label = np.arange(n)
    blocked: list[Longs] = []
    for members, size in _batches(component):
        scores, forbidden = _matrices(scorer, order[members], size)
        labels, ambiguous = _agglomerate(scores, forbidden, model.match)
        label[members] = members[np.arange(len(members))[:, None], labels]
        blocked.append(
            np.stack([members[ambiguous[:, 0], ambiguous[:, 1]], members[ambiguous[:, 0], ambiguous[:, 2]]], 1)
        )
    unresolved = label[a] != label[b]
    return _with_reviews(
        order,
        label,
        (a[unresolved], b[unresolved], weight[unresolved]),
        np.concatenate([np.zeros((0, 2), np.int64), *blocked]),
        cut,
    )


def _with_reviews(
    order: Longs, label: Longs, open_: tuple[Longs, Longs, Floats], blocked: Longs, cut: Longs
) -> Clusters:
    a, b, weight = open_
    n = len(label)
    ambiguous = np.zeros(n, bool)
    ambiguous[blocked.ravel()] = True
    oversized = np.zeros(n, bool)
    oversized[cut] = True
    reason = np.where(
        oversized[a] | oversized[b], "too many", np.where(ambiguous[a] & ambiguous[b], "ambiguous", "score")
    )
    # one question for two clusters is enough: their strongest pair
    pair = np.minimum(label[a], label[b]) * n + np.maximum(label[a], label[b])
    strongest = np.lexsort((b, a, -weight, pair))
    first = np.ones(len(pair), bool)
    first[1:] = pair[strongest][1:] != pair[strongest][:-1]
    chosen = strongest[first]
    rows = np.empty(n, np.int64)
    rows[order] = order[label]
    return Clusters(rows, order[a[chosen]], order[b[chosen]], weight[chosen], reason[chosen])


def _batches(component: Longs) -> Iterator[tuple[Longs, int]]:
    """Components of more than one node as arrays (components × size), padded up to a few sizes.

    A padded place repeats the first member; `_matrices` forbids it.
    """
    by_component = np.argsort(component, kind="stable")
    starts = (
        np.flatnonzero(np.concatenate([[True], np.diff(component[by_component]) != 0]))
        if len(component)
        else np.zeros(0, np.int64)
    )
    sizes = np.diff(np.append(starts, len(component)))
    for size in np.unique(sizes[sizes > 1]):
        chosen = starts[sizes == size]
        for part in np.array_split(chosen, max(1, len(chosen) * size * size // _CELLS)):
            yield by_component[part[:, None] + np.arange(size)], int(size)


def _matrices(scorer: Scorer, rows: Longs, size: int) -> tuple[Floats, Bools]:
    """Scores of all pairs within each component, and which are forbidden; the diagonal scores infinity."""
    upper, lower = np.triu_indices(size, 1)
    weight, contradicts = scorer.score(rows[:, upper].ravel(), rows[:, lower].ravel())
    scores = np.full((len(rows), size, size), np.inf, np.float32)
    forbidden = np.zeros((len(rows), size, size), bool)
    shape = (len(rows), len(upper))
    scores[:, upper, lower] = scores[:, lower, upper] = np.clip(weight, -CEILING, CEILING).reshape(shape)
    forbidden[:, upper, lower] = forbidden[:, lower, upper] = contradicts.reshape(shape)
    return scores, forbidden


def _agglomerate(scores: Floats, forbidden: Bools, threshold: float) -> tuple[Longs, Longs]:
    """Average linkage over a batch of components of one size.

    Returns:
        the label (place of the cluster's first member) of each place of each component, and the blocked merges as rows
        (component, place, place).
    """
    batch, size = scores.shape[:2]
    link = np.where(forbidden, np.float32(-np.inf), scores)
    diagonal = np.arange(size)
    blocked = np.zeros_like(forbidden)
    weights = np.ones((batch, size), np.float32)
    label = np.broadcast_to(diagonal, (batch, size)).copy()
    found: list[Longs] = [np.zeros((0, 3), np.int64)]
    active = np.arange(batch)
    while len(active):
        open_ = np.where(blocked[active], np.float32(-np.inf), link[active])
        open_[:, diagonal, diagonal] = -np.inf
        best = open_.reshape(len(active), -1).argmax(axis=1)
        x, y = best // size, best % size
        strength = open_.reshape(len(active), -1)[np.arange(len(active)), best]
        going = strength >= threshold
        active, x, y, strength = active[going], x[going], y[going], strength[going]
        unclear = _ambiguous(link[active], forbidden[active], x, y, np.maximum(strength - MARGIN, threshold))
        stop, go = active[unclear], active[~unclear]
        blocked[stop, x[unclear], y[unclear]] = blocked[stop, y[unclear], x[unclear]] = True
        found.append(np.stack([stop, x[unclear], y[unclear]], 1))
        _merge(
            link,
            forbidden,
            blocked,
            weights,
            label,
            go,
            np.minimum(x, y)[~unclear],
            np.maximum(x, y)[~unclear],
        )
    return label, np.concatenate(found)


def _ambiguous(link: Floats, forbidden: Bools, x: Longs, y: Longs, strength: Floats) -> Bools:
    """Whether x and y lean, at this strength at least, to two clusters that contradict each other."""
    each = np.arange(len(x))
    leans_x = link[each, x] >= strength[:, None]
    leans_y = link[each, y] >= strength[:, None]
    doubt: Bools = (forbidden & leans_x[:, :, None] & leans_y[:, None, :]).any(axis=(1, 2))
    return doubt


def _merge(
    link: Floats,
    forbidden: Bools,
    blocked: Bools,
    weights: Floats,
    label: Longs,
    go: Longs,
    x: Longs,
    y: Longs,
) -> None:
    """Merge cluster y into x (x < y) in each component of ``go``; y's row and column fall silent."""
    if not len(go):
        return
    wx, wy = weights[go, x][:, None], weights[go, y][:, None]
    never = forbidden[go, x] | forbidden[go, y]
    mean = (link[go, x] * wx + link[go, y] * wy) / (wx + wy)
    mean = np.where(never, np.float32(-np.inf), mean)
    mean[np.arange(len(go)), x] = np.inf
    link[go, x] = mean
    link[go, :, x] = mean
    forbidden[go, x] = never
    forbidden[go, :, x] = never
    held = blocked[go, x] | blocked[go, y]
    blocked[go, x] = held
    blocked[go, :, x] = held
    link[go, y] = link[go, :, y] = -np.inf
    forbidden[go, y] = forbidden[go, :, y] = False
    weights[go, x] += weights[go, y]
    members = label[go]
    label[go] = np.where(members == y[:, None], x[:, None], members)
