"""The consent ledger: add a statement, read one person's consents with their proof."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.acting import acting_dealer, reference
from api.auth import DEALER, HEAD_OFFICE, READERS, Access, Caller
from api.problems import responses
from api.repeating import IdempotencyKey, answered, known, once
from api.schemas.consents import ConsentHolds, Consents, ConsentStatement, NewConsent, RecordedConsent
from api.schemas.contacts import DealerCode
from hub.contact.consent import controller_of
from hub.flows.record_consent import Recorder, Said, read_consents, record_consent
from hub.store.consents import LedgerLine
from hub.store.contact_parties import Reference

router = APIRouter(prefix="/v1/consents", tags=["consents"], responses=responses(401, 403, 404, 413, 422))


@router.post("", status_code=201, summary="Record a consent or a withdrawal", response_model=RecordedConsent)
def add_consent(
    request: Request,
    caller: Annotated[Caller, Depends(Access(HEAD_OFFICE, DEALER))],
    body: NewConsent,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The ledger only grows: a consent that ends is a new statement, `withdrawn`. It takes effect at once."""
    session = known(caller)
    whose = acting_dealer(session, body.dealer) if body.controller == "dealer" else body.dealer
    said = Said(
        party=reference(session, body.party),
        purpose=body.purpose,
        channel=body.channel,
        status=body.status,
        controller=body.controller,
        dealer=whose,
        at=body.at,
        expires_at=body.expires_at,
        wording_version=body.wording_version,
        evidence=body.evidence,
    )
    repeated = once(request, session, idempotency_key, body)
    recorder = Recorder(session.dealer, session.author)
    return answered(record_consent(caller.database, said, recorder, datetime.now(UTC), repeated), 201)


@router.get("/{golden_id}", summary="A person's consents with their proof")
def read_person_consents(
    caller: Annotated[Caller, Depends(Access(*READERS))],
    golden_id: Annotated[UUID, Path(description="Any id ever issued.")],
    dealer: Annotated[
        DealerCode | None, Query(description="Whose consents hold; the importer's people only. Absent: the importer's.")
    ] = None,
) -> Consents:
    """What holds now, and every statement ever made, in the order in which the hub learned it.

    A dealer reads what stands on its own records. This is the person's history in machine-readable form.
    """
    session = known(caller)
    controller = controller_of(acting_dealer(session, dealer))
    with caller.database.worker() as conn:
        found = read_consents(conn, Reference(golden_id=golden_id), controller, session.dealer, datetime.now(UTC))
    return Consents(
        controller=controller.kind,
        dealer=controller.dealer,
        holds=[
            ConsentHolds(purpose=purpose, channel=channel, status=state.status, since=state.by.at if state.by else None)  # type: ignore[arg-type]
            for (purpose, channel), state in found.states.items()
        ],
        statements=[_statement(line) for line in found.lines],
    )


def _statement(line: LedgerLine) -> ConsentStatement:
    return ConsentStatement(
        record_id=line.record,
        holder=line.holder,
        controller=line.controller,
        dealer=line.controller_dealer,
        purpose=line.purpose,
        channel=line.channel,
        status=line.status,
        at=line.at,
        expires_at=line.expires_at,
        record_no=line.record_no,
        received_at=line.received_at,
        source=line.source,
        wording_version=line.wording_version,
        evidence=line.evidence,
    )
