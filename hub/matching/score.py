"""From levels to evidence: the score of pairs, and the reasons of one pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.agreement import Rows
from hub.matching.comparison import NAME_PARTS, Comparison
from hub.matching.levels import Levels, levels_of, telling
from hub.matching.model import Floats, Frequencies, Model
from hub.matching.records import HOUSE, Ints, Records, column_of
from hub.matching.vocabulary import FewTexts, Values

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """The evidence of one field: its level and log2 odds; over all fields, with the prior, they add up to the score."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True)
class Scores:
    """The scores of pairs.

    Attributes:
        weight: log2 odds that each pair is one party.
        against: the part of it that speaks against (0 or less), the prior left out: little evidence is no difference.
        forbidden: whether the pair holds a contradiction that no cluster may hold.
    """

    weight: Floats
    against: Floats
    forbidden: Bools

    def of(self, pairs: Rows) -> Scores:
        """Those of some of the pairs."""
        return Scores(self.weight[pairs], self.against[pairs], self.forbidden[pairs])


Told = tuple[Comparison, npt.NDArray[np.uint8], Floats]  # a comparison's levels and evidence


class Scorer:
    """A model applied to a set of records: the implementation for batch and explanation, and what `FewScorer` must equal.

    Attributes:
        absent: names of comparisons whose level is known to be "missing" for all pairs, which tells nothing.
    """

    def __init__(self, model: Model, records: Records) -> None:
        self.model = model
        self.records = records
        self.absent = frozenset(c.name for c in model.comparisons) - {
            c.name for c in telling(records, model.comparisons)
        }
        self._weights, self._forbidden = model.tables
        self._kin_weights = model.kin_tables
        self._has_kin = [bool(model.fields[c.name].kin) for c in model.comparisons]
        self._sharpening = [self._rarities(c) for c in model.comparisons]

    def score(self, i: Rows, j: Rows, told: list[Told] | None = None) -> Scores:
        """Score pairs of rows.

        Args:
            told: if given, each comparison's levels and evidence are added to it, for `told_reasons`.
        """
        return self.weigh(i, j, levels_of(self.records, self.model.comparisons, i, j), told)

    def weigh(self, i: Rows, j: Rows, levels: Levels, told: list[Told] | None = None) -> Scores:
        """Score pairs whose level in each comparison is known; ``told`` as for `score`."""
        total = np.full(len(i), self.model.prior, np.float64)
        against = np.zeros(len(i), np.float64)
        name = np.zeros(len(i), np.float64)
        kin = None if self.model.kin is None else np.full(len(i), self.model.kin, np.float64)
        forbidden = ~self.comparable(i, j)
        for number, (comparison, level) in enumerate(zip(self.model.comparisons, levels, strict=True)):
            if comparison.name in self.absent:
                continue
            evidence = self.evidence(number, level, i, j)
            if told is not None:
                told.append((comparison, level, evidence))
            if comparison.name in NAME_PARTS:
                name += evidence
            else:
                total += evidence
            against += np.minimum(evidence, 0)
            if kin is not None and self._has_kin[number]:
                # a rare value tells the same of relatives as of one party
                kin += evidence - self._weights[number][level] + self._kin_weights[number][level]
            forbidden = forbidden | self._forbidden[number][level]
        total += np.minimum(name, self.model.name_cap)
        if kin is not None:
            likeness = -np.round(np.logaddexp2(0.0, kin), 3)  # rounded as rarity is
            total += likeness
            against += likeness
            if told is not None:
                told.append((_KIN, np.ones(len(i), np.uint8), likeness.astype(np.float32)))
        return Scores(total.astype(np.float32), against.astype(np.float32), forbidden)

    def reasons(self, i: int, j: int) -> list[Reason]:
        """The evidence of one pair, field by field, the prior first."""
        return self.reasons_of(np.array([i]), np.array([j]))[0]

    def reasons_of(self, i: Rows, j: Rows) -> list[list[Reason]]:
        """The evidence of each pair, field by field, the prior first; it adds up to the pair's score."""
        told: list[Told] = []
        self.score(i, j, told)
        return self.told_reasons(told, np.arange(len(i)))

    def told_reasons(self, told: Sequence[Told], pairs: Rows) -> list[list[Reason]]:
        """The same for some of the pairs that `score` has told of."""
        found = [[Reason("prior", "", self.model.prior)] for _ in range(len(pairs))]
        for comparison, levels, evidence in told:
            for reasons, level, weight in zip(found, levels[pairs].tolist(), evidence[pairs].tolist(), strict=True):
                if level:
                    reasons.append(Reason(comparison.name, comparison.levels[level], weight))
        for reasons in found:
            surplus = sum(reason.weight for reason in reasons if reason.field in NAME_PARTS) - self.model.name_cap
            if surplus > 0:
                reasons.append(Reason("name", "capped", -surplus))
        return found

    def comparable(self, i: Rows, j: Rows) -> Bools:
        """Persons with persons, companies with companies; house accounts with nobody."""
        kind = self.records.kind
        same: Bools = (kind[i] == kind[j]) & (kind[i] != HOUSE)
        return same

    def evidence(self, number: int, levels: npt.NDArray[np.uint8], i: Rows, j: Rows) -> Floats:
        """Log2 odds that the levels of comparison ``number`` give each pair, rarity included."""
        evidence = self._weights[number][levels]
        for at, rarity in self.rarities(number, levels, i, j):
            evidence[at] += rarity
        return evidence

    def rarities(self, number: int, levels: npt.NDArray[np.uint8], i: Rows, j: Rows) -> Iterator[tuple[Rows, Floats]]:
        """Of each sharpened level of comparison ``number`` the places of its pairs, and what the rarity of their values adds."""
        comparison = self.model.comparisons[number]
        for level, codes, rarity in self._sharpening[number]:
            at = np.flatnonzero(levels == level)
            if not len(at):
                continue
            added = rarity[codes[i[at]]]
            if comparison.levels[level] in comparison.commoner:
                added = np.minimum(added, rarity[codes[j[at]]])
            yield at, added

    def sharpening(self, number: int) -> list[tuple[int, Ints, Floats]]:
        """For each sharpened level of comparison ``number`` a code of each row, and what its rarity adds."""
        return self._sharpening[number]

    def _rarities(self, comparison: Comparison) -> list[tuple[int, Ints, Floats]]:
        """For each sharpened level, what each value's own frequency adds to the weight of agreement on it."""
        found = []
        for level, name in comparison.rarity.items():
            column, table = column_of(self.records, name), self.model.frequencies.get(name)
            if column is not None and table is not None:
                found.append((comparison.levels.index(level), column.codes, rarity(column.values, table)))
        return found


