"""Statements to the server in one write, and their results in one read: each write of its own would wake the server, and us.

The driver's own pipeline hands over each statement as it comes. Here they are gathered first; how values are adapted and rows
read is the driver's work as ever. Plans are kept by the connection, for statements are constants of modules. A thread waits by
`Wire.exchange`, an event loop by `Wire.exchanged`.
"""

from __future__ import annotations

import asyncio
import re
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, overload
from weakref import WeakKeyDictionary

import psycopg
from psycopg import abc
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
        self._transformer = Transformer.from_context(driver)
        self._asked: list[tuple[_Statement, Sequence[Any], Sequence[Format] | None]] = []
        self._results: list[PGresult] = []
        self._failed: PGresult | None = None  # the first that did
        self._kept = _kept.get(driver) or _kept.setdefault(driver, _Kept(driver.info.encoding == "utf-8"))
        self._fresh: dict[_Statement, bytes] = {}
        self._begun = driver.autocommit or self._pgconn.transaction_status != TransactionStatus.IDLE

    def add(self, text: str, values: Mapping[str, Any]) -> int:
        """Add a statement with parameters ``%(name)s``; returns its place."""
        sql, names = _numbered(text)
        given = [values[name] for name in names]
        statement = self._kept.of_texts.get(sql)
        if statement is not None and (texts := _encoded(given)) is not None:
            self._asked.append((statement, texts, None))
        else:
            transformer = self._transformer
            dumped = transformer.dump_sequence(given, [PyFormat.AUTO] * len(names))
            statement = sql, transformer.types
            self._asked.append((statement, dumped, transformer.formats or ()))
            if self._kept.unicode and _encoded(given) == dumped:
                self._kept.of_texts[sql] = statement
        return len(self._asked) - 1

    def exchange(self) -> None:
        """Send everything, and wait for all results.

        Raises:
            psycopg.Error: what the first statement that failed came to.
        """
        try:
            for writes in self._exchange():
                poll = select.poll()
                poll.register(self._pgconn.socket, select.POLLIN | (select.POLLOUT if writes else 0))
                poll.poll()
        except BaseException:
            self._driver.close()  # nobody can tell what of it was done
            raise
        self._learn()

    async def exchanged(self, ear: Ear) -> None:
        """The same for an event loop, which has other things to do while it waits."""
        try:
            for writes in self._exchange():
                await ear.hear(writes)
        except BaseException:
            ear.close()
            self._driver.close()
            raise
        self._learn()

    def _exchange(self) -> Iterator[bool]:
        """Send everything, and gather the results; comes back for each wait until the server has said something, or, if
        True, takes more of what we say."""
        connection, failed = self._pgconn, self._failed
        connection.enter_pipeline_mode()
        expected = [self._send(*each) for each in self._asked]
        connection.pipeline_sync()
        while connection.flush():
            yield True
            connection.consume_input()
        for number in (*expected, 1):  # the last is that of the synchronisation
            for _ in range(number):
                result = None
                while result is None:  # the end of the result before
                    while connection.is_busy():
                        yield False
                        connection.consume_input()
                    result = connection.get_result()
                if failed is None and result.status in _FAILED:
                    failed = result
                own = result  # a statement's own is the last of those that it brings
            self._results.append(own)
        self._failed = failed
        connection.exit_pipeline_mode()

    def _learn(self) -> None:
        """Remember what the server has prepared, if all went well."""
        if self._failed is not None:
            raise error_from_result(self._failed, encoding=self._driver.info.encoding)
        self._kept.names |= self._fresh

    def _send(self, statement: _Statement, dumped: Sequence[Any], formats: Sequence[Format] | None) -> int:
        """Send a statement, after what must be done before it; returns how many results that brings, its own the last."""
        results, name = 1, self._kept.names.get(statement) or self._fresh.get(statement)
        if not self._begun:
            self._pgconn.send_query_params(b"BEGIN", None)
            self._begun = True
            results += 1
        if name is None:
            name = self._fresh[statement] = b"wire%d" % next(_numbers)
            self._pgconn.send_prepare(name, *statement)
            results += 1
        self._pgconn.send_query_prepared(name, dumped, formats)
        return results

    def table(self, place: int) -> Table:
        """The rows of a statement; none of one that returns none."""
        return Table(self._results[place], self._transformer)


