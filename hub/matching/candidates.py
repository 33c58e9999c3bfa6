"""From keys to candidate pairs: every two records that share a block, in chunks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from hub.matching.arrays import distinct, ramp
from hub.matching.keys import BLOCK_CAP, Keys

Rows = npt.NDArray[np.int64]

CHUNK = 1 << 20  # pairs; bounds the memory of everything downstream


def candidate_pairs(keys: Keys, touched: npt.NDArray[np.bool_] | None = None) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs (i < j) of rows that share a block of at most ``BLOCK_CAP`` records.

    A pair may come more than once: in another chunk when the records share several keys.

    Args:
        keys: the keys of all records.
        touched: if given, only pairs with at least one touched row.
    """
    order = np.argsort(keys.keys)
    sorted_keys, rows = keys.keys[order], keys.rows[order].astype(np.int64)
    first = (
        np.flatnonzero(np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]]))
        if len(rows)
        else np.zeros(0, np.int64)
    )
    size = np.diff(np.append(first, len(rows)))
    use = (size > 1) & (size <= BLOCK_CAP)
    first, size = first[use], size[use]
    bounds = np.cumsum(size * (size - 1) // 2)
    start = 0
    while start < len(first):
        done = bounds[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(bounds, done + CHUNK, side="right")))
        i, j = _pairs_within(rows, first[start:stop], size[start:stop])
        if touched is not None:
            near = touched[i] | touched[j]
            i, j = i[near], j[near]
        packed = distinct(np.minimum(i, j) << 32 | np.maximum(i, j))
        packed = packed[(packed >> 32) != (packed & 0xFFFFFFFF)]
        yield packed >> 32, packed & 0xFFFFFFFF
        start = stop


def _pairs_within(rows: Rows, first: Rows, size: Rows) -> tuple[Rows, Rows]:
    """All pairs within each run of ``rows``: each member with those before it."""
    members = np.repeat(first, size) + ramp(size)
    before = ramp(size)  # how many of its run stand before each member
    later = np.repeat(members, before)
    earlier = np.repeat(np.repeat(first, size), before) + ramp(before)
    return rows[earlier], rows[later]
