"""What a person demands of a clustering: rows that stand together whatever the model says, and rows that never do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def _none() -> Longs:
    return np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class Constraints:
    """Demands on the rows of a base.

    Attributes:
        together: disjoint sets of two rows or more that stand in one cluster each.
        apart: pairs of rows whose clusters are two.
        unsure: pairs of rows whose clusters a person has looked at and left open.
    """

    together: tuple[Longs, ...] = ()
    apart: Longs = field(default_factory=_none)
    unsure: Longs = field(default_factory=_none)

    def renumbered(self, place: Longs) -> Constraints:
        """The same with ``place[row]`` for each row."""
        return Constraints(tuple(np.sort(place[rows]) for rows in self.together), place[self.apart], place[self.unsure])

    def representatives(self, n: int) -> Longs:
        """For each of ``n`` rows the lowest of its set; itself when it is in none."""
        found = np.arange(n)
        for rows in self.together:
            found[rows] = rows.min()
        return found

    def settled(self, label: Longs) -> tuple[Longs, Longs]:
        """The pairs of clusters, lower label first, of which no steward need be asked again."""
        pairs = label[np.concatenate([self.apart, self.unsure])]
        return pairs.min(axis=1), pairs.max(axis=1)

    def within(self, component: Longs) -> dict[int, Constraints]:
        """The demands on each component's rows, by its label; a demand between two components is met already."""
        found: dict[int, tuple[list[Longs], list[Longs]]] = {}
        for rows in self.together:
            found.setdefault(int(component[rows[0]]), ([], []))[0].append(rows)
        for pair in self.apart:
            if component[pair[0]] == component[pair[1]]:
                found.setdefault(int(component[pair[0]]), ([], []))[1].append(pair)
        return {
            name: Constraints(tuple(sets), np.array(pairs, np.int64).reshape(len(pairs), 2))
            for name, (sets, pairs) in found.items()
        }

    def at(self, members: Longs) -> Constraints:
        """The same, rows replaced by their places in ``members`` (ascending); what is unsure is left out."""
        return Constraints(
            tuple(np.searchsorted(members, rows) for rows in self.together), np.searchsorted(members, self.apart)
        )

    def widened(self, label: Longs) -> Constraints:
        """The same with whole clusters instead of the rows that were named: who says that two records are one means both wholes.

        Where that would join two rows that stand apart, only what was named stands together.

        Args:
            label: the clusters that would be without anything standing together.
        """
        union = label.copy()
        for rows in self.together:
            union[np.isin(union, union[rows])] = union[rows].min()
        torn = union[self.apart[:, 0]][union[self.apart[:, 0]] == union[self.apart[:, 1]]]
        whole = np.unique([int(union[rows[0]]) for rows in self.together])
        together = [np.flatnonzero(union == name) for name in whole[~np.isin(whole, torn)]]
        together += [rows for rows in self.together if np.isin(union[rows[0]], torn)]
        return Constraints(tuple(together), self.apart, self.unsure)


def pardoned(forbidden: Bools, together: Sequence[Longs]) -> Bools:
    """The contradictions that a person overruled by joining records that contradict each other.

    If A and B are one although their tax ids differ, then A's tax id is no evidence against whoever shares B's. So what
    contradicts one member of such a set, and not all of them, contradicts no longer; and has no voice either.

    Args:
        forbidden: symmetric matrix of one component's contradictions, as the model sees them.
        together: places of each set.
    """
    pardon = np.zeros_like(forbidden)
    for places in together:
        against = forbidden[places]
        if against[:, places].any():
            over = against & ~against.all(axis=0)
            pardon[places] |= over
            pardon[:, places] |= over.T
    return pardon
