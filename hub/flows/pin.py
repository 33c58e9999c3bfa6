"""A steward chooses which record's value a golden field shows. It takes effect at once, and can be taken back."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import Connection

from hub.errors import Conflict, Invalid, NotFound
from hub.flows.decide import PATIENCE, Check, Outcome, found_records, reconsidered
from hub.golden.pins import digest
from hub.golden.survivorship import RULES, weigh
from hub.store import decisions as store
from hub.store import partition
from hub.store.customer_views import load_members
from hub.store.decisions import Said, Spoken
from hub.store.engine import Database
from hub.store.uploads import enter

FIELDS = tuple(RULES)


def pin(
    db: Database, record: str, field: str, author: str, at: datetime, reason: str = "", check: Check | None = None
) -> Outcome:
    """Let a record's value win a field of the golden record that holds it, whatever the votes.

    It holds while the record stands with the golden record's first-seen one, and says what it says now.

    Args:
        record: identity of the source record.
        field: one of `FIELDS`; an address is one field.
        check: called with the golden record, under the lock.

    Raises:
        NotFound, Gone: the record is unknown, or was there once.
        Invalid: there is no such field, or the record says nothing of it.
        Busy: long work is in the way.
    """
    if field not in FIELDS:
        raise Invalid(f"There is no field of that name to pin; there are {', '.join(FIELDS)}.")
    with db.worker() as conn:
        partition.lock_partition(conn, PATIENCE)
        found = found_records(conn, [record])[record]
        if check:
            check(conn, [found.golden_id])
        value = digest(_value(conn, found, field))
        body = {"record": record, "beside": str(found.golden_id), "field": field, "digest": value, "reason": reason}
        number = enter(conn, "pin", None, at, author, body)
        store.save_pin(conn, Said(number, author, at, reason), record, str(found.golden_id), field, value)
        return reconsidered(conn, number, [found.rid], [], at)


def unpin(
    db: Database, entry_id: int, author: str, at: datetime, reason: str = "", check: Check | None = None
) -> Outcome:
    """Take a pin back; the field shows what its votes say, or an older pin.

    Raises:
        NotFound: there is no such pin.
        Conflict: it was taken back already.
        Busy: long work is in the way.
    """
    with db.worker() as conn:
        partition.lock_partition(conn, PATIENCE)
        found = store.find_pin(conn, entry_id)
        if found is None:
            raise NotFound(f"There is no pin {entry_id}.")
        if check:
            check(conn, [found.golden_id] if found.golden_id else [])
        if found.retraction is not None:
            raise Conflict(f"Pin {entry_id} was taken back already.")
        retraction = enter(conn, "retraction", None, at, author, {"entry_id": entry_id, "reason": reason})
        store.close(conn, entry_id, retraction)
        rids = [one.rid for one in store.spoken(conn, [str(found.record)]).values()]
        return reconsidered(conn, entry_id, rids, [entry_id], at)


def _value(conn: Connection, found: Spoken, field: str) -> str:
    """What the record says of a field, as votes compare it."""
    golden = store.spoken(conn, [str(found.golden_id)])[str(found.golden_id)].rid
    weighed = weigh(load_members(conn, [golden]))
    said = weighed.select("id", same=RULES[field].same).row(by_predicate=pl.col("id") == found.record)[1]
    if said is None:
        raise Invalid(f"Record {found.name} says nothing of {field}: there is no value to pin.")
    return str(said)
