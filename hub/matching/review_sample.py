"""Which pairs a person should label: those whose labels would teach the model most (uncertainty sampling, Lewis & Gale 1994).

Near the threshold, one of each pattern of levels before a second of any, spread over fields and levels, and a pattern that
many pairs show before one that few show.

What is known already is not asked: records that a steward joined, or that one cluster holds by scores beyond doubt, are a
group, within which every label is known, whatever the score of a single pair. An answer about two groups is one about all
their pairs. So two groups are asked about once, by their most doubtful pair, large ones rather than small ones, and never if a
steward has looked at them.

No random number: the same base and model give the same pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.blocks import Rows
from hub.matching.components import components
from hub.matching.constraints import Constraints
from hub.matching.levels import levels_of
from hub.matching.model import Floats
from hub.matching.quality import Candidates
from hub.matching.score import Scorer

REACH = 10.0  # bits to either side of the threshold from which pairs are taken; what lies above is beyond doubt
_PATTERNS = 20_000  # kinds of pairs looked at; the most telling


@dataclass(frozen=True)
class ReviewSample:
    """Pairs of rows to be labelled, the most telling first, with their scores and the level of each comparison."""

    i: Rows
    j: Rows
    weight: Floats
    levels: dict[str, list[str]]


def review_sample(
    scorer: Scorer, candidates: Candidates, count: int, cluster: Rows, said: Constraints | None = None
) -> ReviewSample:
    """Choose ``count`` pairs, or as many as are open near the threshold.

    Args:
        cluster: the present cluster of each record as a number; −1 if it has none.
        said: what stewards have said of the records.
    """
    model, rank = scorer.model, scorer.records.rank
    group = groups(candidates, cluster, model.match + REACH, said)
    near = np.flatnonzero(np.abs(candidates.weight - model.match) <= REACH)
    near = near[_open(group, candidates.i[near], candidates.j[near], said)]
    i, j = candidates.i[near], candidates.j[near]
    swap = rank[i] > rank[j]
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    weight = candidates.weight[near]
    order = np.lexsort((rank[j], rank[i]))
    once = _most_doubtful(group[i], group[j], np.abs(weight - model.match), order)
    i, j, weight, order = i[once], j[once], weight[once], np.argsort(np.argsort(order)[once])
    size = np.bincount(group)
    answers = size[group[i]] * size[group[j]]
    levels = np.stack(levels_of(scorer.records, model.comparisons, i, j), axis=1)
    chosen = _choose(levels, np.abs(weight - model.match), answers, order, count)
    named = {
        c.name: [c.levels[level] for level in levels[chosen, number].tolist()]
        for number, c in enumerate(model.comparisons)
    }
    return ReviewSample(i[chosen], j[chosen], weight[chosen], named)


def groups(candidates: Candidates, cluster: Rows, sure: float, said: Constraints | None) -> Rows:
    """The group of each record: those that are one party beyond doubt.

    Args:
        sure: bits from which a pair of one cluster is.
    """
    i, j = candidates.i, candidates.j
    held = (candidates.weight > sure) & (cluster[i] == cluster[j]) & (cluster[i] >= 0)
    joined = said.together if said else ()
    firsts, others = ([rows[:-1] for rows in joined], [rows[1:] for rows in joined])
    return components(len(cluster), np.concatenate([i[held], *firsts]), np.concatenate([j[held], *others]))


def _open(group: Rows, i: Rows, j: Rows, said: Constraints | None) -> npt.NDArray[np.bool_]:
    """Which pairs are of two groups that no steward has looked at."""
    a, b = group[i], group[j]
    known = a == b
    if said is not None:
        low, high = said.settled(group)
        known |= np.isin(np.minimum(a, b) << 32 | np.maximum(a, b), low << 32 | high)
    open_: npt.NDArray[np.bool_] = ~known
    return open_


def _most_doubtful(a: Rows, b: Rows, distance: npt.NDArray[np.floating], order: Rows) -> Rows:
    """The place of one pair of each two groups, the nearest to the threshold; ``order`` breaks ties."""
    tie = np.argsort(order)
    nearest = np.lexsort((tie, np.round(distance, 3)))
    _, first = np.unique((np.minimum(a, b) << 32 | np.maximum(a, b))[nearest], return_index=True)
    return np.sort(nearest[first])


def _choose(
    levels: npt.NDArray[np.uint8], distance: npt.NDArray[np.floating], answers: Rows, order: Rows, count: int
) -> npt.NDArray[np.int64]:
    """Places of the chosen pairs.

    Args:
        distance: bits from the threshold.
        answers: how many pairs a label settles.
        order: breaks ties.
    """
    if not len(levels):
        return np.zeros(0, np.int64)
    patterns, pattern = np.unique(levels, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    frequency = np.bincount(pattern)
    tie = np.empty(len(order), np.int64)
    tie[order] = np.arange(len(order))
    worth = np.sqrt(frequency[pattern] * answers) / (1 + distance)
    by_pattern = np.lexsort((tie, -np.round(worth, 6), pattern))
    starts = np.cumsum(frequency) - frequency
    turn = np.arange(len(by_pattern)) - np.repeat(starts, frequency)  # first, second … of its pattern
    value = worth[by_pattern] / (1 + turn) ** 2
    best = np.lexsort((tie[by_pattern], -np.round(value, 6)))[:_PATTERNS]
    places, value = by_pattern[best], value[best]
    return _spread(places, value, patterns[pattern[places]], count)


def _spread(
    places: npt.NDArray[np.int64], value: npt.NDArray[np.floating], shown: npt.NDArray[np.uint8], count: int
) -> npt.NDArray[np.int64]:
    """Greedily: a pair is worth less, the more often its levels have been taken; an even spread over fields follows."""
    taken = np.zeros((shown.shape[1], int(shown.max(initial=0)) + 1))
    fields = np.arange(shown.shape[1])
    open_ = value.astype(np.float64).copy()
    chosen: list[int] = []
    for _ in range(min(count, len(places))):
        # a level that is missing says nothing, and so teaches nothing
        novelty = (np.where(shown > 0, 1.0 / (1.0 + taken[fields, shown]), 0.0)).sum(axis=1)
        best = int(np.argmax(np.round(open_ * novelty, 9)))
        chosen.append(int(places[best]))
        taken[fields, shown[best]] += 1
        open_[best] = -1.0
    return np.array(chosen, np.int64)
