"""The levels of many pairs in all comparisons: at a glance where codes tell, by a look at the texts where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from hub.matching.agreement import Rows
from hub.matching.ahead import THREADS, map_ahead
from hub.matching.comparison import COMPARISONS, Comparison, extra_name
from hub.matching.glances import DOUBT, glance
from hub.matching.look import look
from hub.matching.records import Bytes, Records
from hub.matching.vocabulary import FewTexts, remembered

FEW = 512  # pairs; below this the comparisons themselves are as fast, and numba need not be there
Levels = list[Bytes]  # of each comparison, the level of each pair


def levels_of(records: Records, comparisons: Sequence[Comparison], i: Rows, j: Rows, threads: int = THREADS) -> Levels:
    """The level of each pair in each comparison; of many pairs by all processors."""
    made = telling(records, comparisons)
    if len(i) < FEW or isinstance(records.last.values, FewTexts):
        levels = [comparison.compare(records, i, j) for comparison in made]
    else:
        program = Program(records, made)
        parts = [slice(start, start + _SLICE) for start in range(0, len(i), _SLICE)]
        told = [levels for _, levels in map_ahead(lambda part: program.levels(i[part], j[part]), parts, threads)]
        levels = [np.concatenate(parts) for parts in zip(*told, strict=True)]
    return spread(comparisons, made, levels, len(i))


_SLICE = 1 << 16  # pairs that one processor looks at at a time


def spread(comparisons: Sequence[Comparison], made: Sequence[Comparison], levels: Levels, pairs: int) -> Levels:
    """The levels of all comparisons from those of the comparisons that were made; the others are "missing"."""
    known = {comparison.name: level for comparison, level in zip(made, levels, strict=True)}
    return [known[c.name] if c.name in known else np.zeros(pairs, np.uint8) for c in comparisons]


class Program:
    """Comparisons in the order in which a glance makes them, and what it has to reach.

    Attributes:
        number: of each comparison in `hub.matching.glances.told`.
        most: float32, comparisons × 256: by level at a glance what it may add at the most.
        sharp: likewise the column of ``rare`` (float32, records × columns) that adds to it, or -1.
        names: how many of the first comparisons are names, which add no more than ``cap`` together.
        to_come: by comparison, what those after it may add at the most.
        needed: bits.
    """

    def __init__(self, records: Records, comparisons: Sequence[Comparison]) -> None:
        self._records, self._comparisons, self.look = records, comparisons, look(records)
        numbers = {
            **_NUMBER,
            **{extra_name(name): len(_NUMBER) + place for place, name in enumerate(sorted(records.extra))},
        }
        self.number = np.array([numbers[comparison.name] for comparison in comparisons], np.int64)
        self.most = np.zeros((len(comparisons), 256), np.float32)
        self.sharp = np.full((len(comparisons), 256), -1, np.int64)
        self.rare = np.zeros((0, 0), np.float32)
        self.names, self.cap = 0, 0.0
        self.to_come = np.zeros(len(comparisons), np.float32)
        self.needed = -np.inf

    def levels(self, i: Rows, j: Rows) -> tuple[Rows, Levels]:
        """The places of the pairs that may reach what is needed, and their levels."""
        kept, levels = self._glance(i, j)
        for comparison, level in zip(self._comparisons, levels, strict=True):
            if comparison.doubt:
                at = np.flatnonzero(level & np.uint8(DOUBT))
                level[at] = comparison.compare(self._records, i[kept[at]], j[kept[at]])
        return kept, levels

    def _glance(self, i: Rows, j: Rows) -> tuple[Rows, Levels]:
        look, kept = self.look, np.empty(len(i), np.int64)
        levels = np.empty((len(self.number), len(i)), np.uint8)
        count = glance(
            look.codes, look.words, look.at, look.width, look.names, look.emails, look.postcodes, look.streets, look.begins,
            self.number,
            self.most, self.sharp, self.rare, self.names, self.cap, self.to_come, self.needed,
            np.ascontiguousarray(i), np.ascontiguousarray(j), kept, levels,
        )  # fmt: skip
        return kept[:count], [level[:count] for level in levels]


_NUMBER = {comparison.name: number for number, comparison in enumerate(COMPARISONS)}

# comparison → the values without which its level is "missing"; any that does not stand here is always made
KNOWN: Mapping[str, Callable[[Records], npt.NDArray[np.integer | np.bool_]]] = {
    "surname": lambda r: r.last.codes | r.root.codes | r.first.codes,
    "given name": lambda r: r.first.codes | r.last.codes,
    "patronymic": lambda r: r.middle.codes,
    "company": lambda r: r.company.codes,
    "birth date": lambda r: r.dob,
    "phones": lambda r: r.phones[:, 0],
    "e-mails": lambda r: r.emails[:, 0],
    "vehicles": lambda r: r.vins[:, 0],
    "address": lambda r: r.postcode.codes | r.city.codes | r.street.codes,
    "tax id": lambda r: r.tax.codes,
    "registration": lambda r: r.registration.codes,
    "sex": lambda r: r.sex,
    "generation": lambda r: r.generation,
    "account": lambda r: r.dealer.codes,
}


def telling(records: Records, comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Those of the comparisons whose level is not "missing" for all pairs."""
    silent = _absent(records)
    return [
        c for c in comparisons if (c.name[6:] in records.extra if c.name.startswith("extra:") else c.name not in silent)
    ]


@remembered
def _absent(records: Records) -> frozenset[str]:
    return frozenset(name for name, known in KNOWN.items() if not known(records).any())
