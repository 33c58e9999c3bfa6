"""Statements sent together: one way to the server and back for many of them.

A `Question` is a statement, its values and how its rows are read: a value, so that a store says what it asks, and a flow when.
They go to the driver and not through SQLAlchemy, and their plans are kept by the connection. They belong to the transaction
they are sent in, each sees what those before it did, and row security holds as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Generic, TypeVar, cast

import psycopg
import sqlalchemy as sa
from psycopg.rows import tuple_row
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

Read = TypeVar("Read")
Rows = Sequence[tuple[Any, ...]]

_DIALECT = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Question(Generic[Read]):
    """A statement with its values.

    Attributes:
        clause: a constant of a module, since its text is worked out once; or the driver's own text (``%(name)s``).
        read: makes of the rows what was asked for; gets no rows of a statement that returns none.
    """

    clause: sa.TextClause | str
    values: Mapping[str, Any]
    read: Callable[[Rows], Read]


class Answer(Generic[Read]):
    """What a question was answered, once all that were sent with it are; call it for the outcome."""

    def __init__(self, question: Question[Read], cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._question, self._cursor = question, cursor

    def __call__(self) -> Read:
        return self._read

    @cached_property
    def _read(self) -> Read:
        return self._question.read(self._cursor.fetchall() if self._cursor.description is not None else [])


class Sender:
    """Sends questions; see `together`."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver

    def __call__(self, question: Question[Read]) -> Answer[Read]:
        cursor = self._driver.cursor(row_factory=tuple_row)
        clause = question.clause
        cursor.execute(clause if isinstance(clause, str) else _text(clause), question.values, prepare=True)
        return Answer(question, cursor)


@contextmanager
def together(conn: Connection) -> Iterator[Sender]:
    """Questions sent within the block; none is waited for, and their answers are there after it.

    Raises:
        DBAPIError: as SQLAlchemy names what the first question that failed came to; the transaction is lost.
    """
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    try:
        with driver.pipeline():
            yield Sender(driver)
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True) from error


def ask(conn: Connection, question: Question[Read]) -> Read:
    """One question by itself."""
    with together(conn) as send:
        answer = send(question)
    return answer()


def numbers(values: Iterable[int]) -> str:
    """The literal of an array of numbers: to adapt ten thousand one after the other takes longer than to look them up."""
    return f"{{{','.join(map(str, values))}}}"


def words(values: Iterable[str]) -> str:
    """The literal of an array of texts, for the same reason."""
    listed = list(values)
    if not listed:
        return "{}"
    if "\\" in (whole := "".join(listed)) or '"' in whole:
        listed = [value.replace("\\", "\\\\").replace('"', '\\"') for value in listed]
    return '{"' + '","'.join(listed) + '"}'


def done(rows: Rows) -> None:
    """Reads nothing: for a statement that is asked for what it does."""


@cache
def _text(clause: sa.TextClause) -> str:
    return str(clause.compile(dialect=_DIALECT))
