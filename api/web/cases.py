"""A case of the steward's: records side by side; same, different, unsure, split, a pinned value, a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.etags import Match
from api.routers.customers import customer_tag, tag_read
from api.web.comparison import compared, pictured
from api.web.pages import Page, in_words, reader_language, render
from api.web.queue import Choice, Chosen, Steward, my_day, place
from api.web.visitors import Visitor
from hub.errors import Conflict, HubError, Invalid, Stale
from hub.flows import decide as deciding
from hub.flows import take_case as taking
from hub.flows.pin import pin, unpin
from hub.flows.read_case import Case, read_case
from hub.matching.waterfall import waterfall
from hub.store.customer_views import resolve
from hub.store.decisions import find_decision
from hub.store.review_queue import place_of
from hub.store.workbench import add_remark, effect_of, remarks_on

router = APIRouter(prefix="/queue/case", route_class=Page)
Place = Annotated[str, Query(pattern=r"^(\d+\.\d+\.\d+)?$")]
Ids = Annotated[list[UUID], Query(alias="id", min_length=1, max_length=12)]
Typed = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True)
class Shown:
    """What a case's page says beside the case: after a decision, or when something stood in its way.

    Attributes:
        done, undone: a decision whose effect is told.
        problem: why nothing was done.
        typed: what the steward had written.
        parts: to which person the steward had given each record.
        replaces: earlier decisions that say the opposite, and are taken back if the steward decides the same again.
    """

    done: str = ""
    undone: str = ""
    problem: HubError | None = None
    typed: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    replaces: list[int] = field(default_factory=list)


@router.get("")
def compare(
    request: Request,
    visitor: Steward,
    choice: Chosen,
    ids: Ids,
    at: Place = "",
    done: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
    undone: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
) -> Response:
    return _page(request, visitor, choice, ids, at, Shown(done, undone))


@router.post("")
def decide(  # the form's fields, one by one: the framework reads it by them
    request: Request,
    visitor: Steward,
    choice: Chosen,
    ids: Ids,
    verdict: Annotated[str, Form(pattern="^(same|different|unsure)$")],
    tags: Annotated[str, Form(max_length=2000)],
    at: Place = "",
    reason: Typed = "",
    replaces: Annotated[str, Form(pattern=r"^(\d{1,18}(,\d{1,18}){0,50})?$")] = "",
) -> Response:
    word = deciding.Word(verdict, [[str(one) for one in ids]], reason, _numbers(replaces))
    return _decided(request, visitor, choice, ids, at, (word, tags))


@router.post("/split")
async def split(request: Request, visitor: Steward, choice: Chosen, ids: Ids, at: Place = "") -> Response:
    """Each record to the person that the form gives it; records of one person are one, of two persons two."""
    from fastapi.concurrency import run_in_threadpool

    form = await request.form()
    try:
        given = {str(UUID(name[5:])): str(value)[:9] for name, value in form.items() if name.startswith("part_")}
    except ValueError as error:
        raise Invalid("This form names no records. Load the page again, and send it once more.") from error
    reason, tags = str(form.get("reason", ""))[:1000], str(form.get("tags", ""))[:2000]
    groups: dict[str, list[str]] = {}
    for record, person in given.items():
        groups.setdefault(person, []).append(record)
    verdict = "split" if len(groups) > 1 else "same"
    replaced = _numbers(str(form.get("replaces", "")))
    word = deciding.Word(verdict, [groups[person] for person in sorted(groups)], reason, replaced)
    return await run_in_threadpool(_decided, request, visitor, choice, ids, at, (word, tags), given)


@router.post("/pin")
def pin_value(  # the form's fields, one by one: the framework reads it by them
    request: Request,
    visitor: Steward,
    choice: Chosen,
    ids: Ids,
    record: Annotated[UUID, Form()],
    name: Annotated[str, Form(max_length=40)],
    tags: Annotated[str, Form(max_length=2000)],
    at: Place = "",
    to: Annotated[str, Query(max_length=20)] = "",
    reason: Typed = "",
) -> Response:
    """Let a record's value win its field."""
    try:
        check = Match(tags, customer_tag).check
        pin(visitor.database, str(record), name, visitor.author, datetime.now(UTC), reason, check)
    except HubError as problem:
        return _page(request, visitor, choice, ids, at, Shown(problem=problem, typed=reason))
    return RedirectResponse(f"/customers/{ids[0]}" if to == "customer" else _address(ids, choice, at=at), 303)


