"""The clock: warn, re-route, escalate what is due; take in what dealers' files say; let leads follow a resolved identity."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from hub.errors import Conflict
from hub.flows.allocate import allocate
from hub.flows.answer_lead import say, steps
from hub.flows.work_lead import LeadInHand
from hub.routing.clock import Event
from hub.store import lead_lists
from hub.store.engine import Database

log = logging.getLogger("dealerhub.leads")

BATCH = 500


@dataclass(frozen=True)
class Ticked:
    """What one look at the clock did.

    Attributes:
        leads: that had something due.
        steps: taken.
        from_files: leads of which dealers' files told.
        followed: leads that went to the owner of a person recognised since.
        failed: leads that could not be worked on; the next look tries again.
    """

    leads: int = 0
    steps: int = 0
    from_files: int = 0
    followed: int = 0
    failed: int = 0


def run_clock(db: Database, at: datetime) -> Ticked:
    """Bring all leads up to a moment. Running it again, from several processes, or after a standstill does no harm.

    Every lead is a transaction of its own, so a fault of one keeps no other waiting.
    """
    work = _Work(db, at)
    leads = done = 0
    seen: set[UUID] = set()
    while waiting := [lead for lead in work.due() if lead not in seen]:
        for lead_id in waiting:
            seen.add(lead_id)
            leads, done = leads + 1, done + work.tick(lead_id)
    return Ticked(leads, done, work.files(), work.follow(), work.failed)


class _Work:
    """One look at the clock; what fails is counted, told by its class in the log, and left to the next look."""

    def __init__(self, db: Database, at: datetime) -> None:
        self.db, self.at, self.failed = db, at, 0

    def due(self) -> list[UUID]:
        """Leads that have something due."""
        with self.db.worker() as conn:
            return lead_lists.due_leads(conn, self.at, BATCH)

    def tick(self, lead_id: UUID) -> int:
        """Do what a lead has due; returns the number of steps."""
        count: list[int] = []
        self._try(lead_id, lambda case: count.append(case.run_due(self.at)))
        return sum(count)

    def files(self) -> int:
        """Let what dealers' own leads files say about our leads happen here: contacted, won, lost."""
        with self.db.worker() as conn:
            told = lead_lists.told_in_files(conn)
        return sum(self._try(word.lead_id, partial(self._hear, word)) for word in told)

    def follow(self) -> int:
        """A lead of somebody who was not recognised goes to the owner once matching has found out who it is; once."""
        with self.db.worker() as conn:
            resolved = lead_lists.resolved_leads(conn, self.at)
        moved: list[UUID] = []
        for lead_id in resolved:
            self._try(lead_id, partial(self._move, moved))
        return len(moved)

    def _hear(self, word: lead_lists.Word, case: LeadInHand) -> None:
        for kind in word.kinds:
            if case.state.dealer == word.dealer:
                with suppress(Conflict):  # said before, by the API
                    say(case, kind, word.dealer, self.at, None, {"record": str(word.record)})

    def _move(self, moved: list[UUID], case: LeadInHand) -> None:
        wish, person = case.wish(self.at)
        if case.state.moved or wish.owner in (None, case.state.dealer):
            return
        decision = allocate(case.conn, case.rules, wish, case.hindrances(person, self.at))
        if decision.rule == "owner":
            case.happen(Event("moved", self.at))
            case.decided(decision, wish, person, "moved")
            moved.append(case.lead.lead_id)

    def _try(self, lead_id: UUID, work: Callable[[LeadInHand], object]) -> bool:
        try:
            steps(self.db, lead_id, work, self.at)
        except Exception as error:
            log.error("a lead cannot be worked on: %s", type(error).__name__)  # its message may quote values
            self.failed += 1
            return False
        return True
