"""A dealer's prospects: those that it holds, those that it should leave alone, and what it says against that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy import Connection, RowMapping
from starlette.responses import RedirectResponse, Response

from api.auth import DEALER
from api.schemas.common import PLAIN
from api.web.columns import Column, Table
from api.web.pages import Page, render
from api.web.tables import paged, plain
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import NotFound
from hub.flows import contest
from hub.flows.do_not_approach import do_not_approach_file
from hub.prospects.policy import start_policy
from hub.store.dealer_prospects import Wanted, held_brands, held_prospects, place_of, taken_prospects
from hub.store.prospects import LATEST, list_appeals, own_claim

router = APIRouter(route_class=Page)
Holder = Annotated[Visitor, Depends(Visit(DEALER))]
Brand = Annotated[str, Query(max_length=100, pattern=f"^$|{PLAIN}")]
Purpose = Annotated[str, Query(pattern="^(new|used|service)?$")]
PURPOSES = ("new", "used", "service")
PERIODS = {"7": 7, "30": 30, "90": 90}  # days within which a prospect ends
APPEALS = 50
_APPEAL = "/do-not-approach/appeal"
_WHO = (
    Column("name", N_("Name"), link="/customers/{record_id}"),
    Column("record_no", N_("Your number")),
    Column("phone", N_("Phone"), "phone"),
    Column("make", N_("Brand")),
    Column("purpose", N_("Purpose"), "words"),
)
HELD = Table(
    "portfolio",
    N_("Prospects that you hold"),
    (
        *_WHO,
        Column("until", N_("Yours until"), "day"),
        Column("since", N_("Since"), "day"),
        Column("reason", N_("Why it is yours"), "words"),
    ),
    N_(
        "You hold none like that. A prospect becomes yours by a lead with proven contact, an order, a sale or a service visit."
    ),
)
TAKEN = Table(
    "do_not_approach",
    N_("Customers to leave alone"),
    (
        *_WHO,
        Column("until", N_("Taken until"), "day"),
        Column(
            "appeal",
            N_("Not right?"),
            "words",
            link="/do-not-approach/appeal?claim={claim_id}&brand={brand}&purpose={purpose}",
        ),
    ),
    N_("Nobody: you may approach all customers whom you have a proven claim on."),
)
ANSWERS = Table(
    "appeals",
    N_("Your appeals"),
    (
        Column("at", N_("Sent"), "moment"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("reason", N_("What you said")),
        Column("outcome", N_("Answer"), "status"),
        Column("answer", N_("Why")),
    ),
    N_("You have not appealed against anything."),
)


@router.get("/portfolio")
def portfolio(
    request: Request,
    visitor: Holder,
    brand: Brand = "",
    purpose: Purpose = "",
    days: Annotated[str, Query(pattern="^(7|30|90)?$")] = "",
) -> Response:
    now = datetime.now(UTC)
    by = now + timedelta(days=PERIODS[days]) if days else None
    wanted = Wanted(_dealer(visitor), now, brand or None, purpose or None, by)

    def fetch(after: list[Any] | None, limit: int) -> Sequence[dict[str, Any]]:
        rows = held_prospects(session.conn, wanted, after, limit)
        return [{**row, "make": row["brand"].title()} for row in rows]

    with visitor.logged("read_portfolio") as session:
        found = paged(request, session, HELD, fetch, place_of)
        brands = held_brands(session.conn, wanted.dealer, now)
    if isinstance(found, Response):
        return found
    chosen = {"brand": brand, "purpose": purpose, "days": days}
    return render(
        request, "portfolio.html", table=found, chosen=chosen, brands=brands, purposes=PURPOSES, periods=tuple(PERIODS)
    )


@router.get("/do-not-approach")
def do_not_approach(request: Request, visitor: Holder, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    wanted = Wanted(_dealer(visitor), datetime.now(UTC))

    def fetch(after: list[Any] | None, limit: int) -> Sequence[dict[str, Any]]:
        with visitor.database.worker() as conn:  # whether somebody else holds it, no dealer's slice shows
            rows = taken_prospects(conn, wanted, start_policy().version, after, limit)
        return [{**row, "make": row["brand"].title(), "appeal": N_("Appeal")} for row in rows]

    with visitor.logged("read_do_not_approach") as session:
        found = paged(request, session, TAKEN, fetch, place_of)
        rows = list_appeals(session.conn, wanted.dealer, None, LATEST, APPEALS)
    if isinstance(found, Response):
        return found
    appeals = [{**row, "at": row["received_at"], "outcome": row["outcome"] or N_("waits")} for row in rows]
    return render(request, "do_not_approach.html", table=found, appeals=plain(ANSWERS, appeals), done=done)


@router.get("/do-not-approach/file")
def own_file(visitor: Holder) -> Response:
    with visitor.logged("read_do_not_approach"):
        pass
    body = do_not_approach_file(visitor.database, _dealer(visitor), datetime.now(UTC))
    headers = {"Content-Disposition": 'attachment; filename="do_not_approach.csv"'}
    return Response(body, media_type="text/csv", headers=headers)


@router.get("/do-not-approach/appeal")
def explain_appeal(
    request: Request, visitor: Holder, claim: UUID, brand: Brand = "", purpose: Purpose = ""
) -> Response:
    with visitor.session() as session:
        found = _claim(session.conn, claim, _dealer(visitor), brand, purpose)
    return render(request, "prospect_appeal.html", claim=claim, brand=found["brand"], purpose=found["purpose"])


@router.post("/do-not-approach/appeal")
def appeal(
    visitor: Holder,
    claim: Annotated[UUID, Form()],
    reason: Annotated[str, Form(min_length=3, max_length=1000, pattern=PLAIN)],
    brand: Annotated[str, Form(max_length=100, pattern=f"^$|{PLAIN}")] = "",
    purpose: Annotated[str, Form(pattern="^(new|used|service)?$")] = "",
) -> Response:
    dealer, now = _dealer(visitor), datetime.now(UTC)
    visitor.record.name("appeal", str(claim))
    contest.appeal(visitor.database, claim, dealer, (brand, purpose or None), reason, visitor.author, now)
    return RedirectResponse("/do-not-approach?done=appeal", 303)


def _claim(conn: Connection, claim: UUID, dealer: str, brand: str, purpose: str) -> RowMapping:
    found = own_claim(conn, claim, dealer, brand, purpose or None)
    if found is None:
        raise NotFound("There is no such claim.")
    return found


def _dealer(visitor: Visitor) -> str:
    dealer = visitor.account.dealer
    assert dealer is not None  # the table of accounts holds it
    return dealer
