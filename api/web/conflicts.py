"""Conflicts of claims: the list, one conflict with claims and reasons, head office's ruling; appeals; abuse by dealer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from pydantic import StringConstraints
from sqlalchemy import RowMapping
from starlette.responses import Response

from api.auth import AUDITOR, HEAD_OFFICE, STEWARD
from api.schemas.common import PLAIN
from api.web.columns import Column, Table
from api.web.named import with_names
from api.web.pages import Page, back_to, render
from api.web.tables import paged, whole
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.dealers.franchises import PURPOSES
from hub.errors import HubError, NotFound
from hub.flows import contest
from hub.prospects.policy import RULES, start_policy
from hub.store import prospects as store
from hub.store.abuse import abuse_by_dealer
from hub.store.audit import add_entry

router = APIRouter(prefix="/conflicts", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit(HEAD_OFFICE, STEWARD, AUDITOR))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
Text = Annotated[str, Query(max_length=64, pattern=f"^$|{PLAIN}")]
Why = Annotated[str, StringConstraints(min_length=3, max_length=1000, pattern=PLAIN, strip_whitespace=True), Form()]
Done = Annotated[str, Query(max_length=40)]
ABUSE_DAYS = 90

# The rules' names, for the catalogues
_ = (N_("legal_stop"), N_("customer_choice"), N_("ruling"), N_("open_contract"), N_("protected_claim"), N_("last_seller"),
     N_("allocation"), N_("only_claim"), N_("territory"), N_("head_office"), N_("new"), N_("used"), N_("service"),
     N_("provisional"), N_("protected"), N_("expired"), N_("withdrawn"), N_("granted"), N_("lost"), N_("won"),
     N_("better"), N_("worse"))  # fmt: skip

CONFLICTS = Table(
    "conflicts", N_("Conflicts"),
    (
        Column("began", N_("Began"), "moment", "/conflicts/{conflict_id}"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("dealers", N_("Dealers"), "list"),
        Column("winner", N_("Holds it"), "text", "/dealers/{winner}"),
        Column("rule", N_("Decided by"), "words"),
        Column("reason", N_("Why"), "words"),
        Column("ends", N_("Ends"), "moment"),
        Column("customer", N_("Customer"), "text", "/customers/{golden_id}"),
    ),
    N_("No conflict fits. Choose another state, or all; the nightly run finds conflicts where claims of two dealers meet."),
)  # fmt: skip
APPEALS = Table(
    "appeals", N_("Appeals"),
    (
        Column("entry_id", N_("No."), "text", "/conflicts/appeals/{entry_id}"),
        Column("received_at", N_("Received"), "moment"),
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("reason", N_("Why")),
        Column("outcome", N_("Answer"), "status"),
        Column("ruled_at", N_("Answered"), "moment"),
    ),
    N_("No appeal fits. A dealer appeals against what was decided about its claim from its own pages or by the API."),
)  # fmt: skip
ABUSE = Table(
    "abuse", N_("What looks like claims without work, last 90 days"),
    (
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("claims", N_("Leads"), "count"),
        Column("share", N_("Suspicious"), "share", about=N_("Share of the leads that at least one of the tests finds.")),
        Column("phone_book_leads", N_("Dumped lists"), "count",
               about=N_("Leads without proof on days beyond the policy's quota.")),
        Column("dated_back", N_("Dated back"), "count", about=N_("Rows dated long before the hub first saw them.")),
        Column("empty_contacts", N_("Empty contacts"), "count", about=N_("Outgoing contacts that nobody answered.")),
        Column("kept_by_empty_contacts", N_("Kept by empty contacts"), "count",
               about=N_("Leads with three of them and no answer ever.")),
        Column("placeholder_contacts", N_("Placeholders"), "count", about=N_("Leads whose phone or e-mail is a filler.")),
    ),
    N_("No leads of dealers in the last 90 days."),
)  # fmt: skip


@router.get("")
def conflicts(
    request: Request,
    visitor: Reader,
    state: Annotated[Literal["", "live", "past", "waiting"], Query()] = "",
    dealer: Text = "",
    brand: Text = "",
    purpose: Text = "",
    rule: Text = "",
) -> Response:
    now = datetime.now(UTC)
    wanted = store.ConflictFilter(brand.lower() or None, purpose or None, dealer or None, rule or None, state or None)

    def fetch(after: list[Any] | None, limit: int) -> Sequence[dict[str, Any]]:
        return with_names(session.conn, store.list_conflicts(session.conn, wanted, now, after, limit), "golden_id")

    with visitor.logged("list_conflicts") as session:
        place = lambda row: [row["began"].isoformat(), str(row["conflict_id"])]  # noqa: E731
        found = paged(request, session, CONFLICTS, fetch, place)
    if isinstance(found, Response):
        return found
    asked = {"state": state, "dealer": dealer, "brand": brand, "purpose": purpose, "rule": rule}
    return render(request, "conflicts.html", table=found, asked=asked, rules=list(RULES), purposes=PURPOSES)


@router.get("/appeals")
def appeals(
    request: Request,
    visitor: Reader,
    state: Annotated[Literal["open", "answered", "all"], Query()] = "open",
    done: Done = "",
) -> Response:
    is_open = {"open": True, "answered": False, "all": None}[state]

    def fetch(after: list[Any] | None, limit: int) -> Sequence[RowMapping]:
        return store.list_appeals(session.conn, None, is_open, after[0] if after else store.LATEST, limit)

    with visitor.session() as session:
        found = paged(request, session, APPEALS, fetch, lambda row: [row["entry_id"]])
    if isinstance(found, Response):
        return found
    return render(request, "appeals.html", table=found, state=state, done=done)


@router.get("/appeals/{appeal_id}")
def one_appeal(request: Request, visitor: Reader, appeal_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    return _appeal(request, visitor, appeal_id, None)


@router.post("/appeals/{appeal_id}")
def answer(
    request: Request,
    visitor: HeadOffice,
    appeal_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    verdict: Annotated[Literal["grant", "refuse"], Form()],
    reason: Why,
) -> Response:
    with visitor.session() as session:
        add_entry(session.conn, visitor.author, session.role, None, "answer_appeal", str(appeal_id), reason)
    try:
        contest.answer_appeal(
            visitor.database, appeal_id, verdict == "grant", reason, visitor.author, datetime.now(UTC)
        )
    except HubError as error:
        return _appeal(request, visitor, appeal_id, error)
    return back_to("/conflicts/appeals", verdict)


@router.get("/abuse")
def abuse(request: Request, visitor: Reader) -> Response:
    with visitor.session() as session:
        rows = abuse_by_dealer(session.conn, datetime.now(UTC) - timedelta(days=ABUSE_DAYS))
    found = whole(request, ABUSE, rows)
    return found if isinstance(found, Response) else render(request, "abuse.html", table=found)


@router.get("/{conflict_id}")
def one_conflict(request: Request, visitor: Reader, conflict_id: UUID, done: Done = "") -> Response:
    return _conflict(request, visitor, conflict_id, done, None)


@router.post("/{conflict_id}")
def arbitrate(
    request: Request,
    visitor: HeadOffice,
    conflict_id: UUID,
    dealer: Annotated[str, Form(max_length=64)],
    reason: Why,
    until: Annotated[date | Literal[""], Form()] = "",
) -> Response:
    """Head office rules; in force at once."""
    with visitor.session() as session:
        add_entry(session.conn, visitor.author, session.role, None, "rule_on_conflict", str(conflict_id), reason)
    ends = datetime.combine(until, time(), UTC) if until else None
    try:
        contest.rule_on_conflict(visitor.database, conflict_id, dealer, reason, ends, visitor.author, datetime.now(UTC))
    except HubError as error:
        return _conflict(request, visitor, conflict_id, "", error)
    return back_to(f"/conflicts/{conflict_id}", "ruled")


def _conflict(request: Request, visitor: Visitor, conflict_id: UUID, done: str, problem: HubError | None) -> Response:
    now = datetime.now(UTC)
    with visitor.logged("read_conflict", str(conflict_id)) as session:
        rows = store.list_conflicts(session.conn, store.ConflictFilter(conflict_id=conflict_id), now, None, 1)
        if not rows:
            raise NotFound("There is no such conflict.")
        [row] = with_names(session.conn, rows, "golden_id")
        claims = [
            claim
            for claim in store.claims_of(session.conn, row["golden"], None, now, start_policy().version)
            if (claim["brand"], claim["purpose"]) == (row["brand"], row["purpose"]) and claim["until"] > row["began"]
        ]
        decisions = store.decisions_of(session.conn, conflict_id)
        said = store.said_of(session.conn, conflict_id)
    current = next((one for one in reversed(decisions) if one["valid_from"] <= now), None)
    return render(
        request,
        "conflict.html",
        problem.status if problem else 200,
        row=row,
        claims=claims,
        dealers=list(dict.fromkeys(claim["dealer"] for claim in claims)),
        decisions=decisions,
        current=current,
        said=said,
        now=now,
        done=done,
        problem=problem,
    )


def _appeal(request: Request, visitor: Visitor, appeal_id: int, problem: HubError | None) -> Response:
    now = datetime.now(UTC)
    with visitor.logged("read_appeal", str(appeal_id)) as session:
        found = store.list_appeals(session.conn, None, None, store.LATEST, 1, appeal_id)
        if not found:
            raise NotFound("There is no such appeal.")
        row = found[0]
        wanted = store.ConflictFilter(row["brand"], row["purpose"], row["dealer"])
        near = [
            one for one in store.list_conflicts(session.conn, wanted, now, None, 500) if one["golden_id"] is not None
        ]
        golden = store.golden_of(session.conn, UUID(row["record_id"]))
    conflicts = [one for one in near if str(one["golden_id"]) == str(golden)]
    status = problem.status if problem else 200
    return render(request, "appeal.html", status, row=row, golden=golden, conflicts=conflicts, problem=problem)
