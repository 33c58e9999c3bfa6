"""Workers that are killed, and workers that meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import text

from hub.flows import consolidate as consolidate_flow
from hub.flows import match as match_flow
from hub.flows.consolidate import consolidate
from hub.flows.export import golden_hash
from hub.flows.gate import OpenGate
from hub.flows.match import match
from hub.flows.release import release
from hub.flows.stage import INTERRUPTIONS, grouped, stage
from hub.settings import ROOT
from hub.store.uploads import lock_dealers
from tests.flows.inbox import DAY, PEOPLE, Hub

DEALERS = [f"d{number}" for number in range(4)]

WORKER = """
import sys, time
from pathlib import Path
import polars as pl
from hub.flows import consolidate as consolidate_flow
from hub.flows import match as match_flow
from hub.flows.consolidate import consolidate
from hub.flows.export import golden_hash
from hub.flows.gate import OpenGate
from hub.flows.match import match
from hub.flows.stage import stage
from hub.store import records
from hub.store.archive import Archive
from hub.store.engine import Database

owner, worker, api, folder, where = sys.argv[1:]

class Slow(OpenGate):
    def check(self, feed, frame):
        if where == "gate":
            print("here", flush=True); time.sleep(60)
        return super().check(feed, frame)

if where == "apply":
    fold = records._fold
    def slow(feed):
        statements = fold(feed)
        return [*statements[:6], "SELECT pg_sleep(0)", *statements[6:]]
    apply = records.apply
    def stopped(conn, feed):
        apply(conn, feed)
        print("here", flush=True); time.sleep(60)
    records.apply = stopped
stage(Database(owner, worker, api), Archive(Path(folder) / "archive"), Slow())
"""


MATCHER = """
import sys, time
from hub.flows import consolidate, match
from hub.store import block_keys, matching, partition
from hub.store.engine import Database

owner, worker, api, where = sys.argv[1:]
match.FULL_SHARE = consolidate.FULL_SHARE = 2.0

def stop_after(module, name):
    whole = getattr(module, name)
    def stopped(*args):
        done = whole(*args)
        if name != "write_golden" or done:
            print("here", flush=True); time.sleep(60)
        return done
    setattr(module, name, stopped)