def rarity(values: Values, table: Frequencies) -> Floats:
    """What each value's own frequency adds to the weight of agreement on it."""
    return rarity_of_shares(frequencies_of(values, table), table)


def rarity_of_shares(shares: npt.NDArray[np.float64], table: Frequencies) -> Floats:
    """The same by the values' frequencies."""
    # rounded, so that a value's rarity does not depend on its place in a vector register
    return np.round(np.log2(table.typical / np.maximum(shares, table.least)), 3).astype(np.float32)


def frequencies_of(values: Values, table: Frequencies) -> npt.NDArray[np.float64]:
    """The frequency of each distinct value, by the model's table."""
    if table.words or isinstance(values, FewTexts) or len(values) < 256:
        return np.array([table.share(value) for value in values.to_list()])
    known = pl.DataFrame(
        {"v": list(table.values), "f": list(table.values.values())}, schema={"v": pl.String, "f": pl.Float64}
    )
    joined = pl.DataFrame({"v": values}).join(known, on="v", how="left", maintain_order="left")
    return joined["f"].fill_null(table.rest).to_numpy()


# What of the evidence two relatives would show as well: the same surname, house and phone
_KIN = Comparison("kin", ("missing", "likely"), lambda records, i, j: np.ones(len(i), np.uint8))


def probability(log2_odds: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Posterior probability from log2 odds."""
    odds: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp2(-np.clip(log2_odds.astype(np.float64), -60, 60)))
    return odds
