"""Dagster's history: written without a flush for each event, and whole afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from sqlalchemy import Engine, event

from hub.settings import Settings
from pipelines.history import kept_connections, quick_history
from pipelines.instance import open_instance


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


def test_events_share_a_connection_and_are_dagsters_own(tmp_path: Path) -> None:
    asset, connected = dg.AssetKey("records"), []

    def note(connection: object, _: object) -> None:
        connected.append(connection)

    def tell(instance: dg.DagsterInstance, *days: str) -> None:
        for day in days:
            instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=day))

    with open_instance(Settings(home=tmp_path)) as instance:
        tell(instance, "before")
        event.listen(Engine, "connect", note)
        try:
            with kept_connections(instance.event_log_storage):
                tell(instance, "first")
                opened = len(connected)
                tell(instance, "second", "third")
                assert len(connected) == opened
                assert instance.get_materialized_partitions(asset) == {"before", "first", "second", "third"}
        finally:
            event.remove(Engine, "connect", note)
        tell(instance, "after")
        known = [record.event_log_entry for record in instance.fetch_materializations(asset, limit=9).records]
        assert [entry.asset_materialization.partition for entry in known if entry.asset_materialization] == [
            "after", "third", "second", "first", "before",
        ]  # fmt: skip
    assert not [*tmp_path.rglob("*.db-wal")]


def test_other_histories_are_left_alone() -> None:
    with dg.DagsterInstance.ephemeral() as instance, kept_connections(instance.event_log_storage):
        instance.report_runless_asset_event(dg.AssetMaterialization("records"))
