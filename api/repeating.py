"""Requests that may be sent again: the header Idempotency-Key, and whose key it is."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.auth import Caller, Session
from hub.store.requests import Once

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own; the same request with the same key has one effect and one answer.",
        examples=["4f0c6d7e-spring-batch-17"],
    ),
]


def known(caller: Caller) -> Session:
    """Who calls, once the key is checked; the session's own transaction is over."""
    with caller.session() as session:
        return session


def once(request: Request, session: Session, key: str | None, body: BaseModel | None = None) -> Once | None:
    """The request as it is remembered: keys of one dealer are its own, those of the importer's people each one's."""
    if key is None:
        return None
    text = f"{request.method} {request.url.path}\n{body.model_dump_json() if body else ''}"
    return Once(session.dealer or session.author, key, hashlib.sha256(text.encode()).hexdigest())


def answered(answer: tuple[Any, bool], status: int = 200) -> Response:
    """The response, marked when it is that of an earlier request."""
    body, repeated = answer
    return JSONResponse(body, status, {"Idempotency-Replayed": "true"} if repeated else None)
