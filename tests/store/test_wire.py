from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.errors import DivisionByZero
from sqlalchemy.exc import DBAPIError

from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database
from hub.store.questions import Question, Sender, ask, done, sent_by, together
from hub.store.wire import Ear, Wire


def echo(text: str) -> Question[list[str]]:
    return Question(
        "SELECT %(text)s::text FROM generate_series(1, 3)", {"text": text}, lambda rows: [row[0] for row in rows]
    )


def _send_all(send: Sender, *questions: Question[Any]) -> None:
    for question in questions:
        send(question)


def test_more_than_the_buffers_hold_goes_both_ways_at_once(db: Database) -> None:
    texts = [letter * 3_000_000 for letter in "abc"]
    with db.worker() as conn:
        with together(conn) as send:
            answers = [send(echo(text)) for text in texts]
        assert [answer() for answer in answers] == [[text] * 3 for text in texts]


def test_what_was_prepared_beside_a_failure_hinders_nobody(db: Database) -> None:
    for _ in range(2):
        with pytest.raises(DBAPIError), db.worker() as conn, together(conn) as send:
            _send_all(send, echo("x"), Question("SELECT 1 / %(n)s", {"n": 0}, done))
        with db.worker() as conn:
            assert ask(conn, echo("x")) == ["x"] * 3


def test_a_block_that_fails_sends_nothing(db: Database) -> None:
    with db.worker() as conn:
        conn.execute(sa.text("CREATE TEMP TABLE sent (n integer) ON COMMIT DROP"))
        with pytest.raises(KeyError), together(conn) as send:
            _send_all(send, Question("INSERT INTO sent VALUES (1)", {}, done), Question("SELECT %(n)s", {}, done))
        assert conn.execute(sa.text("SELECT count(*) FROM sent")).scalar_one() == 0


def test_on_a_line_that_commits_by_itself_what_is_sent_together_is_one_transaction(db: Database) -> None:
    line = db.line()
    try:
        line.execute("CREATE TEMP TABLE kept (n integer)")
        with pytest.raises(DivisionByZero), sent_by(line) as send:
            _send_all(send, Question("INSERT INTO kept VALUES (1)", {}, done), Question("SELECT 1 / 0", {}, done))
        with sent_by(line) as send:
            send(Question("SELECT set_config('hub.dealer', 'D001', true)", {}, done))
            told = send(Question("SELECT current_setting('hub.dealer'), (SELECT count(*) FROM kept), 5 %% 3", {}, list))
        with sent_by(line) as send:
            after = send(Question("SELECT current_setting('hub.dealer')", {}, list))
        assert (told(), after()) == ([("D001", 0, 2)], [("",)])
    finally:
        line.close()


@asynccontextmanager
async def awaited_from(line: psycopg.Connection[Any], ear: Ear) -> AsyncIterator[Sender]:
    """Questions sent within the block by an event loop."""
    wire = Wire(line)
    yield Sender(wire)
    await wire.exchanged(ear)


def on_a_loop(db: Database, work: Callable[[psycopg.Connection[Any], Ear], Awaitable[None]]) -> None:
    """Do this with a line of an event loop."""

    async def working() -> None:
        line = db.line()
        ear = Ear(line)
        try:
            await asyncio.wait_for(work(line, ear), 60)
        finally:
            ear.close()
            line.close()

    asyncio.run(working())


def test_an_event_loop_sends_and_hears_more_than_the_buffers_hold_and_serves_others_meanwhile(db: Database) -> None:
    texts = [letter * 3_000_000 for letter in "abc"]

    async def work(line: psycopg.Connection[Any], ear: Ear) -> None:
        others = asyncio.create_task(asyncio.sleep(0, "served"))
        for _ in range(2):
            async with awaited_from(line, ear) as send:
                answers = [send(echo(text)) for text in texts]
            assert [answer() for answer in answers] == [[text] * 3 for text in texts]
        assert others.done()

    on_a_loop(db, work)


def test_a_statement_that_fails_leaves_the_loop_its_line(db: Database) -> None:
    async def work(line: psycopg.Connection[Any], ear: Ear) -> None:
        for _ in range(2):
            with pytest.raises(DivisionByZero):
                async with awaited_from(line, ear) as send:
                    _send_all(send, echo("x"), Question("SELECT 1 / %(n)s", {"n": 0}, done))
            async with awaited_from(line, ear) as send:
                answer = send(echo("x"))
            assert answer() == ["x"] * 3

    on_a_loop(db, work)


def test_a_server_that_takes_its_leave_is_noticed_and_not_heard_for_ever(db: Database, server: EmbeddedServer) -> None:
    async def work(line: psycopg.Connection[Any], ear: Ear) -> None:
        async with awaited_from(line, ear) as send:
            answer = send(Question("SELECT pg_backend_pid()", {}, list))
        await asyncio.to_thread(_end, answer()[0][0])
        await ear.hear(writes=False)
        ear._hear()  # once more, with nobody waiting
        assert not ear._listens
        with pytest.raises(psycopg.OperationalError):
            async with awaited_from(line, ear) as send:
                send(echo("x"))
        assert line.closed

    def _end(backend: int) -> None:
        with server.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    on_a_loop(db, work)


def test_who_gives_up_waiting_closes_the_line(db: Database) -> None:
    async def work(line: psycopg.Connection[Any], ear: Ear) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), awaited_from(line, ear) as send:
                send(Question("SELECT pg_sleep(60)", {}, done))
        assert line.closed

    on_a_loop(db, work)


def test_of_a_table_only_what_is_asked_for_is_read(db: Database) -> None:
    question = Question("SELECT n, ARRAY['x', n::text], NULL FROM generate_series(1, 3) AS n", {}, lambda table: table)
    with db.worker() as conn:
        table, other = ask(conn, question), ask(conn, echo("y"))
        assert (len(table), other) == (3, ["y"] * 3)
        assert [table.cell(place, 1) for place in range(3)] == [b"{x,1}", b"{x,2}", b"{x,3}"]
        assert table.cell(0, 2) is None
        assert table.row(1) == (2, ["x", "2"], None)
        assert (table[0], [*table]) == ((1, ["x", "1"], None), [(n, ["x", str(n)], None) for n in (1, 2, 3)])
        assert [*ask(conn, Question("SELECT 1 WHERE false", {}, lambda table: table))] == []


@pytest.mark.parametrize("values", [["a", "é", ""], ["a", 1, None], ["b", "'\\"], [2, "c"]])
def test_values_come_as_they_are_whatever_came_before(db: Database, values: list[Any]) -> None:
    question = "SELECT %(value)s::text"
    with db.worker() as conn:
        for _ in range(2):
            for value in ("first", *values):
                assert ask(conn, Question(question, {"value": value}, list)) == [
                    (None if value is None else str(value),)
                ]


def test_a_text_that_no_text_of_the_server_can_be_is_refused(db: Database) -> None:
    def asked(value: str) -> list[tuple[str]]:
        with db.worker() as conn:
            return ask(conn, Question("SELECT %(value)s::text", {"value": value}, list))

    assert [asked("x"), asked("x")] == [[("x",)]] * 2
    with pytest.raises(DBAPIError):
        asked("x\0y")
