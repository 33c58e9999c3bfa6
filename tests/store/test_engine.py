"""Roles, transactions and slices: what each door lets through."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, ProgrammingError

from hub.settings import Settings
from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database, as_role, psycopg_url

OPEN = {"model"}  # weights, no people: the API scores with them whoever asks
IMPORTER = ("head_office", "steward", "auditor", "routing")


@pytest.fixture
def filled(db: Database, server: EmbeddedServer) -> Database:
    """A database with one row of dealer `a` and one of dealer `b` in every table, constraints aside."""
    with server.connect(database=sa.make_url(db.url_owner).database or "") as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign keys
        for table in tables(db):
            drop_checks(connection, table)
            for number, dealer in enumerate("ab"):
                insert(connection, table, dealer, number)
    return db


def tables(db: Database) -> list[str]:
    """All tables but alembic's."""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    with db.owner() as connection:
        return sorted(connection.scalars(sa.text(query)))


def drop_checks(connection: psycopg.Connection[Any], table: str) -> None:
    query = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
    for (name,) in connection.execute(query, [table]).fetchall():
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def insert(connection: psycopg.Connection[Any], table: str, dealer: str, number: int) -> None:
    columns = connection.execute(
        """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND (attnotnull OR attname = 'dealer')""",
        [table],
    ).fetchall()
    values = [dealer if name in ("dealer", "code") else sample(kind, number) for name, kind in columns]
    names, marks = ", ".join(name for name, _ in columns), ", ".join("%s" for _ in columns)
    connection.execute(f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({marks})", values)


def sample(kind: str, number: int) -> object:
    samples: dict[str, object] = {
        "text": f"x{number}",
        "uuid": UUID(int=number),
        "date": "2026-11-01",
        "timestamp with time zone": "2026-11-01",
        "boolean": number == 0,
        "jsonb": "{}",
    }
    return [] if kind.endswith("[]") else samples.get(kind, number)


def seen(connection: Connection, table: str) -> int:
    """Number of rows that show; none where the role may not look at all."""
    if not connection.scalar(sa.text("SELECT has_table_privilege(:table, 'SELECT')"), {"table": table}):
        return 0
    return connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0


def dealers_seen(connection: Connection, table: str) -> set[str]:
    if not seen(connection, table):
        return set()
    column = "code" if table == "dealer" else "dealer"
    return set(connection.scalars(sa.text(f"SELECT {column} FROM {table}")))


def with_dealer(db: Database) -> list[str]:
    """Tables whose rows belong to a dealer."""
    query = "SELECT table_name FROM information_schema.columns WHERE column_name = 'dealer' AND table_schema = 'public'"
    with db.owner() as connection:
        return [*connection.scalars(sa.text(query)), "dealer"]


def test_every_table_forces_row_security_and_belongs_to_the_owner(db: Database) -> None:
    query = """SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner
               WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
                 AND NOT (relrowsecurity AND relforcerowsecurity AND rolname = current_user AND NOT rolbypassrls)"""
    with db.owner() as connection:
        assert list(connection.scalars(sa.text(query))) == []


def test_the_worker_sees_all_rows_and_the_owner_none(filled: Database) -> None:
    with filled.worker() as worker, filled.owner() as owner:
        for table in tables(filled):
            assert (table, seen(worker, table), seen(owner, table)) == (table, 2, 0)


NOBODIES = [
    (None, None),
    ("", ""),
    ("dealer", None),
    ("dealer", ""),
    ("dealer", "x"),
    ("HEAD_OFFICE", None),
    ("x", "x"),
]


def test_without_a_known_caller_no_table_shows_a_row(filled: Database) -> None:
    closed = set(tables(filled)) - OPEN
    for role, dealer in NOBODIES:
        with filled.api(role, dealer) as connection:
            assert {table: n for table in closed if (n := seen(connection, table))} == {}, (role, dealer)


def test_a_dealer_sees_own_rows_only(filled: Database) -> None:
    owned = set(with_dealer(filled))
    with filled.api("dealer", "a") as connection:
        for table in tables(filled):
            if table in owned:
                assert (table, dealers_seen(connection, table) - {"a"}) == (table, set())
            elif table not in OPEN:
                assert (table, seen(connection, table)) == (table, 0)
        assert dealers_seen(connection, "customers") == {"a"}


@pytest.mark.parametrize("role", IMPORTER)
def test_the_importers_people_see_all_dealers(filled: Database, role: str) -> None:
    with filled.api(role) as connection:
        assert dealers_seen(connection, "customers") == {"a", "b"}
        assert seen(connection, "golden") == 2


def test_a_key_shows_its_own_credential_alone(filled: Database) -> None:
    with filled.worker() as connection:
        connection.execute(sa.text("UPDATE api_key SET key_id = dealer"))
    with filled.api(key="a") as connection:
        assert dealers_seen(connection, "api_key") == {"a"}
        assert seen(connection, "customers") == 0


def test_a_pooled_connection_forgets_the_caller(filled: Database) -> None:
    with filled.api("dealer", "a") as connection:
        first = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        assert seen(connection, "customers") == 1
    with filled._engine(filled.url_api).connect() as connection:  # a transaction that forgot to say who calls
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) == first
        assert seen(connection, "customers") == 0


def test_an_exception_in_mid_transaction_undoes_it_and_forgets_the_caller(filled: Database) -> None:
    def delete_and_fail() -> None:
        with filled.worker() as connection:
            connection.execute(sa.text("DELETE FROM customers"))
            raise ZeroDivisionError

    def look_and_fail() -> None:
        with filled.api("head_office") as connection:
            assert seen(connection, "customers") == 2
            raise ZeroDivisionError

    for failing in (delete_and_fail, look_and_fail):
        with pytest.raises(ZeroDivisionError):
            failing()
    with filled.api() as connection:
        assert seen(connection, "customers") == 0
    with filled.worker() as connection:
        assert seen(connection, "customers") == 2