class Table(Sequence[tuple[Any, ...]]):
    """The rows that a statement returned. They are read when the first is asked for, all of them; or by `row` and `cell` only
    those that somebody wants: to read a row of twenty columns takes as long as to find it."""

    def __init__(self, result: PGresult, transformer: abc.Transformer) -> None:
        self._result, self._transformer = result, transformer
        self._size = result.ntuples if result.status == ExecStatus.TUPLES_OK else 0
        self._read: list[tuple[Any, ...]] | None = None
        # row, column → what the server sent, as text in UTF-8; None for a null
        self.cell: Callable[[int, int], bytes | None] = result.get_value

    def row(self, number: int) -> tuple[Any, ...]:
        """One row by itself."""
        return self._load(number, number + 1)[0]

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[Any, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[Any, ...] | list[tuple[Any, ...]]:
        return self._all()[place]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._all())

    def _all(self) -> list[tuple[Any, ...]]:
        if self._read is None:
            self._read = self._load(0, self._size) if self._size else []
        return self._read

    def _load(self, start: int, end: int) -> list[tuple[Any, ...]]:
        if self._transformer.pgresult is not self._result:
            self._transformer.set_pgresult(self._result)
        found: list[tuple[Any, ...]] = self._transformer.load_rows(start, end, tuple)
        return found


class Ear:
    """Hears for the running event loop what the server says on a connection. Close it before the connection.

    The loop is told to listen once and not for each exchange, which takes it eight calls of the system.
    """

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._place = driver.pgconn.socket
        self._heard: asyncio.Future[None] | None = None  # what somebody waits for
        self._listens = False

    async def hear(self, writes: bool) -> None:
        """Wait until the server has said something, or, if ``writes``, takes more of what we say."""
        if not self._listens:
            self._loop.add_reader(self._place, self._hear)
            self._listens = True
        if writes:
            self._loop.add_writer(self._place, self._hear)
        self._heard = self._loop.create_future()
        try:
            await self._heard
        finally:
            self._heard = None
            if writes:
                self._loop.remove_writer(self._place)

    def close(self) -> None:
        """Listen no more."""
        if self._listens:
            self._loop.remove_reader(self._place)
            self._listens = False

    def _hear(self) -> None:
        if self._heard is None:  # nobody asked: the server takes its leave, and would be heard for ever
            self.close()
        elif not self._heard.done():
            self._heard.set_result(None)


_Statement = tuple[bytes, tuple[int, ...] | None]  # text, types of its parameters
_numbers = count()  # no name twice: what was prepared beside a failure is there, too


class _Kept:
    """What one exchange over a connection leaves to the next.

    Attributes:
        unicode: whether the server is sent, and sends, UTF-8.
        names: of the statements that it has prepared.
        of_texts: by its text a statement all of whose values were texts, which need no more than to be encoded.
    """

    def __init__(self, unicode: bool) -> None:
        self.unicode = unicode
        self.names: dict[_Statement, bytes] = {}
        self.of_texts: dict[bytes, _Statement] = {}


_kept: WeakKeyDictionary[psycopg.Connection[Any], _Kept] = WeakKeyDictionary()


def _encoded(values: Sequence[Any]) -> list[bytes] | None:
    """Texts as they are sent; None if there is another value among them, or one that only the driver can judge."""
    texts = []
    for value in values:
        if type(value) is not str or "\0" in value:
            return None
        texts.append(value.encode())
    return texts


@cache
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with parameters ``$1`` …, and their names in this order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return _PARAMETER.sub(number, text).encode(), tuple(names)
