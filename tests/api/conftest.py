"""A served hub for the tests of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database
from tests.api.serving import Served, serve
from tests.conftest import Filled, copied


@pytest.fixture
def idle(settings: Settings, db: Database) -> Iterator[Served]:
    """An empty hub whose worker is off: what is uploaded stays ``received``."""
    with serve(replace(settings, process_uploads=False), db) as served:
        yield served


@pytest.fixture
def peopled(server: EmbeddedServer, peopled_template: Callable[[], Filled], tmp_path: Path) -> Iterator[Served]:
    """A hub of this test's own, with two dealers' customers; its worker is off, too."""
    with copied(server, peopled_template(), tmp_path) as (settings, db), serve(settings, db) as served:
        yield served


@pytest.fixture(scope="module")
def shared(
    server: EmbeddedServer, peopled_template: Callable[[], Filled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The same, for all tests of a module that only read."""
    home = tmp_path_factory.mktemp("shared")
    with copied(server, peopled_template(), home) as (settings, db), serve(settings, db) as served:
        yield served
