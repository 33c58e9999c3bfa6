"""The application: routes, handlers, middleware, and the worker that processes uploads."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import web
from api.cursors import Cursors
from api.fast_lane import FastLane
from api.lead_desk import LeadDesk
from api.limits import Limits, Throttled
from api.matcher import Matcher
from api.metrics import Metrics
from api.middleware import Limited, Observed, replace_access_log
from api.openapi import describe
from api.problems import HANDLERS
from api.processing import Processor
from api.rounds import rounds
from api.routers import (
    claims,
    conflicts,
    consents,
    contacts,
    customers,
    dealers,
    decisions,
    explain,
    health,
    leads,
    match,
    pins,
    policies,
    pushes,
    reconcile,
    reference,
    reviews,
    uploads,
)
from api.web.facets import Facets
from api.web.network_leads import kept_fairness
from hub.access.opaque_ids import Words
from hub.access.secret import load_secret
from hub.flows.gate import Gate
from hub.settings import Settings
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.migrate import migrate

UPLOADS = ("/v1/uploads", "/uploads")  # where files are sent to: the API's address, and the pages'
ROUTERS = (
    uploads.router,
    match.router,
    reconcile.router,
    customers.router,
    dealers.router,
    pushes.router,
    leads.router,
    contacts.router,
    consents.router,
    claims.router,
    conflicts.router,
    policies.router,
    reviews.router,
    decisions.router,
    pins.router,
    explain.router,
    health.router,
    reference.router,
)


def open_expectations() -> Gate:
    from expectations.gate import ExpectationsGate  # seconds to import: not before it is needed

    return ExpectationsGate()


def create_app(settings: Settings, open_gate: Callable[[], Gate] = open_expectations) -> FastAPI:
    """The API of the hub that ``settings`` describe; the database is migrated when the server starts.

    Args:
        open_gate: makes the gate that judges the rows of what is uploaded.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        replace_access_log()
        migrate(database)
        processor = Processor(database, Archive(settings.archive_dir), metrics, open_gate)
        app.state.processor = processor
        running = (
            rounds(database, settings.home, app.state.words, settings.webhook_private)
            if settings.process_uploads
            else []
        )
        if settings.process_uploads:
            processor.start()
        for one in running:
            one.start()
        desk.start()
        try:
            yield
        finally:
            matcher.close()
            desk.stop()
            for one in running:
                one.stop()
            processor.stop()
            database.close()

    database = Database.open(settings)
    metrics = Metrics(database)
    matcher, desk, limits = Matcher(database), LeadDesk(database), Limits(settings)
    app = _App(
        title="Dealer Hub",
        lifespan=lifespan,
        docs_url=None,  # Swagger's page loads its scripts from outside
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        exception_handlers=dict(HANDLERS),
        generate_unique_id_function=_operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # queries hold what people search for
        middleware=[
            Middleware(Observed, metrics=metrics),
            Middleware(Throttled, limits=limits),
            Middleware(Limited, exempt=UPLOADS),
        ],
    )
    app.state.settings, app.state.database, app.state.metrics = settings, database, metrics
    app.state.limits, app.state.facets, app.state.fairness = limits, Facets(), kept_fairness()
    secret = load_secret(settings)
    app.state.cursors, app.state.words = Cursors(secret), Words.of(secret)
    for router in ROUTERS:
        app.include_router(router)
    web.mount(app)
    describe(app)
    app.way = FastLane(app.way, matcher, desk, metrics, limits)
    return app


class _App(FastAPI):
    """FastAPI's application, and the way to it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.way: ASGIApp = super().__call__

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.way(scope, receive, send)


# objects more than before until the collector looks, and how seldom it looks at older ones: a request makes thousands, all of
# which end with it, and what stays are caches
_ROUNDS = (20_000, 20, 50)


def from_env() -> FastAPI:
    """The application for ``uvicorn --factory api.app:from_env``.

    What is there by now stays: the collector need not look through it again and again while requests are served.
    """
    app = create_app(Settings.from_env())
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ROUNDS)
    return app


def _operation_id(route: APIRoute) -> str:
    """A stable, readable operation id: the function's name."""
    return route.name
