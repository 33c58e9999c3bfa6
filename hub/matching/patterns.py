"""Pairs counted by what is known of them, so that training works on patterns and not on pairs.

All that a round of EM asks of a pair is its level in each comparison, and how rare the values are on which it agrees. Millions
of pairs share some ten thousand such patterns; a round over these takes milliseconds. Patterns stand in an order of their own, so
sums do not depend on the order of pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.comparison import Rows
from hub.matching.levels import Levels
from hub.matching.model import Model
from hub.matching.score import Scorer

Shares = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STEP = 16  # rarity is told apart to a sixteenth of a bit


@dataclass(frozen=True)
class Patterns:
    """Distinct patterns of pairs.

    Attributes:
        levels: of each comparison.
        rarity: bits that rare values add to the evidence; ``kin_rarity``: those in fields that relatives have in common.
        comparable: whether the pairs may be one party at all.
        women: whether they are of two women.
        count: how many pairs have the pattern.
    """

    levels: Levels
    rarity: Shares
    kin_rarity: Shares
    comparable: Bools
    women: Bools
    count: Shares

    @classmethod
    def of(cls, scorer: Scorer, i: Rows, j: Rows, levels: Levels) -> Patterns:
        """Count the patterns of pairs; the scorer's model gives the rarity of values."""
        sex = scorer.records.sex
        rarity, kin_rarity = _rarities(scorer, i, levels)
        flags = scorer.comparable(i, j) * 2 + ((sex[i] == 2) & (sex[j] == 2))
        columns = [flags, rarity, kin_rarity, *levels]
        first, count = _distinct(columns)
        return cls(
            [level[first] for level in levels],
            rarity[first] / STEP,
            kin_rarity[first] / STEP,
            flags[first] >= 2,
            flags[first] % 2 == 1,
            count.astype(np.float64),
        )

    def evidence(self, weights: Callable[[int], npt.NDArray[np.floating]]) -> Shares:
        """The sum over comparisons of ``weights(number)[level]``, rarity left out."""
        total = np.zeros(len(self.count))
        for number, level in enumerate(self.levels):
            total += weights(number)[level]
        return total

    def posteriors(self, model: Model, silent: int | None = None) -> tuple[Shares, Shares]:
        """The probability of a pair of each pattern to be of one party, and of two relatives.

        Args:
            silent: number of a comparison that is not asked.
        """
        weights, kin_weights = model.tables[0], model.kin_tables

        def said(tables: Sequence[npt.NDArray[np.floating]]) -> Shares:
            return self.evidence(lambda number: tables[number] * (number != silent))

        one = said(weights) + self.rarity + model.prior
        kin = said(kin_weights) + self.kin_rarity + (model.kin or 0.0)
        top = np.maximum(np.maximum(one, kin), 0.0)
        odds, kin_odds = np.exp2(one - top), np.exp2(kin - top)
        share = self.comparable / (odds + kin_odds + np.exp2(-top))
        return odds * share, kin_odds * share


def _rarities(scorer: Scorer, i: Rows, levels: Levels) -> tuple[Rows, Rows]:
    """What rare values add to the evidence of each pair, in steps; and the part of it in fields that have a share of kin."""
    total, of_kin = np.zeros(len(i), np.float64), np.zeros(len(i), np.float64)
    for number, (comparison, level) in enumerate(zip(scorer.model.comparisons, levels, strict=True)):
        for sharp, codes, rarity in scorer.sharpening(number):
            at = np.flatnonzero(level == sharp)
            added = rarity[codes[i[at]]]
            total[at] += added
            if scorer.model.fields[comparison.name].kin:
                of_kin[at] += added
    return np.rint(total * STEP).astype(np.int64), np.rint(of_kin * STEP).astype(np.int64)


def _distinct(columns: Sequence[npt.NDArray[np.integer]]) -> tuple[Rows, Rows]:
    """The distinct rows of columns, in order: one place of each, and how many there are."""
    packed, width = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        lowest = int(column.min(initial=0))
        span = int(column.max(initial=0)) - lowest + 1
        if width * span >= 1 << 62:
            values, packed = np.unique(packed, return_inverse=True)
            width = len(values)
        packed *= span
        packed += column - np.int64(lowest) if lowest else column
        width *= span
    bits = len(packed).bit_length()
    if width.bit_length() + bits > 63:
        _, first, count = np.unique(packed, return_index=True, return_counts=True)
        return first, count
    # the row's place beside its number: sorting numbers is several times faster than sorting places by them
    packed <<= bits
    packed += np.arange(len(packed))
    packed.sort()
    starts = np.flatnonzero(np.diff(packed >> bits, prepend=-1))
    return packed[starts] & ((1 << bits) - 1), np.diff(starts, append=len(packed))
