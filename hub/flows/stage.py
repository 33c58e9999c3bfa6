"""Process all files that wait: read, map, judge, normalise, fold into the base; a dealer's failure stops no other."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import OperationalError

from hub.feeds import FEEDS
from hub.flows.fold import Outcome, Tools, fold
from hub.flows.gate import Gate, GateError
from hub.flows.progress import SILENT, Progress, Step, measured
from hub.store import uploads
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.uploads import Verdict

LOG = logging.getLogger(__name__)
GROUP_BYTES = 64 << 20  # of files staged in one transaction: what a crash loses, and what shares the gate's costs
INTERRUPTIONS = 3  # times that the process may die over a file before the file is held


@dataclass
class StageSummary:
    """What one run over the waiting files did.

    Attributes:
        verdicts: by upload; files folded again after a rewind are among them.
        rewound: (dealer, feed) that had to start over from an earlier day.
        failures: (dealer, feed, kind of error) of files that the hub could not process for reasons of its own.
        steps: one per feed, with seconds and peak memory.
    """

    verdicts: dict[int, Verdict] = field(default_factory=dict)
    rewound: list[tuple[str, str]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def by_status(self) -> dict[str, int]:
        """Number of uploads per status."""
        found: dict[str, int] = {}
        for verdict in self.verdicts.values():
            found[verdict.status] = found.get(verdict.status, 0) + 1
        return found

    def rows(self) -> dict[str, int]:
        """Rows of accepted uploads: read, loaded, quarantined, suppressed, unchanged, ended."""
        total: dict[str, int] = {}
        for verdict in self.verdicts.values():
            if verdict.status == "accepted":
                for name, count in vars(verdict.counts).items():
                    total[name] = total.get(name, 0) + count
        return total


def stage(
    db: Database,
    archive: Archive,
    gate: Gate,
    progress: Progress = SILENT,
    dealers: Collection[str] | None = None,
) -> StageSummary:
    """Process every upload that is ``received`` or ``released``, of ``dealers`` or of all.

    Dealers are taken in groups, one transaction a group and feed, so that a crash loses one group's work at most; what
    it leaves waits for the next call. Dealers that a crash left waiting come alone and last then, so that a file that
    kills the process stands in nobody's way; it is held when that happened `INTERRUPTIONS` times. Two callers at once
    share the work: a group waits for its dealers' lock, and finds nothing to do when the other was first.
    """
    summary = StageSummary()
    tools = Tools(archive, gate, progress)
    with db.worker() as conn:
        _hold_deadly(conn, dealers, summary)
        waiting = uploads.waiting(conn, dealers)
        suspects = {feed: _suspects(conn, feed, dealers) for feed in waiting}
    for feed in FEEDS:
        if feed not in waiting:
            continue
        with measured(summary.steps, f"stage {feed}") as facts:
            before = len(summary.verdicts)
            broken: dict[str, GateError] = {}
            sizes = {dealer: size for dealer, size in waiting[feed].items() if dealer not in suspects[feed]}
            for group in [*grouped(sizes), *([dealer] for dealer in suspects[feed])]:
                broken |= _stage_group(db, tools, feed, group, summary)
            if broken and len(summary.verdicts) == before:  # no dealer's file got past: no dealer is at fault
                raise next(iter(broken.values()))
            for dealer, error in broken.items():
                _give_up(db, dealer, feed, error, summary)
            facts["uploads"] = len(summary.verdicts) - before
    return summary


def grouped(sizes: Mapping[str, int], limit: int = GROUP_BYTES) -> Iterator[list[str]]:
    """Dealers in groups of about ``limit`` bytes, at least one dealer each."""
    group: list[str] = []
    total = 0
    for dealer, size in sorted(sizes.items()):
        if group and total + size > limit:
            yield group
            group, total = [], 0
        group.append(dealer)
        total += size
    if group:
        yield group


def _stage_group(
    db: Database, tools: Tools, feed: str, dealers: list[str], summary: StageSummary
) -> dict[str, GateError]:
    """Fold a group; if it fails as a whole, each dealer alone, so that only the one at fault is left out.

    Returns the dealers on whose files the gate broke: what to make of that, the other dealers' files tell.
    """
    with db.worker() as conn:
        uploads.lock_dealers(conn, dealers)  # who is at work on them now is no crash
        uploads.begin(conn, feed, dealers)
    try:
        outcome = fold(db, tools, feed, dealers)
    except BaseException as error:  # a person who stops the night is no crash either
        if not isinstance(error, MemoryError):
            _break_off(db, feed, dealers)
        if not isinstance(error, Exception) or _is_fatal(error):
            raise
        if len(dealers) > 1:
            broken: dict[str, GateError] = {}
            for dealer in dealers:
                broken |= _stage_group(db, tools, feed, [dealer], summary)
            return broken
        if isinstance(error, GateError):
            return {dealers[0]: error}
        _give_up(db, dealers[0], feed, error, summary)
        return {}
    summary.verdicts.update(outcome.verdicts)
    summary.rewound += [(dealer, feed) for dealer in outcome.rewound]
    return {}


def _break_off(db: Database, feed: str, dealers: list[str]) -> None:
    """The process lives, so no file has killed it. Where the database does not, the night is counted all the same."""
    with suppress(OperationalError), db.worker() as conn:
        uploads.break_off(conn, feed, dealers)


def _suspects(conn: Connection, feed: str, dealers: Collection[str] | None) -> list[str]:
    """Dealers whose files waited when the process died, the least suspicious first."""
    often: dict[str, int] = {}
    for row in uploads.interrupted(conn, dealers):
        if row["feed"] == feed:
            often[row["dealer"]] = max(often.get(row["dealer"], 0), row["interrupted"])
    return sorted(often, key=lambda dealer: (often[dealer], dealer))


def _deadly(conn: Connection, dealers: Collection[str] | None) -> list[RowMapping]:
    return [row for row in uploads.interrupted(conn, dealers) if row["interrupted"] >= INTERRUPTIONS]


def _hold_deadly(conn: Connection, dealers: Collection[str] | None, summary: StageSummary) -> None:
    """Hold the files over which the process died again and again."""
    reason = (
        f"The hub's process died {INTERRUPTIONS} times while it was at work on this file, which may be too large for the "
        "machine's memory. Tell the operator; release it to try again."
    )
    accused = {row["dealer"] for row in _deadly(conn, dealers)}
    uploads.lock_dealers(conn, accused)
    verdicts = [Verdict(row["upload_id"], "held", "interrupted", reason) for row in _deadly(conn, accused)]
    uploads.settle(conn, verdicts, datetime.now(UTC))
    summary.verdicts.update({verdict.upload_id: verdict for verdict in verdicts})


def _give_up(db: Database, dealer: str, feed: str, error: Exception, summary: StageSummary) -> None:
    """Leave a dealer's files out of this run, and say so."""
    LOG.error("%s/%s: %s while staging, at %s", dealer, feed, type(error).__name__, place_of(error))
    summary.failures.append((dealer, feed, type(error).__name__))
    summary.verdicts.update(_refuse_waiting(db, dealer, feed, error).verdicts)


def _refuse_waiting(db: Database, dealer: str, feed: str, error: Exception) -> Outcome:
    """Record that the hub failed on a dealer's files; told without the error's text, which could quote a person."""
    reason = f"The hub failed to process this file ({type(error).__name__}). It is tried again; tell the operator."
    with db.worker() as conn:
        uploads.lock_dealers(conn, [dealer])
        chain = uploads.chain_uploads(conn, feed, [dealer])[dealer]
        verdicts = [
            Verdict(upload.upload_id, "refused", "internal", reason)
            for upload in chain
            if upload.status in uploads.WAITING
        ]
        uploads.settle(conn, verdicts, datetime.now(UTC))
    return Outcome({verdict.upload_id: verdict for verdict in verdicts})


def place_of(error: BaseException) -> str:
    """Where an error was raised, for the log: files, lines and functions, never values."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))


def _is_fatal(error: Exception) -> bool:
    """Whether the trouble is the hub's surroundings (disk, memory, database), and would meet every dealer alike.

    Nothing is refused then: what waits is taken up by the next call.
    """
    return isinstance(error, OSError | MemoryError | OperationalError)
