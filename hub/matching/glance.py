"""Which pairs are worth a score: what each may reach at the most, told at a glance.

Nearly all candidates are strangers, and few of them need a look at their texts to tell. At a glance a comparison says which
levels a pair may have (`hub.matching.glances`); the greatest weight among these bounds its evidence. A pair
whose bounds do not add up to the review threshold can be no edge and is not scored. The scores of the others are those that
they would have had anyway, so the outcome is the same.
"""

from __future__ import annotations

import numpy as np

from hub.matching.agreement import Rows
from hub.matching.blocks import Blocks
from hub.matching.comparison import NAME_PARTS, Comparison
from hub.matching.glances import DOUBT
from hub.matching.levels import Levels, Program, spread, telling
from hub.matching.model import Floats
from hub.matching.score import Bools, Scorer
from hub.matching.sieve import Sieve

_SLACK = 0.01  # bits; more than what adding up in another order may differ by
_NEVER = np.float32(-1e9)


class Glance:
    """The bounds of a scorer's pairs."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer, model = scorer, scorer.model
        made = {c.name for c in telling(scorer.records, model.comparisons)}
        bounds = [
            (comparison, number, *_most(scorer, number, comparison))
            for number, comparison in enumerate(model.comparisons)
            if comparison.name in made
        ]
        # names first: their sum is capped, so it has to be known before anything is left out; then what may add most
        bounds.sort(key=lambda bound: (bound[0].name not in NAME_PARTS, -bound[3]))
        self._made = [comparison for comparison, *_ in bounds]
        greatest = [0.0 if c.name in NAME_PARTS else most for c, _, _, most in bounds]
        program = self._program = Program(scorer.records, self._made)
        program.needed = model.review - model.prior - _SLACK
        program.names, program.cap = sum(c.name in NAME_PARTS for c in self._made), model.name_cap
        program.to_come = np.array([sum(greatest[place + 1 :]) for place in range(len(greatest))], np.float32)
        rare: dict[int, tuple[int, Floats]] = {}  # by the identity of a column's codes
        for place, (_, number, most, _) in enumerate(bounds):
            program.most[place] = most
            for level, codes, rarity in scorer.sharpening(number):
                program.sharp[place, level], _ = rare.setdefault(id(codes), (len(rare), rarity[codes]))
        if rare:
            program.rare = np.stack([rarity for _, rarity in rare.values()], axis=1)

        self._sieve = Sieve(program)

    def promising(self, blocks: Blocks, begin: int, end: int, touched: Bools) -> tuple[Rows, Rows]:
        """The pairs of a stretch of the blocks that are worth a glance; each once (`hub.matching.sieve`)."""
        return self._sieve.promising(blocks, begin, end, touched)

    def worth(self, i: Rows, j: Rows) -> tuple[Rows, Rows, Levels]:
        """The pairs that may reach the review threshold without a contradiction, and their level in each comparison."""
        kept, levels = self._program.levels(i, j)
        return i[kept], j[kept], spread(self._scorer.model.comparisons, self._made, levels, len(kept))


def _most(scorer: Scorer, number: int, comparison: Comparison) -> tuple[Floats, float]:
    """The greatest evidence that each level at a glance may turn out to be, without its own rarity where it is certain; and that
    of any level with the rarest of values."""
    rarest = np.zeros(len(comparison.levels), np.float32)
    for level, _, rarity in scorer.sharpening(number):
        rarest[level] = max(float(rarity.max(initial=0.0)), 0.0)
    weights = scorer.model.weights(comparison)
    weights[scorer.model.forbidden(comparison)] = _NEVER
    most = np.zeros(256, np.float32)
    most[: len(weights)] = weights
    for name, others in comparison.doubt.items():
        perhaps = [comparison.levels.index(level) for level in (name, *others)]
        most[perhaps[0] | DOUBT] = (weights + rarest)[perhaps].max()
    return most, float((weights + rarest).max())
