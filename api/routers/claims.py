"""Whose prospect a customer is: claims, owners, choices, appeals, and a dealer's own lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from api.auth import DEALER, HEAD_OFFICE, READERS, STEWARDS, Access, Caller
from api.paging import Paging
from api.problems import responses
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.prospects import (
    Appeal,
    AppealAnswer,
    Claim,
    Claims,
    Entered,
    Happening,
    Held,
    NewAllocation,
    NewAppeal,
    NewChoice,
    Owner,
    OwnProspect,
    Purpose,
    Timeline,
)  # fmt: skip
from hub.errors import Forbidden, Invalid, NotFound
from hub.flows import contest
from hub.flows.prospects import OneClaim, claims_on
from hub.network.timeline import ordered
from hub.prospects.policy import start_policy
from hub.store import prospects as store
from hub.store.customer_views import resolve
from hub.store.households import household_of
from hub.store.timelines import drivers_of, happenings, ids_of

router = APIRouter(prefix="/v1", tags=["prospects"], responses=responses(401, 403, 422))
Reader = Annotated[Caller, Depends(Access(*READERS))]
HeadOffice = Annotated[Caller, Depends(Access(HEAD_OFFICE))]
Steward = Annotated[Caller, Depends(Access(*STEWARDS))]
Dealer = Annotated[Caller, Depends(Access(DEALER))]
OwnOrHeadOffice = Annotated[Caller, Depends(Access(DEALER, HEAD_OFFICE))]
Customer = Annotated[UUID, Path(description="The id of any record of the customer.")]
WhichDealer = Annotated[
    str | None, Query(max_length=64, pattern=PLAIN, description="For head office: whose list. A dealer sees its own.")
]
At = Annotated[datetime | None, Query(description="A moment with its offset; by default now.")]


@router.get("/customers/{golden_id}/claims", summary="Who works with a customer", responses=responses(404))
def read_claims(request: Request, caller: Reader, golden_id: Customer, at: At = None) -> Claims:
    """The claims on a customer and who holds its prospects, now or at a past or coming moment, by what is known now.

    A dealer sees its own claims. That another dealer holds a prospect, and until when, is told to a live claim with proven
    two-way contact alone, and never by whom.
    """
    moment = _moment(at)
    with caller.session() as session:
        golden = resolve(session.conn, golden_id)
        if golden is None:
            raise NotFound("There is no such customer.")
        owners = store.owners_of(session.conn, golden, session.dealer, moment)
        dealer = session.dealer
    found = claims_on(caller.database, golden, dealer, moment)
    return Claims(claims=[_claim(claim) for claim in found], owners=[_owner(row) for row in owners])


@router.get("/customers/{golden_id}/timeline", summary="What happened with a customer", responses=responses(404))
def read_timeline(caller: Reader, golden_id: Customer) -> Timeline:
    """Sales, visits, leads, contacts, surveys and consents, the latest first; for a dealer those in its own files.

    The transactions of one long body repair share a `case`. `household` and `drivers` (of a company's cars) are for the
    importer's people alone.
    """
    with caller.session() as session:
        golden = resolve(session.conn, golden_id)
        if golden is None:
            raise NotFound("There is no such customer.")
        found = ordered(happenings(session.conn, golden))
        family, drivers = (
            ([], []) if session.dealer else (household_of(session.conn, golden), drivers_of(session.conn, golden))
        )
        ids = ids_of(session.conn, [*family, *drivers])
    return Timeline(
        items=[Happening(**vars(one)) for one in found],
        household=[ids[one] for one in family if one != golden and one in ids],
        drivers=[ids[one] for one in drivers if one != golden and one in ids],
    )


@router.post(
    "/customers/{golden_id}/choice",
    summary="Record a customer's choice",
    status_code=201,
    responses=responses(404, 503),
)
def choose_dealer(request: Request, caller: Steward, golden_id: Customer, choice: NewChoice) -> Entered:
    """The customer told the importer which dealer it wants. It outranks every claim and every earlier choice."""
    word = contest.Statement("choice", choice.dealer, choice.brand, choice.purpose, choice.evidence)
    return _stated(request, caller, golden_id, word)


@router.post(
    "/customers/{golden_id}/allocation", summary="Allocate a prospect", status_code=201, responses=responses(404, 503)
)
def allocate_prospect(request: Request, caller: HeadOffice, golden_id: Customer, allocation: NewAllocation) -> Entered:
    """Head office gives a prospect that nobody holds by a better right to a dealer."""
    a = allocation
    return _stated(
        request, caller, golden_id, contest.Statement("allocation", a.dealer, a.brand, a.purpose, a.reason, a.until)
    )


@router.post("/claims/{claim_id}/appeals", summary="Appeal", status_code=201, responses=responses(404, 409))
def create_appeal(request: Request, caller: Dealer, claim_id: UUID, appeal: NewAppeal) -> Entered:
    """A dealer contests what was decided about a prospect that it claims; head office answers with a reason."""
    with caller.session() as session:
        dealer, author = session.dealer, session.author
    assert dealer is not None
    prospect = (appeal.brand, appeal.purpose)
    now = datetime.now(UTC)
    caller.record.reason = appeal.reason
    return Entered(entry_id=contest.appeal(caller.database, claim_id, dealer, prospect, appeal.reason, author, now))


@router.get("/appeals", summary="List appeals", responses=responses(400))
def read_appeals(
    request: Request, caller: OwnOrHeadOffice,
    waiting: Annotated[bool | None, Query(description="Those not answered, or those that are.")] = None,
    limit: Limit = 50, cursor: Cursor = None,
) -> Page[Appeal]:  # fmt: skip
    """Appeals, the newest first; a dealer's own."""
    with caller.session() as session:
        paging = Paging(request, session, cursor, waiting=waiting)
        before = paging.position[0] if paging.position else store.LATEST
        rows = store.list_appeals(session.conn, session.dealer, waiting, before, limit + 1)
        page, following = paging.cut(rows, limit, lambda row: [row["entry_id"]])
        caller.record.show(row["claim_id"] for row in page)
        return Page(items=[_appeal(row) for row in page], next_cursor=following)


@router.post(
    "/appeals/{appeal_id}/answer", summary="Answer an appeal", status_code=201, responses=responses(404, 409, 503)
)
def answer_appeal(
    request: Request, caller: HeadOffice, appeal_id: Annotated[int, Path(ge=1, le=2**63 - 1)], answer: AppealAnswer
) -> Entered:
    """Granted, it is a ruling for the dealer, in force at once; either way the reason is shown to the dealer."""
    with caller.session() as session:
        author = session.author
    granted = answer.outcome == "granted"
    now = datetime.now(UTC)
    caller.record.reason = answer.reason
    return Entered(entry_id=contest.answer_appeal(caller.database, appeal_id, granted, answer.reason, author, now))


@router.get("/portfolio", summary="The prospects that a dealer holds", responses=responses(400))
def read_portfolio(
    request: Request, caller: OwnOrHeadOffice, dealer: WhichDealer = None, purpose: Purpose | None = None,
    limit: Limit = 50, cursor: Cursor = None,
) -> Page[Held]:  # fmt: skip
    """Whom a dealer may work with as its own, each by the dealer's first record of the customer."""
    with caller.session() as session:
        whose = _whose(session.dealer, dealer)
        paging = Paging(request, session, cursor, dealer=whose, purpose=purpose)
        rows = store.portfolio(session.conn, whose, datetime.now(UTC), purpose, paging.position, limit + 1)
        page, following = paging.cut(rows, limit, lambda row: [row["golden"], row["brand"], row["purpose"]])
        caller.record.show(row["record_id"] for row in page)
        return Page(items=[_held(row) for row in page], next_cursor=following)


@router.get("/do-not-approach", summary="Whom a dealer should leave alone", responses=responses(400))
def read_do_not_approach(
    request: Request, caller: OwnOrHeadOffice, dealer: WhichDealer = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[OwnProspect]:
    """Prospects that the dealer has a live claim with proven contact on, and that another dealer holds; until when.

    Also written each night beside the dealer's receipts, as `do_not_approach.csv`.
    """
    with caller.session() as session:
        whose = _whose(session.dealer, dealer)
        paging = Paging(request, session, cursor, dealer=whose)
        with caller.database.worker() as conn:  # whether somebody else holds it, no dealer's slice shows
            rows = store.taken(conn, whose, datetime.now(UTC), start_policy().version, paging.position, limit + 1)
        page, following = paging.cut(rows, limit, lambda row: [row["golden"], row["brand"], row["purpose"]])
        caller.record.show(row["record_id"] for row in page)
        return Page(items=[OwnProspect(**_own(row), until=row["until"]) for row in page], next_cursor=following)


def _stated(request: Request, caller: Caller, golden_id: UUID, word: contest.Statement) -> Entered:
    with caller.session() as session:
        author = session.author
    return Entered(entry_id=contest.state(caller.database, golden_id, word, author, datetime.now(UTC)))


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise Invalid("`at` needs an offset: 2026-03-01T12:00:00Z.")
    if not 1970 < at.year < 9000:
        raise Invalid("`at` lies outside the hub's time.")
    return at


def _whose(own: str | None, asked: str | None) -> str:
    if own is not None:
        if asked not in (None, own):
            raise Forbidden("A dealer sees its own list alone; leave `dealer` out.")
        return own
    if asked is None:
        raise Invalid("Say whose list: `dealer=CODE`.")
    return asked


def _claim(claim: OneClaim) -> Claim:
    row = claim.row
    same = {
        name: row[name]
        for name in ("claim_id", "dealer", "feed", "brand", "purpose", "stated", "opened", "proven", "until")
    }
    return Claim(
        **same, state=claim.state, first_seen=row["seen"], believed=row["trusted"], two_way_contacts=row["contacts"],
        holds=claim.holds, taken=claim.taken, taken_until=claim.taken_until,
    )  # fmt: skip


def _owner(row: Any) -> Owner:
    same = {name: row[name] for name in ("brand", "purpose", "dealer", "rule", "policy", "reason")}
    return Owner(**same, since=row["valid_from"], until=row["valid_until"])


def _own(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("brand", "purpose", "record_id", "feed", "record_no")}


def _held(row: Any) -> Held:
    return Held(**_own(row), since=row["valid_from"], until=row["valid_until"], rule=row["rule"], reason=row["reason"])


def _appeal(row: Any) -> Appeal:
    same = {name: row[name] for name in ("dealer", "claim_id", "brand", "purpose", "reason", "outcome", "answer")}
    return Appeal(**same, appeal_id=row["entry_id"], at=row["received_at"], answered_at=row["ruled_at"])
