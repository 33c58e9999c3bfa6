"""Which record's value a customer's field shows, when a steward chose it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from api.auth import STEWARDS, Access, Caller
from api.etags import Match
from api.paging import Paging
from api.problems import responses
from api.routers.customers import customer_tag
from api.routers.decisions import IfMatch
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.decisions import NewPin, Pin, PinOutcome, Touched
from hub.errors import NotFound
from hub.flows import pin as flow
from hub.flows.decide import Outcome
from hub.store import decisions as store

router = APIRouter(prefix="/v1/pins", tags=["decisions"], responses=responses(401, 403, 422))
Steward = Annotated[Caller, Depends(Access(*STEWARDS))]
PinId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[4712])]


@router.post(
    "",
    summary="Pin a value",
    status_code=201,
    response_model=PinOutcome,
    responses=responses(404, 410, 412, 428, 503),
)
def create_pin(request: Request, caller: Steward, pin: NewPin, if_match: IfMatch = None) -> Response:
    """Lets one record's value win a field of its customer, whatever the votes; its reason then reads `pinned by a steward`.

    It holds while that record stands in one customer with the customer's first-seen record, and says what it says now. Of two
    pins of one field the newer holds. If-Match as when deciding.
    """
    with caller.session() as session:
        author = session.author
    check = Match(if_match, customer_tag).check
    caller.record.target, caller.record.reason = str(pin.record_id), pin.reason or None
    done = flow.pin(caller.database, str(pin.record_id), pin.field, author, datetime.now(UTC), pin.reason, check)
    body = _outcome(caller, done)
    return JSONResponse(body.model_dump(mode="json"), 201, {"Location": f"{router.prefix}/{done.entry_id}"})


@router.get("", summary="List pins", responses=responses(400))
def read_pins(
    request: Request,
    caller: Steward,
    state: Annotated[
        Literal["standing", "retracted"] | None, Query(description="Those that stand, or those taken back.")
    ] = None,
    customer: Annotated[UUID | None, Query(description="On any record of this customer.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Pin]:
    """Pinned values, the newest first; those that were taken back, too."""
    standing = None if state is None else state == "standing"
    with caller.session() as session:
        paging = Paging(request, session, cursor, state=state, customer=customer)
        before = paging.position[0] if paging.position else None
        rows = store.list_pins(session.conn, before, limit + 1, standing, customer)
        caller.record.show(row.golden_id for row in rows[:limit])
        page, following = paging.cut(rows, limit, lambda row: [row.entry_id])
        return Page(items=[_shown(row) for row in page], next_cursor=following)


@router.get("/{pin_id}", summary="A pin", responses=responses(404))
def read_pin(caller: Steward, pin_id: PinId) -> Pin:
    """What was pinned, by whom, when and why."""
    with caller.session() as session:
        return _shown(_found(session.conn, pin_id))


@router.delete("/{pin_id}", summary="Take a pin back", responses=responses(404, 409, 412, 428, 503))
def retract_pin(
    request: Request,
    caller: Steward,
    pin_id: PinId,
    reason: Annotated[str, Query(max_length=1000, pattern=PLAIN, description="Why.")] = "",
    if_match: IfMatch = None,
) -> PinOutcome:
    """The field shows what its votes say, or an older pin. If-Match as when deciding."""
    with caller.session() as session:
        _found(session.conn, pin_id)
        author = session.author
    database, check = caller.database, Match(if_match, customer_tag).check
    caller.record.reason = reason or None
    return _outcome(caller, flow.unpin(database, pin_id, author, datetime.now(UTC), reason, check))


def _outcome(caller: Caller, done: Outcome) -> PinOutcome:
    with caller.session() as session:
        return PinOutcome(
            pin=_shown(_found(session.conn, done.entry_id)),
            after=[Touched(golden_id=golden, etag=customer_tag(session.conn, golden)) for golden in done.after],
        )


def _found(conn: Connection, pin_id: int) -> store.Pin:
    found = store.find_pin(conn, pin_id)
    if found is None:
        raise NotFound("There is no such pin.")
    return found


def _shown(row: store.Pin) -> Pin:
    same = ("beside", "field", "golden_id", "reason", "author", "decided_at", "retracted_by", "retracted_at")
    return Pin(pin_id=row.entry_id, record_id=row.record, **{name: getattr(row, name) for name in same})
