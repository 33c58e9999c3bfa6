"""Who looks at a page: the session of the cookie, its slice of the base, and the token that its forms must bring.

A page's transaction is opened for the visitor's role and dealer exactly as the API opens one for a key's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError

from api.auditing import Record, page_record_of
from api.auth import Session
from hub.errors import Forbidden
from hub.flows.sign_in import whose_session
from hub.store.accounts import Account, SignedIn
from hub.store.engine import Database

COOKIE = "__Host-session"  # the prefix makes browsers insist on TLS (or localhost), path / and no other host


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in.

    Attributes:
        doors: to the database.
        token: the cookie's value.
        record: what the audit log is to tell of the request.
    """

    doors: Database
    signed_in: SignedIn
    token: str
    record: Record

    @property
    def database(self) -> Database:
        """For flows: what they change on behalf of the person has its row in the audit log."""
        return self.doors.noting(self.record.add)

    @property
    def account(self) -> Account:
        """The person's account as it is now, not as it was at sign-in."""
        return self.signed_in.account

    @property
    def author(self) -> str:
        """How ledger and audit log name the person."""
        return f"user:{self.account.login}"

    def check_form(self, csrf: str) -> None:
        """Refuse a form that lacks the session's token.

        Raises:
            Forbidden: it does.
        """
        if not compare_digest(csrf.encode(), self.signed_in.csrf.encode()):
            raise Forbidden("This form is too old. Load the page again, and send it once more.")

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The request's one transaction, in the person's slice; it has its row in the audit log, as `auditing` says."""
        account = self.account
        with self.doors.api(account.role, account.dealer) as conn:
            yield Session(conn, account.role, account.dealer, self.author)
            self.record.add(conn)

    @contextmanager
    def logged(self, action: str, target: str | None = None) -> Iterator[Session]:
        """The same, and the row of the audit log bears a name and ids (with commas between) of the page's own."""
        self.record.name(action, target)
        with self.session() as session:
            yield session


class Visit:
    """A page's dependency: gives the visitor, and holds which roles the page is for.

    Args:
        streamed: the form holds a file, so the page reads it, and hands its token to `Visitor.check_form`.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the page is for others; or a form comes from another site, or without its token.
    """

    def __init__(self, *roles: str, streamed: bool = False) -> None:
        self.roles = roles
        self.streamed = streamed

    async def __call__(self, request: Request) -> Visitor:
        if self.streamed:
            return await run_in_threadpool(self._visit, request, None)
        csrf = ""
        if request.method == "POST":
            await refuse_unknown_fields(request)
            csrf = str((await request.form()).get("csrf", ""))
        return await run_in_threadpool(self._visit, request, csrf)

    def _visit(self, request: Request, csrf: str | None) -> Visitor:
        token = request.cookies.get(COOKIE, "")
        database: Database = request.app.state.database
        signed_in = whose_session(database, token, datetime.now(UTC))
        visitor = Visitor(database, signed_in, token, page_record_of(request))
        visitor.record.of(visitor.author, visitor.account.role, visitor.account.dealer)
        request.state.visitor = visitor
        if self.roles and visitor.account.role not in self.roles:
            raise Forbidden("This page is for others. Ask head office if you need it.")
        if request.method == "POST":
            refuse_foreign(request)
            if csrf is not None:
                visitor.check_form(csrf)
        return visitor


async def refuse_unknown_fields(request: Request) -> None:
    """Refuse a form with a field that the page's own form does not have, such as somebody's `role`.

    Raises:
        RequestValidationError: there is one.
    """
    known = set(_fields(request.scope["route"].dependant))  # none: the page reads its form itself
    if known and (unknown := set(await request.form()) - known - {"csrf"}):
        errors = [{"loc": ("body", name), "msg": "Unknown field", "type": "unknown"} for name in sorted(unknown)]
        raise RequestValidationError(errors)


def _fields(dependant: Dependant) -> Iterator[str]:
    """The names of a route's form fields, and of those that its dependencies read."""
    for parameter in dependant.body_params:
        yield from getattr(parameter.field_info.annotation, "model_fields", None) or [parameter.alias]
    for below in dependant.dependencies:
        yield from _fields(below)


def refuse_foreign(request: Request) -> None:
    """Refuse a form that another site sends (Fetch Metadata; else the Origin header)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    foreign = site not in ("same-origin", "none") if site else bool(origin) and origin.partition("://")[2] != host
    if foreign:
        raise Forbidden("This form was sent by another site.")
