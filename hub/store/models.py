"""The versions of the model, and which of them is in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import Conflict, NotFound
from hub.matching.model import START_MODEL, Model, load, start_model
from hub.store.bulk import copy_out


def active_body(conn: Connection) -> str | None:
    """The model in force as text; None while it is the one that ships with the hub."""
    return conn.execute(sa.text("SELECT body FROM model WHERE active")).scalar_one_or_none()


def active_model(conn: Connection) -> Model:
    """The model in force; the one that ships with the hub until another is activated."""
    body = active_body(conn)
    return _parsed(body) if body else start_model()


@lru_cache(maxsize=4)  # reading a model takes a third of a second
def _parsed(body: str) -> Model:
    return load(body, "the active model")


@dataclass(frozen=True)
class Installed:
    """One version of the model: whether it is in force, and when it came; the one that ships with the hub has no day."""

    version: str
    active: bool
    installed: date | None


def list_models(conn: Connection) -> list[Installed]:
    """All versions, the one that ships with the hub first, then in the order in which they came."""
    rows = conn.execute(
        sa.text("SELECT version, active, CAST(installed_at AS date) FROM model ORDER BY installed_at, version")
    ).all()
    start = Installed(start_model().version, not any(active for _, active, _ in rows), None)
    return [start, *(Installed(*row) for row in rows)]


def model_body(conn: Connection, version: str) -> str:
    """The text of a version; ``active`` is the one in force.

    Raises:
        NotFound: there is none of this name.
    """
    if version == "active":
        return active_body(conn) or START_MODEL.read_text("utf-8")
    found = conn.execute(sa.text("SELECT body FROM model WHERE version = :v"), {"v": version}).scalar_one_or_none()
    if found is not None:
        return str(found)
    if version != start_model().version:
        raise NotFound(f"There is no model {version!r}; `dealerhub model list` shows those that are there.")
    return START_MODEL.read_text("utf-8")


def install_model(conn: Connection, version: str, body: str, at: datetime) -> bool:
    """Keep a model, not in force; returns whether it is new.

    Raises:
        Conflict: another model bears this version.
    """
    known = conn.execute(sa.text("SELECT body FROM model WHERE version = :v"), {"v": version}).scalar_one_or_none()
    if version == start_model().version:
        known = START_MODEL.read_text("utf-8")
    if known is not None:
        if known != body:
            raise Conflict(f"Another model is called {version!r}: give `version:` in the file a name of its own.")
        return False
    insert = sa.text("INSERT INTO model (version, body, active, installed_at) VALUES (:v, :body, false, :at)")
    conn.execute(insert, {"v": version, "body": body, "at": at})
    return True


def activate_model(conn: Connection, version: str) -> None:
    """Bring a version into force; the next match finds that the edges were computed with another.

    Raises:
        NotFound: there is none of this name.
    """
    model_body(conn, version)
    conn.execute(sa.text("UPDATE model SET active = false WHERE active AND version <> :v"), {"v": version})
    conn.execute(sa.text("UPDATE model SET active = true WHERE version = :v"), {"v": version})


def record_keys(conn: Connection) -> pl.DataFrame:
    """By what the dealers know each record of the base: ``rid``, ``dealer``, ``feed``, ``record_no``, and ``golden``."""
    return copy_out(
        conn,
        "SELECT p.rid, p.dealer, p.feed, p.record_no, m.golden FROM party p LEFT JOIN membership m USING (rid) ORDER BY p.id",
        schema={
            "rid": pl.Int64, "dealer": pl.String, "feed": pl.String, "record_no": pl.String, "golden": pl.Int64,
        },
    )  # fmt: skip
