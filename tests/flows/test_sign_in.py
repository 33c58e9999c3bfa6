"""Signing in: what opens a session, what does not, and what ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from hub.access import passwords
from hub.errors import Conflict, HubError, Invalid, NotFound, Unauthenticated
from hub.flows import manage_accounts as manage
from hub.flows.sign_in import AT_ONCE, IDLE, WAITING, CodeNeeded, sign_in, sign_out, whose_session
from hub.store.accounts import list_accounts
from hub.store.audit import entries
from hub.store.engine import Database

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PASSWORD = "four words make one"


@pytest.fixture
def anna(db: Database) -> Database:
    with db.worker() as conn:
        manage.create_account(conn, "Anna", "Anna Petrova", "steward", None, NOW, password=PASSWORD)
    return db


def test_a_session_lives_as_long_as_it_is_used(anna: Database) -> None:
    session = sign_in(anna, " ANNA ", PASSWORD, None, NOW)
    moment = NOW
    for _ in range(3):
        moment += IDLE - timedelta(minutes=1)
        assert whose_session(anna, session.token, moment).account.login == "anna"
    with pytest.raises(Unauthenticated):
        whose_session(anna, session.token, moment + IDLE + timedelta(minutes=1))


def test_sign_out_ends_that_session_alone(anna: Database) -> None:
    one, two = (sign_in(anna, "anna", PASSWORD, None, NOW).token for _ in range(2))
    sign_out(anna, one)
    sign_out(anna, one)
    with pytest.raises(Unauthenticated):
        whose_session(anna, one, NOW)
    assert whose_session(anna, two, NOW).account.name == "Anna Petrova"
    with pytest.raises(Unauthenticated):
        whose_session(anna, "unknown", NOW)


def test_a_disabled_account_is_out_with_its_next_request(anna: Database) -> None:
    token = sign_in(anna, "anna", PASSWORD, None, NOW).token
    with anna.worker() as conn:
        manage.disable(conn, "anna", NOW)
    with pytest.raises(Unauthenticated):
        whose_session(anna, token, NOW)
    with pytest.raises(Unauthenticated):
        sign_in(anna, "anna", PASSWORD, None, NOW)


def test_a_new_password_ends_the_sessions(anna: Database) -> None:
    token = sign_in(anna, "anna", PASSWORD, None, NOW).token
    with anna.worker() as conn:
        _, fresh = manage.set_password(conn, "anna")
    with pytest.raises(Unauthenticated):
        whose_session(anna, token, NOW)
    with pytest.raises(Unauthenticated):
        sign_in(anna, "anna", PASSWORD, None, NOW)
    assert sign_in(anna, "anna", fresh, None, NOW).account.login == "anna"


def test_wrong_passwords_shut_the_account_for_a_while(anna: Database) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated, match="not right"):
            sign_in(anna, "anna", "wrong", None, NOW)
    with pytest.raises(Unauthenticated, match="not right"):
        sign_in(anna, "anna", PASSWORD, None, NOW + timedelta(seconds=59))
    assert sign_in(anna, "anna", PASSWORD, None, NOW + timedelta(seconds=61)).token
    with anna.worker() as conn:
        assert [e.action for e in entries(conn, None, 10)] == ["sign_in"] + ["sign_in_failed"] * 5
        assert list_accounts(conn)[0].failures == 0


def test_an_unknown_login_is_told_the_same(anna: Database) -> None:
    with pytest.raises(Unauthenticated) as known:
        sign_in(anna, "anna", "wrong", None, NOW)
    with pytest.raises(Unauthenticated) as unknown:
        sign_in(anna, "nobody", "wrong", None, NOW)
    assert known.value.detail == unknown.value.detail


def test_no_more_passwords_are_verified_at_once_than_the_machine_bears(
    anna: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, everybody = [], [], threading.Barrier(AT_ONCE)
    verify = passwords.matches

    def watched(password: str, stored: str | None) -> bool:
        running.append(1)
        most.append(len(running))
        everybody.wait(120)  # those who have their turn are here together
        running.pop()
        return verify(password, stored)

    monkeypatch.setattr(passwords, "matches", watched)
    told: list[str] = []

    def attempt() -> None:
        try:
            sign_in(anna, "anna", "wrong", None, NOW)
        except HubError as error:
            told.append(error.code)

    threads = [threading.Thread(target=attempt) for _ in range(AT_ONCE + WAITING + 6)]
    monkeypatch.setattr("hub.flows.sign_in._TURNS", gate := threading.Semaphore(0))
    for thread in threads:
        thread.start()
    wait_for(lambda: len(told) == 6)
    assert told == ["too_many_requests"] * 6
    gate.release(AT_ONCE)
    for thread in threads:
        thread.join(120)
    assert max(most) == AT_ONCE
    assert told.count("unauthenticated") == AT_ONCE + WAITING


def test_tries_at_the_same_moment_count_one_after_the_other(anna: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: refusal(anna, "wrong"), range(8))) == {"unauthenticated"}
    with anna.worker() as conn:
        (account,) = list_accounts(conn)
    assert account.failures == 5  # further ones met a shut account
    assert refusal(anna, PASSWORD) == "unauthenticated"


def refusal(db: Database, password: str) -> str:
    with pytest.raises(HubError) as refused:
        sign_in(db, "anna", password, None, NOW)
    return refused.value.code


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.01)


def test_the_second_factor(anna: Database) -> None:
    with anna.worker() as conn:
        secret = parse_qs(urlparse(manage.set_second_factor(conn, "anna")).query)["secret"][0]
    with pytest.raises(CodeNeeded):
        sign_in(anna, "anna", PASSWORD, None, NOW)
    with pytest.raises(Unauthenticated, match="not right"):
        sign_in(anna, "anna", PASSWORD, "000000", NOW)
    code = pyotp.TOTP(secret).at(NOW)
    assert sign_in(anna, "anna", PASSWORD, code, NOW).token
    with pytest.raises(Unauthenticated, match="not right"):
        sign_in(anna, "anna", PASSWORD, code, NOW)
    with anna.worker() as conn:
        manage.drop_second_factor(conn, "anna")
    assert sign_in(anna, "anna", PASSWORD, None, NOW).token


def test_accounts_that_cannot_be(anna: Database) -> None:
    with anna.worker() as conn:
        for role, dealer in (("king", None), ("routing", None), ("dealer", None), ("steward", "d1"), ("dealer", "d1")):
            with pytest.raises(Invalid):
                manage.create_account(conn, "x", "X", role, dealer, NOW)
        with pytest.raises(Conflict):
            manage.create_account(conn, "ANNA", "Another", "steward", None, NOW)
        for act in (manage.set_password, manage.set_second_factor, manage.drop_second_factor):
            with pytest.raises(NotFound):
                act(conn, "nobody")
        with pytest.raises(NotFound):
            manage.disable(conn, "nobody", NOW)
