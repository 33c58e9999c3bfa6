"""One's own account: password, second factor, where one is signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.limits import address_of
from api.web.pages import Page, back_to, render
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import Invalid
from hub.flows import my_account
from hub.flows.manage_accounts import made_up_password

router = APIRouter(prefix="/me", route_class=Page)
Anybody = Annotated[Visitor, Depends(Visit())]
Secret = Annotated[str, Form(max_length=400)]
DONE = {
    "password": N_("The new password holds. You are signed out everywhere else."),
    "factor": N_("From now on signing in wants a code of your app."),
    "dropped": N_("The second factor is gone. You sign in by password alone."),
}
MESSAGES = (
    N_("The present password is not right."),
    N_("The new passwords are not the same."),
    N_("The code is not right. Is the clock of the phone right?"),
    N_("A password has 12 to 256 characters; a sentence of four words is easy to keep."),
    N_("This password is easy to guess: take one without the login and with more different characters."),
)


@router.get("")
def show(request: Request, visitor: Anybody, done: Annotated[str, Query(max_length=40)] = "") -> Response:
    return _page(request, visitor, done=DONE.get(done))


@router.post("/password")
def change_password(request: Request, visitor: Anybody, present: Secret, new: Secret, again: Secret) -> Response:
    _count(request, visitor)
    try:
        if new != again:
            raise Invalid("The new passwords are not the same.")
        my_account.change_password(visitor.database, visitor.account, visitor.token, present, new)
    except Invalid as error:
        return _page(request, visitor, 422, problem=error, part="password")
    return back_to("/me", "password")


@router.get("/second-factor")
def propose(request: Request, visitor: Anybody) -> Response:
    secret, address = my_account.propose_second_factor(visitor.account)
    return _proposed(request, secret, address)


@router.post("/second-factor")
def take(
    request: Request, visitor: Anybody, present: Secret, secret: Annotated[str, Form(max_length=64)],
    code: Annotated[str, Form(max_length=10)],
) -> Response:  # fmt: skip
    _count(request, visitor)
    try:
        my_account.take_second_factor(visitor.database, visitor.account, present, secret, code, datetime.now(UTC))
    except Invalid as error:
        fresh, address = my_account.propose_second_factor(visitor.account)
        return _proposed(request, fresh, address, 422, error)
    return back_to("/me", "factor")


@router.post("/second-factor/drop")
def drop(request: Request, visitor: Anybody, present: Secret) -> Response:
    _count(request, visitor)
    try:
        my_account.drop_second_factor(visitor.database, visitor.account, present)
    except Invalid as error:
        return _page(request, visitor, 422, problem=error, part="factor")
    return back_to("/me", "dropped")


@router.post("/sign-out")
def sign_out_everywhere(visitor: Anybody) -> Response:
    my_account.sign_out_everywhere(visitor.database, visitor.account)
    return RedirectResponse("/sign-in", 303)


def _page(
    request: Request, visitor: Visitor, status: int = 200, problem: Invalid | None = None, part: str = "",
    done: str | None = None,
) -> Response:  # fmt: skip
    sessions = my_account.sessions(visitor.doors, visitor.account, visitor.token, datetime.now(UTC))
    values = {"sessions": sessions, "problem": problem, "part": part, "done": done, "idea": made_up_password()}
    return render(request, "me.html", status, account=visitor.account, **values)


def _proposed(
    request: Request, secret: str, address: str, status: int = 200, problem: Invalid | None = None
) -> Response:
    # drawn here, so that the secret goes nowhere else; dark on white in either colour scheme, or cameras fail
    picture = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#ffffff", dark="#000000")
    return render(request, "second_factor.html", status, secret=secret, picture=Markup(picture), problem=problem)


def _count(request: Request, visitor: Visitor) -> None:
    """Who holds a stolen session guesses the password no faster than by signing in."""
    request.app.state.limits.sign_in(address_of(request.scope), visitor.account.login)