@router.post("/unpin")
def unpin_value(visitor: Steward, ids: Ids, entry_id: Annotated[int, Form(ge=1)]) -> Response:
    """Take a pin back."""
    unpin(visitor.database, entry_id, visitor.author, datetime.now(UTC))
    return RedirectResponse(f"/customers/{ids[0]}", 303)


@router.post("/remark")
def remark(
    visitor: Steward,
    choice: Chosen,
    ids: Ids,
    reason: Typed,
    at: Place = "",
    tags: Annotated[str, Form()] = "",  # these two are of the form, which is that of a decision
    replaces: Annotated[str, Form()] = "",
) -> Response:
    """Write something down without deciding."""
    if reason.strip():
        with visitor.database.worker() as conn:
            add_remark(conn, ids, visitor.author, datetime.now(UTC), reason.strip())
    return RedirectResponse(_address(ids, choice, at=at), 303)


def _numbers(text: str) -> list[int]:
    """Decisions to be replaced, as a form names them; what is no number names none."""
    return [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 19]


def _decided(
    request: Request,
    visitor: Visitor,
    choice: Choice,
    ids: Sequence[UUID],
    at: str,
    said: tuple[deciding.Word, str],
    given: dict[str, str] | None = None,
) -> Response:
    """Decide and go on to the next case; what stands in the way is told on the case's page, as it is now."""
    word, tags = said
    try:
        with visitor.session() as session:
            goldens = [golden for one in ids if (golden := resolve(session.conn, one)) is not None]
        if other := taking.take(visitor.database, visitor.account.login, goldens, datetime.now(UTC)):
            raise Conflict(f"{other} is at this case now. Nothing was decided.")
        check = Match(tags, customer_tag).check
        outcome = deciding.decide(visitor.database, word, visitor.author, datetime.now(UTC), check)
    except HubError as problem:
        against = problem.against if isinstance(problem, deciding.Contradicts) else []
        shown = Shown(problem=problem, typed=word.reason, parts=given or {}, replaces=against)
        return _page(request, visitor, choice, ids, at, shown)
    taking.leave(visitor.database, visitor.account.login)
    return RedirectResponse(f"/queue/next?{choice.query(after=at, done=str(outcome.entry_id))}", 303)


def _page(request: Request, visitor: Visitor, choice: Choice, ids: Sequence[UUID], at: str, shown: Shown) -> Response:
    with visitor.logged("compare", ",".join(map(str, ids))) as session:
        case = read_case(session.conn, ids)
        tags = ",".join(sorted({tag_read(customer) for customer in case.customers}))
        records = [member.record_id for customer in case.customers for member in customer.members]
        remarks = remarks_on(session.conn, records)
        found = place(at) or (place_of(session.conn, case.ids) if len(case.ids) > 1 else None)
        told = shown.done or shown.undone
        effect, decision = (
            (effect_of(session.conn, int(told)), find_decision(session.conn, int(told))) if told else (None, None)
        )
        day = my_day(session, visitor)
    other = taking.take(visitor.database, visitor.account.login, case.goldens, datetime.now(UTC))
    status = shown.problem.status if shown.problem else 200
    return render(
        request,
        "case.html",
        status,
        case=case,
        address=_address(case.ids, choice, at=at),
        here=_tail(case.ids, choice, at=at),
        rows=compared(case),
        tags=tags,
        waterfall=_waterfall(case, reader_language(request)),
        remarks=remarks,
        next=f"/queue/next?{choice.query(after='.'.join(map(str, found)) if found else '')}",
        back=f"/queue?{choice.query()}",
        graph=pictured(case),
        shown=shown,
        stale=isinstance(shown.problem, Stale),
        effect=effect,
        decision=decision,
        day=day,
        other=other,
    )


def _waterfall(case: Case, language: str) -> Markup | None:
    if case.why is None:
        return None
    why = case.why  # made of fields, levels and numbers by us, escaped there
    words = partial(in_words, language)
    return Markup(waterfall(why.reasons, why.model.match, why.model.review, why.forbidden, words=words))


def _tail(ids: Sequence[UUID], choice: Choice, **more: str) -> str:
    return "&".join([*(f"id={one}" for one in ids), *filter(None, [choice.query(**more)])])


def _address(ids: Sequence[UUID], choice: Choice, **more: Any) -> str:
    return f"/queue/case?{_tail(ids, choice, **more)}"
