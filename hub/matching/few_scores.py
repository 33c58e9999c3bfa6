"""One record against a handful: the scores and reasons of `hub.matching.score.Scorer`, to the last bit, pair by pair.

Evidence has single precision and is added up in double precision, in the model's order, as the columns' way does. A pair that
holds a contradiction is dropped at once: most are, by a glance at their names (`hub.matching.few_glance`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from hub.matching.comparison import NAME_PARTS, Comparison
from hub.matching.few_comparisons import (
    ASKS,
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
from hub.matching.few_glance import Cell, Glance
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


class Pair(NamedTuple):
    """A pair that holds no contradiction.

    Attributes:
        row, place: of the asked record, and of the other.
        weight: log2 odds that both are one party.
        told: what each comparison told that told anything.
        surplus: bits that the parts of the name told beyond what a name may tell.
        likeness: bits against, since two relatives would show the same; None if the model knows no relatives.
    """

    row: int
    place: int
    weight: float
    told: Sequence[Evidence]
    surplus: float
    likeness: float | None


class Others(Protocol):
    """Records by their places."""

    def __getitem__(self, place: int, /) -> Party: ...


class FewScorer:
    """A model applied to pairs, one after the other."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._steps = [_Step(model, n, c) for n, c in enumerate(model.comparisons) if c.name not in UNTOLD]
        self._prior = Reason("prior", "", model.prior)
        self._ruling = frozenset(step.name for step in self._steps if step.apart)

    def score(
        self,
        asked: Sequence[Party],
        met: Sequence[Iterable[int]],
        others: Others,
        shared: Shared,
        cell: Cell | None = None,
    ) -> list[Pair]:
        """The pairs that hold no contradiction.

        Args:
            met: for each asked record the places of those among ``others`` that it is to be compared with.
            shared: the contact values that are no evidence, or little.
            cell: the others' columns as they came, if it takes time to read a record.
        """
        found: list[tuple[int, int, list[Evidence], float]] = []
        totals: list[float] = []
        kin: list[float] = []
        cap = self.model.name_cap
        for row, (one, places) in enumerate(zip(asked, met, strict=True)):
            if one.kind == "house":
                continue
            sort = _SORTS.get(one.kind or "")
            plan = [
                (step.compare, step.table(one), step.of_name, step.of_both if step.commoner else None)
                for step in self._steps
                if step.asks(one)
            ]
            if cell is not None:
                rules_out = Glance(one, self._ruling).rules_out
                places = [place for place in places if not rules_out(cell, place)]
            for place in places:
                other = others[place]
                if other.kind == "house" or _SORTS.get(other.kind or "") != sort:
                    continue
                told: list[Evidence] = []
                total, name, like = self.model.prior, 0.0, self.model.kin or 0.0
                for compare, table, of_name, of_both in plan:
                    level = compare(one, other, shared)
                    if not level:
                        continue
                    evidence = table[level] if of_both is None else of_both(one, other, table, level)
                    if evidence.forbids:
                        break
                    told.append(evidence)
                    if of_name:
                        name += evidence.bits
                    else:
                        total += evidence.bits
                    like += evidence.kin
                else:
                    found.append((row, place, told, name - cap))
                    totals.append(total + min(name, cap))
                    kin.append(like)
        return self._pairs(found, totals, kin)

    def _pairs(
        self, found: Sequence[tuple[int, int, list[Evidence], float]], totals: Sequence[float], kin: Sequence[float]
    ) -> list[Pair]:
        likeness = None
        if self.model.kin is not None:
            alike = -np.round(np.logaddexp2(0.0, np.array(kin, np.float64)), 3)
            totals = (np.array(totals, np.float64) + alike).tolist()
            likeness = alike.astype(np.float32).tolist()
        weights = array("f", totals)  # in single precision
        return [
            Pair(row, place, weight, told, surplus, likeness[n] if likeness else None)
            for n, ((row, place, told, surplus), weight) in enumerate(zip(found, weights, strict=True))
        ]

    def reasons(self, pair: Pair) -> list[Reason]:
        """The evidence of a pair, field by field, the prior first; it adds up to the pair's score."""
        found = [self._prior, *[evidence.reason for evidence in pair.told]]
        if pair.likeness is not None:
            found.append(Reason("kin", "likely", pair.likeness))
        if pair.surplus > 0:
            found.append(Reason("name", "capped", -pair.surplus))
        return found


class _Step:
    """One comparison by one model.

    Attributes:
        of_name: whether it is of a part of the name.
        apart: whether what is "different" contradicts.
        asks: whether a comparison with this record can tell anything.
        commoner: levels at which the commoner of both records' values counts.
    """

    def __init__(self, model: Model, number: int, comparison: Comparison) -> None:
        self.compare: Compare = COMPARE.get(comparison.name) or extra_of_both(comparison.name.removeprefix("extra:"))
        self.name = comparison.name
        self.of_name = comparison.name in NAME_PARTS
        self.asks: Callable[[Party], object] = ASKS.get(comparison.name) or (lambda party: party.extra)
        self._comparison = comparison
        self._has_kin = bool(model.fields[comparison.name].kin)
        self._weights, self._forbids = (table[number] for table in model.tables)
        self._kin = model.kin_tables[number]
        self.apart = "different" in comparison.levels and bool(self._forbids[comparison.levels.index("different")])
        self._rare: list[tuple[int, Callable[[Party], str | None], Frequencies]] = [
            (comparison.levels.index(level), _column(name), model.frequencies[name])
            for level, name in comparison.rarity.items()
            if name in model.frequencies
        ]
        self.commoner = frozenset(map(comparison.levels.index, comparison.commoner)) if self._rare else frozenset()
        self._tables: dict[tuple[float, ...], list[Evidence]] = {}
        self._one = None if self._rare else self._made(())  # of any record

    def table(self, asked: Party) -> list[Evidence]:
        """What each level tells of a pair with this record: agreement on a rare value of its tells more."""
        if self._one is not None:
            return self._one
        return self._of_shares(tuple([table.share(read(asked) or "") for _, read, table in self._rare]))

    def of_both(self, asked: Party, other: Party, table: Sequence[Evidence], level: int) -> Evidence:
        """What a level tells, where the commoner of the two values counts; ``table``: that of the asked record."""
        if level not in self.commoner:
            return table[level]
        return self._of_shares(
            tuple(
                [max(found.share(read(asked) or ""), found.share(read(other) or "")) for _, read, found in self._rare]
            )
        )[level]

    def _of_shares(self, shares: tuple[float, ...]) -> list[Evidence]:
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
    "company": lambda party: party.company,
}
