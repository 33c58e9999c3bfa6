"""Which pairs a person should label: those whose labels would teach the model most (uncertainty sampling, Lewis & Gale 1994).

Near the threshold, one of each pattern of levels before a second of any, spread over fields and levels, and a pattern that
many pairs show before one that few show. No random number: the same base and model give the same pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.blocks import Rows
from hub.matching.levels import levels_of
from hub.matching.model import Floats
from hub.matching.quality import Candidates
from hub.matching.score import Scorer

REACH = 10.0  # bits to either side of the threshold from which pairs are taken
_PATTERNS = 20_000  # kinds of pairs looked at; the most telling


@dataclass(frozen=True)
class ReviewSample:
    """Pairs of rows to be labelled, the most telling first, with their scores and the level of each comparison."""

    i: Rows
    j: Rows
    weight: Floats
    levels: dict[str, list[str]]


def review_sample(scorer: Scorer, candidates: Candidates, count: int) -> ReviewSample:
    """Choose ``count`` pairs, or as many as there are near the threshold."""
    model, rank = scorer.model, scorer.records.rank
    near = np.flatnonzero(np.abs(candidates.weight - model.match) <= REACH)
    i, j = candidates.i[near], candidates.j[near]
    swap = rank[i] > rank[j]
    i, j = np.where(swap, j, i), np.where(swap, i, j)
    weight = candidates.weight[near]
    levels = np.stack(levels_of(scorer.records, model.comparisons, i, j), axis=1)
    chosen = _choose(levels, np.abs(weight - model.match), np.lexsort((rank[j], rank[i])), count)
    named = {
        c.name: [c.levels[level] for level in levels[chosen, number].tolist()]
        for number, c in enumerate(model.comparisons)
    }
    return ReviewSample(i[chosen], j[chosen], weight[chosen], named)


def _choose(
    levels: npt.NDArray[np.uint8], distance: npt.NDArray[np.floating], order: Rows, count: int
) -> npt.NDArray[np.int64]:
    """Places of the chosen pairs; ``order`` breaks ties."""
    if not len(levels):
        return np.zeros(0, np.int64)
    patterns, pattern = np.unique(levels, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    frequency = np.bincount(pattern)
    tie = np.empty(len(order), np.int64)
    tie[order] = np.arange(len(order))
    by_pattern = np.lexsort((tie, np.round(distance, 3), pattern))
    starts = np.cumsum(frequency) - frequency
    turn = np.arange(len(by_pattern)) - np.repeat(starts, frequency)  # first, second … of its pattern
    value = np.sqrt(frequency[pattern[by_pattern]]) / (1 + distance[by_pattern]) / (1 + turn) ** 2
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
