"""Commands end to end, on a real database: what they print, and how they end."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from hub.store.embedded import OWNER, SUPERUSER, EmbeddedServer
from hub.store.engine import Database
from tests.cli.conftest import Command

REGISTRY = """dealer_code,name,city,brands,timezone,latitude,longitude,capacity,phones
D001,Автомир,Москва,Lada; Geely,Europe/Moscow,55.7,37.6,12,+7 495 000-00-01
D002,,,,,,,,
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "dealers.csv"
    path.write_text(REGISTRY, encoding="utf-8")
    return path


def test_dealers_sync(dealerhub: Command, registry: Path, db: Database) -> None:
    done = dealerhub("dealers", "sync", registry)
    assert (done.code, done.out) == (0, "2 dealers: 2 new, 0 known\n")
    with db.worker() as conn:
        rows = conn.execute(
            sa.text("SELECT code, brands, latitude, capacity, timezone FROM dealer ORDER BY code")
        ).all()
    assert rows == [("D001", ["Lada", "Geely"], 55.7, 12, "Europe/Moscow"), ("D002", [], None, None, "Europe/Moscow")]


def test_dealers_sync_again_with_fewer(dealerhub: Command, registry: Path, db: Database) -> None:
    dealerhub("dealers", "sync", registry)
    registry.write_text("dealer_code,city\nD002,Казань\n", encoding="utf-8")
    done = dealerhub("dealers", "sync", registry)
    assert done.out == "1 dealers: 0 new, 1 known\n"
    assert "D001" in done.err
    with db.worker() as conn:
        rows = conn.execute(sa.text("SELECT code, city, name, registered FROM dealer ORDER BY code")).all()
    assert rows == [("D001", "Москва", "Автомир", False), ("D002", "Казань", None, True)]


def test_keys(dealerhub: Command, registry: Path, db: Database) -> None:
    dealerhub("dealers", "sync", registry)
    key = dealerhub("keys", "create", "--role", "dealer", "--dealer", "D001").out
    assert key.endswith("\n")
    prefix, key_id, secret = key.strip().split("_")
    with db.worker() as conn:
        row = conn.execute(sa.text("SELECT key_id, secret_sha256, role, dealer FROM api_key")).one()
    assert (prefix, *row) == ("dh", key_id, hashlib.sha256(secret.encode()).hexdigest(), "dealer", "D001")
    listed = dealerhub("keys", "list").out
    assert key_id in listed
    assert secret not in listed
    assert dealerhub("keys", "revoke", key.strip()).out == f"Revoked {key_id}\n"
    with db.worker() as conn:
        assert conn.scalar(sa.text("SELECT revoked_at FROM api_key")) is not None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("keys", "create", "--role", "king"), "Unknown role 'king'"),
        (("keys", "create", "--role", "dealer"), "needs --dealer"),
        (("keys", "create", "--role", "steward", "--dealer", "D001"), "no other role has one"),
        (("keys", "create", "--role", "dealer", "--dealer", "D999"), "dealers sync"),
        (("keys", "revoke", "none"), "no such key"),
        (("dealers", "sync", "nowhere.csv"), "no such file"),
        (("uploads", "show", "7"), "no upload 7"),
        (("uploads", "reprocess", "--dealer", "D999", "--feed", "customers"), "dealers sync"),
        (("uploads", "reprocess", "--dealer", "D999", "--feed", "invoices"), "no known feed"),
        (("bench", "nothing"), "Unknown benchmark"),
        (("export", "links", "--out", "links.txt"), ".csv or .parquet"),
    ],
)
def test_bad_input_gets_one_clear_message(dealerhub: Command, words: tuple[str, ...], says: str) -> None:
    done = dealerhub(*words)
    assert done.code == 2
    assert says in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


@pytest.mark.parametrize(
    "words", [("nothing",), ("keys", "create"), ("uploads", "show", "x"), ("demo", "--dealers", "1")]
)
def test_wrong_use_ends_with_two(dealerhub: Command, words: tuple[str, ...]) -> None:
    done = dealerhub(*words)
    assert done.code == 2
    assert "Usage:" in done.err


