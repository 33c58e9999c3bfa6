"""From keys to candidate pairs: every two records that share a block, each pair once, in chunks of bounded size.

A pair that shares several blocks is told by the first of them: a look at the blocks of both
records says which that is, so no pair is scored twice, however many there are, and none has to be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from hub.matching.blocks import Blocks, Rows
from hub.matching.hashing import Words
from hub.matching.keys import BLOCK_CAP, Keys

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
    for chunk in chunks(Blocks.of(keys, touched, BLOCK_CAP if cap is None else cap), touched):
        i, j = chunk()
        if len(i):
            yield i, j


def chunks(blocks: Blocks, touched: npt.NDArray[np.bool_] | None = None) -> Iterator[Chunk]:
    """The same as work to be done: each chunk makes its pairs when called, by whatever thread; it may have none."""
    touched = np.zeros(0, bool) if touched is None else touched
    for begin, end in blocks.stretches():
        yield partial(blocks.pairs_of, begin, end, touched, _NOT_DRAWN, 0)


def drawn(blocks: Blocks, words: Words, share: float) -> Iterator[Chunk]:
    """An even share of the pairs, as `chunks`: which ones is told by a word of each record, whatever their order."""
    upto = min(int(share * 2.0**64), 2**64 - 1)
    for begin, end in blocks.stretches():
        yield partial(blocks.pairs_of, begin, end, np.zeros(0, bool), words if share < 1.0 else _NOT_DRAWN, upto)


_NOT_DRAWN = np.zeros(0, np.uint64)
