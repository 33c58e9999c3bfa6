"""Dealers and their last uploads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.auth import READERS, Access, Caller
from api.etags import tagged
from api.paging import Paging
from api.problems import responses
from api.routers.uploads import shown
from api.schemas.common import Cursor, Limit, Page
from api.schemas.dealers import Dealer, DealerDetail
from hub.errors import NotFound
from hub.store.dealer_pages import find_dealer, last_uploads, list_dealers

router = APIRouter(prefix="/v1/dealers", tags=["dealers"], responses=responses(401, 403, 422))
Reader = Annotated[Caller, Depends(Access(*READERS))]


@router.get("", summary="List dealers", responses=responses(400))
def read_dealers(request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[Dealer]:
    """All dealers in the order of their codes; a dealer sees itself."""
    with caller.session() as session:
        paging = Paging(request, session, cursor)
        after = paging.position[0] if paging.position else ""
        rows, following = paging.cut(list_dealers(session.conn, after, limit + 1), limit, lambda r: [r["code"]])
        return Page(items=[Dealer(**row) for row in rows], next_cursor=following)


@router.get("/{code}", summary="A dealer with its last uploads", response_model=DealerDetail,
            responses=responses(404))  # fmt: skip
def read_dealer(
    request: Request, caller: Reader, code: Annotated[str, Path(max_length=100, examples=["D001"])]
) -> Response:
    """One dealer, and for each feed the upload that came last."""
    with caller.session() as session:
        dealer = find_dealer(session.conn, code) if "\0" not in code else None
        if dealer is None:
            raise NotFound("There is no such dealer.")
        uploads = [shown(request, session, row) for row in last_uploads(session.conn, code)]
        return tagged(request, DealerDetail(**dealer, last_uploads=uploads))
