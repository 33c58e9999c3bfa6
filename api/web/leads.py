"""A dealer's leads: what waits with the time that is left, one lead with its answers, and what became of earlier ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.auth import DEALER, Session
from api.web.columns import Column, Table
from api.web.pages import Page, render
from api.web.tables import Shown, paged
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.flows.answer_lead import Answer, answer_lead
from hub.flows.read_lead import Told, adf_of, read_ended, read_offer, read_own_steps, read_work
from hub.routing.clock import Event

router = APIRouter(prefix="/leads", route_class=Page)
Holder = Annotated[Visitor, Depends(Visit(DEALER))]
LeadId = Annotated[UUID, Path()]
AT_ONCE = 100  # leads that wait, on one page
SOON = timedelta(hours=2)
ENDED = ("won", "lost", "declined", "expired", "withdrawn")
CHANNELS = ("call", "messenger", "sms", "email", "visit", "post")
DECLINED = (
    N_("We cannot serve this customer in time"),
    N_("The model is not to be had"),
    N_("The contact data are wrong"),
    N_("The customer is served already"),
)
LOST = (
    N_("Bought elsewhere"),
    N_("The price"),
    N_("No answer"),
    N_("The customer put it off"),
    N_("The contact data are wrong"),
)
STEPS = {
    "offered": N_("Offered to you"),
    "warned": N_("Reminded"),
    "accepted": N_("Taken"),
    "contacted": N_("Customer contacted"),
    "progressed": N_("Came further"),
    "declined": N_("Declined"),
    "expired": N_("The time ran out"),
    "won": N_("Sold"),
    "lost": N_("Lost"),
    "repeated": N_("The customer asked again"),
    "withdrawn": N_("Given to somebody else"),
}
TERMS = {"accept": N_("to take the lead"), "contact": N_("to contact the customer")}
TABLE = Table(
    "leads",
    N_("Leads that ended"),
    (
        Column("name", N_("Name"), link="/leads/{lead_id}"),
        Column("brand", N_("Brand")),
        Column("purpose", N_("Purpose"), "words"),
        Column("offered_at", N_("Offered"), "moment"),
        Column("contacted_at", N_("Contacted"), "moment"),
        Column("status", N_("How it ended"), "status"),
        Column("ended_at", N_("Ended"), "moment"),
        Column("in_time", N_("In time"), "words"),
    ),
    N_("Nothing has ended yet. Leads come here once they are won, lost, declined, or their time ran out."),
)


@router.get("")
def waiting(request: Request, visitor: Holder) -> Response:
    dealer = _dealer(visitor)
    with visitor.logged("list_leads"):
        pass
    told = read_work(visitor.database, dealer, AT_ONCE + 1)
    now = datetime.now(UTC)
    leads = [seen_lead(each, now) for each in told[:AT_ONCE]]
    return render(request, "leads.html", leads=leads, more=len(told) > AT_ONCE)


@router.get("/ended")
def ended(
    request: Request, visitor: Holder, status: Annotated[str, Query(pattern=f"^({'|'.join(ENDED)})?$")] = ""
) -> Response:
    dealer = _dealer(visitor)
    wanted = (status,) if status else ENDED

    def fetch(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        return [_row(told) for told in read_ended(visitor.database, dealer, wanted, after[0] if after else None, limit)]

    with visitor.logged("list_leads") as session:
        found = _paged(request, session, fetch)
    if isinstance(found, Response):
        return found
    return render(request, "leads_ended.html", table=found, status=status, statuses=ENDED)


@router.get("/{lead_id}")
def show(
    request: Request, visitor: Holder, lead_id: LeadId, done: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    dealer = _dealer(visitor)
    with visitor.logged("read_lead", str(lead_id)):
        pass
    told = read_offer(visitor.database, lead_id, dealer)
    steps = _steps(read_own_steps(visitor.database, lead_id, dealer), told)
    lead = seen_lead(told, datetime.now(UTC))
    adf = adf_of(visitor.database, lead_id, dealer) if lead["person"] and lead["live"] else ""
    words = {"channels": CHANNELS, "declined": DECLINED, "lost": LOST, "kinds": STEPS, "terms": TERMS}
    return render(request, "lead.html", lead=lead, steps=steps, adf=adf, done=done, **words)


@router.get("/{lead_id}/adf")
def adf(visitor: Holder, lead_id: LeadId) -> Response:
    with visitor.logged("read_lead", str(lead_id)):
        pass
    text = adf_of(visitor.database, lead_id, _dealer(visitor))
    headers = {"Content-Disposition": f'attachment; filename="lead_{lead_id}.xml"'}
    return Response(text, media_type="application/xml", headers=headers)


@router.post("/{lead_id}")
def answer(
    visitor: Holder,
    lead_id: LeadId,
    kind: Annotated[str, Form(pattern="^(accepted|declined|contacted|qualified|proposal|won|lost)$")],
    reason: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
    channel: Annotated[str, Form(pattern=f"^({'|'.join(CHANNELS)})?$")] = "",
) -> Response:
    said = ": ".join(part for part in (reason.strip(), note.strip()) if part)
    now = datetime.now(UTC)
    word = Answer(lead_id, _dealer(visitor), kind, visitor.author, now, said or None, channel or None)
    visitor.record.name(f"lead_{kind}", str(lead_id))
    answer_lead(visitor.database, word)
    return RedirectResponse(f"/leads/{lead_id}?done={kind}", 303)


def _dealer(visitor: Visitor) -> str:
    dealer = visitor.account.dealer
    assert dealer is not None  # the table of accounts holds it
    return dealer


def _paged(request: Request, session: Session, fetch: Any) -> Shown | Response:
    return paged(request, session, TABLE, fetch, lambda row: [row["offer_id"]])


def seen_lead(told: Told, now: datetime) -> dict[str, Any]:
    """An offer as the page shows it: its term with the time left, who it is, what is wanted."""
    row = told.row
    due = {"open": row["accept_by"], "accepted": row["contact_by"]}.get(row["status"])
    person = dict(told.person or {})
    return {
        **row,
        "person": person,
        "name": _name(person),
        "due": due,
        "left": due - now if due else None,
        "late": due is not None and due <= now,
        "soon": due is not None and now < due <= now + SOON,
    }


def _row(told: Told) -> dict[str, Any]:
    in_time = {True: N_("yes"), False: N_("no"), None: None}[told.row["on_time"]]
    return {**told.row, "name": _name(dict(told.person or {})) or "—", "in_time": in_time}


def _name(person: dict[str, Any]) -> str:
    parts = [person.get(part) for part in ("last_name", "first_name", "middle_name")]
    return person.get("full_name") or " ".join(part for part in parts if part)


def _steps(events: list[Event], told: Told) -> list[Event]:
    """What happened, the latest first; that a lead was taken from the dealer is no event of its own."""
    if told.row["status"] == "withdrawn" and told.row["ended_at"]:
        events = [*events, replace(events[-1], kind="withdrawn", at=told.row["ended_at"], body={})]
    return events[::-1]
