"""The audit log: append-only for everybody, chained after commit, and it shows what an administrator did to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hub.flows.seal_audit import ANCHOR, seal_audit, verify_audit
from hub.store.audit import add_entry, entries
from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database


@pytest.fixture
def logged(db: Database, tmp_path: Path) -> Database:
    with db.worker() as conn:
        for number in range(5):
            add_entry(conn, "user:anna", "steward", None, "read_customer", f"id-{number}", "a case", {"n": number})
    assert seal_audit(db, tmp_path) == 5
    return db


def as_superuser(db: Database, server: EmbeddedServer, *statements: str) -> None:
    with server.connect(database=sa.make_url(db.url_owner).database or "") as conn:
        for statement in ("SET session_replication_role = replica", *statements):
            conn.execute(statement)


def test_the_chain_is_in_order_and_sealing_again_adds_nothing(logged: Database, tmp_path: Path) -> None:
    assert seal_audit(logged, tmp_path) == 0
    verdict = verify_audit(logged, tmp_path)
    assert (verdict.links, verdict.unsealed, verdict.broken) == (5, 0, None)
    with logged.worker() as conn:
        add_entry(conn, "cli", "head_office", None, "search")
    assert verify_audit(logged, tmp_path).unsealed == 1


@pytest.mark.parametrize("door", ["worker", "api"])
@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DELETE FROM audit_seal"]
)
def test_nobody_may_change_the_log(logged: Database, door: str, statement: str) -> None:
    opened = logged.worker() if door == "worker" else logged.api("head_office")
    with pytest.raises(DBAPIError, match="permission denied"), opened as conn:
        conn.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE audit SET reason = 'another' WHERE target = 'id-2'", "row 3 was altered"),
        ("UPDATE audit SET at = at + interval '1 second' WHERE target = 'id-2'", "row 3 was altered"),
        ("DELETE FROM audit WHERE target = 'id-3'", "row 4 was deleted"),
        ("DELETE FROM audit_seal WHERE position = 2", "link 2 is missing"),
        ("DELETE FROM audit_seal WHERE position = 5", "the log was cut after link 4; it had 5"),
    ],
)
def test_what_a_superuser_did_shows(
    logged: Database, server: EmbeddedServer, tmp_path: Path, statement: str, wrong: str
) -> None:
    as_superuser(logged, server, statement)
    assert verify_audit(logged, tmp_path).broken == wrong


def test_a_tail_that_is_made_anew_shows(logged: Database, server: EmbeddedServer, tmp_path: Path) -> None:
    head = (tmp_path / ANCHOR).read_text()
    as_superuser(logged, server, "DELETE FROM audit_seal", "UPDATE audit SET actor = 'user:boris' WHERE audit_id = 2")
    seal_audit(logged, tmp_path)
    (tmp_path / ANCHOR).write_text(head)
    assert verify_audit(logged, tmp_path).broken == "row 5 and its seal were made anew"


def test_a_row_waits_until_its_transaction_is_over(db: Database, tmp_path: Path) -> None:
    with db.worker() as slow:
        add_entry(slow, "user:slow", "steward", None, "search")
        with db.worker() as quick:
            add_entry(quick, "user:quick", "steward", None, "search")
        assert seal_audit(db, tmp_path) == 1
    assert seal_audit(db, tmp_path) == 1
    assert verify_audit(db, tmp_path).broken is None


def test_a_row_of_an_undone_request_is_not_there(db: Database) -> None:
    def log_and_fail() -> None:
        with db.api("head_office") as conn:
            add_entry(conn, "user:anna", "head_office", None, "search")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log_and_fail()
    with db.worker() as conn:
        assert entries(conn, None, 10) == []


def test_a_caller_logs_as_itself_only(db: Database) -> None:
    with db.api("dealer", "a") as conn:
        add_entry(conn, "api:k", "dealer", "a", "search")
    for role, dealer in (("dealer", "b"), ("head_office", "a")):
        with pytest.raises(DBAPIError, match="row-level security"), db.api("dealer", "a") as conn:
            add_entry(conn, "api:k", role, dealer, "search")
    with db.api("dealer", "a") as conn:
        assert entries(conn, None, 10) == []
    with db.api("auditor") as conn:
        assert len(entries(conn, None, 10)) == 1
