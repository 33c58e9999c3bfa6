"""A dealer's own scorecard: its figures beside the medians of the network, and what to improve first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import DEALER
from api.web.dealers import SPANS, Days, card_charts
from api.web.pages import Page, render
from api.web.visitors import Visit, Visitor
from hub.flows.scorecard import last_days, scorecard

router = APIRouter(prefix="/scorecard", route_class=Page)


@router.get("")
def own_scorecard(request: Request, visitor: Annotated[Visitor, Depends(Visit(DEALER))], days: Days = "30") -> Response:
    dealer = visitor.account.dealer
    assert dealer is not None  # the table of accounts holds it
    with visitor.database.worker() as conn:  # the medians are over dealers whom a dealer's own slice does not show
        card = scorecard(conn, dealer, *last_days(int(days), datetime.now(UTC)))
    return render(request, "own_scorecard.html", card=card, days=days, spans=SPANS, charts=card_charts(card))
