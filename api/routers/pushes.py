"""What dealers are told by push: where to, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy import RowMapping
from starlette.responses import JSONResponse, Response

from api.auth import DEALER, HEAD_OFFICE, Access, Caller
from api.paging import Paging
from api.problems import responses
from api.schemas.common import Cursor, Limit, Page
from api.schemas.leads import DELIVERY_ID, Delivery, Retried, WebhookIn, WebhookOut
from hub.access.opaque_ids import Words
from hub.errors import NotFound
from hub.flows.deliver import retry, set_webhook
from hub.flows.read_lead import when
from hub.store.deliveries import find_webhook, list_deliveries, remove_webhook

router = APIRouter(prefix="/v1/leads", tags=["leads"], responses=responses(401, 403, 422))
Holder = Annotated[Caller, Depends(Access(DEALER))]
Listener = Annotated[Caller, Depends(Access(HEAD_OFFICE, DEALER))]


@router.get("/webhook", summary="Where my leads are pushed to", response_model=WebhookOut, responses=responses(404))
def read_webhook(request: Request, caller: Holder) -> Response:
    """The dealer's webhook, without its secret."""
    dealer = _dealer(caller)
    with caller.database.worker() as conn:
        found = find_webhook(conn, dealer)
    if found is None:
        raise NotFound("Your leads are not pushed anywhere; PUT an address here.")
    return JSONResponse({"url": found.url, "since": when(found.since), "secret": None})


@router.put("/webhook", summary="Push my leads to an address", response_model=WebhookOut)
def put_webhook(request: Request, caller: Holder, body: WebhookIn) -> Response:
    """From now on every change of an offer is POSTed there, signed by the secret that is shown here and never again.

    The header `X-Dealerhub-Signature: t=…,v1=…` holds the time and the HMAC-SHA256 of `<t>.<body>`. Anything but 2xx is
    tried again with growing pauses; what fails for good is listed under `deliveries`.
    """
    private = request.app.state.settings.webhook_private
    made = set_webhook(caller.database, _dealer(caller), body.url, datetime.now(UTC), private)
    return JSONResponse({"url": made.url, "since": when(made.since), "secret": made.secret})


@router.delete("/webhook", summary="Push nothing any more", status_code=204, responses=responses(404))
def delete_webhook(request: Request, caller: Holder) -> Response:
    """Leads stay where they are, to be fetched."""
    dealer = _dealer(caller)
    with caller.database.worker() as conn:
        if not remove_webhook(conn, dealer):
            raise NotFound("Your leads are not pushed anywhere.")
    return Response(status_code=204)


@router.get("/deliveries", summary="What was pushed", response_model=Page[Delivery], responses=responses(400))
def read_deliveries(
    request: Request,
    caller: Listener,
    status: Annotated[Literal["waiting", "done", "dead"] | None, Query(description="Only of this status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Pushes in the order in which they arose; `status=dead` is the dead-letter list. A dealer sees its own."""
    with caller.session() as session:
        paging = Paging(request, session, cursor, status=status)
        after = int(paging.position[0]) if paging.position else 0
        rows = list_deliveries(session.conn, after, limit + 1, status, session.dealer)
        page, following = paging.cut(rows, limit, lambda row: [row["delivery_id"]])
    items = [_told(request.app.state.words, row) for row in page]
    return JSONResponse({"items": items, "next_cursor": following})


@router.post(
    "/deliveries/{delivery_id}/retry",
    summary="Push again",
    status_code=202,
    responses=responses(404),
    response_model=Retried,
)
def retry_delivery(
    request: Request, caller: Listener, delivery_id: Annotated[str, Path(pattern=DELIVERY_ID)]
) -> Response:
    """Take a delivery off the dead-letter list, to be tried anew."""
    with caller.session() as session:
        dealer = session.dealer
    number = request.app.state.words.deliveries.number(delivery_id)
    retried = retry(caller.database, datetime.now(UTC), dealer, -1 if number is None else number)
    return JSONResponse({"retried": retried}, 202)


def _told(words: Words, row: RowMapping) -> dict[str, Any]:
    told = {name: when(value) if isinstance(value, datetime) else value for name, value in row.items()}
    numbers = {"delivery_id": words.deliveries.word(row["delivery_id"]), "offer_id": words.offers.word(row["offer_id"])}
    return {**told, **numbers}


def _dealer(caller: Caller) -> str:
    with caller.session() as session:
        assert session.dealer is not None
        return session.dealer
