"""The audit log, for head office and auditors: who did what to whom, when and why; and whether the log is whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.auth import AUDITOR, HEAD_OFFICE
from api.web.columns import Column, Table
from api.web.pages import Page, render
from api.web.tables import paged
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import Invalid
from hub.store.audit import Wanted, chain_state, find_entries

router = APIRouter(prefix="/audit", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit(HEAD_OFFICE, AUDITOR))]
Text = Annotated[str, Query(max_length=200)]
LOG = Table(
    "audit",
    N_("Reads and changes of personal data"),
    (
        Column("at", N_("When"), "moment"),
        Column("actor", N_("Who"), link="/audit?actor={actor}"),
        Column("role", N_("Role"), "words"),
        Column("dealer", N_("Dealer")),
        Column("action", N_("What"), link="/audit?action={action}"),
        Column("target", N_("On what"), link="/audit?target={target}"),
        Column("others", N_("Further ids"), "count"),
        Column("reason", N_("Why")),
    ),
    N_("Nothing fits. Leave a word out, or take a longer period."),
)


@router.get("")
def log(
    request: Request, visitor: Reader, actor: Text = "", target: Text = "", action: Text = "", since: Text = "",
    until: Text = "",
) -> Response:  # fmt: skip
    wanted = Wanted(
        actor.strip() or None, target.strip() or None, action.strip() or None, _moment(since), _moment(until, 1)
    )

    def fetch(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        rows = find_entries(session.conn, wanted, after[0] if after else None, limit)
        return [{**row, "role": row["role"].replace("_", " ")} for row in rows]

    with visitor.logged("read_audit", wanted.target) as session:
        found = paged(request, session, LOG, fetch, lambda row: [row["audit_id"]])
        chain = chain_state(session.conn)
    if isinstance(found, Response):
        return found
    asked = {"actor": actor, "target": target, "action": action, "since": since, "until": until}
    return render(request, "audit.html", table=found, chain=chain, **asked)


def _moment(day: str, later: int = 0) -> datetime | None:
    """The begin of a day in UTC, or of one so many days later.

    Raises:
        Invalid: it is no day.
    """
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise Invalid("This is not a day. Write it as 2026-11-22.") from None
