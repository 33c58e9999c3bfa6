"""Who calls: an API key from the request's headers, checked in the very transaction that serves the request.

A key reads ``dh_<key id>_<secret>``. Nothing is remembered between requests, so a revoked key is refused at once.
The dealer comes from the key alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query
from fastapi.security import APIKeyHeader, HTTPBearer
from sqlalchemy import Connection
from starlette.datastructures import Headers

from api.auditing import Record, record_of
from hub.errors import Forbidden, Unauthenticated
from hub.store.credentials import Credential, become, find_credential
from hub.store.engine import Database

HEAD_OFFICE, STEWARD, DEALER, ROUTING, AUDITOR = "head_office", "steward", "dealer", "routing", "auditor"
EVERYONE = (HEAD_OFFICE, STEWARD, DEALER, ROUTING, AUDITOR)
READERS = (HEAD_OFFICE, STEWARD, DEALER, AUDITOR)
STEWARDS = (HEAD_OFFICE, STEWARD)
IMPORTERS = (HEAD_OFFICE, STEWARD, ROUTING, AUDITOR)

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key: `Authorization: Bearer dh_<key id>_<secret>`.",
)
_HEADER = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="key", description="The same key, without `Bearer`."
)


@dataclass(frozen=True)
class Session:
    """A request that is known: its transaction, which sees the caller's slice, and who the caller is.

    Attributes:
        conn: the transaction, under row security.
        role: the caller's role.
        dealer: the caller's dealer, for role ``dealer`` only.
        author: how the ledger names the caller.
    """

    conn: Connection
    role: str
    dealer: str | None
    author: str

    @property
    def slice(self) -> str:
        """What the caller sees, as a text: part of a cursor's scope."""
        return self.dealer or "*"


@dataclass(frozen=True)
class Caller:
    """A request whose key is yet to be checked.

    Attributes:
        doors: to the database.
        token: the key as sent, or None.
        roles: the roles that the route serves.
        record: what the audit log is to tell of the request.
    """

    doors: Database
    token: str | None
    roles: tuple[str, ...]
    record: Record

    @property
    def database(self) -> Database:
        """For flows: what they change on behalf of the caller has its row in the audit log."""
        return self.doors.noting(self.record.add)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The request's one transaction; committed at the end, rolled back by an exception.

        Raises:
            Unauthenticated: no key, or one that is malformed, unknown, expired or revoked.
            Forbidden: the key's role has no right to the route.
        """
        with self._known() as session:
            self.record.of(session.author, session.role, session.dealer)
            yield session
            self.record.add(session.conn)

    @contextmanager
    def _known(self) -> Iterator[Session]:
        key_id, secret = parts(self.token)
        with self.doors.api(key=key_id) as conn:
            credential = _verified(find_credential(conn, key_id), secret)
            if credential.role not in self.roles:
                raise Forbidden(f"The role {credential.role} has no right to this.")
            become(conn, credential.role, credential.dealer)
            yield Session(conn, credential.role, credential.dealer, f"api:{key_id}")

    async def check(self) -> None:
        """Check key and role alone; raises as ``session`` does."""
        await run_in_threadpool(self._check)

    def _check(self) -> None:
        with self._known():
            pass


class Access:
    """A route's dependency: gives the Caller, and holds who may call.

    Unknown query parameters are refused, since a mistyped one would silently do nothing. The two schemes are parameters for the
    sake of the OpenAPI document.
    """

    def __init__(self, *roles: str) -> None:
        self.roles = roles

    async def __call__(
        self,
        request: Request,
        bearer: Annotated[object, Security(_BEARER)] = None,
        key: Annotated[str | None, Security(_HEADER)] = None,
    ) -> Caller:
        caller = Caller(request.app.state.database, sent_token(request.headers), self.roles, record_of(request))
        request.state.caller = caller
        refuse_unknown_parameters(request)
        return caller


def sent_token(headers: Headers) -> str | None:
    """The API key as sent. Whatever counts or checks keys reads it by this, so that none can count one key and check another."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("x-api-key")


def caller_of(request: Request) -> Caller:
    """The caller of a request; one whose body cannot even be read has not met its route's roles yet."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    key = sent_token(request.headers)
    return Caller(request.app.state.database, key, EVERYONE, Record("unreadable", told=True))


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not know.

    Raises:
        RequestValidationError: there is one.
    """
    fields = get_flat_params(request.scope["route"].dependant)
    known = {field.alias for field in fields if isinstance(field.field_info, Query)}
    if unknown := set(request.query_params) - known:
        errors = [{"loc": ("query", name), "msg": "Unknown parameter", "type": "unknown"} for name in sorted(unknown)]
        raise RequestValidationError(errors)


def parts(token: str | None) -> tuple[str, str]:
    """Public and secret part of a key.

    Raises:
        Unauthenticated: it is no key.
    """
    if not token:
        raise Unauthenticated("Send an API key: `Authorization: Bearer dh_…`.")
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != "dh" or not (key_id.isascii() and key_id.isalnum()) or not secret or len(token) > 200:
        raise Unauthenticated(_UNKNOWN)
    return key_id, secret


_UNKNOWN = "The API key is unknown, expired or revoked."
_NOBODY = Credential("0" * 64, "", None, ended=True)


def _verified(credential: Credential | None, secret: str) -> Credential:
    """The credential, if the secret is its own; takes as long when the key is unknown."""
    digest = sha256_of(secret)
    found = credential or _NOBODY
    same = hmac.compare_digest(digest, found.secret_sha256)
    if not same or found.ended:
        raise Unauthenticated(_UNKNOWN)
    return found


def sha256_of(secret: str) -> str:
    """What is stored of a key's secret part."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
