"""Entity tags: the hash of what is sent, so that an unchanged answer costs the client no transfer."""

from __future__ import annotations

import hashlib

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response


def tagged(request: Request, body: BaseModel) -> Response:
    """200 with the body and its strong ETag, or 304 if the client has it already (``If-None-Match``)."""
    content = body.model_dump_json(by_alias=True).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key"}
    if _names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


def _names(header: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names the tag; the comparison is weak (RFC 9110, 13.1.2)."""
    tags = [word.strip().removeprefix("W/") for word in header.split(",")]
    return tag in tags or header.strip() == "*"