def foreign_rows(filled: Database, connection: Connection, own: str | None) -> dict[str, object]:
    """By table, what shows that is not ``own``'s: rows of other dealers, or any rows of what belongs to no dealer."""
    owned, found = set(with_dealer(filled)), {}
    for table in set(tables(filled)) - OPEN:
        rows = dealers_seen(connection, table) - {own} if table in owned else seen(connection, table)
        if rows:
            found[table] = rows
    return found


@pytest.mark.parametrize("own", [None, "a"])
def test_no_state_of_a_reused_connection_shows_a_foreign_row_in_any_table(filled: Database, own: str | None) -> None:
    """One connection, whatever was done on it before: the settings are the transaction's own, and end with it."""

    def leave(statement: str) -> None:
        with filled.api("head_office") as connection:
            assert dealers_seen(connection, "customers") == {"a", "b"}
            connection.execute(sa.text(statement))

    def fail_in_a_savepoint(statement: str) -> None:
        with filled.api("head_office") as connection:
            with pytest.raises(ProgrammingError), connection.begin_nested():
                connection.execute(sa.text(statement))
            assert dealers_seen(connection, "customers") == {"a", "b"}

    def fail(statement: str) -> None:
        with pytest.raises(ProgrammingError):
            leave(statement)

    befores = [
        lambda: leave("SELECT 1"),
        lambda: leave("SELECT set_config('hub.role', '', true), set_config('hub.dealer', '', true)"),
        lambda: leave("SELECT set_config('hub.dealer', 'b', true)"),
        lambda: fail("SELECT no_such_column"),
        lambda: fail("DELETE FROM customers"),
        lambda: fail_in_a_savepoint("SELECT no_such_column"),
    ]
    pids = set()
    for before in befores:
        before()
        role = "dealer" if own else None
        with filled.api(role, own) as connection:
            pids.add(connection.scalar(sa.text("SELECT pg_backend_pid()")))
            assert foreign_rows(filled, connection, own) == {}
        with filled._engine(filled.url_api).connect() as connection:  # nobody said who calls
            assert foreign_rows(filled, connection, None) == {}
    assert len(pids) == 1


def test_a_dealer_changes_no_foreign_row_in_any_table(filled: Database) -> None:
    changed = {}
    for table in tables(filled):
        column = "code" if table == "dealer" else "dealer" if table in with_dealer(filled) else None
        statements = [f"DELETE FROM {table}", *([f"UPDATE {table} SET {column} = {column}"] if column else [])]
        for statement in statements:
            with suppress(ProgrammingError), filled.api("dealer", "a") as connection:
                changed[statement] = connection.execute(sa.text(statement)).rowcount
    assert {statement: count for statement, count in changed.items() if count} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM customers",
        "UPDATE golden SET full_name = 'x'",
        "INSERT INTO api_key (key_id, secret_sha256, role, created_at) VALUES ('k', 's', 'head_office', now())",
        "TRUNCATE entry",
        "CREATE TABLE mine ()",
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
        "SET ROLE hub_owner",
        "SET ROLE hub_worker",
    ],
)
def test_the_api_may_not(db: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.api("head_office") as connection:
        connection.execute(sa.text(statement))


def test_a_dealer_enters_uploads_for_itself_only(db: Database) -> None:
    statement = sa.text(
        "INSERT INTO entry (kind, dealer, received_at, author) VALUES ('upload', :dealer, now(), 'api:k')"
    )
    with db.api("dealer", "a") as connection:
        connection.execute(statement, {"dealer": "a"})
    with pytest.raises(ProgrammingError, match="row-level security"), db.api("dealer", "a") as connection:
        connection.execute(statement, {"dealer": "b"})


def test_the_worker_may_not_change_the_schema(db: Database) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.worker() as connection:
        connection.execute(sa.text("CREATE TABLE mine ()"))


def test_the_same_doors_by_url(settings: Settings) -> None:
    with Database.open(settings) as db:
        for door, role in ((db.owner(), "hub_owner"), (db.worker(), "hub_worker"), (db.api(), "hub_api")):
            with door as connection:
                assert connection.scalar(sa.text("SELECT current_user")) == role
                assert connection.scalar(sa.text("SHOW timezone")) == "UTC"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://u:p%40ss@h:5/d", "postgresql+psycopg://u:p%40ss@h:5/d?options=-c+timezone%3DUTC"),
        ("postgres://h/d", "postgresql+psycopg://h/d?options=-c+timezone%3DUTC"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d?options=-c+timezone%3DUTC"),
        ("postgresql://h/d?options=-c+a%3Db", "postgresql+psycopg://h/d?options=-c+a%3Db+-c+timezone%3DUTC"),
    ],
)
def test_urls_in_all_spellings(given: str, wanted: str) -> None:
    assert psycopg_url(given) == wanted
    assert as_role(given, "hub_api") == wanted + "+-c+role%3Dhub_api"


def answering(db: Database) -> int | None:
    """The process that answers; None where it broke off."""
    try:
        with db.worker() as connection:
            return connection.scalar(sa.text("SELECT pg_backend_pid()"))
    except OperationalError:
        return None


def test_a_dead_embedded_server_is_started_again() -> None:
    with TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        with Database.open(Settings(home=Path(home))) as db:
            before = answering(db)
            assert before is not None
            assert db.server is not None
            os.kill(int((db.server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            ends = time.monotonic() + 60
            while answering(db) in (before, None):  # an orphan serves on for a moment, then breaks off
                assert time.monotonic() < ends
            db.server.discard()
