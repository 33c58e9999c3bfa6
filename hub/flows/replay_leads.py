"""Make the hub's own leads source records again from the ledger: part of every rebuild of the base."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from hub.flows.identify import Question, model_of
from hub.flows.meet_lead import PERSON
from hub.store import leads
from hub.store.candidates import stamp
from hub.store.engine import Database
from hub.store.leads import NewLead


def replay_leads(db: Database) -> int:
    """Restore the records of all leads whose entry has none; running it again does nothing. Returns how many.

    Where a lead went stays as it was decided: decisions and events are not derived, they are what happened.
    """
    with db.worker() as conn:
        waiting = leads.entries_without_record(conn)
        for entry_id, received_at, columns in waiting:
            _restore(conn, entry_id, received_at, columns)
        return len(waiting)


def _restore(conn: Connection, entry_id: int, received_at: datetime, columns: dict[str, str | None]) -> None:
    asked = {name: columns.get(name) for name in PERSON}
    question = Question.of([asked], model_of(conn, stamp(conn).model))
    rid = leads.next_rid(conn)
    leads.add_records(conn, [NewLead(entry_id, rid, received_at, columns, question.asked[0], sorted(question.keys[0]))])
    leads.point_to(conn, leads.record_id(str(entry_id)), rid)
