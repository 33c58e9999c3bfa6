"""The pages: for head office, stewards and dealers, rendered on the server; they call the same flows as the API."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.web import (
    audit,
    cases,
    conflicts,
    customers,
    dealers,
    home,
    leads,
    me,
    network_leads,
    own_scorecard,
    people,
    policy,
    portfolio,
    queue,
    signing_in,
    uploads,
)

ROUTERS = (
    signing_in.router,
    home.router,
    customers.router,
    queue.router,
    cases.router,
    uploads.router,
    dealers.router,
    conflicts.router,
    policy.router,
    network_leads.router,
    people.router,
    audit.router,
    me.router,
    leads.router,  # after the network's, whose address it would take for a lead
    portfolio.router,
    own_scorecard.router,
)


def mount(app: FastAPI) -> None:
    """Add the pages to the application."""
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
