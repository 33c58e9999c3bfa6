"""Bring the schema to the newest version: idempotent, safe when several processes do it at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.store.engine import Database

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6465616C6572  # "dealer": key of the advisory lock


def migrate(db: Database) -> bool:
    """Apply the migrations that the database lacks, all in one transaction. True if there were any."""
    if current(db) == head():
        return False
    from alembic import command
    from alembic.config import Config

    with db.owner() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _version(connection) == head():
            return False
        config = Config()
        config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def current(db: Database) -> str | None:
    """The version that the schema is at; None for an empty database."""
    with db.owner() as connection:
        return _version(connection)


@cache
def head() -> str:
    """The newest version: the number that the last file of migrations/versions begins with."""
    return max(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def _version(connection: Connection) -> str | None:
    if connection.scalar(sa.text("SELECT to_regclass('public.alembic_version')")) is None:
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version
