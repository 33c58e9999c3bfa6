"""People and keys: head office administers all, a dealer's administrator the accounts of its own dealer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from starlette.responses import Response

from api.auth import EVERYONE, HEAD_OFFICE
from api.schemas.common import PLAIN
from api.web.columns import Column, Table
from api.web.pages import Page, back_to, render
from api.web.tables import Shown, whole
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import Forbidden
from hub.flows import administer
from hub.flows.administer import NewAccount
from hub.store.accounts import PEOPLE, Account
from hub.store.keys import Key

router = APIRouter(prefix="/people", route_class=Page)
Administrator = Annotated[Visitor, Depends(Visit("head_office", "dealer"))]
HeadOffice = Annotated[Visitor, Depends(Visit(HEAD_OFFICE))]
AccountId = Annotated[int, Path(ge=1, le=2**63 - 1)]
KeyId = Annotated[str, Path(pattern="^[0-9A-Za-z]{1,40}$")]
Login = Annotated[str, Form(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._@+-]+$")]
Name = Annotated[str, Form(min_length=1, max_length=200, pattern=PLAIN)]
Code = Annotated[str, Form(max_length=64)]
Done = Annotated[str, Query(max_length=40)]
ACCOUNTS = Table(
    "people",
    N_("People who sign in"),
    (
        Column("login", N_("Login"), link="/people/{account_id}"),
        Column("name", N_("Name")),
        Column("role", N_("Role"), "words"),
        Column("dealer", N_("Dealer")),
        Column("factor", N_("Second factor"), "words"),
        Column("created_at", N_("Created"), "day"),
        Column("state", N_("Status"), "words"),
    ),
    N_("Nobody yet. Add the first person below."),
)
KEYS = Table(
    "keys",
    N_("Keys of programs"),
    (
        Column("key_id", N_("Key"), link="/people/keys/{key_id}"),
        Column("role", N_("Role"), "words"),
        Column("dealer", N_("Dealer")),
        Column("created_at", N_("Created"), "day"),
        Column("expires_at", N_("Expires"), "moment"),
        Column("state", N_("Status"), "words"),
    ),
    N_("No keys yet. A program needs one to use the API: make it below."),
)
# Words of the rows that are translated where they are shown
OPEN, CLOSED, SHUT = N_("open"), N_("closed"), N_("shut for a while")
VALID, ENDED, YES = N_("valid"), N_("ended"), N_("yes")
ROLES = {
    "steward": N_("steward"), "dealer": N_("dealer"), "auditor": N_("auditor"), "head_office": N_("head office"),
    "routing": N_("routing"),
}  # fmt: skip
DONE = {
    "changed": N_("Changed. It counts from the person's next request."),
    "disabled": N_("Closed. The person is out with its next request."),
    "enabled": N_("Open again."),
    "dropped": N_("The second factor is gone. The person signs in by password alone."),
    "revoked": N_("Ended. The next request with this key is refused."),
}


@router.get("")
def overview(request: Request, visitor: Administrator) -> Response:
    return _overview(request, visitor)


@router.post("")
def add(
    request: Request, visitor: Administrator, login: Login, name: Name, role: Code = "dealer", dealer: Code = "",
    administrator: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    own = visitor.account.dealer
    role = "dealer" if own else role
    new = NewAccount(login, name, role, own or dealer.strip() or None, administrator and role == "dealer")
    visitor.record.name("add_account", login.strip().lower())
    account, password = administer.add(visitor.database, visitor.account, new, _now())
    return render(request, "secret.html", kind="password", name=account.login, secret=password, back="/people")


@router.get("/{account_id}")
def show(request: Request, visitor: Administrator, account_id: AccountId, done: Done = "") -> Response:
    account = administer.find(visitor.doors, visitor.account, account_id)
    return render(
        request, "person.html", account=account, state=_state(account), roles=_roles(*PEOPLE), done=DONE.get(done)
    )


@router.post("/{account_id}")
def change(
    visitor: Administrator, account_id: AccountId, name: Name, role: Code = "dealer", dealer: Code = "",
    administrator: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    own = visitor.account.dealer
    role, code = ("dealer", own) if own else (role, dealer.strip() or None)
    visitor.record.name("change_account", str(account_id))
    administer.change(visitor.database, visitor.account, account_id, name, role, code, administrator)
    return back_to(f"/people/{account_id}", "changed")


@router.post("/{account_id}/password")
def password(request: Request, visitor: Administrator, account_id: AccountId) -> Response:
    visitor.record.name("new_password", str(account_id))
    account, chosen = administer.new_password(visitor.database, visitor.account, account_id)
    back = f"/people/{account_id}"
    return render(request, "secret.html", kind="password", name=account.login, secret=chosen, back=back)


@router.post("/{account_id}/state")
def set_state(
    visitor: Administrator,
    account_id: AccountId,
    act: Annotated[str, Form(pattern="^(disabled|enabled|dropped)$")],
) -> Response:
    visitor.record.name(f"account_{act}", str(account_id))
    if act == "disabled":
        administer.disable(visitor.database, visitor.account, account_id, _now())
    elif act == "enabled":
        administer.enable(visitor.database, visitor.account, account_id)
    else:
        administer.drop_second_factor(visitor.database, visitor.account, account_id)
    return back_to(f"/people/{account_id}", act)


@router.post("/keys/new")
def add_key(
    request: Request, visitor: HeadOffice, role: Code, dealer: Code = "",
    days: Annotated[int | None, Form(ge=1, le=3650)] = None,
) -> Response:  # fmt: skip
    visitor.record.name("add_key", None)
    visitor.record.reason = f"for {dealer.strip() or role}"
    key = administer.add_key(visitor.database, visitor.account, role, dealer.strip() or None, _now(), days)
    return render(request, "secret.html", kind="key", name=key.split("_")[1], secret=key, back="/people#keys")


@router.get("/keys/{key_id}")
def show_key(request: Request, visitor: HeadOffice, key_id: KeyId, done: Done = "") -> Response:
    key = administer.find_key(visitor.doors, visitor.account, key_id)
    return render(request, "key.html", key=key, state=_key_state(key), role=ROLES[key.role], done=DONE.get(done))


@router.post("/keys/{key_id}")
def change_key(
    request: Request, visitor: HeadOffice, key_id: KeyId, act: Annotated[str, Form(pattern="^(rotate|revoke)$")]
) -> Response:
    visitor.record.name(f"{act}_key", key_id)
    if act == "rotate":
        key = administer.rotate_key(visitor.database, visitor.account, key_id, _now())
        return render(request, "secret.html", kind="key", name=key.split("_")[1], secret=key, back="/people#keys")
    administer.revoke_key(visitor.database, visitor.account, key_id, _now())
    return back_to(f"/people/keys/{key_id}", "revoked")


def _overview(request: Request, visitor: Visitor) -> Response:
    accounts = whole(request, ACCOUNTS, [_row(one) for one in administer.people(visitor.doors, visitor.account)])
    keys: Shown | Response | None = None
    if visitor.account.role == HEAD_OFFICE:
        keys = whole(request, KEYS, [_key_row(one) for one in administer.list_keys(visitor.doors, visitor.account)])
    elif not visitor.account.administrator:
        raise Forbidden("This page is for others. Ask head office if you need it.")
    for found in (accounts, keys):
        if isinstance(found, Response):
            return found
    return render(
        request, "people.html", accounts=accounts, keys=keys, roles=_roles(*PEOPLE), key_roles=_roles(*EVERYONE)
    )


def _roles(*names: str) -> dict[str, str]:
    """Roles with their words, the one with the most rights last."""
    return {name: words for name, words in ROLES.items() if name in names}


def _row(account: Account) -> dict[str, Any]:
    names = ("account_id", "login", "name", "role", "dealer", "created_at")
    factor = YES if account.totp_secret else None
    facts = {name: getattr(account, name) for name in names}
    return {**facts, "role": ROLES[account.role], "factor": factor, "state": _state(account)}


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return CLOSED
    return SHUT if account.locked_until is not None and account.locked_until > _now() else OPEN


def _key_row(key: Key) -> dict[str, Any]:
    return {**vars(key), "role": ROLES[key.role], "state": _key_state(key)}


def _key_state(key: Key) -> str:
    over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= _now())
    return ENDED if over else VALID


def _now() -> datetime:
    return datetime.now(UTC)
