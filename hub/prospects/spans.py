"""From grounds that hold for spans of time to one owner at each moment: all prospects at once, by sweeping over time.

The moments at which anything of a prospect begins or ends cut its time into segments. Within a segment nothing changes,
so the first rule of the policy that names a dealer there decides it, and between two grounds of one rule the senior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.prospects.events import KEY, NEVER

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
NOBODY = 1 << 60  # the rank of a segment that no ground holds


@dataclass(frozen=True)
class Segments:
    """Time cut where anything changes.

    Attributes:
        prospect: for each segment the number of its prospect, −1 where the time between two prospects lies.
        since, until: its ends, microseconds.
        first, last: for each ground the segments that it covers, ``last`` excluded.
    """

    prospect: Ints
    since: Ints
    until: Ints
    first: Ints
    last: Ints

    def covered(self, chosen: Ints) -> tuple[Ints, Ints]:
        """For some grounds: the ground and the segment of each cover, one after the other."""
        sizes = self.last[chosen] - self.first[chosen]
        ground = np.repeat(chosen, sizes)
        begun = np.repeat(np.cumsum(sizes) - sizes, sizes)
        return ground, np.repeat(self.first[chosen], sizes) + np.arange(len(ground)) - begun


def cut(prospect: Ints, since: Ints, until: Ints) -> Segments:
    """Cut the time of each prospect by the ends of its grounds (``since`` < ``until``)."""
    size = len(prospect)
    who, when = np.concatenate([prospect, prospect]), np.concatenate([since, until])
    order = by_two(who, when)
    who, when = who[order], when[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(fresh) - 1
    who, when = who[fresh], when[fresh]
    ends = np.append(when[1:], NEVER)
    between = np.append(who[1:] != who[:-1], True) if len(who) else np.zeros(0, bool)
    return Segments(np.where(between, -1, who), when, ends, place[:size], place[size:])


def senior(segments: Segments, rank: Ints, chosen: Ints, cover: tuple[Ints, Ints] | None = None) -> Ints:
    """The ground that decides each segment, −1 where none does.

    Args:
        rank: of each ground, distinct; the lowest decides.
        chosen: the grounds that may decide.
        cover: what they cover, if it is less than `Segments.covered` says.
    """
    ground, segment = segments.covered(chosen) if cover is None else cover
    best = np.full(len(segments.since), NOBODY, np.int64)
    np.minimum.at(best, segment, rank[ground])
    holder = np.full(int(rank.max(initial=-1)) + 1, -1, np.int64)
    holder[rank[chosen]] = chosen
    won = np.full(len(best), -1, np.int64)
    held = best < NOBODY
    won[held] = holder[best[held]]
    return won


def runs(segments: Segments, value: Ints, chosen: Bools) -> tuple[Ints, Ints]:
    """First and last segment (included) of each stretch of chosen segments of one prospect with one value."""
    where = np.flatnonzero(chosen & (segments.prospect >= 0))
    if not len(where):
        return where, where
    prospect = segments.prospect[where]
    new = np.ones(len(where), bool)
    new[1:] = (np.diff(where) > 1) | (np.diff(prospect) != 0) | (np.diff(value[where]) != 0)
    start = np.flatnonzero(new)
    return where[start], where[np.append(start[1:], len(where)) - 1]


def numbered(frame: pl.DataFrame) -> tuple[pl.DataFrame, Ints]:
    """The prospects of a frame, in order, and for each row the number of its own."""
    kinds = frame.select("brand", "purpose").unique().sort("brand", "purpose").with_row_index("kind")
    kind = frame.select("brand", "purpose").join(kinds, on=["brand", "purpose"], how="left", maintain_order="left")[
        "kind"
    ]
    code = frame["golden"].to_numpy() * max(len(kinds), 1) + kind.to_numpy()
    order = np.argsort(code)
    fresh = _changes(code[order])
    numbers = np.empty(len(code), np.int64)
    numbers[order] = np.cumsum(fresh) - 1
    return frame[order[fresh]].select(KEY), numbers


def by_two(major: Ints, minor: Ints) -> Ints:
    """The order of rows by ``major`` (small: numbers from −1 up), then ``minor``; that of rows alike in both is any.

    Two sorts of whole numbers, which numpy does by vectors; a sort by two keys it does not.
    """
    order = np.argsort(minor)
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(_changes(minor[order]))
    return np.argsort(major * (len(order) + 1) + place)


def tied(order: Ints, *keys: Ints) -> Ints:
    """The rows that are like a neighbour in the order by all keys."""
    same = np.ones(max(len(order) - 1, 0), bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    return order[np.append(same, False) | np.append(False, same)[: len(order)]] if len(order) else order


def _changes(values: Ints) -> Bools:
    """Where a value differs from the one before; the first one does."""
    fresh = np.ones(len(values), bool)
    fresh[1:] = values[1:] != values[:-1]
    return fresh
