"""What people decide about uploads: release, reject, revoke, reprocess."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import Conflict, NotFound
from hub.flows.release import reject, release
from hub.flows.reprocess import reprocess
from hub.flows.revoke import revoke
from hub.store.specifications import install_specification
from tests.flows.inbox import DAY, NOON, PEOPLE, Hub

NEXT = DAY + timedelta(days=1)


def held(hub: Hub) -> int:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02.csv", PEOPLE[:2])
    assert hub.night().by_status() == {"accepted": 1, "held": 1}
    return number(hub, "customers_2026-11-02.csv")


def number(hub: Hub, name: str) -> int:
    return int(str(hub.rows("SELECT upload_id FROM upload WHERE file_name = :n", n=name)[0][0]))


def test_a_released_upload_loads_past_the_guards(hub: Hub) -> None:
    upload_id = held(hub)
    assert release(hub.db, upload_id, "cli") == [upload_id]
    assert hub.stage().rows()["ended"] == 3
    assert hub.rows("SELECT body ->> 'decision' FROM entry WHERE kind = 'decision'") == [("release",)]
    with pytest.raises(Conflict):
        release(hub.db, upload_id, "cli")


def test_a_rejected_upload_may_be_sent_again(hub: Hub) -> None:
    upload_id = held(hub)
    assert reject(hub.db, upload_id, "cli", "cut") == []
    assert hub.stage().verdicts == {}
    hub.put("customers_2026-11-02_again.csv", PEOPLE[:2])
    assert hub.night().by_status() == {"held": 1}
    with pytest.raises(NotFound):
        reject(hub.db, 10**9, "cli")


def test_a_full_snapshot_is_held_as_a_whole(hub: Hub) -> None:
    hub.put("customers_2026-11-01_a.csv", PEOPLE[:2])
    hub.put("customers_2026-11-01_b.csv", b"\x89PNG")
    assert hub.night().by_status() == {"held": 1, "refused": 1}
    assert hub.rows("SELECT count(*) FROM customers") == [(0,)]
    hub.put("customers_2026-11-01_c.csv", PEOPLE[2:])
    assert hub.night().by_status() == {"accepted": 2}
    assert hub.rows("SELECT count(*) FROM customers") == [(5,)]


def test_parts_that_come_apart_are_judged_together(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02_a.csv", PEOPLE[:2])
    assert hub.night().by_status() == {"accepted": 1, "held": 1}
    hub.put("customers_2026-11-02_b.csv", PEOPLE[2:])
    assert hub.night().by_status() == {"accepted": 2}


def test_revoked_is_as_if_it_never_came(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-03.csv", [{**PEOPLE[0], "city": "Тверь"}, *PEOPLE[1:]])
    hub.night()
    before = hub.state()
    hub.put("customers_2026-11-02.csv", [{**PEOPLE[0], "city": "Омск"}, *PEOPLE[1:]])
    hub.night()
    assert hub.state() != before
    upload_id = number(hub, "customers_2026-11-02.csv")
    revoke(hub.db, hub.archive, hub.gate, upload_id, "cli")
    assert hub.state() == before
    with pytest.raises(Conflict):
        revoke(hub.db, hub.archive, hub.gate, upload_id, "cli")


def test_revoking_lets_its_duplicate_count(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE)
    hub.put("customers_2026-11-02.csv", PEOPLE)
    hub.night()
    revoke(hub.db, hub.archive, hub.gate, number(hub, "customers_2026-11-01.csv"), "cli")
    assert hub.rows("SELECT status FROM upload ORDER BY day") == [("revoked",), ("accepted",)]
    assert hub.rows("SELECT DISTINCT day FROM customers") == [(NEXT,)]


def test_reprocessing_reads_old_files_by_the_new_specification(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", [{"record_no": "1", "last_name": "Иванов", "Город": "Тверь"}])
    hub.night()
    assert hub.rows("SELECT city FROM customers") == [(None,)]
    ids = hub.rows("SELECT id, rid FROM customers")
    with hub.db.worker() as conn:
        body = "feeds:\n  customers:\n    columns:\n      city: Город\n"
        install_specification(conn, "d1", body, NOON)
    reprocess(hub.db, hub.archive, hub.gate, "d1", "customers")
    assert hub.rows("SELECT city FROM customers") == [("Тверь",)]
    assert hub.rows("SELECT id, rid FROM customers") == ids
    assert hub.rows("SELECT count(*) FROM customers_history") == [(0,)]


def test_a_held_file_is_judged_anew_by_the_new_specification(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", [{"Код": row["record_no"], "last_name": row["last_name"]} for row in PEOPLE])
    assert hub.night().by_status() == {"held": 1}
    with hub.db.worker() as conn:
        install_specification(conn, "d1", "feeds:\n  customers:\n    columns:\n      record_no: Код\n", NOON)
    reprocess(hub.db, hub.archive, hub.gate, "d1", "customers")
    assert hub.rows("SELECT status, rows_loaded FROM upload") == [("accepted", 5)]
