"""Dagster's history: written without a flush for each event, and whole afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa

from pipelines.history import quick_history


def connect(path: Path) -> sa.Engine:
    """As Dagster does: an engine of its own for each event, whose connection ends with it."""
    return sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)


def store(path: Path, event: str) -> int:
    """One event; returns how the file was flushed (https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL)."""
    engine = connect(path)
    with engine.begin() as conn:
        conn.execute(sa.text("PRAGMA journal_mode = WAL"))
        conn.execute(sa.text("CREATE TABLE IF NOT EXISTS event (name text)"))
        conn.execute(sa.text("INSERT INTO event VALUES (:name)"), {"name": event})
        flushed: int = conn.execute(sa.text("PRAGMA synchronous")).scalar_one()
    engine.dispose()
    return flushed


def test_events_wait_in_the_log_and_are_folded_in_at_the_end(tmp_path: Path) -> None:
    path, log = tmp_path / "run.db", tmp_path / "run.db-wal"
    assert store(path, "before") == 2
    assert not log.exists()
    with quick_history():
        assert store(path, "inside") == 1
        assert log.exists()
    assert not log.exists()
    assert store(path, "after") == 2
    with sqlite3.connect(path) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM event")] == ["before", "inside", "after"]
    connection.close()


def test_other_databases_are_left_alone(tmp_path: Path) -> None:
    with quick_history():
        engine = sa.create_engine("sqlite://")
        with engine.connect() as conn:
            assert conn.execute(sa.text("SELECT 1")).scalar_one() == 1
        engine.dispose()
