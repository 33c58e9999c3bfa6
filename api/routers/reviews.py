"""What waits for a steward."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from api.auth import STEWARDS, Access, Caller
from api.paging import Paging
from api.problems import responses
from api.schemas.common import Cursor, Limit, Page
from api.schemas.reviews import Review, ReviewRecord
from hub.store.review_queue import list_reviews

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], responses=responses(400, 401, 403, 422))


@router.get("", summary="List what waits")
def read_reviews(
    request: Request,
    caller: Annotated[Caller, Depends(Access(*STEWARDS))],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Review]:
    """Pairs of records between the two thresholds of the model, the likeliest first."""
    with caller.session() as session:
        paging = Paging(request, session, cursor)
        after = tuple(paging.position) if paging.position else None  # signed by this very route
        rows = list_reviews(session.conn, after, limit + 1)
        page, following = paging.cut(rows, limit, lambda r: [r["weight"], r["rid_a"], r["rid_b"]])
        return Page(items=[_review(row) for row in page], next_cursor=following)


def _review(row: Any) -> Review:
    odds = 2.0 ** min(row["weight"], 60.0)
    return Review(
        weight=row["weight"],
        probability=round(odds / (1 + odds), 6),
        reason=row["reason"],
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
