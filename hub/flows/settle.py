"""Claims, conflicts and owners of the parties that changed: facts → decisions → tables, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from sqlalchemy import Connection

from hub.flows.progress import SILENT, Progress
from hub.flows.relate import relate
from hub.prospects.facts import events_of, holds_of
from hub.prospects.geography import NEARNESS, nearness
from hub.prospects.settle import Reign, Settled, claims_by_policy, contested
from hub.prospects.settle import settle as decide
from hub.store import claims as store
from hub.store import prospect_facts as facts
from hub.store.engine import Database
from hub.store.partition import lock_partition
from hub.store.policies import reigns
from hub.store.settlements import Settlement
from hub.store.stakes import refresh_stakes

PART = 125_000  # golden records settled at once; bounds memory
MANY_DEALERS = 0.2  # share of the dealers from which on everything is settled
VERSION = "2"  # of the rules as code: a change settles everything anew


@dataclass(frozen=True)
class SettleSummary:
    """What one settling did: golden records settled (−1: all), what it found for them, outcomes that are new or changed."""

    golden: int
    claims: int
    conflicts: int
    owned: int
    outcomes_changed: int


def settle(db: Database, at: datetime | None = None, progress: Progress = SILENT) -> SettleSummary:
    """Settle all that changed since the last time; running it again changes nothing.

    Args:
        at: what counts as now in the history of outcomes; by default the clock's.
    """
    at = at or datetime.now(UTC)
    with db.worker() as conn:
        summary = settle_marked(conn, at, progress)
        refresh_stakes(conn, at)
        return summary


def settle_marked(conn: Connection, at: datetime, progress: Progress = SILENT, quick: bool = False) -> SettleSummary:
    """The same within a transaction, for flows whose own change must be settled with it.

    Args:
        quick: somebody waits: where everything is due to be settled, leave that to the night.
    """
    lock_partition(conn)  # first the outer lock, as consolidation takes it: the partition stands still
    store.lock_settling(conn)
    rule = reigns(conn)
    basis = store.basis(conn, [VERSION, *(reign.policy.version for reign in rule)])
    before = store.settled_with(conn)
    if quick and (before != basis or store.all_marked(conn)):
        return SettleSummary(0, 0, 0, 0, 0)
    if before != basis:
        _mark_moved(conn, before, basis)
        store.set_settled_with(conn, basis)
    store.refresh_unproven_days(conn, [reign.policy.unproven_a_day for reign in rule])
    waiting = store.take_marks(conn)
    if waiting == 0:
        return SettleSummary(0, 0, 0, 0, store.tell_outcomes(conn, at))
    scoped = waiting is not None
    relate(conn, scoped)
    facts.gather_facts(conn, scoped)
    settlement = Settlement(conn, scoped)
    claims = conflicts = owned = 0
    for found in _settled(conn, scoped, rule, progress):
        settlement.write(found)
        claims, conflicts, owned = (
            claims + len(found.claims),
            conflicts + len(found.conflicts),
            owned + len(found.ownership),
        )
    facts.drop_facts(conn)
    settlement.finish()
    changed = store.tell_outcomes(conn, at)
    return SettleSummary(-1 if waiting is None else waiting, claims, conflicts, owned, changed)


def _mark_moved(conn: Connection, before: store.Basis | None, basis: store.Basis) -> None:
    """What another registry concerns: the people of the dealers of whom it says something new; of many, everybody."""
    moved = basis.moved(before) if before is not None else []
    if before is None or before.rules != basis.rules or len(moved) > len(basis.dealers) * MANY_DEALERS:
        store.mark_all(conn)
    else:
        store.mark_dealers(conn, moved)


def _settled(conn: Connection, scoped: bool, rule: Sequence[Reign], progress: Progress) -> Iterator[Settled]:
    """Part by part of the base; a part is decided while the one before it is written and the next one is read."""
    bounds = store.golden_bounds(conn, scoped, PART)
    parts = [f"golden > {low} AND golden <= {high}" for low, high in zip([-1, *bounds], bounds, strict=False)]
    network, rights = facts.read_network(conn), facts.read_rights(conn)
    decided: Future[Settled] | None = None
    with ThreadPoolExecutor(1, "settle") as pool:
        for done, part in enumerate(parts):
            known = facts.read_facts(conn, part)
            claims = claims_by_policy(events_of(known, network), rule)
            case = (claims, holds_of(known, network), nearness_of(conn, contested(claims)))
            before, decided = decided, pool.submit(decide, *case, rule, rights)
            if before is not None:
                yield before.result()
                progress.advance("settle", done, len(parts))
        if decided is not None:
            yield decided.result()
            progress.advance("settle", len(parts), len(parts))


def nearness_of(conn: Connection, pairs: pl.DataFrame) -> pl.DataFrame:
    """How near dealers are to parties, for pairs ``golden``, ``dealer``."""
    if pairs.is_empty():
        return pl.DataFrame(schema=NEARNESS)
    return nearness(pairs, facts.read_homes(conn, pairs["golden"]), facts.read_dealers(conn))
