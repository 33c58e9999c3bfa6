"""The chain of a dealer's snapshots of one feed: which files count, in which order, and from where to fold again.

The present state of a dealer × feed is the fold of its chain. Everything here is a pure function of the *set* of
files, so the state depends neither on the order in which they arrived nor on how they were split into runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby


@dataclass(frozen=True)
class Filed:
    """One file of a dealer × feed, as far as its place in the chain goes.

    Attributes:
        upload_id: its entry in the ledger.
        day: business day that it belongs to.
        sha256: of its bytes.
        delta: True: only what changed; False: everything the dealer has.
    """

    upload_id: int
    day: date
    received_at: datetime
    file_name: str
    sha256: str
    delta: bool = False

    @property
    def place(self) -> tuple[date, datetime, str, str, int]:
        """Sort key within the chain; the ledger's sequence only parts what is equal in all else."""
        return (self.day, self.received_at, self.file_name, self.sha256, self.upload_id)


@dataclass(frozen=True)
class Snapshot:
    """The files of one day that count, in order: each one's bytes once."""

    day: date
    files: tuple[Filed, ...]

    @property
    def full(self) -> bool:
        """Whether absence from it means something: one of its files is a full one."""
        return any(not file.delta for file in self.files)

    @property
    def upload_ids(self) -> tuple[int, ...]:
        """The uploads in order of application."""
        return tuple(file.upload_id for file in self.files)


@dataclass(frozen=True)
class Chain:
    """What a set of files amounts to: snapshots in order of application, and the uploads that add nothing."""

    snapshots: tuple[Snapshot, ...]
    duplicates: frozenset[int]


def resolve(files: Iterable[Filed]) -> Chain:
    """Order the files into snapshots and tell the duplicates.

    The same bytes count once a day. A day whose bytes are those of the snapshot before it adds nothing. Bytes known
    from an earlier day count again when they are all that the day brought (the dealer went back to an older state), or
    when the feed comes in several files and the snapshot before held them too (one part did not change). Beside new
    bytes of the same day they are a file sent twice.
    """
    snapshots: list[Snapshot] = []
    duplicates: set[int] = set()
    seen: set[str] = set()
    previous: frozenset[str] = frozenset()
    for day, group in groupby(sorted(files, key=lambda file: file.place), key=lambda file: file.day):
        first: dict[str, Filed] = {}
        for file in group:
            if first.setdefault(file.sha256, file) is not file:
                duplicates.add(file.upload_id)
        counting = _counting(first.keys(), seen, previous)
        duplicates.update(file.upload_id for sha, file in first.items() if sha not in counting)
        if counting:
            snapshots.append(Snapshot(day, tuple(file for sha, file in first.items() if sha in counting)))
            seen |= counting
            previous = frozenset(counting)
    return Chain(tuple(snapshots), frozenset(duplicates))


def _counting(day: Collection[str], seen: Collection[str], previous: frozenset[str]) -> set[str]:
    """The hashes of one day's files that make its snapshot; none when the day repeats the snapshot before."""
    if frozenset(day) == previous:
        return set()
    if all(sha in seen for sha in day):
        return set(day)
    return {sha for sha in day if sha not in seen or (len(previous) > 1 and sha in previous)}


def divergence(applied: Sequence[Snapshot], wanted: Sequence[Snapshot]) -> date | None:
    """The day before which the state must be rewound to follow ``wanted``; None when it only goes on from ``applied``."""
    for was, will in zip(applied, wanted, strict=False):
        if (was.day, was.upload_ids) != (will.day, will.upload_ids):
            return min(was.day, will.day)
    return applied[len(wanted)].day if len(applied) > len(wanted) else None


def snapshots_of(files: Iterable[Filed]) -> tuple[Snapshot, ...]:
    """Files known to count (those accepted), grouped by day as they were applied."""
    ordered = sorted(files, key=lambda file: file.place)
    return tuple(Snapshot(day, tuple(group)) for day, group in groupby(ordered, key=lambda file: file.day))
