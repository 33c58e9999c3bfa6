"""From keys to candidate pairs: every two records that share a block, each pair once, in chunks of bounded size.

Blocks are found by sorting; then the pairs are told record by record and not block by block. All pairs of a record with
later ones stand in one chunk, so sorting the chunk finds the pairs that several keys make, and no pair is scored twice,
however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from hub.matching.arrays import distinct, ramp
from hub.matching.hashing import Words
from hub.matching.keys import BLOCK_CAP, Keys

Rows = npt.NDArray[np.int64]

CHUNK = 1 << 20  # pairs; bounds the memory of everything downstream


Chunk = Callable[[], tuple[Rows, Rows]]


def candidate_pairs(
    keys: Keys, touched: npt.NDArray[np.bool_] | None = None, cap: int | None = None
) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs (i < j) of rows that share a block of at most ``cap`` records; each pair once, in order.

    Args:
        keys: the keys of all records.
        touched: if given, only pairs with at least one touched row.
        cap: records of a block that still makes pairs; ``BLOCK_CAP`` unless given.
    """
    for chunk in chunks(keys, touched, cap):
        i, j = chunk()
        if len(i):
            yield i, j


def chunks(keys: Keys, touched: npt.NDArray[np.bool_] | None = None, cap: int | None = None) -> Iterator[Chunk]:
    """The same as work to be done: each chunk makes its pairs when called, by whatever thread; it may have none."""
    meetings = _meetings(keys, touched, BLOCK_CAP if cap is None else cap)
    bounds = np.cumsum(meetings.count, dtype=np.int64)
    # a record's meetings stay together: a chunk ends where another record begins
    ends = np.flatnonzero(np.append(meetings.row[1:] != meetings.row[:-1], True)) + 1 if len(bounds) else bounds
    start = 0
    while start < len(bounds):
        done = bounds[start - 1] if start else 0
        reach = int(np.searchsorted(bounds, done + CHUNK, side="right"))
        place = int(np.searchsorted(ends, max(reach, start + 1), side="right"))
        stop = int(ends[max(place - 1, 0)])
        if stop <= start:  # one record meets more than a chunk holds
            stop = int(ends[place])
        yield partial(_pairs, meetings, start, stop, touched)
        start = stop


def _pairs(meetings: _Meetings, start: int, stop: int, touched: npt.NDArray[np.bool_] | None) -> tuple[Rows, Rows]:
    """The distinct pairs of a stretch of meetings."""
    i, j = meetings.pairs(start, stop)
    if touched is not None:
        near = touched[i] | touched[j]
        i, j = i[near], j[near]
    packed = distinct(np.minimum(i, j) << 32 | np.maximum(i, j))
    low, high = packed >> 32, packed & 0xFFFFFFFF
    apart = low != high
    return (low, high) if apart.all() else (low[apart], high[apart])


@dataclass(frozen=True)
class _Meetings:
    """Whom each record meets under each of its keys, in the order of records.

    Attributes:
        members: the records of all blocks, block by block, each block in the order of records.
        row: the record of each meeting.
        first, count: the run of ``members`` that it meets: those behind it in the block.
    """

    members: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    first: Rows
    count: npt.NDArray[np.int32]

    def pairs(self, start: int, stop: int) -> tuple[Rows, Rows]:
        """All pairs of a stretch of meetings."""
        count = self.count[start:stop].astype(np.int64)
        met = np.repeat(self.first[start:stop], count) + ramp(count)
        return np.repeat(self.row[start:stop].astype(np.int64), count), self.members[met].astype(np.int64)


def _meetings(keys: Keys, touched: npt.NDArray[np.bool_] | None, cap: int) -> _Meetings:
    parts = [_blocks(some, rows, touched, cap) for some, rows in _parts(keys)]
    shift = np.cumsum([0, *(len(members) for members, _, _ in parts)])
    members = np.concatenate([members for members, _, _ in parts])
    place = np.concatenate([place + moved for (_, place, _), moved in zip(parts, shift, strict=False)])
    count = np.concatenate([count for _, _, count in parts])
    row = members[place]
    by_row = _by_row(row)
    return _Meetings(members, row[by_row], place[by_row] + 1, count[by_row])


PART = 1 << 23  # entries; larger bases are sorted part by part, which bounds the memory beside the keys themselves


def _parts(keys: Keys) -> Iterator[tuple[Words, npt.NDArray[np.int32]]]:
    """Keys and rows in parts of about ``PART`` entries; equal keys are in one part, told by their upper bits."""
    bits = max(len(keys.keys) - 1, 0) // PART
    bits = int(bits).bit_length()
    if not bits:
        yield keys.keys, keys.rows
        return
    number = (keys.keys >> np.uint64(64 - bits)).astype(np.uint16)
    for part in range(1 << bits):
        chosen = np.flatnonzero(number == part)
        yield keys.keys[chosen], keys.rows[chosen]


def _blocks(
    keys: Words, rows: npt.NDArray[np.int32], touched: npt.NDArray[np.bool_] | None, cap: int
) -> tuple[npt.NDArray[np.int32], Rows, npt.NDArray[np.int32]]:
    """The members of usable blocks; of each member but the last of its block, its place and how many stand behind it."""
    members, first = _in_order(keys, rows)
    size = np.diff(np.append(first, len(members)))
    use = (size > 1) & (size <= cap)
    if touched is not None and len(first):
        use &= np.logical_or.reduceat(touched[members], first)
    members, size = members[np.repeat(use, size)], size[use]
    behind = np.repeat(np.cumsum(size), size) - np.arange(len(members)) - 1
    place = np.flatnonzero(behind)
    return members, place, behind[place].astype(np.int32)


def _by_row(rows: npt.NDArray[np.int32]) -> Rows:
    """The stable order of rows, by sorting numbers and not by ``argsort``, which is several times slower."""
    packed = rows.astype(np.int64) << 32 | np.arange(len(rows))
    packed.sort()
    packed &= 0xFFFFFFFF
    return packed


def _in_order(keys: Words, rows: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], Rows]:
    """The rows in the order of their keys and, within a key, of rows; and where each key begins.

    Sorted are words of a key's upper bits and the entry's place. That leaves undone where different keys agree in those
    bits, which is rare, and where the entries of one key came in another order of rows.
    """
    if not len(keys):
        return rows, np.zeros(0, np.int64)
    low = np.uint64((1 << len(keys).bit_length()) - 1)
    order = (keys & ~low) | np.arange(len(keys), dtype=np.uint64)
    order.sort()
    order &= low
    ordered, members = keys[order], rows[order]
    astray = np.flatnonzero(_falling(ordered, members))
    if len(astray):
        prefixes = np.unique(ordered[astray] & ~low)
        run = np.flatnonzero(np.isin(ordered & ~low, prefixes))
        exact = run[np.lexsort((members[run], ordered[run]))]
        ordered[run], members[run] = ordered[exact], members[exact]
    starts = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return members, np.flatnonzero(starts)


def _falling(keys: Words, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    falling: npt.NDArray[np.bool_] = (keys[1:] < keys[:-1]) | ((keys[1:] == keys[:-1]) & (rows[1:] < rows[:-1]))
    return falling
