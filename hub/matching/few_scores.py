"""One record against a handful: the scores and reasons of `hub.matching.score.Scorer`, to the last bit, pair by pair.

Evidence has single precision and is added up in double precision, in the model's order, as the columns' way does. A pair that
holds a contradiction is dropped at once: most are, by their given names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hub.matching.comparison import NAME_PARTS, Comparison
from hub.matching.few_comparisons import (
    COMPARE,
    UNTOLD,
    Compare,
    Party,
    Shared,
    birth_number,
    extra_of_both,
    object_of,
    text_of,
)  # fmt: skip
from hub.matching.model import Frequencies, Model
from hub.matching.score import Reason, rarity_of_shares

_KEPT = 4096  # tables of evidence by how rare an asked record's values are
_SORTS = {"person": 1, "company": 2}  # of records that are compared with their like; others are of one sort, too


class Evidence(NamedTuple):
    """What a level of a comparison tells: bits, what of them relatives would not show, whether it is a contradiction."""

    bits: float
    kin: float
    forbids: bool
    reason: Reason


@dataclass(frozen=True)
class Pair:
    """A pair that holds no contradiction.

    Attributes:
        row, place: of the asked record, and of the other.
        weight: log2 odds that both are one party.
        told: what each comparison told that told anything.
        likeness: bits against, since two relatives would show the same; None if the model knows no relatives.
    """

    row: int
    place: int
    weight: float
    told: Sequence[Evidence]
    likeness: float | None


class FewScorer:
    """A model applied to pairs, one after the other."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._steps = [_Step(model, n, c) for n, c in enumerate(model.comparisons) if c.name not in UNTOLD]
        self._of_name = [step.of_name for step in self._steps]
        numbered = [*enumerate(self._steps)]
        self._ruling = [(number, step.compare) for number, step in numbered if step.rules]
        self._others = [(number, step.compare) for number, step in numbered if not step.rules]

    def score(
        self, asked: Sequence[Party], met: Sequence[Iterable[int]], others: Sequence[Party], shared: Shared
    ) -> list[Pair]:
        """The pairs that hold no contradiction.

        Args:
            met: for each asked record the places of those among ``others`` that it is to be compared with.
            shared: the contact values that are no evidence, or little.
        """
        found: list[tuple[int, int, list[Evidence]]] = []
        totals: list[float] = []
        kin: list[float] = []
        for row, (one, places) in enumerate(zip(asked, met, strict=True)):
            if one.kind == "house":
                continue
            sort = _SORTS.get(one.kind or "")
            tables = [step.table(one) for step in self._steps]
            for place in places:
                other = others[place]
                if other.kind == "house" or _SORTS.get(other.kind or "") != sort:
                    continue
                levels = self._levels(one, other, shared, tables)
                if levels is None:
                    continue
                told: list[Evidence] = []
                total, name, like = self.model.prior, 0.0, self.model.kin or 0.0
                for level, table, of_name in zip(levels, tables, self._of_name, strict=True):
                    if not level:
                        continue
                    evidence = table[level]
                    told.append(evidence)
                    if of_name:
                        name += evidence.bits
                    else:
                        total += evidence.bits
                    like += evidence.kin
                found.append((row, place, told))
                totals.append(total + min(name, self.model.name_cap))
                kin.append(like)
        return self._pairs(found, totals, kin)

    def _levels(
        self, one: Party, other: Party, shared: Shared, tables: Sequence[Sequence[Evidence]]
    ) -> list[int] | None:
        """The level of each comparison; None for a pair that holds a contradiction, which is looked for first."""
        levels = [0] * len(tables)
        for number, compare in self._ruling:
            level = compare(one, other, shared)
            if level:
                if tables[number][level].forbids:
                    return None
                levels[number] = level
        for number, compare in self._others:
            levels[number] = compare(one, other, shared)
        return levels

    def _pairs(
        self, found: Sequence[tuple[int, int, list[Evidence]]], totals: Sequence[float], kin: Sequence[float]
    ) -> list[Pair]:
        total, likeness = np.array(totals, np.float64), None
        if self.model.kin is not None:
            alike = -np.round(np.logaddexp2(0.0, np.array(kin, np.float64)), 3)
            total += alike
            likeness = alike.astype(np.float32).tolist()
        weights = total.astype(np.float32).tolist()
        return [
            Pair(row, place, weight, told, likeness[n] if likeness else None)
            for n, ((row, place, told), weight) in enumerate(zip(found, weights, strict=True))
        ]

    def reasons(self, pair: Pair) -> list[Reason]:
        """The evidence of a pair, field by field, the prior first; it adds up to the pair's score."""
        found = [Reason("prior", "", self.model.prior), *(evidence.reason for evidence in pair.told)]
        if pair.likeness is not None:
            found.append(Reason("kin", "likely", pair.likeness))
        surplus = sum(reason.weight for reason in found if reason.field in NAME_PARTS) - self.model.name_cap
        if surplus > 0:
            found.append(Reason("name", "capped", -surplus))
        return found


