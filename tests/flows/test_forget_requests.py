from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.flows.forget_requests import KEPT, forget_requests
from hub.store.engine import Database
from hub.store.requests import KeyReused, Once, claim, keep

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ONCE = Once("D001", "k", "a" * 64)
OTHER = Once("D001", "k", "b" * 64)


def test_a_request_is_known_for_some_days_and_then_new(db: Database) -> None:
    with db.worker() as conn:
        assert claim(conn, ONCE, NOW) is None
        keep(conn, ONCE, {"said": "yes"})
    last = NOW + KEPT
    assert forget_requests(db, last) == 0
    with db.worker() as conn:
        assert claim(conn, ONCE, last) == {"said": "yes"}
        with pytest.raises(KeyReused):
            claim(conn, OTHER, last)
    assert forget_requests(db, last + timedelta(seconds=1)) == 1
    with db.worker() as conn:
        assert claim(conn, OTHER, last) is None
