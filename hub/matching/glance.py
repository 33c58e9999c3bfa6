"""Which pairs are worth a score: what each may reach at the most, told at a glance.

Nearly all candidates are strangers, and few of them need a look at their texts to tell. At a glance a comparison says which
levels a pair may have (`hub.matching.comparison.Comparison.glance`); the greatest weight among these bounds its evidence. A pair
whose bounds do not add up to the review threshold can be no edge and is not scored. The scores of the others are those that
they would have had anyway, so the outcome is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.comparison import APART, NAME_PARTS, UNLIKE, Comparison, Rows, strangers
from hub.matching.model import Floats
from hub.matching.score import Scorer

SLAB = 1 << 15  # pairs at a time, so that all that is known of them stays in the processor's cache
_SLACK = 0.01  # bits; more than what adding up in another order may differ by
_NEVER = np.float32(-1e9)


@dataclass(frozen=True)
class _Bound:
    """What one comparison may add.

    Attributes:
        number: its place among the model's comparisons.
        most: by the level at a glance; `_NEVER` where the level is a contradiction.
    """

    number: int
    comparison: Comparison
    most: Floats
    is_name: bool


class Glance:
    """The bounds of a scorer's pairs."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._bounds = [
            _Bound(number, comparison, _most(scorer, number, comparison), comparison.name in NAME_PARTS)
            for number, comparison in enumerate(scorer.model.comparisons)
            if comparison.name not in scorer.absent
        ]
        names = {bound.comparison.name: bound for bound in self._bounds}
        self._strangers = (
            np.float32(_greatest(names["surname"], APART) + _greatest(names["given name"], UNLIKE))
            if names.keys() >= _NAMES
            else None
        )
        # names first: their sum is capped, so it has to be known before anything is left out
        self._bounds.sort(key=lambda bound: (not bound.is_name, -float(bound.most.max())))
        greatest = [0.0 if bound.is_name else float(bound.most.max()) for bound in self._bounds]
        self._to_come = [sum(greatest[place + 1 :]) for place in range(len(greatest))]

    def worth(self, i: Rows, j: Rows) -> tuple[Rows, Rows]:
        """The pairs that may reach the review threshold without a contradiction."""
        parts = [self._slab(i[start : start + SLAB], j[start : start + SLAB]) for start in range(0, len(i), SLAB)]
        return np.concatenate([i[:0], *(i for i, _ in parts)]), np.concatenate([j[:0], *(j for _, j in parts)])

    def _slab(self, i: Rows, j: Rows) -> tuple[Rows, Rows]:
        model = self._scorer.model
        needed = model.review - model.prior - _SLACK
        total = np.zeros(len(i), np.float32)
        rest = None
        if self._strangers is not None:
            apart = strangers(self._scorer.records, i, j)
            rest = np.flatnonzero(~apart)
            total[apart] = self._strangers
        for bound, to_come, following in zip(self._bounds, self._to_come, [*self._bounds[1:], None], strict=True):
            if rest is not None and bound.comparison.name in _NAMES:
                total[rest] += self._most(bound, i[rest], j[rest])
            else:
                total += self._most(bound, i, j)
            if bound.is_name and (following is None or not following.is_name):
                np.minimum(total, np.float32(model.name_cap), out=total)
            if bound.is_name and following is not None and following.is_name:
                continue
            going = np.flatnonzero(total >= needed - to_come)
            if len(going) < 0.7 * len(total):
                i, j, total = i[going], j[going], total[going]
        going = np.flatnonzero(total >= needed)
        return i[going], j[going]

    def _most(self, bound: _Bound, i: Rows, j: Rows) -> Floats:
        comparison = bound.comparison
        levels = (comparison.glance or comparison.compare)(self._scorer.records, i, j)
        most: Floats = bound.most.take(levels)
        for level, codes, rarity in self._scorer.sharpening(bound.number):
            if comparison.levels[level] not in comparison.doubt:
                at = np.flatnonzero(levels == level)
                most[at] += rarity[codes[i[at]]]
        return most


_NAMES = frozenset(("surname", "given name"))


def _greatest(bound: _Bound, levels: tuple[str, ...]) -> float:
    return max(float(bound.most[bound.comparison.levels.index(level)]) for level in levels)


def _most(scorer: Scorer, number: int, comparison: Comparison) -> Floats:
    """The greatest evidence that each level at a glance may turn out to be; without its own rarity where it is certain."""
    rarest = np.zeros(len(comparison.levels), np.float32)
    for level, _, rarity in scorer.sharpening(number):
        rarest[level] = max(float(rarity.max(initial=0.0)), 0.0)
    weights = scorer.model.weights(comparison)
    weights[scorer.model.forbidden(comparison)] = _NEVER
    most: npt.NDArray[np.float32] = np.full(256, (weights + rarest).max(), np.float32)
    for level, name in enumerate(comparison.levels):
        perhaps = [comparison.levels.index(other) for other in comparison.doubt.get(name, ())]
        most[level] = (weights + rarest)[[level, *perhaps]].max() if perhaps else weights[level]
    return most
