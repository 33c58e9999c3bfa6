"""Statements to the server in one write, and their results in one read: each write of its own would wake the server, and us.

The driver's own pipeline hands over each statement as it comes. Here they are gathered first; how values are adapted and rows
read is the driver's work as ever. Plans are kept by the connection, for statements are constants of modules.
"""

from __future__ import annotations

import re
import select
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_PARAMETER = re.compile(r"%(?:\((\w+)\)s|%)")
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED, ExecStatus.BAD_RESPONSE)


class Wire:
    """What is to be sent over one connection, and then what came back; for one exchange."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._pgconn: PGconn = driver.pgconn
        self._asked: list[tuple[_Statement, Sequence[Any], Sequence[Format]]] = []
        self._results: list[PGresult] = []
        self._begun = driver.autocommit or self._pgconn.transaction_status != TransactionStatus.IDLE

    def add(self, text: str, values: Mapping[str, Any]) -> int:
        """Add a statement with parameters ``%(name)s``; returns its place."""
        sql, names = _numbered(text)
        transformer = Transformer.from_context(self._driver)
        dumped = transformer.dump_sequence([values[name] for name in names], [PyFormat.AUTO] * len(names))
        self._asked.append(((sql, transformer.types), dumped, transformer.formats or ()))
        return len(self._asked) - 1

    def exchange(self) -> None:
        """Send everything, and wait for all results.

        Raises:
            psycopg.Error: what the first statement that failed came to.
        """
        known = _prepared.setdefault(self._driver, {})
        fresh: dict[_Statement, bytes] = {}
        self._pgconn.enter_pipeline_mode()
        try:
            expected = [self._send(*each, known, fresh) for each in self._asked]
            self._pgconn.pipeline_sync()
            results = [[self._result() for _ in range(each)] for each in expected]
            self._result()  # of the synchronisation
            self._pgconn.exit_pipeline_mode()
        except BaseException:
            self._driver.close()  # nobody can tell what of it was done
            raise
        for result in chain(*results):
            if result.status in _FAILED:
                raise error_from_result(result, encoding=self._driver.info.encoding)
        known |= fresh
        self._results = [each[-1] for each in results]

    def _send(
        self,
        statement: _Statement,
        dumped: Sequence[Any],
        formats: Sequence[Format],
        known: Mapping[_Statement, bytes],
        fresh: dict[_Statement, bytes],
    ) -> int:
        """Send a statement, after what must be done before it; returns how many results that brings, its own the last."""
        results, name = 1, known.get(statement) or fresh.get(statement)
        if not self._begun:
            self._pgconn.send_query_params(b"BEGIN", None)
            self._begun = True
            results += 1
        if name is None:
            name = fresh[statement] = b"wire%d" % next(_numbers)
            self._pgconn.send_prepare(name, *statement)
            results += 1
        self._pgconn.send_query_prepared(name, dumped, formats)
        return results

    def rows(self, place: int) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement; none of one that returns none."""
        result = self._results[place]
        if result.status != ExecStatus.TUPLES_OK:
            return []
        transformer = Transformer.from_context(self._driver)
        transformer.set_pgresult(result)
        found: list[tuple[Any, ...]] = transformer.load_rows(0, result.ntuples, tuple)
        return found

    def _result(self) -> PGresult:
        """The next result; a statement's ends with none."""
        while True:
            while self._pgconn.flush() or self._pgconn.is_busy():
                self._wait()
            result = self._pgconn.get_result()
            if result is None:
                continue
            if result.status != ExecStatus.PIPELINE_SYNC:
                while self._pgconn.is_busy():
                    self._wait()
                self._pgconn.get_result()
            return result

    def _wait(self) -> None:
        """Until the server has said something, or takes more of what we say."""
        poll = select.poll()
        poll.register(self._pgconn.socket, select.POLLIN | (select.POLLOUT if self._pgconn.flush() else 0))
        if any(events & ~select.POLLOUT for _, events in poll.poll()):
            self._pgconn.consume_input()


_Statement = tuple[bytes, tuple[int, ...] | None]  # text, types of its parameters
_numbers = count()  # no name twice: what was prepared beside a failure is there, too
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[_Statement, bytes]] = WeakKeyDictionary()


@cache
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with parameters ``$1`` …, and their names in this order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _PARAMETER.sub(number, text).encode(), tuple(names)
