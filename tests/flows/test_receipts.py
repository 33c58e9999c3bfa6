from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from hub.flows.receipts import receipt, write_receipts
from tests.flows.inbox import PEOPLE, Hub


def rows_with_trouble() -> list[dict[str, object]]:
    many = [{**row, "record_no": f"{row['record_no']}-{copy}"} for copy in range(5) for row in PEOPLE]
    return [*many, {**many[0], "city": "Омск"}]


def test_receipt(hub: Hub) -> None:
    hub.put("customers.csv", rows_with_trouble())
    hub.night()
    found = receipt(hub.db, hub.rows("SELECT upload_id FROM upload")[0][0])  # type: ignore[arg-type]
    assert found.status == "accepted"
    assert found.counts["read"] == 26
    assert found.counts["quarantined"] == 2
    assert [(issue.rule, issue.count, issue.first_row) for issue in found.issues] == [("record_no.repeated", 2, 2)]
    assert found.identities == {"new": 24, "changed": 0, "reused": 0}
    assert "rejects file" in found.to_do


def test_receipts_are_written_once(hub: Hub) -> None:
    hub.put("customers.csv", rows_with_trouble())
    hub.put("customers.csv", PEOPLE, dealer="d2")
    hub.night()
    written = write_receipts(hub.db, hub.folder)
    assert (written.receipts, written.rejects) == (2, 1)
    assert write_receipts(hub.db, hub.folder).receipts == 0
    (path,) = (hub.folder / "receipts" / "d2").iterdir()
    assert json.loads(path.read_text())["counts"]["loaded"] == 5
    assert len(list((hub.folder / "receipts" / "d1").iterdir())) == 2


def test_two_runs_at_once_write_the_same_receipts(hub: Hub) -> None:
    for number in range(12):
        hub.put("customers.csv", rows_with_trouble(), dealer=f"d{number}")
    hub.night()
    with ThreadPoolExecutor(4) as pool:
        for run in [pool.submit(write_receipts, hub.db, hub.folder) for _ in range(4)]:
            run.result()
    assert len(list((hub.folder / "receipts").glob("d*/*"))) == 24


def test_mended_rejects_load_as_a_delta(hub: Hub) -> None:
    good = [{**row, "record_no": f"{row['record_no']}-{copy}", "city": ""} for copy in range(5) for row in PEOPLE]
    bad = [dict(row) for row in good] + [{**good[0], "city": "Омск"}]
    hub.put("customers_2026-11-01.csv", bad)
    hub.night()
    write_receipts(hub.db, hub.folder)
    (path,) = (hub.folder / "receipts" / "d1").glob("*_rejects.csv")
    lines = path.read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    hub.put(path.name, "\n".join(lines[:2]))
    summary = hub.night()
    assert summary.by_status() == {"accepted": 2}  # the day's first file is folded again beside it
    assert hub.rows("SELECT count(*), count(ended_day) FROM customers") == [(25, 0)]
