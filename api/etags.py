"""Entity tags: the hash of what is sent, so that an unchanged answer costs the client no transfer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from hub.errors import Stale, Unconditional


def tagged(request: Request, body: BaseModel) -> Response:
    """200 with the body and its strong ETag, or 304 if the client has it already (``If-None-Match``)."""
    content = body.model_dump_json(by_alias=True).encode()
    tag = _tag(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key"}
    if _names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def tag_of(body: BaseModel) -> str:
    """The strong ETag with which `tagged` sends a body."""
    return _tag(body.model_dump_json(by_alias=True).encode())


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class Match:
    """What the client looked at, by its ``If-Match`` (RFC 9110, 13.1.1): every object concerned must be among it.

    Args:
        header: as sent, or None.
        tag: gives the present ETag of an object, by its id.

    Raises:
        Unconditional: the header is missing.
    """

    def __init__(self, header: str | None, tag: Callable[[Connection, UUID], str]) -> None:
        if not header:
            raise Unconditional(
                "Send If-Match with the ETags of all customers concerned, as GET /v1/customers/{golden_id} gave them."
            )
        self._tags = {word.strip() for word in header.split(",")}
        self._tag = tag

    def check(self, conn: Connection, ids: Sequence[UUID]) -> None:
        """Raise Stale unless each object is as the client saw it."""
        if "*" in self._tags:
            return
        for one in ids:
            if self._tag(conn, one) not in self._tags:
                raise Stale(
                    "A customer concerned has changed since you read it, or its ETag is missing: read it again."
                )


def _names(header: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names the tag; the comparison is weak (RFC 9110, 13.1.2)."""
    tags = [word.strip().removeprefix("W/") for word in header.split(",")]
    return tag in tags or header.strip() == "*"