def test_a_fault_of_ours_quotes_no_values(dealerhub: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Ivanov, 79161234567")

    monkeypatch.setattr("hub.store.keys.list_keys", fail)
    done = dealerhub("keys", "list")
    assert done.code == 70
    assert "RuntimeError at" in done.err
    assert "Ivanov" not in done.err


def test_a_step_that_fails_is_a_fault_of_ours(
    dealerhub: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Ivanov, 79161234567")

    (tmp_path / "inbox" / "D001").mkdir(parents=True)
    (tmp_path / "inbox" / "D001" / "customers.csv").write_text("record_no,last_name\n1,Ivanov\n")
    monkeypatch.setattr("hub.flows.match.active_model", fail)
    done = dealerhub("nightly", "--inbox", tmp_path / "inbox")
    assert done.code == 70
    assert "Step edges failed: RuntimeError" in done.err
    assert "Ivanov" not in done.err


def test_specs_apply_and_list(dealerhub: Command, registry: Path, tmp_path: Path) -> None:
    dealerhub("dealers", "sync", registry)
    folder = tmp_path / "specs"
    (folder / "bases").mkdir(parents=True)
    (folder / "bases" / "onec.yml").write_text(
        "feeds: {customers: {encoding: cp1251, delimiter: ;}}\n", encoding="utf-8"
    )
    (folder / "D001.yml").write_text("extends: onec\n", encoding="utf-8")
    assert dealerhub("specs", "apply", folder).out == "1 specifications, 1 new or changed\n"
    assert dealerhub("specs", "apply", folder).out == "1 specifications, 0 new or changed\n"
    assert "D001" in dealerhub("specs", "list").out
    assert dealerhub("specs", "check", "--spec", folder / "D001.yml").out == "D001.yml is sound; feeds: customers\n"


def test_specs_apply_all_or_none(dealerhub: Command, registry: Path, tmp_path: Path, db: Database) -> None:
    dealerhub("dealers", "sync", registry)
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "D001.yml").write_text("feeds: {}\n", encoding="utf-8")
    (folder / "D999.yml").write_text("feeds: {}\n", encoding="utf-8")
    done = dealerhub("specs", "apply", folder)
    assert done.code == 2
    assert "D999" in done.err
    with db.worker() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM specification")) == 0


def test_specs_propose_then_check(dealerhub: Command, tmp_path: Path) -> None:
    sample = tmp_path / "klienty.csv"
    rows = [f"{n};Иванов Пётр Сергеевич;{n % 28 + 1:02}.05.1980;8 (916) 123-45-{n:02}" for n in range(10, 60)]
    sample.write_bytes("\r\n".join(["Код;ФИО;ДатаРождения;Телефон", *rows]).encode("cp1251"))
    draft = dealerhub("specs", "propose", sample, "--feed", "customers")
    assert (draft.code, draft.err) == (0, "")
    spec = tmp_path / "D001.yml"
    spec.write_text(draft.out, encoding="utf-8")
    checked = dealerhub("specs", "check", sample, "--spec", spec, "--feed", "customers")
    assert checked.code == 0, checked.out
    assert "50 rows of customers (csv, cp1251)" in checked.out
    assert "phones" in checked.out
    assert "916" not in checked.out


def test_an_empty_base_can_be_listed_exported_and_hashed(dealerhub: Command, tmp_path: Path) -> None:
    assert dealerhub("uploads").code == 0
    assert dealerhub("export", "golden", "--out", tmp_path / "golden.csv").code == 0
    hashed = dealerhub("golden-hash")
    assert hashed.code == 0
    assert len(hashed.out.split()) == 1


def test_stop_leaves_a_server_that_is_not_ours(dealerhub: Command) -> None:
    assert "HUB_DATABASE_URL" in dealerhub("stop").out


def test_a_database_user_without_the_hubs_roles_is_told_the_cure(
    dealerhub: Command, server: EmbeddedServer, empty_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, name = f"plain_{os.getpid()}", make_url(empty_db.url_owner).database
    with server.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {role}")
    try:
        monkeypatch.setenv("HUB_DATABASE_URL", server.url(role, name))
        done = dealerhub("uploads")
    finally:
        with server.connect() as connection:
            connection.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
        with server.connect(SUPERUSER, name) as connection:
            connection.execute(f"REASSIGN OWNED BY {role} TO {OWNER}")
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")
    assert done.code == 2
    assert "GRANT hub_worker, hub_api TO the user" in done.err
