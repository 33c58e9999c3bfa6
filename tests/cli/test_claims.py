"""`dealerhub claims`: what a person at head office types."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.bench.prospect_base import fill
from hub.store.engine import Database
from tests.cli.conftest import Command


def test_suspicious_leads_are_told_in_per_cent(dealerhub: Command, db: Database) -> None:
    with db.worker() as conn:
        fill(conn, 20, 2, 40, datetime(2026, 11, 21, 3, tzinfo=UTC))
    told = dealerhub("claims", "abuse").out
    assert "suspicious" in told
    assert told.count("%") == 2  # a line for each dealer: most shares are of a few per cent
