"""Who held a car, as what and when: a shared VIN as evidence, weighed by dated roles.

A car changes hands. Two records that had it at one time in one role are likely one party (or owned it together); if one
had it after the other they are likely two, as a rule; where one owned what the other drove, they are two in most cases.
So a holding of a record is one number: the role, the first and last day on which the record surely had the car, and
whether these are its beginning and its end. `relation` tells what two holdings of one car say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

# Roles of which a party has only one as long as it has the car. A visit in the workshop, or a role left empty or unknown,
# says nothing of the role: whoever owns a car brings it, or anybody else
ROLES: Final = {"owner": 3, "lessee": 2, "driver": 1, "payer": 1}
SLACK: Final = 60  # days by which dealers' dates of one handover may differ: order, contract, delivery, registration

SAME_TIME, SHARED, UNDATED, OTHER_ROLE, IN_TURN = 1, 2, 3, 4, 5

# A holding from its lowest bit: 22 bits the first day, 22 the last (0: unknown), whether it begins and ends there, the role
_DATES: Final = (1 << 22) - 1
_MOVED: Final = 800_000  # added to days since 1970: no date that the base holds is then 0 or less
_BEGUN, _ENDED = 1 << 44, 1 << 45
_ROLE: Final = 46


def packed(rows: Iterable[str]) -> dict[str, int]:
    """The holding of each VIN of one record.

    Args:
        rows: ``VIN/role/since/until``; days since 1970; empty where unknown.
    """
    grouped: dict[str, list[tuple[int, int | None, int | None]]] = {}
    for row in rows:
        vin, role, since, until = row.split("/")
        grouped.setdefault(vin, []).append((ROLES.get(role, 0), _day(since), _day(until)))
    return {vin: _packed_one(held) for vin, held in grouped.items()}


def _day(text: str) -> int | None:
    return int(text) if text else None


def _packed_one(rows: list[tuple[int, int | None, int | None]]) -> int:
    role = max(row[0] for row in rows)
    dates = [day for row in rows for day in row[1:] if day is not None]
    since = [row[1] for row in rows if row[0] and row[1] is not None]
    until = [row[2] for row in rows if row[0] and row[2] is not None]
    begun, ended = bool(since), bool(until) and max(until) >= max(since, default=max(until))
    if not dates:
        return role << _ROLE
    first, last = min(dates) + _MOVED, max(dates) + _MOVED
    return role << _ROLE | begun * _BEGUN | ended * _ENDED | last << 22 | first


def packed_frame(rows: pl.DataFrame) -> pl.DataFrame:
    """The same for many records: ``row``, ``v`` (a holding each, as for `packed`) → ``row``, ``v`` (the VIN), ``held``."""
    parts = pl.col("v").str.split_exact("/", 3)
    read = rows.select(
        "row",
        v=parts.struct.field("field_0"),
        role=parts.struct.field("field_1").replace_strict(ROLES, default=0, return_dtype=pl.Int64),
        since=parts.struct.field("field_2").cast(pl.Int64, strict=False),
        until=parts.struct.field("field_3").cast(pl.Int64, strict=False),
    )
    declared = pl.col("role") > 0
    grouped = read.group_by("row", "v").agg(
        role=pl.col("role").max(),
        first=pl.min_horizontal(pl.col("since").min(), pl.col("until").min()) + _MOVED,
        last=pl.max_horizontal(pl.col("since").max(), pl.col("until").max()) + _MOVED,
        since=pl.col("since").filter(declared).max(),
        until=pl.col("until").filter(declared).max(),
    )
    begun = pl.col("since").is_not_null()
    ended = pl.col("until").is_not_null() & (pl.col("until") >= pl.col("since").fill_null(pl.col("until")))
    dates = begun * pl.lit(_BEGUN) + ended * pl.lit(_ENDED) + pl.col("last").fill_null(0) * (1 << 22)
    held = pl.col("role") * (1 << _ROLE) + dates + pl.col("first").fill_null(0)
    return grouped.select("row", "v", held=held.cast(pl.Int64))


def relation(a: Longs, b: Longs) -> Bytes:
    """What two holdings of one car say: `SAME_TIME`, `SHARED`, `UNDATED`, `OTHER_ROLE` or `IN_TURN`."""
    earlier = _first(a) <= _first(b)
    x, y = np.where(earlier, a, b), np.where(earlier, b, a)
    role_x, role_y = x >> _ROLE, y >> _ROLE
    begins = _first(y) - _first(x) > SLACK
    in_turn = begins & (_last(x) <= _first(y) + SLACK) & (((x & _ENDED) | (y & _BEGUN)) != 0)
    dated = ((x & _DATES) != 0) & ((y & _DATES) != 0)
    declared = (role_x > 0) & (role_y > 0)
    together = (role_x == role_y) & ((x & y & _BEGUN) != 0)
    conditions = [dated & in_turn, declared & (role_x != role_y), ~dated, declared & together]
    found: Bytes = np.select(conditions, [IN_TURN, OTHER_ROLE, UNDATED, SAME_TIME], SHARED).astype(np.uint8)
    return found


def _first(held: Longs) -> Longs:
    """The first day on which the record surely had the car; long ago where only the end is known."""
    only_end = (held & _BEGUN == 0) & (held & _ENDED != 0) & (held & _DATES == _last(held))
    return np.where(only_end, 0, held & _DATES)


def _last(held: Longs) -> Longs:
    return (held >> 22) & _DATES
