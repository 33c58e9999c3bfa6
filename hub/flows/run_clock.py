"""The clock: warn, re-route, escalate what is due; take in what dealers' files say; let leads follow a resolved identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.errors import Conflict
from hub.flows.allocate import allocate, hindrances
from hub.flows.answer_lead import say, steps
from hub.flows.work_lead import LeadInHand
from hub.routing.clock import Event
from hub.store import lead_lists
from hub.store.engine import Database

BATCH = 500


@dataclass(frozen=True)
class Ticked:
    """What one look at the clock did: leads that had something due, steps taken, words from files, leads that followed."""

    leads: int = 0
    steps: int = 0
    from_files: int = 0
    followed: int = 0


def run_clock(db: Database, at: datetime) -> Ticked:
    """Bring all leads up to a moment. Running it again, from several processes, or after a standstill does no harm.

    Every lead is a transaction of its own, so a fault of one keeps no other waiting.
    """
    leads = done = 0
    seen: set[UUID] = set()
    while waiting := [lead for lead in _due(db, at) if lead not in seen]:
        for lead_id in waiting:
            seen.add(lead_id)
            count: list[int] = []
            steps(db, lead_id, lambda case, count=count: count.append(case.run_due(at)), at)  # type: ignore[misc]
            leads, done = leads + 1, done + sum(count)
    return Ticked(leads, done, _files(db, at), _follow(db, at))


def _due(db: Database, at: datetime) -> list[UUID]:
    with db.worker() as conn:
        return lead_lists.due_leads(conn, at, BATCH)


def _files(db: Database, at: datetime) -> int:
    """Let what dealers' own leads files say about our leads happen here: contacted, won, lost."""
    with db.worker() as conn:
        told = lead_lists.told_in_files(conn)
    done = 0
    for word in told:

        def hear(case: LeadInHand, word: lead_lists.Word = word) -> None:
            for kind in word.kinds:
                if case.state.dealer == word.dealer:
                    try:
                        say(case, kind, word.dealer, at, None, {"record": str(word.record)})
                    except Conflict:  # said before, by the API
                        continue

        steps(db, word.lead_id, hear, at)
        done += 1
    return done


def _follow(db: Database, at: datetime) -> int:
    """A lead of somebody who was not recognised goes to the owner once matching has found out who it is; once."""
    with db.worker() as conn:
        resolved = lead_lists.resolved_leads(conn, at)
    moved: list[UUID] = []
    for lead_id in resolved:

        def follow(case: LeadInHand, lead_id: UUID = lead_id) -> None:
            wish, person = case.wish(at)
            if case.state.moved or wish.owner in (None, case.state.dealer):
                return
            hindering = hindrances(case.conn, person, case.rules.network, at=at)
            decision = allocate(case.conn, case.rules, wish, hindering)
            if decision.rule == "owner":
                case.happen(Event("moved", at))
                case.decided(decision, wish, person, "moved")
                moved.append(lead_id)

        steps(db, lead_id, follow, at)
    return len(moved)
