"""Compiled loops over blocks: whom each record meets, and under which of its keys first."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hub.matching.compiled import inlined, looking

Rows = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]


EVERY = np.uint64(2**64 - 1)


@inlined
def _mark(block: int) -> Any:
    return np.uint64(1) << np.uint64(block & 63)


@inlined
def _together(word: Any) -> Any:
    """A word of two records, well mixed, whichever of the two comes first (the finaliser of MurmurHash3, shortened)."""
    word = (word ^ word >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    return word ^ word >> np.uint64(33)


@looking
def blocks_of_rows(members: Shorts, number: Shorts, first: Rows, blocks: Shorts, marks: Words) -> None:
    """List the blocks of each row, in order: those of row ``r`` begin at ``first[r]``, which is moved on to their end.

    ``marks`` holds one bit for each block of a row, or `EVERY` bit where two of them would have the same.
    """
    for place in range(len(members)):
        row, mark = members[place], _mark(number[place])
        blocks[first[row]] = number[place]
        first[row] += 1
        marks[row] = EVERY if marks[row] & mark else marks[row] | mark


@looking
def stretches(number: Shorts, starts: Rows, most: int, few: int, stops: Rows) -> int:
    """Cut the members of all blocks where these are ``few``, or their pairs with those behind them ``most``; how many ``stops``
    were written.

    The first stop is 0, the last one the number of members.
    """
    pairs, count = most, 0
    for place in range(len(number)):
        if pairs >= most or place - stops[count - 1] >= few:
            stops[count] = place
            count += 1
            pairs = 0
        pairs += starts[number[place] + 1] - place - 1
    stops[count] = len(number)
    return count + 1


@looking
def pairs_of(
    members: Shorts, number: Shorts, starts: Rows, first: Rows, blocks: Shorts, marks: Words,
    touched: Bools, drawn: Words, upto: Any, begin: int, end: int, low: Rows, high: Rows,
) -> int:  # fmt: skip
    """Write the pairs of a stretch of members with those behind them, but for pairs that an earlier block makes; how many.

    Args:
        touched: if of any length, only pairs of which one record is touched.
        drawn: if of any length, a random word of each record; only pairs whose words together make no more than ``upto``.
    """
    found = 0
    for place in range(begin, end):
        block, i = number[place], members[place]
        mark = _mark(block)
        for other in range(place + 1, starts[block + 1]):
            j = members[other]
            if len(touched) and not (touched[i] or touched[j]):
                continue
            if len(drawn) and _together(drawn[i] + drawn[j]) > upto:
                continue
            if marks[i] & marks[j] != mark and _first_in_common(first[i], first[j], blocks) != block:
                continue
            low[found], high[found] = i, j
            found += 1
    return found


@inlined
def _first_in_common(a: int, b: int, blocks: Shorts) -> Any:
    """The first block that two rows share, whose lists begin at ``a`` and ``b``; they do share one, so the walk ends."""
    while blocks[a] != blocks[b]:
        if blocks[a] < blocks[b]:
            a += 1
        else:
            b += 1
    return blocks[a]
