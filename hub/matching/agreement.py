"""What values of two records have in common: whether they are the same, meet in a set, or are a slip of digits apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.records import Digits, Ints, Texts
from hub.matching.similarity import Bools, near
from hub.matching.vocabulary import Values, digits_of, gather

Rows = npt.NDArray[np.int64]


def sets_meet(a: npt.NDArray[np.integer], b: npt.NDArray[np.integer]) -> Bools:
    """Whether two sets (rows of codes, 0 unused; filled from the left) have a value in common."""
    meet = np.zeros(len(a), bool)
    for x in range(min(a.shape[1], _NARROW)):
        for y in range(min(b.shape[1], _NARROW)):
            meet |= (a[:, x] == b[:, y]) & (a[:, x] != 0)
    if max(a.shape[1], b.shape[1]) > _NARROW:  # few sets are so large
        wide = np.flatnonzero((a[:, _NARROW:] != 0).any(axis=1) | (b[:, _NARROW:] != 0).any(axis=1))
        all_a, all_b = a[wide, :, None], b[wide, None, :]
        meet[wide] = ((all_a == all_b) & (all_a != 0)).any(axis=(1, 2))
    return meet


_NARROW = 3


def slip_of_digits(a: Digits, b: Digits) -> Bools:
    """Numbers (`hub.matching.records.digits`) that differ in one digit, or by two neighbouring digits swapped."""
    differs = a ^ b
    differs |= differs >> 1
    differs |= differs >> 2
    differs &= np.uint64(0x1111111111111111)  # one bit for each digit
    count = np.bitwise_count(differs)
    slip: Bools = count == 1
    two = np.flatnonzero((count == 2) & (differs & differs << 4 != 0))
    lower = np.bitwise_count((differs[two] & -differs[two]) - np.uint64(1)).astype(np.uint64)
    x, y = a[two] >> lower, b[two] >> lower
    slip[two] = (x & 0xF == y >> 4 & 0xF) & (y & 0xF == x >> 4 & 0xF)
    return slip


def near_but_for_digits(values: Values, a: Ints, b: Ints) -> Rows:
    """The pairs of texts that are a slip apart and hold the same digits."""
    slip = np.flatnonzero(near(values, a, b))
    pairs = zip(gather(values, a[slip]), gather(values, b[slip]), strict=True)
    same: Rows = slip[np.array([digits_of(x) == digits_of(y) for x, y in pairs], bool)]
    return same


def agreed(column: Texts, i: Rows, j: Rows) -> tuple[Bools, Bools]:
    """Which pairs both have a value, and which the same one."""
    a, b = column.codes[i], column.codes[j]
    both: Bools = (a != 0) & (b != 0)
    return both, both & (a == b)
