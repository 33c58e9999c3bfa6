"""Every error that the API answers, as RFC 9457 problem details, from one table of handlers.

A problem never quotes what the client sent: a value may be personal data, and answers end up in logs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.auth import caller_of
from hub.errors import HubError, TooMany

MEDIA_TYPE = "application/problem+json"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
TYPE = "tag:dealerhub,2026:problem/"
Handler = Callable[[Request, Exception], Awaitable[Response]]


class TooLarge(HubError):
    """The request's body exceeds the limit; ``detail`` tells the limit."""

    code, status = "too_large", 413


class BadCursor(HubError):
    """A page's cursor was altered, or belongs to another query or caller."""

    code, status = "bad_cursor", 400


class FieldProblem(BaseModel):
    """One field of the request that is wrong."""

    pointer: str = Field(description="Where: `#/body/…`, `#/query/…` or `#/path/…`.", examples=["#/body/birth_date"])
    detail: str = Field(description="What is wrong with it.", examples=["Field required"])


class Problem(BaseModel):
    """Problem details (RFC 9457): what went wrong, and what to do about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": TYPE + "not_found",
                    "title": "Not Found",
                    "status": 404,
                    "code": "not_found",
                    "detail": "There is no such upload.",
                    "instance": "/v1/uploads/17",
                }
            ]
        }
    )

    type: str = Field(description="URI of the kind of problem; its last part is `code`.")
    title: str = Field(description="The status in words.")
    status: int
    code: str = Field(description="Stable machine-readable name of the kind of problem.")
    detail: str = Field(description="One or two sentences for a person: what is wrong and the cure.")
    instance: str = Field(description="Path of the request.")
    errors: list[FieldProblem] | None = Field(default=None, description="The fields at fault, if any.")


_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110; Python renamed them in 3.13


def phrase(status: int) -> str:
    """A status in words, the same on all versions of Python."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase


def problem(
    request: Request,
    error: HubError,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for ``error``; ``errors`` names the fields at fault."""
    body: dict[str, Any] = {
        "type": TYPE + error.code,
        "title": phrase(error.status),
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "instance": _instance(request),
    }
    if errors:
        body["errors"] = errors
    extra = dict(headers or {})
    if isinstance(error, TooMany):
        extra.setdefault("Retry-After", str(error.retry_after))
    if error.status == 401:
        extra.setdefault("WWW-Authenticate", 'Bearer realm="dealerhub"')
    if request.url.path.startswith("/v1/reconcile"):
        extra |= ANY_ORIGIN  # or a page of another origin could not read what is wrong with its question
    return JSONResponse(body, error.status, extra, MEDIA_TYPE)


def _instance(request: Request) -> str:
    """The path, without a key that may be part of it."""
    token = request.path_params.get("token")
    return request.url.path.replace(token, "…") if token else request.url.path


class _Status(HubError):
    """An error known by its HTTP status alone."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = phrase(status).lower().replace(" ", "_").replace("-", "_")


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not know the method; the header Allow names those it knows.",
    413: "The body is too large.",
    500: "The hub failed. The fault is logged; try again, and tell the operator if it stays.",
    503: "The database cannot be reached. Try again in a few seconds.",
}


def internal_error() -> HubError:
    """The error that stands for any unexpected exception."""
    return _Status(500, _DETAILS[500])


async def _hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    return problem(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # FastAPI's answer to a body that is no text
        undecodable = [{"loc": ("body",), "msg": "Not JSON", "type": "json_invalid"}]
        return await _invalid_request(request, RequestValidationError(undecodable))
    detail = _DETAILS.get(error.status_code, phrase(error.status_code) + ".")
    return problem(request, _Status(error.status_code, detail), headers=error.headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    try:  # who is not known learns nothing about what would have been valid
        await caller_of(request).check()
    except HubError as refused:
        return problem(request, refused)
    errors = [{"pointer": _pointer(e["loc"]), "detail": _message(e)} for e in error.errors()]
    invalid = _Status(422, "The request does not fit the schema; `errors` names each field at fault.")
    invalid.code = "invalid"
    return problem(request, invalid, errors[:50])


async def _no_database(request: Request, error: Exception) -> Response:
    return problem(request, _Status(503, _DETAILS[503]), headers={"Retry-After": "5"})


HANDLERS: dict[type[Exception], Handler] = {
    HubError: _hub_error,
    HTTPException: _http_error,
    RequestValidationError: _invalid_request,
    OperationalError: _no_database,
    PoolTimeout: _no_database,
}


def _pointer(location: tuple[int | str, ...]) -> str:
    """A field's place as a JSON pointer; names that the client made up are cut short."""
    return "#/" + "/".join(str(part)[:60].replace("~", "~0").replace("/", "~1") for part in location)


def _message(error: Mapping[str, Any]) -> str:
    """Pydantic's message, unless it quotes the value."""
    quoting = {"uuid_parsing": "Not a UUID", "date_from_datetime_parsing": "Not a date (YYYY-MM-DD)",
               "date_parsing": "Not a date (YYYY-MM-DD)", "json_invalid": "Not JSON"}  # fmt: skip
    return quoting.get(error["type"], str(error["msg"]))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems that a route may answer."""
    return {
        status: {
            "description": phrase(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
