"""Make the tables of decisions again from the ledger: what a restored or rebuilt base does after its uploads."""

from __future__ import annotations

from hub.flows.consolidate import consolidate
from hub.matching.judgements import Judgement
from hub.store import decisions as store
from hub.store import matching, partition
from hub.store.decisions import Said
from hub.store.engine import Database


def replay_decisions(db: Database) -> int:
    """Forget all judgements and pins, enter those of the ledger again, and consolidate; returns their number."""
    with db.worker() as conn:
        partition.lock_partition(conn)
        store.forget(conn)
        count = 0
        for entry in store.entries(conn):
            said = Said(entry.entry_id, entry.author, entry.received_at, entry.body.get("reason", ""))
            if entry.kind == "judgement":
                parts = tuple(map(tuple, entry.body["parts"]))
                store.save_judgement(conn, Judgement(entry.entry_id, entry.body["verdict"], parts), said)
            elif entry.kind == "pin":
                where = (entry.body[name] for name in ("record", "beside", "field", "digest"))
                store.save_pin(conn, said, *where)
            else:
                store.close(conn, entry.body["entry_id"], entry.entry_id)
            count += 1
        store.rebond(conn, None)
        matching.reopen(conn, None)
    consolidate(db)
    return count
