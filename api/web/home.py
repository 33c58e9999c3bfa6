"""The first page of each role: what waits, and where to go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import AUDITOR, HEAD_OFFICE
from api.web.dashboard import dashboard
from api.web.dealer_home import work_of_today
from api.web.pages import Page, render
from api.web.visitors import Visit, Visitor
from hub.store.queues import queue_lengths, uploads_by_status
from hub.store.review_queue import count_reviews
from hub.store.upload_pages import list_uploads

router = APIRouter(route_class=Page)


@router.get("/")
def overview(request: Request, visitor: Annotated[Visitor, Depends(Visit())]) -> Response:
    dealer = visitor.account.dealer
    if visitor.account.role in (HEAD_OFFICE, AUDITOR):
        return dashboard(request, visitor)
    if dealer is not None:
        return render(request, "home_dealer.html", **work_of_today(visitor, dealer))
    with visitor.session() as session:
        return render(
            request,
            "home.html",
            queues=queue_lengths(session.conn),
            reviews=count_reviews(session.conn),
            statuses=uploads_by_status(session.conn),
            held=list_uploads(session.conn, None, 10, None, None, "held"),
        )
