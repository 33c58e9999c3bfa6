"""What waits for a steward."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from api.auth import STEWARDS, Access, Caller
from api.paging import Paging
from api.problems import responses
from api.schemas.common import PLAIN, Cursor, Limit, Page
from api.schemas.reviews import Review, ReviewCounts, ReviewReason, ReviewRecord
from hub.store.review_queue import Filters, count_reviews, list_reviews

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], responses=responses(400, 401, 403, 422))


Steward = Annotated[Caller, Depends(Access(*STEWARDS))]


@router.get("", summary="List what waits")
def read_reviews(  # what can be asked for, one by one: the framework reads the address by it
    request: Request,
    caller: Steward,
    reason: Annotated[ReviewReason | None, Query(description="Only those that wait for this reason.")] = None,
    dealer: Annotated[
        str | None, Query(max_length=200, pattern=PLAIN, description="Only those with a record of this dealer.")
    ] = None,
    kind: Annotated[Literal["person", "company"] | None, Query(description="Only people, or only companies.")] = None,
    least: Annotated[
        float | None, Query(ge=-200, le=200, description="Only those with this evidence at least, as log2 odds.")
    ] = None,
    customer: Annotated[UUID | None, Query(description="Only those about this customer, by its golden id.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Review]:
    """Pairs of records that the hub leaves to a person, what matters most first: where the answer is open, where a third is
    nearly as likely, where many records and dealers depend on it. What a steward has judged is not among them.
    """
    wanted = Filters(reason, dealer, kind, least, customer)
    with caller.session() as session:
        paging = Paging(request, session, cursor, **vars(wanted))
        after = tuple(paging.position) if paging.position else None  # signed by this very route
        rows = list_reviews(session.conn, wanted, after, limit + 1)
        caller.record.show(row[f"{side}_id"] for row in rows[:limit] for side in "ab")
        page, following = paging.cut(rows, limit, lambda r: [r["priority"], r["rid_a"], r["rid_b"]])
        return Page(items=[_review(row) for row in page], next_cursor=following)


@router.get("/counts", summary="How much waits")
def count_waiting(caller: Steward) -> ReviewCounts:
    """How many questions wait, in all and by reason."""
    with caller.session() as session:
        counts = count_reviews(session.conn)
    return ReviewCounts(total=sum(counts.values()), by_reason=counts)


def _review(row: Any) -> Review:
    odds = 2.0 ** min(row["weight"], 60.0)
    return Review(
        weight=row["weight"],
        probability=round(odds / (1 + odds), 6),
        reason=row["reason"],
        priority=row["priority"],
        records=[_record(row, side) for side in ("a", "b")],
    )


def _record(row: Any, side: str) -> ReviewRecord:
    def of(name: str) -> Any:
        return row[f"{side}_{name}"]

    return ReviewRecord(
        record_id=of("id"),
        golden_id=of("golden_id"),
        full_name=of("name") or None,
        **{
            name: of(name) for name in ("dealer", "feed", "record_no", "kind", "birth_date", "phones", "emails", "city")
        },
    )
