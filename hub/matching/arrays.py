"""Small idioms of arrays that several rooms of matching share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]


def ramp(counts: npt.NDArray[np.integer]) -> Longs:
    """0, 1, … n-1 for each n of ``counts``, end to end."""
    steps: Longs = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return steps


def distinct(values: Longs) -> Longs:
    """Sorted distinct values: by sorting in place, several times faster than ``np.unique``, which hashes."""
    values.sort()
    keep = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=keep[1:])
    return values[keep]
