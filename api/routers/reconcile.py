"""The Reconciliation Service API 0.2 of the W3C community group, which OpenRefine and other clients speak."""

# No `from __future__ import annotations`: the routes are made in a function, whose names FastAPI could not look up later
import json
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api import reconciling
from api.auditing import record_of
from api.auth import READERS, Access, Caller, refuse_unknown_parameters
from api.problems import ANY_ORIGIN, responses
from api.reconciling import parsed
from api.schemas import reconcile as schemas
from api.schemas.common import PLAIN
from hub.errors import Invalid, NotFound
from hub.flows.reconcile import fetch, reconcile, summary_of
from hub.flows.search import search

PREFIX = "/v1/reconcile"
# No cookie is ever looked at, so a page of another origin learns nothing that its user did not give it the key for
_OPEN = ANY_ORIGIN
_PREFLIGHT = {
    **_OPEN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, X-API-Key, Content-Type",
    "Access-Control-Max-Age": "600",
}
_FRAMED = (
    "default-src 'none'; frame-ancestors http://127.0.0.1:* http://localhost:*"  # OpenRefine runs on its user's machine
)
_MOST_SUGGESTED = 20
_FORM = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("queries", "query", "extend")},
            }
        }
    },
}


class KeyInPath:
    """A route's dependency for clients that cannot send headers: the key is a part of the path."""

    async def __call__(
        self,
        request: Request,
        token: Annotated[str, Path(description="An API key, for clients that send no headers.", max_length=200)],
    ) -> Caller:
        caller = Caller(request.app.state.database, token, READERS, record_of(request))
        request.state.caller = caller
        refuse_unknown_parameters(request)
        return caller


async def _form(request: Request) -> dict[str, str]:
    """The fields of a posted form."""
    body = await request.body()
    try:
        form = dict(parse_qsl(body.decode("utf-8"), strict_parsing=bool(body)))
    except ValueError:
        form = {"": ""}
    if form.keys() - {"queries", "query", "extend"}:
        raise Invalid("Post a form (application/x-www-form-urlencoded) with the field queries or extend, and no other.")
    return form


Form = Annotated[dict[str, str], Depends(_form)]
Json = Annotated[str | None, Query(max_length=100_000, description="JSON, as the specification says.")]
Prefix = Annotated[str, Query(max_length=200, pattern=PLAIN, description="How the name begins.")]
Cursor = Annotated[int, Query(ge=0, le=1000, description="How many to leave out.")]


def _answer(request: Request, caller: Caller, given: dict[str, str | None]) -> Response:
    """The manifest, or the answer to what was asked."""
    if given.get("queries"):
        return _answered(caller, reconciling.queries_of(str(given["queries"])))
    if given.get("query"):
        text = str(given["query"])
        asked = text if text.lstrip().startswith("{") else json.dumps({"query": text})
        query = parsed(asked, schemas.Query, "query")
        return _answered(caller, {"": reconciling.query_of(query)}, single=True)
    if given.get("extend"):
        return _extended(caller, parsed(str(given["extend"]), schemas.Extension, "extend"))
    with caller.session():
        base = str(request.base_url).rstrip("/")
    return _json(reconciling.manifest(base, f"{base}{request.url.path}"))


def _answered(caller: Caller, queries: dict[str, Any], single: bool = False) -> Response:
    with caller.session() as session:
        found = reconcile(session.conn, list(queries.values()), session.dealer)
    results = {name: reconciling.result(hits) for name, hits in zip(queries, found, strict=True)}
    return _json(results[""] if single else results)


def _extended(caller: Caller, asked: schemas.Extension) -> Response:
    wanted = [one.id for one in asked.properties]
    with caller.session() as session:
        rows = fetch(session.conn, asked.ids, wanted)
    return _json(reconciling.extension(rows, wanted))


