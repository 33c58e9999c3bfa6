"""The steward's workbench: pairs that wait, side by side, one key each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth import STEWARDS
from api.etags import Match
from api.routers.customers import customer_tag
from api.web.differences import marked
from api.web.pages import Page, back_to, render
from api.web.visitors import Visit, Visitor
from hub.flows import decide as deciding
from hub.flows.explain import explain_pair
from hub.flows.read_customer import Customer, read_customer
from hub.matching.waterfall import waterfall
from hub.store.decisions import find_decision
from hub.store.review_queue import Filters, count_reviews, list_reviews

router = APIRouter(prefix="/queue", route_class=Page)
Steward = Annotated[Visitor, Depends(Visit(*STEWARDS))]
VERDICTS = ("same", "different", "unsure")
PAGE = 50


@router.get("")
def waiting(
    request: Request,
    visitor: Steward,
    reason: Annotated[str, Query(max_length=40)] = "",
    done: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    with visitor.session() as session:
        pairs = list_reviews(session.conn, Filters(reason=reason or None), None, PAGE)
        counts = count_reviews(session.conn)
    return render(request, "queue.html", pairs=pairs, counts=counts, reason=reason, done=done)


@router.get("/next")
def following(visitor: Steward, reason: Annotated[str, Query(max_length=40)] = "") -> Response:
    with visitor.session() as session:
        pairs = list_reviews(session.conn, Filters(reason=reason or None), None, 1)
    if not pairs:
        return back_to("/queue")
    return RedirectResponse(f"/queue/pair?a={pairs[0]['a_id']}&b={pairs[0]['b_id']}", 303)


@router.get("/pair")
def compare(
    request: Request,
    visitor: Steward,
    a: UUID,
    b: UUID,
    done: Annotated[str, Query(max_length=300)] = "",
    undo: int = 0,
) -> Response:
    with visitor.logged("compare", f"{a},{b}") as session:
        why = explain_pair(session.conn, a, b, None)
        left, right = (read_customer(session.conn, one, None) for one in (a, b))
        tags = ",".join(sorted({customer_tag(session.conn, c.summary.golden_id) for c in (left, right)}))
    picture = waterfall(why.reasons, why.model.match, why.model.review, why.forbidden)
    return render(
        request,
        "pair.html",
        a=a,
        b=b,
        why=why,
        rows=_side_by_side(left, right),
        left=left,
        right=right,
        tags=tags,
        picture=Markup(picture),  # made of fields, levels and numbers by us, escaped there
        done=done,
        undo=undo,
    )


@router.post("/pair")
def decide(
    visitor: Steward,
    a: Annotated[UUID, Form()],
    b: Annotated[UUID, Form()],
    verdict: Annotated[str, Form(pattern="^(same|different|unsure)$")],
    tags: Annotated[str, Form(max_length=500)],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    word = deciding.Word(verdict, [[str(a), str(b)]], reason)
    check = Match(tags, customer_tag).check
    outcome = deciding.decide(visitor.database, word, visitor.author, datetime.now(UTC), check)
    with visitor.session() as session:
        pairs = list_reviews(session.conn, Filters(), None, 1)
    told = f"{verdict}:{len(outcome.before)}:{len(outcome.after)}"
    if not pairs:
        return RedirectResponse(f"/queue?done={told}", 303)
    following = f"/queue/pair?a={pairs[0]['a_id']}&b={pairs[0]['b_id']}"
    return RedirectResponse(f"{following}&done={told}&undo={outcome.entry_id}", 303)


@router.post("/undo")
def undo(visitor: Steward, entry_id: Annotated[int, Form()]) -> Response:
    with visitor.session() as session:
        decision = find_decision(session.conn, entry_id)
    deciding.retract(visitor.database, entry_id, visitor.author, datetime.now(UTC), "taken back at once")
    if decision is None:
        return back_to("/queue")
    ids = [str(member.record) for part in decision.parts for member in part][:2]
    return RedirectResponse(f"/queue/pair?a={ids[0]}&b={ids[-1]}", 303)


def _side_by_side(left: Customer, right: Customer) -> list[dict[str, Any]]:
    """The golden fields of both, differences marked within the text."""
    names = list(dict.fromkeys([*left.fields, *right.fields]))
    rows = []
    for name in names:
        texts = [c.fields[name].won.value if name in c.fields else "" for c in (left, right)]
        rows.append({"name": name, "equal": texts[0] == texts[1], "texts": marked(*texts)})
    for name in ("phones", "emails"):
        values = [[contact.value for contact in getattr(c, name)] for c in (left, right)]
        shared = set(values[0]) & set(values[1])
        rows.append({"name": name, "equal": bool(shared), "lists": [[(v, v in shared) for v in own] for own in values]})
    return rows
