"""Leads for head office: those nobody got, those that are late, who got how many, and taking many from one dealer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from api.auth import AUDITOR, HEAD_OFFICE
from api.schemas.common import PLAIN
from api.web.columns import Column, Table
from api.web.dashboard import LEADS as WEEKS
from api.web.kept import Kept
from api.web.named import with_names
from api.web.pages import Page, back_to, render
from api.web.tables import paged, plain, whole
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import HubError
from hub.flows.answer_lead import assign_lead
from hub.flows.measure_fairness import Fairness, measure_fairness
from hub.flows.read_lead import read_history
from hub.flows.reassign import Order, Report, reassign
from hub.flows.scorecard import last_days
from hub.routing.decide import RULES, Candidate
from hub.routing.fairness import totals
from hub.routing.filters import REASONS
from hub.store.audit import add_entry
from hub.store.dealer_pages import dealer_names
from hub.store.lead_pages import list_office_leads
from hub.store.scorecards import leads_by_week

CANDIDATES = Table(
    "candidates",
    N_("Who could have it, and who could not"),
    (
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("score", N_("Score"), "decimal", about=N_("0 to 1, by the policy's weights.")),
        Column("km", N_("Distance, km"), "decimal"),
        Column("turn", N_("Among the best"), "words", about=N_("Those near the best score take turns.")),
        Column("why", N_("Why it cannot have it"), "words"),
    ),
    N_("The registry holds no dealer."),
)
router = APIRouter(prefix="/leads/network", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit(HEAD_OFFICE, AUDITOR))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
Text = Annotated[str, Query(max_length=64, pattern=f"^$|{PLAIN}")]
Code = Annotated[str, Form(max_length=64)]
Why = Annotated[str, Form(min_length=3, max_length=1000)]
SPAN, FAIR = 90, 28  # days of the chart over time, and of fairness, which is summed from every decision
MANY = 100_000  # times that dealers stood in line, from which the sum may be five minutes old

LIST = Table(
    "leads", N_("Leads of the network"),
    (
        Column("received_at", N_("Received"), "moment", "/leads/network/{lead_id}"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("state", N_("State"), "words"),
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("why", N_("Why nobody has it"), "words"),
        Column("accept_by", N_("Accept by"), "moment"),
        Column("contact_by", N_("Contact by"), "moment"),
        Column("customer", N_("Customer"), "text", "/customers/{lead_id}"),
    ),
    N_("No lead fits. Leads come by the API; those nobody got or that are late stand here until somebody has them."),
)  # fmt: skip
FAIRNESS = Table(
    "fairness", N_("Turns among equals, last four weeks: got, and due by share"),
    (
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("chosen", N_("Got"), "count"),
        Column("due", N_("Due"), "decimal"),
    ),
    N_("No lead had to be given by turn yet."),
)  # fmt: skip
WEEKLY = Table(
    "fairness-weeks", N_("Fairness week by week"),
    (
        Column("week", N_("Week from"), "day"),
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("offered", N_("Offered"), "count"),
        Column("declined", N_("Declined"), "count"),
        Column("expired", N_("Ran out"), "count"),
        Column("contacted", N_("Contacted"), "count"),
        Column("on_time_share", N_("In time"), "share"),
        Column("median_response_minutes", N_("Response"), "minutes"),
        Column("won", N_("Won"), "count"),
        Column("mean_km", N_("Mean distance, km"), "decimal"),
        Column("stood", N_("Stood in line"), "count"),
        Column("chosen", N_("Got by turn"), "count"),
        Column("due", N_("Due by share"), "decimal"),
    ),
    N_("No offers in the last four weeks."),
)  # fmt: skip
MOVES = Table(
    "moves", N_("Leads that move"),
    (
        Column("lead_id", N_("Lead"), "text", "/leads/network/{lead_id}"),
        Column("state", N_("State"), "words"),
        Column("to", N_("Goes to")),
        Column("rule", N_("Rule"), "words"),
    ),
    N_("No lead would leave this dealer."),
)  # fmt: skip
_ = (N_("offered"), N_("accepted"), N_("contacted"), N_("declined"), N_("escalated"), N_("reassigned"), N_("warned"),
     N_("challenged"), N_("moved"), N_("repeated"), N_("progressed"), N_("withdrawn"),
     N_("best"), N_("turn"), N_("owner"))  # fmt: skip
UNROUTED = {"nobody": N_("no dealer can have it"), "enough_offers": N_("several had it in vain")}


def kept_fairness() -> Kept[datetime, Fairness]:
    """Where a process keeps the report of a large network."""
    return Kept(300, lambda found: sum(row.stood for row in found.rows) >= MANY)


@dataclass(frozen=True)
class Asked:
    """What head office wrote into the form of a re-assignment."""

    dealer: str = ""
    brand: str = ""
    reason: str = ""
    contacted: bool = False
    only_misplaced: bool = False

    @property
    def order(self) -> Order:
        """The same for the flow."""
        return Order(self.dealer, self.reason, self.brand or None, self.contacted, self.only_misplaced)


@router.get("")
def network(
    request: Request,
    visitor: Reader,
    state: Annotated[Literal["unrouted", "late", "open", "all"], Query()] = "unrouted",
    dealer: Text = "",
    brand: Text = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    now = datetime.now(UTC)

    def fetch(after: list[Any] | None, limit: int) -> Sequence[dict[str, Any]]:
        rows = list_office_leads(session.conn, state, dealer or None, brand.lower() or None, now, after, limit)
        told = [{**row, "why": UNROUTED.get(row["why"], row["why"])} for row in rows]
        return with_names(session.conn, told, "lead_id")

    since, until = last_days(SPAN, now)
    with visitor.logged("list_leads") as session:
        place = lambda row: [row["received_at"].isoformat(), str(row["lead_id"])]  # noqa: E731
        found = paged(request, session, LIST, fetch, place)
        weeks = leads_by_week(session.conn, since, until)
        codes = sorted(dealer_names(session.conn))
    told = request.app.state.fairness.get(until, lambda: measure_fairness(visitor.database, *last_days(FAIR, now)))
    weekly = whole(request, WEEKLY, [vars(row) for row in told.rows])
    for file in (found, weekly):
        if isinstance(file, Response):
            return file
    fair = [{"dealer": code, "chosen": got, "due": due} for code, (got, due) in totals(told.rows).items()]
    fair.sort(key=lambda row: -abs(row["chosen"] - row["due"]))  # type: ignore[operator]
    return render(
        request,
        "network_leads.html",
        table=found,
        weekly=weekly,
        weeks=plain(WEEKS, weeks),
        fair=plain(FAIRNESS, fair[:40]),
        codes=codes,
        asked={"state": state, "dealer": dealer, "brand": brand},
        done=done,
    )


@router.post("/reassign")
def move_many(
    request: Request,
    visitor: HeadOffice,
    dealer: Code,
    reason: Why,
    brand: Code = "",
    contacted: Annotated[bool, Form()] = False,
    only_misplaced: Annotated[bool, Form()] = False,
    apply: Annotated[bool, Form()] = False,
) -> Response:
    """Tell what a re-assignment would do; do it when it was looked at."""
    asked = Asked(dealer, brand, reason, contacted, only_misplaced)
    if apply:
        with visitor.session() as session:
            add_entry(session.conn, visitor.author, session.role, None, "reassign_leads", dealer, reason)
    problem, report = None, Report(False, (), 0)
    try:
        report = reassign(visitor.database, asked.order, visitor.author, datetime.now(UTC), apply)
    except HubError as error:
        problem = error
    moves = [{"lead_id": m.lead_id, "state": m.state, "to": m.to or "—", "rule": m.rule} for m in report.moves]
    status = problem.status if problem else 200
    return render(
        request, "reassign.html", status, asked=asked, report=report, moves=plain(MOVES, moves), problem=problem
    )


@router.get("/{lead_id}")
def one_lead(request: Request, visitor: Reader, lead_id: UUID) -> Response:
    return _lead(request, visitor, lead_id, None)


@router.post("/{lead_id}")
def assign(request: Request, visitor: HeadOffice, lead_id: UUID, dealer: Code, reason: Why) -> Response:
    """Give a lead to a dealer by name."""
    with visitor.session() as session:
        add_entry(session.conn, visitor.author, session.role, None, "assign_lead", str(lead_id), reason)
    try:
        assign_lead(visitor.database, lead_id, dealer, visitor.author, reason, datetime.now(UTC))
    except HubError as error:
        return _lead(request, visitor, lead_id, error)
    return back_to("/leads/network", "assigned")


def _lead(request: Request, visitor: Visitor, lead_id: UUID, problem: HubError | None) -> Response:
    with visitor.logged("read_lead", str(lead_id)) as session:
        codes = sorted(dealer_names(session.conn))
        [named] = with_names(session.conn, [{"lead_id": lead_id}], "lead_id")
    found = read_history(visitor.database, lead_id)
    status = problem.status if problem else 200
    last = found.decisions[-1] if found.decisions else None
    shown = {
        "unrouted": UNROUTED,
        "customer": named["customer"],
        "why": RULES.get(last.rule, "") if last else "",
        "candidates": plain(CANDIDATES, [_candidate(one) for one in last.candidates]) if last else None,
    }
    return render(request, "network_lead.html", status, found=found, codes=codes, problem=problem, **shown)


def _candidate(one: Candidate) -> dict[str, Any]:
    turn = "yes" if one.near else "no"
    return {**vars(one), "turn": None if one.reason else turn, "why": one.reason and REASONS[one.reason]}
