"""A served hub for the tests of the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub.settings import Settings
from hub.store.engine import Database
from tests.api.serving import Served, serve


@pytest.fixture
def idle(settings: Settings, db: Database) -> Iterator[Served]:
    """An empty hub whose worker is off: what is uploaded stays ``received``."""
    with serve(replace(settings, process_uploads=False), db) as served:
        yield served
