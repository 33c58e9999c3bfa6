"""What each kind of blocking key finds and costs, and which values are so common that their blocks make no pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.matching.candidates import candidate_pairs
from hub.matching.hashing import mix
from hub.matching.keys import BLOCK_CAP, Keys
from hub.matching.records import HOUSE
from hub.matching.score import Scorer

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PAIRS = 20_000_000  # pairs looked at; of more an even share is taken, and the counts are scaled up
SKEWED_BLOCKS = 10  # times the cap: from this size on one value is called skewed
SKEWED_SHARE = 0.01  # of the records; no smaller block of a large base is called so


@dataclass(frozen=True)
class Kind:
    """One kind of key.

    Attributes:
        keys: distinct keys; ``blocks`` those of them that make pairs.
        pairs: candidate pairs; ``only`` those that no other kind finds.
        matches: pairs at or above ``match``; ``matches_only`` those that no other kind finds.
        largest: sizes of the largest blocks.
        oversized: blocks beyond the cap, which make no pairs; ``crowded`` the records in them, ``reachable`` those of
            them that some key of a block within the cap holds, too.
    """

    name: str
    keys: int
    blocks: int
    pairs: int
    only: int
    matches: int
    matches_only: int
    largest: tuple[int, ...]
    oversized: int
    crowded: int
    reachable: int


@dataclass(frozen=True)
class Skew:
    """A value so common that its block is far beyond the cap. Its size and kind; never the value."""

    kind: str
    size: int
    share: float
    reachable: int


@dataclass(frozen=True)
class BlockingReport:
    """All kinds of keys of a base.

    Attributes:
        share: of all candidate pairs that were looked at; less than 1 only in large bases.
        unreachable: records that have keys, all of them in oversized blocks: they meet nobody.
        keyless: records (house accounts aside) that have no key at all.
    """

    records: int
    pairs: int
    matches: int
    share: float
    kinds: tuple[Kind, ...]
    skewed: tuple[Skew, ...]
    unreachable: int
    keyless: int


def blocking_report(scorer: Scorer, keys: Keys) -> BlockingReport:
    """Measure the keys of a base; ``keys`` are of the kinds of the scorer's model."""
    names = scorer.model.keys
    n = len(scorer.records)
    blocks = _Blocks.of(keys)
    usable = np.zeros(n, bool)  # records with a key whose block is within the cap: whoever shares it, meets them
    usable[blocks.rows[blocks.size_of_member <= BLOCK_CAP]] = True
    costs = [blocks.cost(number) for number in range(len(names))]
    share = min(1.0, PAIRS / max(sum(costs), 1))
    found = [_pairs(scorer, keys, number, share) for number in range(len(names))]
    every = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)
    pairs, times = _counted(every)
    match = _matching(scorer, pairs)
    kinds = []
    for number, name in enumerate(names):
        at = np.searchsorted(pairs, found[number])
        alone, right = times[at] == 1, match[at]
        counts = (len(at), alone.sum(), right.sum(), (alone & right).sum())
        kinds.append(_kind(name, blocks, number, [round(int(count) / share) for count in counts], usable))
    keyed = np.zeros(n, bool)
    keyed[blocks.rows] = True
    return BlockingReport(
        records=n,
        pairs=round(len(pairs) / share),
        matches=round(int(match.sum()) / share),
        share=share,
        kinds=tuple(kinds),
        skewed=tuple(_skewed(names, blocks, usable, n)),
        unreachable=int((keyed & ~usable).sum()),
        keyless=int((~keyed & (scorer.records.kind != HOUSE)).sum()),
    )


