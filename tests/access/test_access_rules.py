"""Passwords, second factors, lock-out and the chain, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from runpy import run_path

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import passwords, second_factor
from hub.access.chain import GENESIS, seals
from hub.access.lockout import locked_until
from hub.errors import Invalid

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_password_matches_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        passwords, "hasher", run_path(passwords.__file__)["hasher"]
    )  # as shipped; other tests' is cheap
    stored = passwords.hashed("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4, the second choice
    assert passwords.matches("correct horse battery", stored)
    assert not passwords.matches("correct horse batterY", stored)
    assert not passwords.matches("correct horse battery", None)
    assert not passwords.matches("correct horse battery", "no hash")
    assert not passwords.outdated(stored)
    assert passwords.outdated("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng")


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "xx-ANNA-petrova-xx", "x" * 300])
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(Invalid):
        passwords.hashed(weak, "anna")


def test_a_code_is_taken_once_and_while_it_is_fresh() -> None:
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = second_factor.step_of(secret, code, NOW, 0)
    assert step == int(NOW.timestamp()) // 30
    assert second_factor.step_of(secret, code, NOW, step) is None
    assert second_factor.step_of(secret, code, NOW + timedelta(seconds=29), 0) == step
    assert second_factor.step_of(secret, code, NOW + timedelta(minutes=2), 0) is None
    assert second_factor.step_of(secret, "x" * 6, NOW, 0) is None
    assert second_factor.enrolment_uri(secret, "anna").startswith("otpauth://totp/")


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, None), (4, None), (5, 1), (6, 2), (7, 4), (11, 60), (12, 60), (1_000_000, 60)]
)
def test_each_failure_shuts_for_longer(failures: int, minutes: int | None) -> None:
    assert locked_until(failures, NOW) == (None if minutes is None else NOW + timedelta(minutes=minutes))


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers()), min_size=2), st.data())
def test_a_change_anywhere_changes_the_head(rows: list[dict[str, str | int]], data: st.DataObject) -> None:
    head = list(seals(GENESIS, rows))[-1]
    place = data.draw(st.integers(0, len(rows) - 1))
    altered = [*rows[:place], {**rows[place], "altered": 1}, *rows[place + 1 :]]
    assert list(seals(GENESIS, altered))[-1] != head
    assert list(seals(GENESIS, rows))[-1] == head
