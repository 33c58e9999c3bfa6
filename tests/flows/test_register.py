from __future__ import annotations

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.flows.register import Origin, register_file, register_inbox
from hub.store.specifications import install_specification
from tests.flows.inbox import DAY, NOON, PEOPLE, Hub, csv_text


def test_what_a_walk_finds(hub: Hub) -> None:
    hub.put("customers_2026-10-30.csv", PEOPLE)
    hub.put("Customers_delta.csv", PEOPLE)
    hub.put("customers.csv.part", PEOPLE)
    hub.put(".customers.csv", PEOPLE)
    hub.put("stock.csv", PEOPLE)
    (hub.inbox / "d1" / "sales.csv").symlink_to(hub.inbox / "d1" / "stock.csv")
    (hub.inbox / "d1" / "folder").mkdir()
    found = hub.register()
    assert [(r.file_name, r.feed, r.day) for r in found.registered] == [
        ("Customers_delta.csv", "customers", DAY),
        ("customers_2026-10-30.csv", "customers", DAY - timedelta(days=2)),
    ]
    assert found.arriving == ["d1/customers.csv.part"]
    assert found.unknown_files == ["d1/stock.csv"]
    assert len(found.failed) == 1
    assert hub.rows("SELECT file_name, delta FROM upload ORDER BY 1") == [
        ("Customers_delta.csv", True),
        ("customers_2026-10-30.csv", False),
    ]


def test_bytes_are_archived_by_their_hash(hub: Hub) -> None:
    path = hub.put("customers.csv", PEOPLE)
    hub.register()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert hub.rows("SELECT sha256, bytes FROM upload") == [(sha256, path.stat().st_size)]
    assert hub.archive.open(sha256).read_bytes() == path.read_bytes()


def test_without_a_registry_every_folder_is_a_dealer(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    found = hub.register()
    assert len(found.registered) == 1
    assert found.warnings
    assert hub.rows("SELECT code, registered FROM dealer") == [("d1", False)]


def test_with_a_registry_strangers_are_reported(hub: Hub) -> None:
    hub.rows("INSERT INTO dealer (code) VALUES ('d1') RETURNING 1")
    hub.put("customers.csv", PEOPLE)
    hub.put("customers.csv", PEOPLE, dealer="stranger")
    found = hub.register()
    assert [r.dealer for r in found.registered] == ["d1"]
    assert found.unknown_dealers == {"stranger": 1}


def test_a_changed_file_is_new_and_a_refused_one_is_tried_again_by_a_new_specification(hub: Hub) -> None:
    hub.put("customers.csv", b"\x89PNG\r\n\x1a\n")
    assert hub.night().by_status() == {"refused": 1}
    assert hub.register().known == 1
    with hub.db.worker() as conn:
        install_specification(conn, "d1", "feeds: {customers: {encoding: cp1251}}", NOON)
    assert len(hub.register().registered) == 1
    path = hub.put("customers.csv", PEOPLE)
    os.utime(path, (path.stat().st_mtime + 60,) * 2)
    assert len(hub.register().registered) == 1


def test_a_file_that_changes_is_left_alone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hub.put("customers.csv", PEOPLE)
    os.utime(path)
    found = register_inbox(hub.db, hub.archive, hub.inbox, DAY, NOON, quiet_seconds=60)
    assert found.arriving == ["d1/customers.csv"]


@pytest.mark.parametrize(("wrong", "status"), [({}, "accepted"), ({"rows": 9}, "held"), ({"bytes": 1}, "held")])
def test_a_manifest_is_believed_when_all_agrees(hub: Hub, wrong: dict[str, int], status: str) -> None:
    path = hub.put("customers.csv", PEOPLE)
    body = path.read_bytes()
    said = {"rows": len(PEOPLE), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), **wrong}
    hub.put("customers.csv.manifest.json", json.dumps(said))
    assert hub.night().by_status() == {status: 1}
    assert hub.rows("SELECT code FROM upload") == [("manifest" if status == "held" else None,)]


def test_a_file_is_not_believed_when_its_manifest_cannot_be_read(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    hub.put("customers.csv.manifest.json", "{")
    assert hub.night().by_status() == {"held": 1}


def test_a_pipe_in_the_inbox_stops_nobody(hub: Hub) -> None:
    path = hub.put("customers.csv", PEOPLE)
    os.mkfifo(path.with_name("sales.csv"))
    found = hub.register()
    assert [r.feed for r in found.registered] == ["customers"]
    assert found.failed == ["d1/sales.csv: no regular file"]


def test_one_file(hub: Hub, tmp_path: Path) -> None:
    hub.rows("INSERT INTO dealer (code) VALUES ('d1') RETURNING 1")
    path = tmp_path / "customers_2026-11-05.csv"
    path.write_text(csv_text(PEOPLE))
    found = register_file(hub.db, hub.archive, path, "d1", "", Origin(DAY, NOON, "cli"))
    assert (found.feed, found.day) == ("customers", DAY + timedelta(days=4))
    assert hub.stage().by_status() == {"accepted": 1}
    with pytest.raises(Invalid, match="Unknown dealer"):
        register_file(hub.db, hub.archive, path, "nobody", "customers", Origin(DAY, NOON, "cli"))
    with pytest.raises(Invalid, match="no known feed"):
        register_file(hub.db, hub.archive, path, "d1", "stock", Origin(DAY, NOON, "cli"))
    with pytest.raises(Invalid, match="no such folder"):
        register_inbox(hub.db, hub.archive, tmp_path / "nowhere", DAY, NOON)