class _Step:
    """One comparison by one model.

    Attributes:
        of_name: whether it is of a part of the name.
        rules: whether it can find a contradiction.
    """

    def __init__(self, model: Model, number: int, comparison: Comparison) -> None:
        self.compare: Compare = COMPARE.get(comparison.name) or extra_of_both(comparison.name.removeprefix("extra:"))
        self.of_name = comparison.name in NAME_PARTS
        self._comparison = comparison
        self._has_kin = bool(model.fields[comparison.name].kin)
        self._weights, self._forbids = (table[number] for table in model.tables)
        self._kin = model.kin_tables[number]
        self.rules = bool(self._forbids.any())
        self._rare: list[tuple[int, Callable[[Party], str | None], Frequencies]] = [
            (comparison.levels.index(level), _column(name), model.frequencies[name])
            for level, name in comparison.rarity.items()
            if name in model.frequencies
        ]
        self._tables: dict[tuple[float, ...], list[Evidence]] = {}
        self._one = None if self._rare else self._made(())  # of any record

    def table(self, asked: Party) -> list[Evidence]:
        """What each level tells of a pair with this record: agreement on a rare value of its tells more."""
        if self._one is not None:
            return self._one
        shares = tuple([table.values.get(read(asked) or "", table.rest) for _, read, table in self._rare])
        known = self._tables.get(shares)
        if known is None:
            if len(self._tables) >= _KEPT:
                self._tables.clear()
            known = self._tables[shares] = self._made(shares)
        return known

    def _made(self, shares: Sequence[float]) -> list[Evidence]:
        bits = self._weights.copy()
        for (level, _, table), share in zip(self._rare, shares, strict=True):
            bits[level] += rarity_of_shares(np.array([share]), table)[0]
        kin = bits - self._weights + self._kin if self._has_kin else np.zeros_like(bits)
        rows = zip(self._comparison.levels, bits.tolist(), kin.tolist(), self._forbids.tolist(), strict=True)
        return [Evidence(told, like, no, Reason(self._comparison.name, level, told)) for level, told, like, no in rows]


def _column(name: str) -> Callable[[Party], str | None]:
    if name.startswith("extra:"):
        return lambda party: text_of(object_of(party.extra).get(name[6:]))
    return _COLUMNS[name]


# columns by the names that frequency tables have for them
_COLUMNS: Mapping[str, Callable[[Party], str | None]] = {
    "root": lambda party: party.last_root,
    "first": lambda party: party.first,
    "middle": lambda party: party.middle,
    "birth": lambda party: str(birth_number(party.birth_date, party.extra) or ""),
    "postcode": lambda party: party.postcode,
    "area": lambda party: (party.postcode or "")[:-3],
    "city": lambda party: party.city,
}
