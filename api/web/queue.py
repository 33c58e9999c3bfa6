"""The steward's queue: what waits, sorted out by filters; who is at what; one's own day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.auth import STEWARDS
from api.schemas.common import PLAIN
from api.web.pages import Page, back_to, render
from api.web.visitors import Visit, Visitor
from hub.flows import decide as deciding
from hub.flows import take_case as taking
from hub.store.decisions import find_decision
from hub.store.review_queue import Filters, Place, list_reviews
from hub.store.workbench import Day, day_of

router = APIRouter(prefix="/queue", route_class=Page)
Steward = Annotated[Visitor, Depends(Visit(*STEWARDS))]
Short = Annotated[str, Query(max_length=200, pattern=f"^$|{PLAIN}")]
PAGE = 50
ZONE = ZoneInfo("Europe/Moscow")  # whose midnight begins a steward's day, as pages show times


@dataclass(frozen=True)
class Choice:
    """What the steward wants to see, as the address says it; it goes along from case to case."""

    reason: Short = ""
    dealer: Short = ""
    kind: Short = ""
    region: Short = ""
    city: Short = ""
    contested: Short = ""

    @property
    def filters(self) -> Filters:
        """The same for the queue."""
        chosen: dict[str, Any] = {name: value or None for name, value in vars(self).items()}
        return Filters(**{**chosen, "contested": True if self.contested else None})

    def query(self, **more: str) -> str:
        """The same for an address, with more; what is empty is left out."""
        return urlencode({name: value for name, value in {**vars(self), **more}.items() if value})


Chosen = Annotated[Choice, Depends()]


def my_day(session: Any, visitor: Visitor) -> Day:
    """What the visitor decided since midnight."""
    now = datetime.now(ZONE)
    return day_of(session.conn, visitor.author, datetime.combine(now.date(), time(), ZONE))


@router.get("")
def waiting(
    request: Request,
    visitor: Steward,
    choice: Chosen,
    after: Annotated[str, Query(pattern=r"^(\d+\.\d+\.\d+)?$")] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    with visitor.session() as session:
        pairs = list_reviews(session.conn, choice.filters, place(after), PAGE + 1, datetime.now(UTC))
        facets = request.app.state.facets.counted(session.conn, choice.filters)
        day = my_day(session, visitor)
    more = told(pairs[PAGE - 1]) if len(pairs) > PAGE else ""
    shown = {"pairs": pairs[:PAGE], "facets": facets, "choice": choice, "day": day, "more": more, "after": after}
    return render(request, "queue.html", **shown, done=done)


@router.get("/next")
def following(
    visitor: Steward,
    choice: Chosen,
    after: Annotated[str, Query(pattern=r"^(\d+\.\d+\.\d+)?$")] = "",
    done: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
) -> Response:
    """To the next case that nobody is at; after the last one, from the beginning again."""
    now, login = datetime.now(UTC), visitor.account.login
    case = taking.take_next(visitor.database, login, choice.filters, place(after), now)
    if case is None and after:
        case = taking.take_next(visitor.database, login, choice.filters, None, now)
    if case is None:
        return RedirectResponse(f"/queue?{choice.query(done=done or 'all')}", 303)
    at = ".".join(map(str, case.place))
    return RedirectResponse(f"/queue/case?id={case.a}&id={case.b}&{choice.query(at=at, done=done)}", 303)


@router.post("/lease")
def renew(visitor: Steward) -> Response:
    """A sign of life from a page that is open."""
    held = taking.renew(visitor.database, visitor.account.login, datetime.now(UTC))
    return Response(status_code=204 if held else 410)


@router.post("/undo")
def undo(visitor: Steward, choice: Chosen, entry_id: Annotated[int, Form(ge=1)]) -> Response:
    """Take back one's last decision, and return to the case."""
    with visitor.session() as session:
        decision = find_decision(session.conn, entry_id)
    deciding.retract(visitor.database, entry_id, visitor.author, datetime.now(UTC), "taken back at once")
    if decision is None:
        return back_to("/queue")
    # one record of each part is enough to find the customers; of one part, its first and last
    parts = decision.parts if len(decision.parts) > 1 else [[member] for member in decision.parts[0]]
    ids: list[UUID] = [part[0].record for part in parts]
    named = "&".join(f"id={one}" for one in ids[:6])
    return RedirectResponse(f"/queue/case?{named}&{choice.query(undone=str(entry_id))}", 303)


def place(text: str) -> Place | None:
    """Where a case stands in the queue, as addresses write it."""
    if not text:
        return None
    priority, rid_a, rid_b = (int(part) for part in text.split("."))
    return priority, rid_a, rid_b


def told(row: Any) -> str:
    """The same the other way."""
    return f"{row['priority']}.{row['rid_a']}.{row['rid_b']}"
