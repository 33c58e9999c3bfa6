"""Two things at once within one flow: its own connection writes, a second one reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Connection

from hub.store.engine import Database
from hub.store.partition import wait_briefly


@contextmanager
def reading_beside(db: Database, write: Callable[[], None]) -> Iterator[Connection]:
    """A connection to read with while ``write`` works with the flow's own, in another thread; at the end both are done.

    What is read must be nothing that the flow's transaction has changed: the second connection sees what is committed. Nothing
    is ever written by it, so that the flow stays one transaction.
    """
    with ThreadPoolExecutor(1, "write") as pool, db.worker() as reader:
        wait_briefly(reader)
        written = pool.submit(write)
        try:
            yield reader
        finally:
            written.result()
