"""The versions of the model, and which of them is in force."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.matching.model import Model, load, start_model


def active_body(conn: Connection) -> str | None:
    """The model in force as text; None while it is the one that ships with the hub."""
    return conn.execute(sa.text("SELECT body FROM model WHERE active")).scalar_one_or_none()


def active_model(conn: Connection) -> Model:
    """The model in force; the one that ships with the hub until another is activated."""
    body = active_body(conn)
    return load(body, "the active model") if body else start_model()
