"""What to do with a dealer's feed when files wait, or one was revoked: from where to fold, and what, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from hub.intake.chain import Chain, Filed, Snapshot, divergence, resolve, snapshots_of


@dataclass(frozen=True)
class Rekeying:
    """A change of a dealer's keys in the ledger: from ``day`` on, its files use the new numbers."""

    entry_id: int
    day: date
    pairs: tuple[tuple[str, str], ...]  # old number, new number


@dataclass
class Plan:
    """The way of one dealer × feed from the state it has to the state that its files amount to.

    Attributes:
        accepted: files that the state has been folded from.
        candidates: files that it should be folded from: these, those that wait, and duplicates of either.
        rekeyings: all changes of keys of the feed.
        forced: fold again from this day at the latest, whatever the files say.
    """

    accepted: list[Filed]
    candidates: dict[int, Filed]
    rekeyings: list[Rekeying] = field(default_factory=list)
    forced: date | None = None
    _done: date | None = None

    def __post_init__(self) -> None:
        applied = snapshots_of(self.accepted)
        wanted = self.chain.snapshots
        split = divergence(applied, wanted)
        following = wanted[len(applied)].day if split is None and len(wanted) > len(applied) else None
        if following is not None and any(change.day > following for change in self.rekeyings):
            split = following
        self.rewind_to = min((day for day in (split, self.forced) if day is not None), default=None)
        self.start = self.rewind_to or following
        self._changes = sorted(
            (c for c in self.rekeyings if self.rewind_to is not None and c.day >= self.rewind_to),
            key=lambda change: (change.day, change.entry_id),
        )

    @property
    def chain(self) -> Chain:
        """What the candidates amount to."""
        return resolve(self.candidates.values())

    def next_snapshot(self) -> Snapshot | None:
        """The snapshot to fold on next; None when the state is as it should be."""
        if self.start is None:
            return None
        for snapshot in self.chain.snapshots:
            if snapshot.day >= self.start and (self._done is None or snapshot.day > self._done):
                return snapshot
        return None

    def due_rekeyings(self, before: Snapshot | None) -> list[Rekeying]:
        """Changes of keys to apply now, ahead of ``before`` (None: at the end); each is named once."""
        due = [c for c in self._changes if before is None or c.day <= before.day]
        self._changes = self._changes[len(due) :]
        return due

    def folded(self, snapshot: Snapshot) -> None:
        """``snapshot`` is part of the state now."""
        self._done = snapshot.day

    def without(self, upload_ids: Iterable[int]) -> None:
        """Files turned out not to count; `next_snapshot` names their day again if it has others."""
        for upload_id in upload_ids:
            self.candidates.pop(upload_id, None)

    def received_before(self, file: Filed) -> bool:
        """Whether ``file`` was received before one that lies earlier in the chain."""
        earlier = (f for s in self.chain.snapshots for f in s.files if f.place < file.place)
        return any(f.received_at > file.received_at for f in earlier)
