"""From keys to candidate pairs: every two records that share a block, each pair once, in chunks of bounded size.

Blocks are found by sorting keys. A pair that shares several blocks is told by the first of them: a look at the blocks of both
records says which that is, so no pair is scored twice, however many there are, and none has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from hub.matching.hashing import Words
from hub.matching.keys import BLOCK_CAP, Keys
from hub.matching.meetings import blocks_of_rows, pairs_of, stretches

Rows = npt.NDArray[np.int64]

CHUNK = 1 << 17  # pairs; what is known of so many stays in the processor's cache, and the memory downstream is bounded


Chunk = Callable[[], tuple[Rows, Rows]]


def candidate_pairs(
    keys: Keys, touched: npt.NDArray[np.bool_] | None = None, cap: int | None = None
) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs (i < j) of rows that share a block of at most ``cap`` records; each pair once, block by block.

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
    blocks = _Blocks.of(keys, touched, BLOCK_CAP if cap is None else cap)
    stops = np.empty(len(blocks.members) + 1, np.int64)
    count = stretches(blocks.number, blocks.starts, CHUNK, stops)
    for begin, end in zip(stops[: count - 1].tolist(), stops[1:count].tolist(), strict=True):
        yield partial(blocks.pairs, begin, end, touched)


@dataclass(frozen=True)
class _Blocks:
    """The usable blocks, and those of each record.

    Attributes:
        members: the records of all blocks, block by block, each block in the order of records.
        number: the block of each member.
        starts: where each block begins among the members, and at last where the last one ends.
        first, of_row, marks: the blocks of each record, as `hub.matching.meetings.blocks_of_rows` lists them.
    """

    members: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    starts: Rows
    first: Rows
    of_row: npt.NDArray[np.int32]
    marks: Words

    @classmethod
    def of(cls, keys: Keys, touched: npt.NDArray[np.bool_] | None, cap: int) -> _Blocks:
        """Group records by their keys."""
        parts = [_blocks(some, rows, touched, cap) for some, rows in _parts(keys)]
        members, size = (np.concatenate(column) for column in zip(*parts, strict=True))
        n = int(keys.rows.max(initial=-1)) + 1
        number = np.repeat(np.arange(len(size), dtype=np.int32), size)
        count = np.bincount(members, minlength=n)
        first, of_row, marks = np.cumsum(count) - count, np.empty(len(members), np.int32), np.zeros(n, np.uint64)
        blocks_of_rows(members, number, first.copy(), of_row, marks)
        return cls(members, number, np.concatenate([[0], np.cumsum(size)]), first, of_row, marks)

    def pairs(self, begin: int, end: int, touched: npt.NDArray[np.bool_] | None) -> tuple[Rows, Rows]:
        """The pairs of a stretch of members with those behind them, but for those that an earlier block makes."""
        place = np.arange(begin, end)
        most = int((self.starts[self.number[begin:end] + 1] - place - 1).sum())
        low, high = np.empty(most, np.int64), np.empty(most, np.int64)
        if touched is None:
            touched = np.zeros(0, bool)
        found = pairs_of(
            self.members, self.number, self.starts, self.first, self.of_row, self.marks, touched, begin, end, low, high
        )
        return low[:found], high[:found]


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
) -> tuple[npt.NDArray[np.int32], Rows]:
    """The members of usable blocks, and how many each block has."""
    members, first = _in_order(keys, rows)
    size = np.diff(np.append(first, len(members)))
    use = (size > 1) & (size <= cap)
    if touched is not None and len(first):
        use &= np.logical_or.reduceat(touched[members], first)
    members, size = members[np.repeat(use, size)], size[use]
    again = (
        np.flatnonzero(members[1:] == members[:-1]) + 1
    )  # a record that has a key twice, or two blocks that meet in it
    if len(again):
        block = np.repeat(np.arange(len(size)), size)
        again = again[block[again] == block[again - 1]]
        members, size = np.delete(members, again), size - np.bincount(block[again], minlength=len(size))
    return members, size


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
