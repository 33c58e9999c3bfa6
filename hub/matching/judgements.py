"""What stewards said, and what follows from it: which records must stand together, and which never may.

A judgement speaks of *parts*, sets of source records. Within a part the records are one party, between two parts they are
two; that is how "same" (one part), "different" (parts of one record) and "split" (any parts) are all said. "unsure" binds
nothing; it takes the question off the queue.

"Same" carries over: A is B and B is C makes A C, also when the base has lost B. "Different" holds for all that each side is
the same as. Where two judgements cannot both hold, the newer one does. Both stay on record, and nothing is dropped without
being told (cf. constrained clustering with must-link and cannot-link, Wagstaff & Cardie 2000).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.matching.constraints import Constraints
from hub.matching.records import HOUSE

SAME, DIFFERENT, SPLIT, UNSURE = "same", "different", "split", "unsure"
VERDICTS = (SAME, DIFFERENT, SPLIT, UNSURE)
BINDING = (SAME, DIFFERENT, SPLIT)
MOST_RECORDS = 200  # of one judgement; a person has looked at each of them


@dataclass(frozen=True)
class Judgement:
    """One verdict on records.

    Attributes:
        number: its entry in the ledger; the higher number is the newer judgement.
        verdict: one of `VERDICTS`.
        parts: the records, by identity, in the parts that the verdict makes of them.
    """

    number: int
    verdict: str
    parts: tuple[tuple[str, ...], ...]

    @property
    def records(self) -> tuple[str, ...]:
        """All records that it speaks of."""
        return tuple(record for part in self.parts for record in part)

    @property
    def binding(self) -> bool:
        """Whether it constrains clusters."""
        return self.verdict in BINDING


def parts_of(verdict: str, groups: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """The parts that a verdict makes of what a person named: groups for "split", records (in any groups) for the others.

    Raises:
        ValueError: the verdict is unknown, or does not fit the records; the message says how, for a person.
    """
    named = [record for group in groups for record in group]
    if verdict not in VERDICTS:
        raise ValueError(f"The verdict is one of: {', '.join(VERDICTS)}.")
    if len(set(named)) != len(named):
        raise ValueError("A record is named twice.")
    if not 2 <= len(named) <= MOST_RECORDS:
        raise ValueError(f"A judgement speaks of 2 to {MOST_RECORDS} records; this one names {len(named)}.")
    if verdict == SAME:
        return (tuple(sorted(named)),)
    if verdict == SPLIT:
        if len(groups) < 2 or not all(groups):
            raise ValueError("A split has two groups of records at least, and none of them empty.")
        return tuple(sorted(tuple(sorted(group)) for group in groups))
    return tuple((record,) for record in sorted(named))


class Book:
    """Standing judgements put together, the newest first; what a newer one contradicts has no force.

    Args:
        judgements: in any order; those that bind nothing are passed over.
    """

    def __init__(self, judgements: Iterable[Judgement] = ()) -> None:
        self.overruled: set[int] = set()
        self._parent: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._apart: dict[str, dict[str, set[int]]] = {}  # root → root of another set → the judgements that part them
        self._links: dict[str, list[tuple[str, int]]] = {}
        for judgement in sorted(judgements, key=lambda one: -one.number):
            self.add(judgement)

    def add(self, judgement: Judgement) -> None:
        """Let a judgement hold as far as those that are in the book allow."""
        if not judgement.binding:
            return
        for part in judgement.parts:
            for place, record in enumerate(part):
                # with the first of its part that nothing newer parts it from
                any(self._join(one, record, judgement.number) for one in part[:place])
        for left, right in combinations(judgement.parts, 2):
            for one in left:
                for other in right:
                    self._part(one, other, judgement.number)

    def opposing(self, judgement: Judgement) -> list[int]:
        """The judgements in the book that this one contradicts, by number; empty when it may join them."""
        if not judgement.binding:
            return []
        against: set[int] = set()
        roots = [{self.root(record) for record in part} for part in judgement.parts]
        for part in roots:
            for one, other in combinations(sorted(part), 2):
                against |= self._apart.get(one, {}).get(other, set())
        for left, right in combinations(range(len(roots)), 2):
            if roots[left] & roots[right]:
                against |= self._between(judgement.parts[left], judgement.parts[right])
        return sorted(against)

    def says(self, judgement: Judgement) -> bool:
        """Whether the book says all of it already."""
        roots = [{self.root(record) for record in part} for part in judgement.parts]
        together = all(len(part) == 1 for part in roots)
        return (
            judgement.binding
            and together
            and all(
                next(iter(right)) in self._apart.get(next(iter(left)), {}) for left, right in combinations(roots, 2)
            )
        )

    def parted(self, one: str, other: str) -> bool:
        """Whether two records are two parties."""
        return self.root(other) in self._apart.get(self.root(one), {})

    def root(self, record: str) -> str:
        """The record that stands for all that this one is the same as."""
        while (parent := self._parent.get(record, record)) != record:
            self._parent[record] = self._parent.get(parent, parent)
            record = parent
        return record

    def sets(self) -> Iterator[list[str]]:
        """The sets of two or more records that are one party."""
        yield from self._members.values()

    def apart(self) -> Iterator[tuple[str, str]]:
        """The pairs of sets, by their roots, that are two parties; each once."""
        for one, others in self._apart.items():
            yield from ((one, other) for other in others if one < other)

    def members(self, root: str) -> list[str]:
        """All records of a set."""
        return self._members.get(root, [root])

    def _join(self, one: str, other: str, number: int) -> bool:
        """Make two records the same; False when a newer judgement parts them."""
        keep, lose = sorted((self.root(one), self.root(other)))
        if keep == lose:
            return True
        if lose in self._apart.get(keep, {}):
            self.overruled.add(number)
            return False
        self._parent[lose] = keep
        self._members[keep] = self._members.pop(keep, [keep]) + self._members.pop(lose, [lose])
        self._links.setdefault(one, []).append((other, number))
        self._links.setdefault(other, []).append((one, number))
        for third, by in self._apart.pop(lose, {}).items():
            del self._apart[third][lose]
            self._apart.setdefault(keep, {}).setdefault(third, set()).update(by)
            self._apart[third].setdefault(keep, set()).update(by)
        return True

    def _part(self, one: str, other: str, number: int) -> None:
        left, right = self.root(one), self.root(other)
        if left == right:
            self.overruled.add(number)
            return
        for one_set, another in ((left, right), (right, left)):
            self._apart.setdefault(one_set, {}).setdefault(another, set()).add(number)

    def _between(self, left: Sequence[str], right: Sequence[str]) -> set[int]:
        """The judgements by which a record of one part is the same as one of the other: the shortest way."""
        way: dict[str, tuple[str, int] | None] = dict.fromkeys(left)
        goals, pending = set(right), deque(left)
        while pending:
            here = pending.popleft()
            if here in goals:
                return set(_numbers(way, here))
            for there, number in self._links.get(here, ()):
                if there not in way:
                    way[there] = (here, number)
                    pending.append(there)
        return set()


def _numbers(way: Mapping[str, tuple[str, int] | None], goal: str) -> Iterator[int]:
    step = way[goal]
    while step is not None:
        yield step[1]
        step = way[step[0]]


def bonds(named: Iterable[tuple[int, str]]) -> dict[int, int]:
    """For each judgement the lowest number of all that share records with it, directly or by way of others.

    Args:
        named: number and record of each mention by a standing judgement that binds.
    """
    parent: dict[int, int] = {}
    first: dict[str, int] = {}

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for number, record in sorted(named):
        parent.setdefault(number, number)
        one, other = root(number), root(first.setdefault(record, number))
        parent[max(one, other)] = min(one, other)
    return {number: root(number) for number in parent}


def constraints(
    judgements: Sequence[Judgement], identities: pl.Series, kind: npt.NDArray[np.uint8]
) -> Constraints | None:
    """What the judgements demand of a base's rows; None when they say nothing of it.

    A person's word outranks the model, but a company is never a person and a house account nobody: a set that has come to
    hold several kinds holds within each of them.

    Args:
        judgements: all that stand and are connected with these records.
        identities: of the rows, in order.
        kind: of the rows, as `hub.matching.records.Records.kind`.
    """
    if not judgements:
        return None
    wanted = pl.Series([record for judgement in judgements for record in judgement.records])
    named = np.flatnonzero(identities.is_in(wanted.implode()).to_numpy())
    row = dict(zip(identities.gather(named).to_list(), named.tolist(), strict=True))
    if not row:
        return None
    book = Book(judgements)
    ways: dict[str, list[list[int]]] = {}  # root → its rows, by kind

    def rows(root: str) -> list[list[int]]:
        if root not in ways:
            found: dict[int, list[int]] = {}
            for place in sorted(row[record] for record in book.members(root) if record in row):
                found.setdefault(place + 256 if kind[place] == HOUSE else int(kind[place]), []).append(place)
            ways[root] = list(found.values())
        return ways[root]

    together = [np.array(part, np.int64) for one in book.sets() for part in rows(book.root(one[0])) if len(part) > 1]
    apart = [(x[0], y[0]) for one, other in book.apart() for x in rows(one) for y in rows(other)]
    open_ = [
        (row[one], row[other])
        for judgement in judgements
        if judgement.verdict == UNSURE
        for one, other in combinations(judgement.records, 2)
        if one in row and other in row
    ]
    if not (together or apart or open_):
        return None
    return Constraints(tuple(together), _pairs(apart), _pairs(open_))


def _pairs(rows: list[tuple[int, int]]) -> npt.NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(len(rows), 2)