@dataclass(frozen=True)
class _Blocks:
    """Keys in order; a member is a record under a key, each counted once.

    Attributes:
        first, size, kind: of each block, its first member, its members, the kind of its key.
        rows, size_of_member: of each member, its record and the size of its block.
    """

    first: Longs
    size: Longs
    kind: npt.NDArray[np.uint8]
    rows: Longs
    size_of_member: Longs

    @classmethod
    def of(cls, keys: Keys) -> _Blocks:
        order = np.lexsort((keys.rows, keys.keys))
        key, rows, kind = keys.keys[order], keys.rows[order].astype(np.int64), keys.kinds[order]
        fresh = np.ones(len(key), bool)
        fresh[1:] = (key[1:] != key[:-1]) | (rows[1:] != rows[:-1])
        key, rows, kind = key[fresh], rows[fresh], kind[fresh]
        start = np.ones(len(key), bool)
        start[1:] = key[1:] != key[:-1]
        first = np.flatnonzero(start)
        size = np.diff(np.append(first, len(key)))
        return cls(first, size, kind[first], rows, np.repeat(size, size))

    def members(self, block: int) -> Longs:
        return self.rows[self.first[block] : self.first[block] + self.size[block]]

    def cost(self, kind: int) -> int:
        size = self.size[(self.kind == kind) & (self.size <= BLOCK_CAP)]
        return int((size * (size - 1) // 2).sum())


def _pairs(scorer: Scorer, keys: Keys, kind: int, share: float) -> Longs:
    """The distinct comparable pairs under one kind of key, packed; an even share of them, whatever the order of rows."""
    chosen = keys.kinds == kind
    some = Keys(keys.keys[chosen], keys.rows[chosen], keys.kinds[chosen])
    rank, parts = scorer.records.rank.astype(np.uint64), [np.zeros(0, np.int64)]
    for i, j in candidate_pairs(some):
        if share < 1.0:
            low, high = np.minimum(rank[i], rank[j]), np.maximum(rank[i], rank[j])
            kept = mix(low << np.uint64(32) | high) < np.uint64(int(share * (2**64 - 1)))
            i, j = i[kept], j[kept]
        parts.append(i << 32 | j)
    return _distinct(np.concatenate(parts))


def _counted(ordered: Longs) -> tuple[Longs, Longs]:
    """Distinct values of a sorted array, and how often each occurs."""
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    start = np.flatnonzero(first)
    return ordered[start], np.diff(np.append(start, len(ordered)))


def _matching(scorer: Scorer, pairs: Longs, chunk: int = 1 << 20) -> Bools:
    result = np.zeros(len(pairs), bool)
    for start in range(0, len(pairs), chunk):
        part = pairs[start : start + chunk]
        scores = scorer.score(part >> 32, part & 0xFFFFFFFF)
        result[start : start + chunk] = (scores.weight >= scorer.model.match) & ~scores.forbidden
    return result


def _kind(name: str, blocks: _Blocks, number: int, counts: list[int], usable: Bools) -> Kind:
    of_kind = blocks.kind == number
    size = blocks.size[of_kind]
    big = np.repeat(of_kind & (blocks.size > BLOCK_CAP), blocks.size)
    crowded = np.unique(blocks.rows[big])
    return Kind(
        name=name,
        keys=len(size),
        blocks=int(((size > 1) & (size <= BLOCK_CAP)).sum()),
        pairs=counts[0],
        only=counts[1],
        matches=counts[2],
        matches_only=counts[3],
        largest=tuple(np.sort(size)[::-1][:3].tolist()),
        oversized=int((size > BLOCK_CAP).sum()),
        crowded=len(crowded),
        reachable=int(usable[crowded].sum()),
    )


def _skewed(names: tuple[str, ...], blocks: _Blocks, usable: Bools, n: int) -> list[Skew]:
    least = max(SKEWED_BLOCKS * BLOCK_CAP, SKEWED_SHARE * n)
    large = np.flatnonzero(blocks.size > least)
    found = [
        Skew(
            names[int(blocks.kind[block])],
            int(blocks.size[block]),
            int(blocks.size[block]) / n,
            int(usable[blocks.members(block)].sum()),
        )
        for block in large.tolist()
    ]
    return sorted(found, key=lambda skew: (-skew.size, skew.kind, skew.reachable))


def _distinct(values: Longs) -> Longs:
    """Sorted distinct values: by sorting in place, several times faster than ``np.unique``, which hashes."""
    values.sort()
    keep = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=keep[1:])
    return values[keep]
