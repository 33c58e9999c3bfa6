"""Questions about prospects, as one caller may ask them: what a dealer is told never names a rival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from hub.errors import NotFound
from hub.prospects.policy import start_policy
from hub.store import prospects as store
from hub.store.customer_views import resolve
from hub.store.engine import Database


@dataclass(frozen=True)
class OneClaim:
    """A claim at a moment.

    Attributes:
        row: of table ``claim``.
        state: ``provisional``, ``protected``, or how it ended.
        taken: whether another dealer holds the prospect; None: the claim does not entitle its dealer to know.
        taken_until: until when, if that is known.
        holds: whether its own dealer holds the prospect.
    """

    row: RowMapping
    state: str
    taken: bool | None
    taken_until: datetime | None
    holds: bool


def claims_on(db: Database, golden: int, dealer: str | None, at: datetime) -> list[OneClaim]:
    """The claims on a party; a dealer's own only, and of the others' at most whether the person is taken.

    A dealer learns that from a live claim with proven two-way contact alone: else a lead form would be an oracle about rivals.
    """
    with db.worker() as conn:  # a dealer's own slice shows no other's ownership, not even that there is one
        rows = store.claims_of(conn, golden, dealer, at, start_policy().version)
    return [_told(row, at) for row in rows if row["opened"] <= at]


def _told(row: RowMapping, at: datetime) -> OneClaim:
    proven = row["proven"] is not None and row["proven"] <= at
    state = row["ending"] if row["until"] <= at else "protected" if proven else "provisional"
    holds = row["owner"] == row["dealer"]
    if state != "protected":
        return OneClaim(row, state, None, None, holds)
    taken = row["owner"] is not None and not holds
    return OneClaim(row, state, taken, row["owner_until"] if taken else None, holds)


def party_of(db: Database, record_id: UUID) -> int:
    """The party that holds a record, for the importer's people.

    Raises:
        NotFound: there is no such record.
    """
    with db.worker() as conn:
        golden = resolve(conn, record_id)
    if golden is None:
        raise NotFound("There is no such customer.")
    return golden
