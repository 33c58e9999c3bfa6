"""What stewards decide: which records are one customer, and which are two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from api.auth import STEWARDS, Access, Caller
from api.etags import Match
from api.paging import Paging
from api.problems import responses
from api.routers.customers import customer_tag
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.decisions import DecidedRecord, Decision, NewDecision, Outcome, Touched, Verdict
from hub.errors import NotFound
from hub.flows import decide as flow
from hub.store import decisions as store

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], responses=responses(401, 403, 422))
Steward = Annotated[Caller, Depends(Access(*STEWARDS))]
DecisionId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[4711])]
IfMatch = Annotated[
    str | None,
    Header(
        description="The ETags of all customers concerned, as `GET /v1/customers/{golden_id}` gave them, with commas "
        "between; `*` for whatever they are now.",
        examples=['"9b74c9897bac770ffc029102a200c5de", "0f343b0931126a20f133d67c2b018a3b"'],
    ),
]


@router.post(
    "",
    summary="Decide",
    status_code=201,
    response_model=Outcome,
    responses=responses(404, 409, 410, 412, 428, 503),
)
def create_decision(request: Request, caller: Steward, decision: NewDecision, if_match: IfMatch = None) -> Response:
    """Says of source records that they are one party or several; in force at once, and through every later match.

    `same` joins the whole customers that hold the records, whatever the model says; `different` parts them for good, with all
    that is the same as either. A company never becomes a person. What contradicts a decision that stands is refused (409) and
    names it: take that one back, or list it in `replaces`.

    If-Match says what you looked at: 412 when one of the customers has changed since, 428 without it.
    """
    with caller.session() as session:
        author = session.author
    word = flow.Word(decision.verdict, decision.named, decision.reason, decision.replaces)
    caller.record.reason = decision.reason or None
    caller.record.show(one for group in decision.named for one in group)
    done = flow.decide(caller.database, word, author, datetime.now(UTC), Match(if_match, customer_tag).check)
    body = _outcome(caller, done)
    return JSONResponse(body.model_dump(mode="json"), 201, {"Location": f"{router.prefix}/{done.entry_id}"})


@router.get("", summary="List decisions", responses=responses(400))
def read_decisions(
    request: Request,
    caller: Steward,
    verdict: Annotated[Verdict | None, Query()] = None,
    state: Annotated[
        Literal["standing", "retracted"] | None, Query(description="Those that stand, or those taken back.")
    ] = None,
    author: Annotated[str | None, Query(max_length=200, pattern=PLAIN, examples=["api:k3f9"])] = None,
    customer: Annotated[UUID | None, Query(description="On any record of this customer.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Decision]:
    """Decisions, the newest first; those that were taken back, too."""
    wanted = store.Filters(verdict, author, None if state is None else state == "standing", customer)
    with caller.session() as session:
        paging = Paging(request, session, cursor, verdict=verdict, state=state, author=author, customer=customer)
        before = paging.position[0] if paging.position else None
        rows = store.list_decisions(session.conn, wanted, before, limit + 1)
        caller.record.show(one.golden_id for row in rows[:limit] for part in row.parts for one in part)
        page, following = paging.cut(rows, limit, lambda row: [row.entry_id])
        return Page(items=[shown(row) for row in page], next_cursor=following)


@router.get("/{decision_id}", summary="A decision", responses=responses(404))
def read_decision(caller: Steward, decision_id: DecisionId) -> Decision:
    """What was decided, by whom, when and why, and whether it is in force."""
    with caller.session() as session:
        return shown(_found(session.conn, decision_id))


@router.delete("/{decision_id}", summary="Take a decision back", responses=responses(404, 409, 412, 428, 503))
def retract_decision(
    request: Request,
    caller: Steward,
    decision_id: DecisionId,
    reason: Annotated[str, Query(max_length=1000, pattern=PLAIN, description="Why.")] = "",
    if_match: IfMatch = None,
) -> Outcome:
    """Customers become what they would be had it never been said. The decision and its retraction stay on record.

    If-Match names the customers that now hold its records, as when deciding.
    """
    with caller.session() as session:
        _found(session.conn, decision_id)
        author = session.author
    database, check = caller.database, Match(if_match, customer_tag).check
    caller.record.reason = reason or None
    return _outcome(caller, flow.retract(database, decision_id, author, datetime.now(UTC), reason, check))


def _outcome(caller: Caller, done: flow.Outcome) -> Outcome:
    with caller.session() as session:
        return Outcome(
            decision=shown(_found(session.conn, done.entry_id)),
            before=done.before,
            after=[Touched(golden_id=golden, etag=customer_tag(session.conn, golden)) for golden in done.after],
            retracted=done.retracted,
            records=done.records,
            changed=done.changed,
        )


def _found(conn: Connection, decision_id: int) -> store.Decision:
    found = store.find_decision(conn, decision_id)
    if found is None:
        raise NotFound("There is no such decision.")
    return found


def shown(row: store.Decision) -> Decision:
    """A decision as the API shows it."""
    return Decision(
        decision_id=row.entry_id,
        state=row.state,  # type: ignore[arg-type]
        groups=[
            [
                DecidedRecord(
                    record_id=one.record,
                    dealer=one.dealer,
                    feed=one.feed,
                    record_no=one.record_no,
                    golden_id=one.golden_id,
                )
                for one in part
            ]
            for part in row.parts
        ],
        **{
            name: getattr(row, name)
            for name in (
                "verdict", "reason", "author", "decided_at", "retracted_by", "retracted_at", "retraction_reason",
            )
        },
    )  # fmt: skip
