"""Search, and the page of a customer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.schemas.common import PLAIN
from api.web.pages import Page, render
from api.web.visitors import Visit, Visitor
from hub.flows.read_customer import read_customer
from hub.flows.search import search

router = APIRouter(prefix="/customers", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit())]
PAGE = 50


@router.get("")
def find(
    request: Request, visitor: Reader, q: Annotated[str, Query(max_length=200, pattern=f"^$|{PLAIN}")] = ""
) -> Response:
    results = []
    if q.strip():
        with visitor.logged("search") as session:
            results = search(session.conn, q, session.dealer, None, PAGE + 1)
    found = [result.summary for result in results[:PAGE]]
    if len(found) == 1 and results[0].place.rank == 0:
        return RedirectResponse(f"/customers/{found[0].golden_id}", 303)
    return render(request, "customers.html", q=q, found=found, more=len(results) > PAGE)


@router.get("/{golden_id}")
def show(request: Request, visitor: Reader, golden_id: Annotated[UUID, Path()]) -> Response:
    with visitor.logged("read_customer", str(golden_id)) as session:
        customer = read_customer(session.conn, golden_id, session.dealer)
    if customer.summary.golden_id != golden_id:
        return RedirectResponse(f"/customers/{customer.summary.golden_id}", 308)
    return render(request, "customer.html", customer=customer)
