"""Sign in, sign out, choose a language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.limits import address_of
from api.web.pages import Page, render
from api.web.visitors import COOKIE, Visit, Visitor, refuse_foreign, refuse_unknown_fields
from api.web.wording import languages
from hub.errors import TooMany, Unauthenticated
from hub.flows.sign_in import CodeNeeded, sign_in, sign_out
from hub.store.accounts import change_account

router = APIRouter(route_class=Page)
Anybody = Annotated[Visitor, Depends(Visit())]
Text = Annotated[str, Form(max_length=400)]
Back = Annotated[str, Form(alias="next", max_length=400)]


@router.get("/sign-in")
def show_form(request: Request, back: Annotated[str, Query(alias="next", max_length=300)] = "/") -> Response:
    return render(request, "sign_in.html", next=_local(back), login="", code_needed=False, problem=None)


@router.post("/sign-in", dependencies=[Depends(refuse_unknown_fields)])
def begin(request: Request, login: Text, password: Text, code: Text = "", back: Back = "/") -> Response:
    refuse_foreign(request)
    try:
        request.app.state.limits.sign_in(address_of(request.scope), login)
        session = sign_in(request.app.state.database, login, password, code or None, datetime.now(UTC))
    except (Unauthenticated, TooMany) as error:
        values = {"next": _local(back), "login": login, "code_needed": isinstance(error, CodeNeeded), "problem": error}
        refusal = render(request, "sign_in.html", error.status, **values)
        if isinstance(error, TooMany):
            refusal.headers["Retry-After"] = str(error.retry_after)
        return refusal
    answer = RedirectResponse(_local(back), 303)
    answer.set_cookie(COOKIE, session.token, secure=True, httponly=True, samesite="lax", path="/")
    return answer


@router.post("/sign-out")
def end(visitor: Anybody) -> Response:
    sign_out(visitor.database, visitor.token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    return answer


@router.post("/language")
def choose_language(visitor: Anybody, language: Text, back: Back = "/") -> Response:
    if language in languages():
        with visitor.database.worker() as conn:
            change_account(conn, visitor.account.login, language=language)
    return RedirectResponse(_local(back), 303)


def _local(address: str) -> str:
    """An address of this site, else the first page: nobody is sent elsewhere after signing in."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
