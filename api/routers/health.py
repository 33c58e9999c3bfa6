"""For the operator's tools: alive, ready, metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from api.auth import AUDITOR, HEAD_OFFICE, Access, Caller
from api.metrics import CONTENT_TYPE
from api.problems import responses
from hub.errors import HubError
from hub.store.migrate import current, head

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether requests can be served, and if not, what lacks."""

    ready: bool
    database: bool
    migrated: bool


@router.get("/healthz", summary="Is the process alive?")
async def read_health() -> Health:
    """Answers without touching the database."""
    return Health()


@router.get("/readyz", summary="Can requests be served?", response_model=Readiness,
            responses={503: {"model": Readiness}})  # fmt: skip
def read_readiness(request: Request) -> Response:
    """503 until the database can be reached and its schema is the one that this version needs."""
    database = migrated = False
    try:
        migrated = current(request.app.state.database) == head()
        database = True
    except SQLAlchemyError:
        pass  # the answer says it
    found = Readiness(ready=database and migrated, database=database, migrated=migrated)
    return JSONResponse(found.model_dump(), 200 if found.ready else 503)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=responses(401, 403, 422))
def read_metrics(request: Request, caller: Annotated[Caller, Depends(Access(HEAD_OFFICE, AUDITOR))]) -> Response:
    """Prometheus' text format. With a key of head office or an auditor: requests, uploads and queues too."""
    everything = True
    try:
        with caller.session():
            pass
    except (
        HubError,
        SQLAlchemyError,
    ):  # unknown, no right, or no database: the process's own figures are for all
        everything = False
    return Response(request.app.state.metrics.text(everything), media_type=CONTENT_TYPE)
