from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, OperationalError

from hub.store.bulk import _elements
from hub.store.engine import Database
from hub.store.questions import Question, ask, done, numbers, together, words

NUMBER = sa.text("SELECT CAST(:n AS integer) + 1 WHERE 'a%' LIKE 'a%'")
MAKE = "CREATE TEMP TABLE sent (n integer) ON COMMIT DROP"
ADD = sa.text("INSERT INTO sent VALUES (:n)")
COUNT = "SELECT count(*) FROM sent"


def number(n: int) -> Question[int]:
    return Question(NUMBER, {"n": n}, lambda rows: int(rows[0][0]))


def test_each_question_sees_what_those_before_it_did(db: Database) -> None:
    with db.worker() as conn:
        with together(conn) as send:
            send(Question(MAKE, {}, done))
            before = send(Question(COUNT, {}, list))
            send(Question(ADD, {"n": 1}, done))
            after, told = send(Question(COUNT, {}, list)), send(number(6))
        assert (before(), after(), told(), told()) == ([(0,)], [(1,)], 7, 7)
        assert ask(conn, number(1)) == 2
        assert conn.execute(sa.text("SELECT count(*) FROM sent")).scalar_one() == 1, "it is SQLAlchemy's transaction"


def test_a_fault_is_named_as_sqlalchemy_names_it_and_quotes_no_value(db: Database) -> None:
    with pytest.raises(DBAPIError) as caught, db.worker() as conn:
        ask(conn, Question(sa.text("SELECT CAST(:x AS integer), 1 / 0"), {"x": "7"}, list))
    assert getattr(caught.value.orig, "sqlstate", None) == "22012"
    with pytest.raises(OperationalError), db.worker() as conn:
        ask(conn, Question("SELECT pg_terminate_backend(pg_backend_pid())", {}, list))
    with db.worker() as conn:
        assert ask(conn, number(1)) == 2, "the next transaction has a connection of its own"


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])) | st.just('a"\\,{}')))
def test_literals_of_arrays_hold_just_what_was_given(values: list[str]) -> None:
    assert [part or "" for part in _elements(words(values))] == values


def test_literals_of_arrays_are_read_by_the_server(db: Database) -> None:
    told = ['a"b', "c\\d", "", " ", "NULL", "{x},y", "é\n"]
    both = sa.text("SELECT CAST(:words AS text[]), CAST(:numbers AS bigint[])")
    with db.worker() as conn:
        assert ask(conn, Question(both, {"words": words(told), "numbers": numbers([2, -1])}, list)) == [(told, [2, -1])]
        assert ask(conn, Question(both, {"words": words([]), "numbers": numbers([])}, list)) == [([], [])]
