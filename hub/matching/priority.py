"""Which question a steward should be asked first.

A question is worth most where the answer is open (near the threshold), where the hub could join a wrong third instead (a
rival nearly as likely), and where much depends on it: many records, several dealers. Each part lies between 0 and 1; the
priority is their weighted sum, as an integer out of 10,000, so that it sorts and pages exactly. A function of the component
alone, like the clusters themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.cluster import Clusters

WEIGHTS = {"open": 0.45, "rival": 0.2, "records": 0.15, "dealers": 0.2}  # of a priority's parts; together 1
HALF = 4.0  # bits from the threshold, or from a rival, at which a question is half as urgent
SCALE = 10_000

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


def priorities(clusters: Clusters, dealer: npt.NDArray[np.integer], match: float) -> npt.NDArray[np.int64]:
    """The priority of each question that a clustering leaves, from 0 to `SCALE`.

    Args:
        clusters: the partition and its questions.
        dealer: number of each record's dealer.
        match: log2 odds from which clusters merge.
    """
    x, y = clusters.label[clusters.review_i], clusters.label[clusters.review_j]
    weight = clusters.review_weight.astype(np.float64)
    n = len(clusters.label)
    size = np.bincount(clusters.label, minlength=n)
    records = size[x] + size[y]
    parts = {
        "open": np.exp2(-np.abs(weight - match) / HALF),
        "rival": np.exp2(-_gap(x, y, weight, n) / HALF),
        "records": 1 - 2 / np.maximum(records, 2),
        "dealers": 1 - 1 / np.maximum(_dealers(clusters.label, dealer, x, y), 1),
    }
    total: Floats = np.zeros(len(x))
    for name, share in WEIGHTS.items():
        total += share * parts[name]
    return np.rint(total * SCALE).astype(np.int64)


def _gap(x: Longs, y: Longs, weight: Floats, n: int) -> Floats:
    """How far off the nearest other question about either cluster is, in bits; infinite when there is none."""
    ends, other = np.concatenate([x, y]), np.concatenate([weight, weight])
    question = np.tile(np.arange(len(x)), 2)
    order = np.lexsort((other, ends))
    gap = np.full(len(x), np.inf)
    same = ends[order][1:] == ends[order][:-1]  # neighbours by weight, about one cluster
    apart = np.where(same, np.diff(other[order]), np.inf)
    np.minimum.at(gap, question[order][1:], apart)
    np.minimum.at(gap, question[order][:-1], apart)
    return gap


def _dealers(label: Longs, dealer: npt.NDArray[np.integer], x: Longs, y: Longs) -> Longs:
    """How many dealers have a record in either cluster of each question."""
    width = int(dealer.max(initial=0)) + 1
    concerned = np.isin(label, np.concatenate([x, y]))
    held = np.unique(label[concerned] * width + dealer[concerned])
    cluster, at = held // width, held % width
    pairs = []
    for side in (x, y):
        begin, end = np.searchsorted(cluster, side, "left"), np.searchsorted(cluster, side, "right")
        count = end - begin
        question = np.repeat(np.arange(len(side)), count)
        place = np.arange(len(question)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin, count)
        pairs.append(question * width + at[place])
    distinct = np.unique(np.concatenate(pairs))
    return np.bincount(distinct // width, minlength=len(x))