stop_after({"exchange_keys": block_keys, "add_edges": matching}.get(where, partition), where)
match.match(Database(owner, worker, api))
consolidate.consolidate(Database(owner, worker, api))
"""


def two_nights(hub: Hub) -> None:
    for dealer in DEALERS:
        hub.put("customers_2026-11-01.csv", PEOPLE, dealer)
    hub.night()
    for dealer in DEALERS:
        hub.put("customers_2026-11-02.csv", [{**PEOPLE[0], "city": "Тверь"}, *PEOPLE[1:]], dealer)
    hub.register(DAY + timedelta(days=1))


def matched(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    tables = ("party_key", "edge", "membership", "golden", "review", "dirty", "reopened", "restated", "shared_value")
    return {table: hub.rows(f"SELECT t::text FROM {table} t ORDER BY 1") for table in tables}


@pytest.mark.parametrize("where", ["exchange_keys", "add_edges", "replace_partition", "write_golden"])
def test_a_killed_match_leaves_nothing_half(hub: Hub, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its two connections were at."""
    twins = [{**row, "record_no": f"t{row['record_no']}"} for row in PEOPLE]
    hub.put("customers_2026-11-01.csv", PEOPLE, "d1")
    hub.put("customers_2026-11-01.csv", twins, "d2")
    hub.night()
    match(hub.db)
    consolidate(hub.db)
    hub.put("customers_2026-11-02.csv", [{**PEOPLE[0], "phones": "+7 916 999-22-33"}, *PEOPLE[1:]], "d1")
    hub.put("customers_2026-11-02.csv", [*twins, {**twins[1], "record_no": "9"}], "d2")
    hub.night(DAY + timedelta(days=1))
    monkeypatch.setattr(match_flow, "FULL_SHARE", 2.0)
    monkeypatch.setattr(consolidate_flow, "FULL_SHARE", 2.0)
    if where in ("replace_partition", "write_golden"):
        match(hub.db)
    before = matched(hub)
    urls = [hub.db.url_owner, hub.db.url_worker, hub.db.url_api]
    process = subprocess.Popen(
        [sys.executable, "-c", MATCHER, *urls, where], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert matched(hub) == before
    match(hub.db)
    consolidate(hub.db)
    step_by_step = golden_hash(hub.db)
    with hub.db.worker() as conn:
        conn.execute(text("DELETE FROM matched_with"))
    assert match(hub.db).full
    consolidate(hub.db)
    assert golden_hash(hub.db) == step_by_step


@pytest.mark.parametrize("where", ["gate", "apply"])
def test_a_killed_worker_leaves_nothing_half(hub: Hub, where: str) -> None:
    two_nights(hub)
    before = hub.state()["customers"]
    urls = [hub.db.url_owner, hub.db.url_worker, hub.db.url_api]
    command = [sys.executable, "-c", WORKER, *urls, str(hub.folder), where]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert hub.state()["customers"] == before
    assert hub.stage().by_status() == {"accepted": 4}
    killed = hub.state()

    hub.forget()
    for path in hub.inbox.rglob("*.csv"):
        path.unlink()
    hub.clock -= timedelta(minutes=2)
    two_nights(hub)
    hub.stage()
    assert hub.state() == killed


DEADLY = """
import os, signal, sys
from pathlib import Path
from hub.flows.gate import OpenGate
from hub.flows.stage import stage
from hub.store.archive import Archive
from hub.store.engine import Database

owner, worker, api, folder = sys.argv[1:]

class Deadly(OpenGate):
    def check(self, feed, frame):
        if "Смертельный" in frame.write_csv():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().check(feed, frame)

stage(Database(owner, worker, api), Archive(Path(folder) / "archive"), Deadly())
"""


def test_a_file_that_kills_the_process_stands_in_nobodys_way(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", [{**PEOPLE[0], "last_name": "Смертельный"}], "d1")
    for dealer in ("d0", "d2", "d3"):
        hub.put("customers_2026-11-01.csv", PEOPLE, dealer)
    hub.register()
    urls = [hub.db.url_owner, hub.db.url_worker, hub.db.url_api]
    command = [sys.executable, "-c", DEADLY, *urls, str(hub.folder)]

    def night() -> dict[str, str]:
        subprocess.run(command, cwd=ROOT, check=False)
        return {str(dealer): str(status) for dealer, status in hub.rows("SELECT dealer, status FROM upload")}

    together = dict.fromkeys(DEALERS, "received")
    assert night() == together
    apart = night()
    assert apart["d1"] == "received"
    assert night() == {**dict.fromkeys(DEALERS, "accepted"), "d1": "received"}
    assert night()["d1"] == "held"
    assert hub.rows("SELECT code, interrupted FROM upload WHERE dealer = 'd1'") == [("interrupted", 0)]
    assert hub.stage().by_status() == {}

    ((held,),) = hub.rows("SELECT upload_id FROM upload WHERE dealer = 'd1'")
    release(hub.db, int(str(held)), "test")
    assert hub.stage().by_status() == {"accepted": 1}


class Stopped(OpenGate):
    """A person stops the night while it is at work."""

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        raise KeyboardInterrupt


def test_who_stops_the_night_accuses_no_file(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", PEOPLE, "d1")
    hub.register()
    for _ in range(INTERRUPTIONS + 1):
        with pytest.raises(KeyboardInterrupt):
            stage(hub.db, hub.archive, Stopped())
    assert hub.rows("SELECT status, interrupted FROM upload") == [("received", 0)]
    assert hub.stage().by_status() == {"accepted": 1}


def test_two_workers_at_once_load_once(hub: Hub) -> None:
    for dealer in DEALERS:
        hub.put("customers_a.csv", PEOPLE, dealer)
        hub.put("customers_b.csv", PEOPLE, dealer)

    def work(number: int) -> int:
        hub.register()
        return len(stage(hub.db, hub.archive, OpenGate()).verdicts)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 8
    assert hub.rows("SELECT status, count(*) FROM upload GROUP BY 1 ORDER BY 1") == [("accepted", 4), ("duplicate", 4)]
    assert hub.rows("SELECT count(*), count(DISTINCT id) FROM customers") == [(20, 20)]


def test_a_worker_waits_for_a_dealer_that_another_has(hub: Hub) -> None:
    hub.put("customers.csv", PEOPLE)
    hub.register()
    with ThreadPoolExecutor(1) as pool:
        with hub.db.worker() as conn:
            lock_dealers(conn, ["d1"])
            waiting = pool.submit(hub.stage)
            while not _somebody_waits(hub):  # for a lock; if nobody ever does, the call is done, and the test fails
                assert not waiting.done()
                time.sleep(0.02)
        assert waiting.result().by_status() == {"accepted": 1}


def _somebody_waits(hub: Hub) -> bool:
    return bool(
        hub.rows(
            "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = current_database() AND NOT granted"
        )
    )


def test_groups_are_bounded_and_whole() -> None:
    sizes = {"a": 5, "b": 5, "c": 20, "d": 1, "e": 1}
    assert list(grouped(sizes, 10)) == [["a", "b"], ["c"], ["d", "e"]]
    assert list(grouped({}, 10)) == []
