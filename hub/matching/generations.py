"""A father and the son who bears his name, where nothing else tells them apart.

The son of an Igor is Igor Igorevich. At his address, and often on his phone, lives another Igor of his surname: so a record of an
Igor that says neither patronymic nor birth date is of either. Field by field both agree; of such pairs of a network of dealers
one in three was father and son.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.matching.records import Longs, Records
from hub.matching.vocabulary import gather, remembered

Bools = npt.NDArray[np.bool_]

_MAN = 1
_END = "ich"  # patronymics of men, folded; those of other languages fold as Russians say them


def of_either(records: Records, rows: Longs) -> Bools:
    """Which records of components (components × size) may be a father's as well as his son's.

    They bear the given name of a man in their component whose patronymic is of it.
    """
    named = named_after_father(records)[rows]
    if not named.any():
        return named
    first = records.first.codes[rows]
    sons = np.where(named, first, 0)
    found: Bools = ((first[:, :, None] == sons[:, None, :]) & (sons[:, None, :] != 0)).any(axis=2)
    return found


def father_or_son(records: Records, i: Longs, j: Longs) -> Bools:
    """Of pairs of records that may be a father's as well as his son's those of which nothing tells that they are one man's.

    Two patronymics do, or two birth dates, and nobody has his father's e-mail address. Surname, and phone or house, they share.
    """
    either: Bools = (
        (records.first.codes[i] == records.first.codes[j])
        & (records.root.codes[i] == records.root.codes[j])
        & (records.root.codes[i] != 0)
        & ((records.middle.codes[i] == 0) | (records.middle.codes[j] == 0))
        & ((records.dob[i] == 0) | (records.dob[j] == 0))
    )
    at = np.flatnonzero(either)
    a, b = i[at], j[at]
    house = (records.street.codes[a] == records.street.codes[b]) & (records.house.codes[a] == records.house.codes[b])
    home = _meet(records.phones, a, b) | (house & (records.street.codes[a] != 0) & (records.house.codes[a] != 0))
    either[at] = home & ~_meet(records.emails, a, b)
    return either


def _meet(sets: npt.NDArray[np.integer], a: Longs, b: Longs) -> Bools:
    """Whether two sets of a column have a value in common."""
    one, other = sets[a][:, :, None], sets[b][:, None, :]
    found: Bools = ((one == other) & (one != 0)).any(axis=(1, 2))
    return found


@remembered
def named_after_father(records: Records) -> Bools:
    """Which records are of men whose patronymic is of their own given name."""
    named: Bools = np.zeros(len(records), np.bool_)
    rows = np.flatnonzero(records.sex == _MAN)
    rows = rows[(records.first.codes[rows] != 0) & (records.middle.codes[rows] != 0)] if len(rows) else rows
    if not len(rows):
        return named
    packed, place = np.unique(
        records.first.codes[rows].astype(np.int64) << 32 | records.middle.codes[rows], return_inverse=True
    )
    firsts, middles = gather(records.first.values, packed >> 32), gather(records.middle.values, packed & 0xFFFFFFFF)
    named[rows] = np.array([is_own(first, middle) for first, middle in zip(firsts, middles, strict=True)], bool)[place]
    return named


def is_own(first: str, middle: str) -> bool:
    """Whether a folded patronymic is of this given name: igor, igorevich; pavel, pavlovich; ilia, ilich."""
    if len(first) < 3 or not middle.endswith(_END) or len(middle) <= len(first):
        return False
    return middle.startswith((first, first[:-1] if len(first) > 3 else first, first[:-2] + first[-1]))
