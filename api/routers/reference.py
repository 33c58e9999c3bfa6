"""The interface as a page for people, from the OpenAPI document: no script, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h3 { margin: 2rem 0 0; } h3 code { font-size: 1.1em; }
table { border-collapse: collapse; } td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


@router.get("/docs")
async def read_reference(request: Request) -> Response:
    """All operations with their parameters and answers."""
    document = request.app.openapi()
    body = "\n".join(_page(document))
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Dealer Hub</title><style>{_STYLE}</style>{body}</html>'
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _page(document: dict[str, Any]) -> Iterator[str]:
    yield f"<h1>{escape(document['info']['title'])}</h1>"
    yield from (f"<p>{_text(part)}</p>" for part in document["info"]["description"].strip().split("\n\n"))
    yield '<p>For programs: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1).</p>'
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p>"
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method, path, operation)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h3><code>{method.upper()} {escape(path)}</code> {escape(operation['summary'])}</h3>"
    yield from (f"<p>{_text(part)}</p>" for part in operation["description"].split("\n\n"))
    yield "<table>"
    for parameter in operation.get("parameters", ()):
        needed = ", required" if parameter.get("required") else ""
        about = _text(parameter.get("description", ""))
        yield f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{parameter['in']}{needed}</td><td>{about}</td></tr>"
    for status, answer in operation["responses"].items():
        yield f"<tr><td>{status}</td><td>answer</td><td>{escape(answer['description'])}</td></tr>"
    yield "</table>"


def _text(markdown: str) -> str:
    """Plain text with its `code` marked."""
    parts = escape(markdown).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
