"""What came by the API, through to golden records and their owners, without waiting for the night."""

from __future__ import annotations

from hub.flows.consolidate import consolidate
from hub.flows.gate import Gate
from hub.flows.match import match
from hub.flows.settle import settle
from hub.flows.stage import StageSummary, stage
from hub.store.archive import Archive
from hub.store.claims import few_marks_wait
from hub.store.engine import Database
from hub.store.upload_pages import dealers_waiting


def process_uploads(db: Database, archive: Archive, gate: Gate) -> StageSummary | None:
    """Stage what dealers sent by the API and what a person released, then match, consolidate and settle what it changed.

    The steps are those of the nightly job, under the same locks. Files that came by the inbox are left to that job:
    it may be at work on them. Where nothing waits but prospects that a steward's decision touched, these are settled.

    Returns:
        What was staged; None when nothing waited.
    """
    with db.worker() as conn:
        dealers = dealers_waiting(conn)
        decided = few_marks_wait(conn)
    if not dealers:
        if decided:  # a steward joined or parted customers
            settle(db)
        return None
    summary = stage(db, archive, gate, dealers=dealers)
    match(db)
    consolidate(db)
    settle(db)
    return summary
