"""Two things at once within one flow: its own connection writes or reads, a second one reads.

What is read by the second must be nothing that the flow's transaction has changed: it sees what is committed. Nothing is ever
written by it, so that the flow stays one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from hub.store.engine import Database
from hub.store.partition import wait_briefly

A = TypeVar("A")
B = TypeVar("B")


@contextmanager
def reading_beside(db: Database) -> Iterator[Connection]:
    """A second connection, to read with."""
    with db.worker() as reader:
        wait_briefly(reader)
        yield reader


@contextmanager
def meanwhile(work: Callable[[], A]) -> Iterator[Callable[[], A]]:
    """Let ``work`` go on in another thread; at the end it is done. It has a connection for itself.

    Yields:
        what waits for ``work`` and returns what it returned.
    """
    with ThreadPoolExecutor(1, "beside") as pool:
        begun = pool.submit(work)
        try:
            yield begun.result
        finally:
            begun.result()


def both(one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
    """What two calls return that go on at once, each with a connection for itself."""
    with ThreadPoolExecutor(1, "beside") as pool:
        begun = pool.submit(one)
        second = other()
        return begun.result(), second
