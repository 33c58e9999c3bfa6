"""Dagster's history in SQLite, written at the speed of a night.

Dagster opens a connection for every event that it stores, and a night has two for each dealer. Each of them would flush the
disk to commit, and again to fold the write-ahead log in when the file's last connection closes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


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