def _suggested(caller: Caller, kind: str, prefix: str, cursor: int) -> Response:
    with caller.session() as session:
        if kind == "type":
            found = reconciling.types(prefix)
        elif kind == "property":
            found = reconciling.properties(prefix)
        elif prefix.strip():
            results = search(session.conn, prefix, session.dealer, None, cursor + _MOST_SUGGESTED)
            found = [reconciling.suggested(one.summary) for one in results]
        else:
            found = []
    return _json({"result": found[cursor : cursor + _MOST_SUGGESTED]})


def _proposed(caller: Caller, kind: str | None, limit: int | None) -> Response:
    with caller.session():
        pass
    answer = {"properties": reconciling.proposed(limit), "limit": limit, "type": kind}
    return _json({name: value for name, value in answer.items() if value is not None})


def _previewed(caller: Caller, record_id: UUID) -> Response:
    with caller.session() as session:
        summary = summary_of(session.conn, record_id, session.dealer)
    if summary is None:
        raise NotFound("There is no such customer.")
    return HTMLResponse(reconciling.card(summary), headers={**_OPEN, "Content-Security-Policy": _FRAMED})


def _json(content: Any) -> Response:
    return JSONResponse(content, headers=_OPEN)


def _routes(prefix: str, access: Any, suffix: str) -> APIRouter:
    """The service's routes; once for keys in headers, once for keys in the path."""
    router = APIRouter(prefix=prefix, tags=["reconciliation"], responses=responses(401, 403, 422))
    caller_ = Annotated[Caller, Depends(access)]

    @router.get("", name=f"reconcile{suffix}", summary="Manifest, or the answers to queries")
    def reconcile_get(
        request: Request, caller: caller_, queries: Json = None, query: Json = None, extend: Json = None
    ) -> Response:
        """Without parameters the service's manifest; `queries` are answered with candidates, `extend` with golden values.

        A dealer's candidates come from its own records only. Nothing is stored.
        """
        return _answer(request, caller, {"queries": queries, "query": query, "extend": extend})

    @router.post(
        "", name=f"reconcile_form{suffix}", summary="The same, posted as a form", openapi_extra={"requestBody": _FORM}
    )
    def reconcile_post(request: Request, caller: caller_, form: Form) -> Response:
        """`queries` or `extend` as fields of a form (application/x-www-form-urlencoded)."""
        return _answer(request, caller, {name: form.get(name) for name in ("queries", "query", "extend")})

    @router.get("/suggest/{kind}", name=f"suggest{suffix}", summary="Suggest customers, properties or types")
    def suggest(
        caller: caller_,
        kind: Annotated[str, Path(pattern="^(entity|property|type)$")],
        prefix: Prefix = "",
        cursor: Cursor = 0,
    ) -> Response:
        """What a person who types may mean."""
        return _suggested(caller, kind, prefix, cursor)

    @router.get("/properties", name=f"propose_properties{suffix}", summary="What can be fetched of a customer")
    def propose(
        caller: caller_,
        kind: Annotated[str | None, Query(alias="type", max_length=200)] = None,
        limit: Annotated[int | None, Query(ge=1, le=1000)] = None,
    ) -> Response:
        """Properties for `extend`, the same for persons and companies."""
        return _proposed(caller, kind, limit)

    @router.get("/preview", name=f"preview{suffix}", summary="A customer as a small page", responses=responses(404))
    def preview(caller: caller_, record_id: Annotated[UUID, Query(alias="id")]) -> Response:
        """HTML for the frame that a client opens over a candidate."""
        return _previewed(caller, record_id)

    for path in ("", "/suggest/{kind}", "/properties", "/preview"):
        router.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)
    return router


async def _preflight() -> Response:
    """What a browser asks before it sends a key from a page of another origin; the question itself needs none."""
    return Response(status_code=204, headers=_PREFLIGHT)


router = APIRouter()
router.include_router(_routes(PREFIX, Access(*READERS), ""))
# the same once more; the description of the interface tells one way to send a key
router.include_router(_routes(PREFIX + "/{token}", KeyInPath(), "_by_token"), include_in_schema=False)
