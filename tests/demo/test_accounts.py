"""The demo's people: the same at every call, whatever was done to them since."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.cli.demo import address, sign_ins
from hub.demo.accounts import FILE, OWN, PEOPLE, SignIn, ready_accounts
from hub.flows.manage_accounts import set_password
from hub.flows.sign_in import sign_in
from hub.settings import ROOT, Settings
from hub.store.engine import Database

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def dealers(db: Database) -> list[str]:
    with db.worker() as conn:
        conn.execute(sa.text("INSERT INTO dealer (code) VALUES ('D001'), ('D002')"))
    return ["D001", "D002"]


def ready(db: Database, folder: Path, dealers: list[str]) -> dict[str, SignIn]:
    return {each.login: each for each in ready_accounts(db, folder, dealers, NOW)}


def test_each_role_signs_in_and_a_second_call_tells_the_same(db: Database, tmp_path: Path, dealers: list[str]) -> None:
    first = ready(db, tmp_path, dealers)
    assert {each.role for each in first.values()} == {"head_office", "steward", "dealer", "auditor"}
    assert (first["ivan"].dealer, first["petr"].dealer) == ("D001", "D002")
    for login, each in first.items():
        assert sign_in(db, login, each.password, None, NOW).token
    assert len({each.password for each in first.values()}) == len(PEOPLE)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert ready(db, tmp_path, dealers) == first


def test_who_changed_the_password_or_was_there_before_is_left_alone(
    db: Database, tmp_path: Path, dealers: list[str]
) -> None:
    first = ready(db, tmp_path, dealers)
    with db.worker() as conn:
        set_password(conn, "anna", "four words make one")
        conn.execute(sa.text("DELETE FROM account WHERE login = 'rita'"))
    second = ready(db, tmp_path, dealers)
    assert second["anna"].password == OWN
    assert second["rita"].password == first["rita"].password
    assert second["olga"] == first["olga"]
    assert sign_in(db, "anna", "four words make one", None, NOW).token


def test_the_end_of_the_demo(
    db: Database, settings: Settings, dealers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.home / "demo").mkdir(parents=True)
    sign_ins(settings, db)
    told = capsys.readouterr().out
    assert address(settings) in told
    for person in PEOPLE:
        assert person.login in told
    sign_ins(settings, db)
    assert capsys.readouterr().out == told
    with db.worker() as conn:
        set_password(conn, "olga", "four words make one")
    sign_ins(settings, db)
    assert "users password LOGIN" in capsys.readouterr().out


def test_the_readme_names_the_same_people() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for person in PEOPLE:
        line = next(line for line in readme.splitlines() if line.startswith(f"| `{person.login}` |"))
        assert person.tries in line.replace("`", "")
        assert person.role.replace("_", " ") in line
