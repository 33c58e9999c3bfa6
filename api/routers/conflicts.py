"""Conflicts of claims, for head office: how they stand, why, and its rulings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from api.auth import AUDITOR, HEAD_OFFICE, STEWARD, Access, Caller
from api.paging import Paging
from api.problems import responses
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.prospects import (
    Abuse,
    Brand,
    Conflict,
    ConflictDecision,
    ConflictInFull,
    Entered,
    NewRuling,
    Outcome,
    Purpose,
)  # fmt: skip
from hub.errors import Invalid, NotFound
from hub.flows import contest
from hub.store import prospects as store
from hub.store.abuse import abuse_by_dealer

router = APIRouter(prefix="/v1/conflicts", tags=["prospects"], responses=responses(401, 403, 422))
Reader = Annotated[Caller, Depends(Access(HEAD_OFFICE, STEWARD, AUDITOR))]
HeadOffice = Annotated[Caller, Depends(Access(HEAD_OFFICE))]
Text = Annotated[str | None, Query(max_length=64, pattern=PLAIN)]


@router.get("", summary="List conflicts", responses=responses(400))
def read_conflicts(  # what can be asked for, one by one: the framework reads the address by it
    request: Request,
    caller: Reader,
    brand: Annotated[Brand | None, Query()] = None,
    purpose: Purpose | None = None,
    dealer: Text = None,
    rule: Text = None,
    state: Annotated[
        Literal["live", "past", "waiting"] | None, Query(description="`waiting`: live, and nobody holds the prospect.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Conflict]:
    """Times in which several claims on one prospect live, the latest first, each with how it stands now or stood at its end."""
    wanted = store.ConflictFilter(brand.lower() if brand is not None else None, purpose, dealer, rule, state)
    with caller.session() as session:
        paging = Paging(request, session, cursor, brand=brand, purpose=purpose, dealer=dealer, rule=rule, state=state)
        rows = store.list_conflicts(session.conn, wanted, datetime.now(UTC), paging.position, limit + 1)
        caller.record.show(row["golden_id"] for row in rows[:limit])
        page, following = paging.cut(rows, limit, lambda row: [row["began"].isoformat(), str(row["conflict_id"])])
        return Page(items=[Conflict(**_conflict(row)) for row in page], next_cursor=following)


@router.get("/abuse", summary="Abuse of claims by dealer")
def read_abuse(
    caller: Reader,
    since: Annotated[datetime, Query(description="Rows that the hub first saw from this moment on (with offset).")],
) -> list[Abuse]:
    """Phone books, back-dated claims, claims kept by empty contacts and placeholders, counted; the worst first."""
    if since.tzinfo is None:
        raise Invalid("`since` needs an offset: 2026-03-01T00:00:00Z.")
    with caller.session() as session:
        return [Abuse(**row) for row in abuse_by_dealer(session.conn, since)]


@router.get("/{conflict_id}", summary="A conflict", responses=responses(404))
def read_conflict(caller: Reader, conflict_id: UUID) -> ConflictInFull:
    """How it stands when, what each rule of the policy said, the claims that lived, and what the hub said of it when."""
    with caller.session() as session:
        wanted = store.ConflictFilter(conflict_id=conflict_id)
        rows = store.list_conflicts(session.conn, wanted, datetime.now(UTC), None, 1)
        if not rows:
            raise NotFound("There is no such conflict.")
        decisions = store.decisions_of(session.conn, conflict_id)
        said = store.said_of(session.conn, conflict_id)
    return ConflictInFull(
        **_conflict(rows[0]),
        decisions=[ConflictDecision(**row, since=row["valid_from"], until=row["valid_until"]) for row in decisions],
        said=[Outcome(**row) for row in said],
    )


@router.post("/{conflict_id}/rulings", summary="Decide a conflict", status_code=201, responses=responses(404, 409, 503))
def rule_on_conflict(request: Request, caller: HeadOffice, conflict_id: UUID, ruling: NewRuling) -> Entered:
    """Head office decides; in force at once, before every claim, until the time that the ruling or the policy says."""
    with caller.session() as session:
        author = session.author
    database, now = caller.database, datetime.now(UTC)
    caller.record.reason = ruling.reason
    return Entered(
        entry_id=contest.rule_on_conflict(
            database, conflict_id, ruling.dealer, ruling.reason, ruling.until, author, now
        )
    )


def _conflict(row: Any) -> dict[str, Any]:
    names = (
        "conflict_id", "golden_id", "brand", "purpose", "dealers", "began", "ends", "winner", "rule", "policy", "reason",
    )  # fmt: skip
    return {name: row[name] for name in names}
