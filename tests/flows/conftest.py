from __future__ import annotations

from pathlib import Path

import pytest

from hub.store.engine import Database
from tests.flows.inbox import Hub


@pytest.fixture
def hub(db: Database, tmp_path: Path) -> Hub:
    """An empty hub with an inbox."""
    (tmp_path / "inbox").mkdir()
    return Hub(db, tmp_path)
