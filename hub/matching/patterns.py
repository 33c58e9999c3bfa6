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

from hub.matching.agreement import Rows
from hub.matching.ahead import map_ahead
from hub.matching.levels import Levels, levels_of
from hub.matching.model import Model
from hub.matching.score import Scorer

Shares = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STEP = 16  # rarity is told apart to a sixteenth of a bit


_SLICE = 1 << 16  # pairs that one processor looks at at a time


@dataclass(frozen=True)
class Patterns:
    """Distinct patterns of pairs: kinds of pairs, told apart by their levels, and within a kind by how rare the values are.

    Attributes:
        levels: of each comparison, by kind.
        comparable: whether the pairs may be one party at all, by kind.
        women: whether they are of two women, by kind.
        kind: of each pattern.
        rarity: bits that rare values add to the evidence of a pattern; ``kin_rarity``: those in fields that relatives have
            in common.
        count: how many pairs have the pattern.
    """

    levels: Levels
    comparable: Bools
    women: Bools
    kind: Rows
    rarity: Shares
    kin_rarity: Shares
    count: Shares

    @classmethod
    def of(cls, scorer: Scorer, i: Rows, j: Rows) -> Patterns:
        """Count the patterns of pairs, by all processors; the scorer's model gives the rarity of values."""
        parts = [slice(start, start + _SLICE) for start in range(0, len(i), _SLICE)] or [slice(0)]
        found = list(map_ahead(lambda part: _counted(_columns(scorer, i[part], j[part])), parts))
        columns, count = _counted(
            [np.concatenate(column) for column in zip(*(columns for columns, _ in found), strict=True)],
            np.concatenate([count for _, count in found]),
        )
        rarity, kin_rarity, *kinds = columns
        first, kind = _numbered(kinds)
        flags, *levels = (column[first] for column in kinds)
        return cls(
            [level.astype(np.uint8) for level in levels],
            flags >= 2,
            flags % 2 == 1,
            kind,
            rarity / STEP,
            kin_rarity / STEP,
            count.astype(np.float64),
        )

    def by_kind(self, values: Shares) -> Shares:
        """Sums over the patterns of each kind."""
        sums: Shares = np.bincount(self.kind, values, len(self.comparable)).astype(np.float64)
        return sums

    @property
    def pairs(self) -> Shares:
        """How many pairs are of each kind."""
        return self.by_kind(self.count)

    def evidence(self, weights: Callable[[int], npt.NDArray[np.floating]]) -> Shares:
        """The sum over comparisons of ``weights(number)[level]`` of each pattern, rarity left out."""
        total = np.zeros(len(self.comparable))
        for number, level in enumerate(self.levels):
            total += weights(number)[level]
        return total[self.kind]

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
        share = self.comparable[self.kind] / (odds + kin_odds + np.exp2(-top))
        return odds * share, kin_odds * share


Column = npt.NDArray[np.integer]


def _columns(scorer: Scorer, i: Rows, j: Rows) -> list[Column]:
    """What tells patterns apart: rarity, that in fields of relatives, flags, and the level in each comparison."""
    levels = levels_of(scorer.records, scorer.model.comparisons, i, j, threads=1)
    sex = scorer.records.sex
    flags = scorer.comparable(i, j) * np.uint8(2) + ((sex[i] == 2) & (sex[j] == 2))
    return [*_rarities(scorer, i, j, levels), flags, *levels]


def _rarities(scorer: Scorer, i: Rows, j: Rows, levels: Levels) -> tuple[Rows, Rows]:
    """What rare values add to the evidence of each pair, in steps; and the part of it in fields that have a share of kin."""
    total, of_kin = np.zeros(len(i), np.float64), np.zeros(len(i), np.float64)
    for number, (comparison, level) in enumerate(zip(scorer.model.comparisons, levels, strict=True)):
        for at, added in scorer.rarities(number, level, i, j):
            total[at] += added
            if scorer.model.fields[comparison.name].kin:
                of_kin[at] += added
    return np.rint(total * STEP).astype(np.int64), np.rint(of_kin * STEP).astype(np.int64)


def _counted(columns: Sequence[Column], times: Rows | None = None) -> tuple[list[Column], Rows]:
    """The distinct rows of columns, in order, and how many there are; ``times``: how often each row counts."""
    packed = _packed(columns)
    order = _order(packed)
    packed = packed[order]
    fresh = np.ones(len(packed), bool)
    np.not_equal(packed[1:], packed[:-1], out=fresh[1:])
    starts = np.flatnonzero(fresh)
    count = np.diff(starts, append=len(packed)) if times is None else np.add.reduceat(times[order], starts)
    return [column[order[starts]] for column in columns], count


def _numbered(columns: Sequence[Column]) -> tuple[Rows, Rows]:
    """One place of each distinct row of columns, and of each row its number among them."""
    _, first, number = np.unique(_packed(columns), return_index=True, return_inverse=True)
    return first, number


def _order(packed: Rows) -> Rows:
    """The places of numbers in their order."""
    bits = len(packed).bit_length()
    if int(packed.max(initial=0)).bit_length() + bits > 63:
        return np.argsort(packed, kind="stable")
    # the place beside its number: sorting numbers is several times faster than sorting places by them
    order = packed << bits | np.arange(len(packed))
    order.sort()
    order &= (1 << bits) - 1
    return order


def _packed(columns: Sequence[Column]) -> Rows:
    """One number for each row of columns, in the same order."""
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
    return packed
