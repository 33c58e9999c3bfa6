"""Dagster's history in SQLite, written at the speed of a night.

Dagster makes an engine and opens a connection for every event that it stores, and a night has two for each dealer. Each of them
would compile its statements anew, flush the disk to commit, and again to fold the write-ahead log in when the file's last
connection closes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

if TYPE_CHECKING:
    from dagster._core.storage.event_log import EventLogStorage

_INDEX = "index"  # the file of what is asked across runs
_BUSY_SECONDS = 30  # to wait for another process that writes


@contextmanager
def quick_history() -> Iterator[None]:
    """Inside, this process's SQLite files keep a connection of ours and leave flushing to their checkpoints.

    A power cut may cost the last events of a run's history, never the file (https://sqlite.org/wal.html, section 3): what the
    run did stands in the hub's own base.
    """
    kept: dict[str, sqlite3.Connection] = {}

    def hurry(connection: Any, _: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("PRAGMA synchronous = NORMAL")
        path = str(connection.execute("PRAGMA database_list").fetchone()[2])
        if path and path not in kept:
            kept[path] = sqlite3.connect(path, check_same_thread=False)
            kept[path].execute("PRAGMA schema_version").fetchone()  # only now the file is open

    event.listen(Engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
        for connection in kept.values():
            connection.close()


@contextmanager
def kept_connections(storage: EventLogStorage) -> Iterator[None]:
    """Inside, events are stored through one connection a file: an engine for each event costs three times as much as the event.

    Another storage than Dagster's files is left alone.
    """
    from dagster._core.storage.event_log import SqliteEventLogStorage

    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return
    with _Connections(storage) as kept:
        vars(storage).update(run_connection=kept.of_run, index_connection=kept.of_index)
        try:
            yield
        finally:
            for name in ("run_connection", "index_connection"):
                del vars(storage)[name]


class _Connections(ExitStack):
    """One connection for each file of a storage, closed at the end."""

    def __init__(self, storage: Any) -> None:
        super().__init__()
        self._storage, self._lock = storage, RLock()
        self._first = {name: getattr(storage, name) for name in ("run_connection", "index_connection")}
        self._open: dict[str, Connection] = {}

    @contextmanager
    def of_run(self, run_id: str | None = None) -> Iterator[Connection]:
        """As `SqliteEventLogStorage.run_connection`."""
        if run_id is None:
            with self._first["run_connection"](run_id) as connection:
                yield connection
            return
        with self._transaction(run_id) as connection:
            yield connection

    @contextmanager
    def of_index(self) -> Iterator[Connection]:
        """As `SqliteEventLogStorage.index_connection`."""
        with self._transaction(_INDEX) as connection:
            yield connection

    @contextmanager
    def _transaction(self, file: str) -> Iterator[Connection]:
        with self._lock:
            connection = self._open.get(file) or self._opened(file)
            with connection.begin():
                yield connection

    def _opened(self, file: str) -> Connection:
        # Dagster's own way comes first: it makes the tables of a new file
        with self._first["index_connection"]() if file == _INDEX else self._first["run_connection"](file):
            pass
        address = self._storage.conn_string_for_shard(file)
        engine = create_engine(
            address, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}
        )
        self._open[file] = connection = self.enter_context(engine.connect())
        return connection
