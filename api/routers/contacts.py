"""Who may contact whom, when: ask, reserve, confirm, release, report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.acting import acting_dealer, reference
from api.auth import DEALER, EVERYONE, HEAD_OFFICE, IMPORTERS, ROUTING, Access, Caller, Session
from api.problems import responses
from api.repeating import IdempotencyKey, answered, known, once
from api.schemas.contacts import (
    Confirmed,
    ContactPolicy,
    ContactsReport,
    Permission,
    PermissionRequest,
    RecordedContacts,
    Released,
)
from hub.errors import Forbidden
from hub.flows import permit as permitting
from hub.flows.record_contact import Made, Reporter, record_contacts
from hub.flows.reserve import confirm, release, reserve
from hub.store.contact_policies import policy_in_force, policy_text

router = APIRouter(prefix="/v1/contacts", tags=["contacts"], responses=responses(401, 403, 413, 422, 503))
DOERS = (HEAD_OFFICE, DEALER, ROUTING)  # who contacts people
Doer = Annotated[Caller, Depends(Access(*DOERS))]
ReservationId = Annotated[UUID, Path(description="`reservation.id` of the answer that granted it.")]


def _now() -> datetime:
    return datetime.now(UTC)


@router.post(
    "/permission",
    summary="May these people be contacted?",
    response_model=Permission,
    response_model_exclude_unset=True,
)
def ask_permission(
    request: Request,
    caller: Annotated[Caller, Depends(Access(*EVERYONE))],
    body: PermissionRequest,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Yes or no for each person, with every reason, the next possible time, and the version of the rules.

    With `reserve`, what is permitted is reserved at once: until the reservation is confirmed, released or has run out, it
    counts like a contact that was made, for everybody in the network. A dealer asks about its own records; anybody else's
    are to it as if they did not exist, and what rivals did is told as `not_now`.
    """
    session = known(caller)
    asked = _request(session, body)
    if body.reserve is not None:
        if session.role not in DOERS:
            raise Forbidden(f"The role {session.role} may ask, and not reserve.")
        repeated = once(request, session, idempotency_key, body)
        return answered(reserve(caller.database, asked, body.reserve.minutes, session.author, _now, repeated))
    answer = permitting.permit_all(caller.database, asked, _now())
    return Response(permitting.as_text(answer, names=not asked.guarded), media_type="application/json")


@router.post(
    "/reservations/{reservation_id}/confirm",
    summary="The contact is made",
    responses=responses(404, 409),
)
def confirm_reservation(caller: Doer, reservation_id: ReservationId) -> Confirmed:
    """The reservation becomes a contact. Everything is weighed once more; `409` when it ran out or is permitted no more.

    Confirming again changes nothing. A contact that was made without permission is still reported, by `POST /v1/contacts`.
    """
    session = known(caller)
    guarded = session.dealer is not None
    contact, at = confirm(caller.database, reservation_id, session.dealer, guarded, session.author, _now)
    return Confirmed(contact_id=contact, at=at)


@router.post(
    "/reservations/{reservation_id}/release",
    summary="The contact will not be made",
    responses=responses(404, 409),
)
def release_reservation(caller: Doer, reservation_id: ReservationId) -> Released:
    """The person is free for others at once. Releasing again, or what has run out, changes nothing."""
    session = known(caller)
    release(caller.database, reservation_id, session.dealer, session.dealer is not None, session.author, _now)
    return Released(reservation_id=reservation_id)


@router.post("", status_code=201, summary="Report contacts that were made", response_model=RecordedContacts)
def report_contacts(
    request: Request, caller: Doer, body: ContactsReport, idempotency_key: IdempotencyKey = None
) -> Response:
    """Contacts count against the caps of the whole network, whether they were permitted or not.

    Those of the nightly interactions feed count as well; one that comes both ways counts once.
    """
    session = known(caller)
    dealer = acting_dealer(session, body.dealer)
    made = [
        Made(
            party=reference(session, one.party),
            purpose=one.purpose,
            channel=one.channel,
            at=one.at,
            campaign=one.campaign,
            outcome=one.outcome,
            reservation=one.reservation_id,
        )
        for one in body.contacts
    ]
    reporter = Reporter(dealer, session.dealer is not None, session.author)
    repeated = once(request, session, idempotency_key, body)
    return answered(record_contacts(caller.database, made, reporter, _now(), repeated), 201)


@router.get("/policy", summary="The rules in force")
def read_policy(caller: Annotated[Caller, Depends(Access(*IMPORTERS))]) -> ContactPolicy:
    """The contact policy as YAML: purposes, caps, hours, how consents are read."""
    with caller.session() as session:
        policy = policy_in_force(session.conn, _now())
        return ContactPolicy(version=policy.version, body=policy_text(session.conn, policy.version))


def _request(session: Session, body: PermissionRequest) -> permitting.Request:
    return permitting.Request(
        purpose=body.purpose,
        channel=body.channel,
        parties=[reference(session, one) for one in body.parties],
        dealer=acting_dealer(session, body.dealer),
        guarded=session.dealer is not None,
        brand=body.brand,
        campaign=body.campaign,
        priority=body.priority,
        at=body.at,
    )
