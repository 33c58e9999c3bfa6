"""The versions of the model, and which of them is in force."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.matching.model import Model, load, start_model


def active_model(conn: Connection) -> Model:
    """The model in force; the one that ships with the hub until another is activated."""
    row = conn.execute(sa.text("SELECT version, body FROM model WHERE active")).one_or_none()
    return load(row.body, row.version) if row else start_model()
