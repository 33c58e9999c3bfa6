"""Blocks: the records that share a key. They are found by sorting keys, and say of each record in which blocks it stands.

Training and scoring look at the same pairs, so the blocks of a file are made once for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hub.matching.ahead import map_ahead
from hub.matching.hashing import Words
from hub.matching.keys import BLOCK_CAP, Keys, keys_by_kind
from hub.matching.meetings import blocks_of_rows, pairs_of, stretches
from hub.matching.records import Records

Rows = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]

CHUNK = 1 << 17  # pairs; what is known of so many stays in the processor's cache, and the memory downstream is bounded
MEMBERS = 1 << 15  # records of which the same is true


@dataclass(frozen=True)
class Blocks:
    """The usable blocks, and those of each record.

    Attributes:
        members: the records of all blocks, block by block, each block in the order of records.
        number: the block of each member.
        starts: where each block begins among the members, and at last where the last one ends.
        first, of_row, marks: the blocks of each record, as `hub.matching.meetings.blocks_of_rows` lists them.
    """

    members: Shorts
    number: Shorts
    starts: Rows
    first: Rows
    of_row: Shorts
    marks: Words

    @classmethod
    def of(cls, keys: Keys, touched: npt.NDArray[np.bool_] | None = None, cap: int = BLOCK_CAP) -> Blocks:
        """Group records by their keys."""
        return cls._joined([_blocks(some, rows, touched, cap) for some, rows in _parts(keys)])

    @classmethod
    def of_records(cls, records: Records, kinds: Sequence[str], cap: int = BLOCK_CAP) -> Blocks:
        """The same without ever holding the keys of more than two kinds."""
        made = map_ahead(lambda make: _blocks(*make(), None, cap), keys_by_kind(records, kinds))
        return cls._joined([*made])

    @classmethod
    def _joined(cls, parts: Sequence[tuple[Shorts, Rows]]) -> Blocks:
        none = np.zeros(0, np.int32), np.zeros(0, np.int64)  # a base of empty records has no keys
        members, size = (np.concatenate(column) for column in zip(*[none, *parts], strict=True))
        n = int(members.max(initial=-1)) + 1
        number = np.repeat(np.arange(len(size), dtype=np.int32), size)
        count = np.bincount(members, minlength=n)
        first, of_row, marks = np.cumsum(count) - count, np.empty(len(members), np.int32), np.zeros(n, np.uint64)
        blocks_of_rows(members, number, first.copy(), of_row, marks)
        return cls(members, number, np.concatenate([[0], np.cumsum(size)]), first, of_row, marks)

    @cached_property
    def pairs(self) -> int:
        """How many pairs the blocks make; one that several blocks make counts in each."""
        size = np.diff(self.starts)
        return int((size * (size - 1) // 2).sum())

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Stretches of members, each of which makes some `CHUNK` pairs with those behind them."""
        stops = np.empty(len(self.members) + 1, np.int64)
        count = stretches(self.number, self.starts, CHUNK, MEMBERS, stops)
        return zip(stops[: count - 1].tolist(), stops[1:count].tolist(), strict=True)

    def pairs_between(self, begin: int, end: int) -> int:
        """How many pairs the members of a stretch make with those behind them."""
        return int((self.starts[self.number[begin:end] + 1] - np.arange(begin, end) - 1).sum())

    def pairs_of(
        self, begin: int, end: int, touched: npt.NDArray[np.bool_], drawn: Words, upto: int
    ) -> tuple[Rows, Rows]:
        """The pairs of a stretch of members, as `hub.matching.meetings.pairs_of` tells them."""
        most = self.pairs_between(begin, end)
        low, high = np.empty(most, np.int64), np.empty(most, np.int64)
        found = pairs_of(
            self.members, self.number, self.starts, self.first, self.of_row, self.marks, touched, drawn, np.uint64(upto),
            begin, end, low, high,
        )  # fmt: skip
        return low[:found], high[:found]


PART = 1 << 23  # entries; larger bases are sorted part by part, which bounds the memory beside the keys themselves


def _parts(keys: Keys) -> Iterator[tuple[Words, Shorts]]:
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


def _blocks(keys: Words, rows: Shorts, touched: npt.NDArray[np.bool_] | None, cap: int) -> tuple[Shorts, Rows]:
    """The members of usable blocks, and how many each block has."""
    members, first = _in_order(keys, rows)
    size = np.diff(np.append(first, len(members)))
    use = (size > 1) & (size <= cap)
    if touched is not None and len(first):
        use &= np.logical_or.reduceat(touched[members], first)
    members, size = members[np.repeat(use, size)], size[use]
    # a record that has a key twice, or two blocks that meet in it
    again = np.flatnonzero(members[1:] == members[:-1]) + 1
    if len(again):
        block = np.repeat(np.arange(len(size)), size)
        again = again[block[again] == block[again - 1]]
        members, size = np.delete(members, again), size - np.bincount(block[again], minlength=len(size))
    return _by_size(members, size)


def _by_size(members: Shorts, size: Rows) -> tuple[Shorts, Rows]:
    """The blocks in order of their size: those of like sizes are looked at together (`hub.matching.sieves`)."""
    order = np.argsort(np.minimum(size, 2**16 - 1).astype(np.uint16), kind="stable")  # of short numbers by counting
    begins, size = (np.cumsum(size) - size)[order], size[order]
    return members[np.repeat(begins - (np.cumsum(size) - size), size) + np.arange(len(members))], size


def _in_order(keys: Words, rows: Shorts) -> tuple[Shorts, Rows]:
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


def _falling(keys: Words, rows: Shorts) -> npt.NDArray[np.bool_]:
    falling: npt.NDArray[np.bool_] = (keys[1:] < keys[:-1]) | ((keys[1:] == keys[:-1]) & (rows[1:] < rows[:-1]))
    return falling
