"""Leads: in as JSON or ADF, to a dealer by rules, and back with their outcome."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api import lead_views as views
from api.auth import AUDITOR, DEALER, HEAD_OFFICE, ROUTING, STEWARD, Access, Caller, Session
from api.lead_bodies import is_adf, read_json, read_lead_adf
from api.paging import Paging
from api.problems import responses
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.leads import (
    OFFER_ID,
    Assignment,
    Contacted,
    Decline,
    Fairness,
    LeadHistory,
    NewLead,
    Offer,
    OfferInFull,
    Outcome,
    Reassign,
    Reassigned,
    Routed,
)
from hub.flows.answer_lead import Answer, answer_lead, assign_lead
from hub.flows.measure_fairness import measure_fairness
from hub.flows.meet_lead import Submission
from hub.flows.read_lead import Told, adf_of, offer_facts, read_history, read_offer, read_offers, read_own_steps, when
from hub.flows.reassign import Order, reassign
from hub.flows.route_lead import route_lead, try_lead
from hub.routing.fairness import fairness_chart
from hub.store.archive import Archive

router = APIRouter(prefix="/v1/leads", tags=["leads"], responses=responses(401, 403, 422))
Sender = Annotated[Caller, Depends(Access(HEAD_OFFICE, ROUTING))]
Reader = Annotated[Caller, Depends(Access(HEAD_OFFICE, STEWARD, DEALER, ROUTING, AUDITOR))]
Holder = Annotated[Caller, Depends(Access(DEALER))]
Boss = Annotated[Caller, Depends(Access(HEAD_OFFICE))]
Auditing = Annotated[Caller, Depends(Access(HEAD_OFFICE, AUDITOR))]
Listener = Annotated[Caller, Depends(Access(HEAD_OFFICE, DEALER))]
LeadId = Annotated[UUID, Path(description="As the answer to the lead, or the offer, names it.")]

PERSONAL = (HEAD_OFFICE, STEWARD, DEALER)  # roles that see who the customer is
NO_REASON, NO_CHANNEL = Decline(), Contacted()
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": NewLead.model_json_schema()},
            "application/xml": {"schema": {"type": "string", "description": "One ADF 1.0 prospect."}},
        },
    }
}


@router.post(
    "",
    summary="Send a lead",
    status_code=201,
    response_model=Routed,
    responses={**responses(413), 200: {"model": Routed, "description": "A repeated lead, or a dry run."}},
    openapi_extra=_BODY,
)
async def create_lead(
    request: Request,
    caller: Sender,
    dry_run: Annotated[bool, Query(description="Only tell what would happen; nothing is stored.")] = False,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200, pattern=PLAIN, description="Sent again with the same key, a lead has no further effect."
        ),
    ] = None,
) -> Response:
    """Matches the person against the base, chooses a dealer by the routing policy, and offers it the lead; durable when
    answered. The answer names every dealer with its scores or the reason why it fell out.

    JSON, or one ADF 1.0 prospect, as malformed as the trade sends it (no DTD). The same person and brand within 30 days
    is the same lead: `repeated`, with the first one's id. The same `Idempotency-Key` with another body is refused.
    """
    body = await request.body()

    def work() -> tuple[int, dict[str, Any]]:
        with caller.session() as session:  # first: who is not known learns nothing about what would be valid
            author = session.author
        adf = is_adf(request.headers.get("content-type", ""), body)
        columns, transfer = (read_lead_adf(body), None) if adf else read_json(body)
        submission = Submission(
            columns=columns,
            author=author,
            at=datetime.now(UTC),
            body_sha256=hashlib.sha256(body).hexdigest(),
            key=idempotency_key or None,
            transfer=transfer,
        )
        database = caller.database
        if dry_run:
            caller.record.reading = True  # it tells whom the person is likely to be
            return 200, views.routed(try_lead(database, submission))
        if adf:
            kept = Archive(request.app.state.settings.archive_dir).keep(io.BytesIO(body))
            submission = replace(submission, raw_sha256=kept.sha256)
        found = route_lead(database, submission)
        return 200 if found.repeated else 201, views.routed(found)

    status, answer = await run_in_threadpool(work)
    return JSONResponse(answer, status)


@router.get(
    "", summary="Offers, in the order in which they were made", response_model=Page[Offer], responses=responses(400)
)
def read_leads(
    request: Request,
    caller: Reader,
    status: Annotated[str | None, Query(max_length=20, pattern=PLAIN, description="Only of this status.")] = None,
    after: Annotated[
        str | None, Query(pattern=OFFER_ID, description="Only offers made after the one with this `offer_id`.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """For a dealer its own offers, with the person while the lead is its own; for the importer's people all offers.

    A dealer's system that keeps the last `offer_id` and asks with `after` is told every new offer, once.
    """
    with caller.session() as session:
        paging = Paging(request, session, cursor, status=status, after=after)
        known = request.app.state.words.offers.number(after) if after else 0
        last = int(paging.position[0]) if paging.position else known or 0
        found = read_offers(caller.database, last, limit + 1, session.dealer, status)
        page, following = paging.cut(found, limit, lambda told: [told.row["offer_id"]])
        caller.record.show(told.row["lead_id"] for told in page)
        items = [_offer(request, told, session) for told in page]
    return JSONResponse({"items": items, "next_cursor": following})


@router.get(
    "/fairness",
    summary="Who got how many leads, and should have got",
    response_model=Fairness,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def read_fairness(
    request: Request,
    caller: Auditing,
    since: Annotated[date, Query(description="First day (UTC).")],
    until: Annotated[date | None, Query(description="Day after the last one; by default tomorrow.")] = None,
    chart: Annotated[bool, Query(description="The chart (SVG) instead of the rows.")] = False,
) -> Response:
    """Per dealer and week: actual against target share of the turns, distance, response; and the leads that nobody got."""
    with caller.session():
        pass
    begin = datetime.combine(since, time(), UTC)
    end = datetime.combine(until, time(), UTC) if until else datetime.now(UTC) + timedelta(days=1)
    found = measure_fairness(caller.database, begin, end)
    if chart:
        return Response(fairness_chart(found.rows), media_type="image/svg+xml")
    rows = [{**asdict(row), "week": row.week.isoformat(), "stood_in_line": row.stood} for row in found.rows]
    for row in rows:
        del row["stood"]
    unrouted = [{**each, "week": each["week"].isoformat()} for each in found.unrouted]
    return JSONResponse({"dealers": rows, "unrouted": unrouted})


@router.post("/reassign", summary="Take many leads from one dealer", response_model=Reassigned)
def reassign_leads(request: Request, caller: Boss, body: Reassign) -> Response:
    """A dealer loses its franchise, its territory is redrawn, it is closed over the weekend: its open leads go to others by
    the rules. First only told (`dry_run`, the default), then done.
    """
    with caller.session() as session:
        author = session.author
    caller.record.reason = body.reason
    order = Order(body.dealer, body.reason, body.brand, body.contacted, body.only_misplaced)
    report = reassign(caller.database, order, author, datetime.now(UTC), apply=not body.dry_run)
    moves = [{"lead_id": str(m.lead_id), "state": m.state, "to": m.to, "rule": m.rule} for m in report.moves]
    return JSONResponse({"applied": report.applied, "moves": moves, "gained": report.gained, "kept": report.kept})


@router.get("/{lead_id}", summary="One lead", response_model=LeadHistory | OfferInFull, responses=responses(404))
def read_lead(request: Request, caller: Reader, lead_id: LeadId) -> Response:
    """For a dealer its latest offer of the lead, and what happened while it was its own. For the importer's people the lead:
    every step, and every decision with all candidates. A lead that was never offered to the asking dealer does not exist
    for it.
    """
    with caller.session() as session:
        database = caller.database
        if session.dealer is not None:
            offer = _offer(request, read_offer(database, lead_id, session.dealer), session)
            own = read_own_steps(database, lead_id, session.dealer)
            steps = [{"at": when(event.at), "kind": event.kind, "body": event.body} for event in own]
            return JSONResponse({**offer, "steps": steps})
    found = read_history(database, lead_id)
    lead = found.lead
    return JSONResponse(
        {
            "lead_id": str(lead.lead_id),
            "received_at": when(lead.received_at),
            "brand": lead.brand,
            "purpose": lead.purpose,
            "state": lead.state,
            "dealer": lead.dealer,
            "next_step_at": when(lead.due_at),
            "steps": [
                {"at": when(event.at), "kind": event.kind, "dealer": event.dealer, "body": event.body}
                for event in found.events
            ],
            "decisions": [views.routed(decision) for decision in found.decisions],
        }
    )


@router.get(
    "/{lead_id}/adf",
    summary="A lead as ADF",
    response_class=Response,
    responses={
        **responses(404, 409),
        200: {"description": "One ADF 1.0 document.", "content": {"application/xml": {"schema": {"type": "string"}}}},
    },
)
def read_lead_as_adf(
    request: Request, caller: Annotated[Caller, Depends(Access(HEAD_OFFICE, DEALER))], lead_id: LeadId
) -> Response:
    """The lead as ADF 1.0 text, ready to be mailed into the system of the dealer that holds it."""
    with caller.session() as session:
        text = adf_of(caller.database, lead_id, session.dealer)
    return Response(text, media_type="application/xml")


@router.post("/{lead_id}/accept", summary="Take a lead", response_model=Offer, responses=responses(404, 409))
def accept_lead(request: Request, caller: Holder, lead_id: LeadId) -> Response:
    """The dealer takes the lead, and has until `contact_by` to contact the customer."""
    return _answered(request, caller, lead_id, "accepted")


@router.post("/{lead_id}/decline", summary="Decline a lead", response_model=Offer, responses=responses(404, 409))
def decline_lead(request: Request, caller: Holder, lead_id: LeadId, body: Decline = NO_REASON) -> Response:
    """The lead goes on to the next dealer."""
    return _answered(request, caller, lead_id, "declined", reason=body.reason or None)


@router.post(
    "/{lead_id}/contacted", summary="The customer was contacted", response_model=Offer, responses=responses(404, 409)
)
def contact_lead(request: Request, caller: Holder, lead_id: LeadId, body: Contacted = NO_CHANNEL) -> Response:
    """The first contact, by the time at which the hub is told. Who had not taken the lead has taken it by this."""
    return _answered(request, caller, lead_id, "contacted", channel=body.channel)


@router.post("/{lead_id}/outcome", summary="What became of a lead", response_model=Offer, responses=responses(404, 409))
def close_lead(request: Request, caller: Holder, lead_id: LeadId, body: Outcome) -> Response:
    """Qualified, proposal made, won or lost. A share of the lost ones is offered to another dealer."""
    return _answered(request, caller, lead_id, body.status, reason=body.reason or None)


@router.post(
    "/{lead_id}/assign", summary="Give a lead to a dealer", responses=responses(404, 409), response_model=LeadHistory
)
def assign(request: Request, caller: Boss, lead_id: LeadId, body: Assignment) -> Response:
    """Head office decides; no rule is asked. The dealer's terms begin now."""
    with caller.session() as session:
        author = session.author
    caller.record.reason = body.reason
    assign_lead(caller.database, lead_id, body.dealer, author, body.reason, datetime.now(UTC))
    return read_lead(request, caller, lead_id)


def _answered(request: Request, caller: Caller, lead_id: UUID, kind: str, **said: str | None) -> Response:
    with caller.session() as session:
        author, dealer = session.author, session.dealer
        assert dealer is not None
    database = caller.database
    caller.record.reason = said.get("reason")
    answer_lead(database, Answer(lead_id, dealer, kind, author, datetime.now(UTC), **said))
    return JSONResponse(offer_facts(read_offer(database, lead_id, dealer), request.app.state.words))


def _offer(request: Request, told: Told, session: Session) -> Mapping[str, Any]:
    shown = told if session.role in PERSONAL else replace(told, person=None)
    return offer_facts(shown, request.app.state.words)
