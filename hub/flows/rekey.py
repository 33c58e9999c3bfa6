"""Carry identities over a dealer's change of DMS: from a day on its files use new record numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.feeds import FEEDS
from hub.flows.fold import Outcome, Tools, fold
from hub.flows.gate import Gate
from hub.flows.progress import SILENT, Progress
from hub.store import uploads
from hub.store.archive import Archive
from hub.store.engine import Database


@dataclass(frozen=True)
class KeyChange:
    """A table of old and new record numbers of one feed.

    Attributes:
        day: first business day whose files use the new numbers.
        pairs: (old, new); numbers may swap, and an old number may be given to somebody else afterwards.
        author: who says so.
    """

    dealer: str
    feed: str
    day: date
    pairs: tuple[tuple[str, str], ...]
    author: str


def rekey(db: Database, archive: Archive, gate: Gate, change: KeyChange, progress: Progress = SILENT) -> Outcome:
    """Enter the change into the ledger, and fold the dealer's feed again from its day on.

    The records that bear the old numbers keep their ids under the new ones. A record that bore a new number already
    ends on that day. Numbers that nobody bears are passed over.

    Raises:
        Invalid: unknown feed or dealer, or a number that stands twice on one side.
    """
    if change.feed not in FEEDS:
        raise Invalid(f"Unknown feed {change.feed!r}; the feeds are {', '.join(FEEDS)}.")
    for side, numbers in (("old", [a for a, _ in change.pairs]), ("new", [b for _, b in change.pairs])):
        _check(side, numbers)

    def prepare(conn: Connection) -> Mapping[str, date]:
        if change.dealer not in uploads.dealers(conn):
            raise Invalid(f"Unknown dealer {change.dealer!r}.")
        body = {"feed": change.feed, "day": change.day.isoformat(), "pairs": [list(p) for p in change.pairs]}
        uploads.enter(conn, "rekey", change.dealer, datetime.now(UTC), change.author, body)
        return {change.dealer: change.day}

    return fold(db, Tools(archive, gate, progress), change.feed, [change.dealer], prepare)


def _check(side: str, numbers: Iterable[str]) -> None:
    counts = Counter(numbers)
    if any(not number.strip() for number in counts):
        raise Invalid(f"A pair lacks its {side} number.")
    if repeated := [number for number, count in counts.items() if count > 1]:
        raise Invalid(f"The {side} number {repeated[0]!r} stands in {counts[repeated[0]]} pairs; give it once.")
