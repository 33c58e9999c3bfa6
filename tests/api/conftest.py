"""A served hub for the tests of the API."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.settings import Settings
from hub.store.embedded import API, OWNER, WORKER, EmbeddedServer
from hub.store.engine import Database, psycopg_url
from tests.api.serving import Served, people, serve


@pytest.fixture
def idle(settings: Settings, db: Database) -> Iterator[Served]:
    """An empty hub whose worker is off: what is uploaded stays ``received``."""
    with serve(replace(settings, process_uploads=False), db) as served:
        yield served


@pytest.fixture
def peopled(idle: Served) -> Served:
    """A hub of this test's own, with two dealers' customers."""
    people(idle)
    return idle


@pytest.fixture(scope="module")
def shared(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same, for all tests of a module that only read."""
    name = f"test_{os.getpid()}_shared"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
    owner, worker, api = (psycopg_url(server.url(role, name)) for role in (OWNER, WORKER, API))
    settings = Settings(home=tmp_path_factory.mktemp("shared"), database_url=owner, process_uploads=False)
    try:
        with Database(owner, worker, api) as db, serve(settings, db) as served:
            people(served)
            yield served
    finally:
        with server.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
