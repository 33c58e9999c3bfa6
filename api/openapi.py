"""The OpenAPI document: what FastAPI derives, plus the problem schema and the hub's own description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import FieldProblem, Problem, responses

VERSION = "1.0.0"  # of the interface, not of the program
DESCRIPTION = """
Send a dealer's files and follow them to their receipts; read golden customers with the source of each field; search;
match a partial person.

Every route but the health checks wants an API key: `Authorization: Bearer dh_…` or `X-API-Key: dh_…`. What a key sees
is its slice: a dealer sees its own records only, and anything else is to it as if it did not exist. Errors are problem
details (RFC 9457). Who asks too often gets 429 and `Retry-After`. Lists come in pages: follow `next_cursor`.
"""
TAGS = [
    {"name": "uploads", "description": "Files in, receipts and rejects out."},
    {"name": "customers", "description": "Golden records, search and match."},
    {
        "name": "reconciliation",
        "description": "For OpenRefine and other clients of the Reconciliation Service API 0.2.",
    },
    {"name": "dealers", "description": "The registry, and who sent what last."},
    {"name": "leads", "description": "Leads in, to a dealer by rules, and back with their outcome."},
    {"name": "prospects", "description": "Who may work with whom: claims, conflicts, policies, appeals."},
    {"name": "contacts", "description": "Who may contact whom, when; reservations; contacts that were made."},
    {"name": "consents", "description": "The ledger of consents."},
    {"name": "reviews", "description": "What waits for a steward."},
    {"name": "decisions", "description": "What stewards decide: one customer or two, and which value is right."},
    {"name": "explain", "description": "Why records are one, or not."},
    {"name": "operation", "description": "For the operator's tools."},
]


def describe(app: FastAPI) -> None:
    """Make ``app.openapi()`` give the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=VERSION, description=DESCRIPTION, routes=app.routes, tags=TAGS)
            app.openapi_schema = _completed(found)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _status(answer: tuple[int | str, Any]) -> str:
    return str(answer[0])


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, FieldProblem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for path, item in document["paths"].items():
        for operation in item.values() if path.startswith("/v1/") else ():
            operation["responses"] = dict(
                sorted(
                    {**operation["responses"], **{str(code): told for code, told in responses(429).items()}}.items(),
                    key=_status,
                )
            )
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which the hub never answers
        schemas.pop(unused, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document
