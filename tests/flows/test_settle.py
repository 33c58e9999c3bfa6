"""Settling: step by step equals everything at once; a merge, an unmerge and a late file re-open what they touch."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.demo import DemoNetwork, generate
from hub.flows.consolidate import consolidate
from hub.flows.match import match
from hub.flows.settle import settle
from hub.store.claims import basis, mark_all, set_settled_with, settled_with
from hub.store.engine import Database
from tests.flows.inbox import Hub

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATE = {
    table: f"SELECT to_jsonb(t) - 'golden', g.golden_id FROM {table} t LEFT JOIN golden g USING (golden) ORDER BY 2, 1"
    for table in ("claim", "ownership", "conflict", "decision", "household_key")
}
STATE["household"] = """SELECT g.golden_id, f.golden_id FROM household h JOIN golden g USING (golden)
    JOIN golden f ON f.golden = h.household ORDER BY 1"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> DemoNetwork:
    return generate(tmp_path_factory.mktemp("demo"), dealers=5, people=220, seed=3, plain=True)


def state(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    return {name: hub.rows(sql) for name, sql in STATE.items()}


def bring(hub: Hub, night: Path, dealers: list[str], day: date) -> None:
    for dealer in dealers:
        if (night / dealer).is_dir():
            shutil.copytree(night / dealer, hub.inbox / dealer, dirs_exist_ok=True)
    hub.night(day)
    match(hub.db)
    consolidate(hub.db)
    settle(hub.db, AT)


def test_steps_equal_everything_at_once(hub: Hub, network: DemoNetwork) -> None:
    dealers = sorted(path.name for path in network.night1.iterdir())
    bring(hub, network.night1, dealers[:3], date(2026, 11, 20))
    for dealer in dealers[3:]:
        bring(hub, network.night1, [dealer], date(2026, 11, 20))
    for dealer in dealers:
        bring(hub, network.night2, [dealer], date(2026, 11, 21))
    steps = state(hub)
    assert all(steps.values())
    assert settle(hub.db, AT).golden == 0
    with hub.db.worker() as conn:
        mark_all(conn)
    assert settle(hub.db, AT).golden == -1
    everything = state(hub)
    for name in STATE:
        assert steps[name] == everything[name], name
    spans = hub.rows(
        """SELECT count(*) FROM ownership a JOIN ownership b USING (golden, brand, purpose)
           WHERE a.valid_from < b.valid_from AND coalesce(a.valid_until, 'infinity') > b.valid_from"""
    )
    assert spans == [(0,)]


ROWS = "SELECT golden, CAST(xmin AS text), md5(CAST(t AS text)) FROM {0} t ORDER BY 1, 2, 3"
SPOILT = (
    "DELETE FROM claim WHERE golden % 3 = 0",
    "INSERT INTO claim SELECT * FROM claim WHERE golden % 3 = 1",
    "UPDATE ownership SET reason = 'another' WHERE golden % 3 = 0",
    "DELETE FROM ownership WHERE golden % 3 = 1",
    "UPDATE conflict SET dealers = dealers || '{x}' WHERE golden % 3 = 0",
    "DELETE FROM decision WHERE golden % 3 = 0",
    "INSERT INTO decision SELECT * FROM decision WHERE golden % 3 = 1",
    "UPDATE household SET household = golden WHERE golden % 3 = 0",
    "DELETE FROM household WHERE golden % 3 = 1",
)


def test_everything_again_mends_what_differs_touches_nothing_else_and_waits_for_no_reader(
    hub: Hub, network: DemoNetwork
) -> None:
    dealers = sorted(path.name for path in network.night1.iterdir())
    bring(hub, network.night1, dealers, date(2026, 11, 20))
    right, said = state(hub), hub.rows("SELECT * FROM said ORDER BY conflict_id, at")
    tables = ("claim", "ownership", "conflict", "decision")
    before = {table: hub.rows(ROWS.format(table)) for table in tables}
    with hub.db.worker() as conn:
        for spoil in SPOILT:
            conn.execute(sa.text(spoil))
        mark_all(conn)
    with ThreadPoolExecutor(1) as pool, hub.db.worker() as reader:
        for table in (
            *tables,
            "household",
        ):  # whose transaction is open: what needs a table for itself would wait for it
            assert reader.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
        assert pool.submit(settle, hub.db, AT).result(60).golden == -1
    assert state(hub) == right
    assert hub.rows("SELECT * FROM said ORDER BY conflict_id, at") == said
    for table in tables:
        kept = {row for row in before[table] if row[0] % 3 == 2}
        assert kept, table
        assert kept <= set(hub.rows(ROWS.format(table))), table


def test_a_dealer_that_changes_concerns_those_whom_it_knows_alone(hub: Hub, network: DemoNetwork) -> None:
    dealers = sorted(path.name for path in network.night1.iterdir())
    bring(hub, network.night1, dealers, date(2026, 11, 20))
    before = state(hub)
    known = hub.rows("SELECT count(DISTINCT golden) FROM membership WHERE dealer = :d", d=dealers[0])
    changes = (
        ("registered = true, active_until = '2020-06-30'", True),
        ("active_until = NULL", True),
        ("target_share = 0.5, holidays = ARRAY[CAST('2026-12-31' AS date)]", False),
    )
    for change, matters in changes:
        with hub.db.worker() as conn:
            conn.execute(sa.text(f"UPDATE dealer SET {change} WHERE code = :code"), {"code": dealers[0]})
        assert settle(hub.db, AT).golden == (known[0][0] if matters else 0)
        steps = state(hub)
        with hub.db.worker() as conn:
            mark_all(conn)
        assert settle(hub.db, AT).golden == -1
        assert steps == state(hub)
        assert (steps == before) != ("2020" in change)
    with hub.db.worker() as conn:
        franchise = {"code": dealers[0], "brands": '[{"brand": "Zzz"}]'}
        conn.execute(sa.text("UPDATE dealer SET franchises = CAST(:brands AS jsonb) WHERE code = :code"), franchise)
    assert settle(hub.db, AT).golden == -1, "a brand that was open to all is no more"


def test_a_large_registry_is_remembered(db: Database) -> None:
    with db.worker() as conn:
        assert settled_with(conn) is None
        conn.execute(
            sa.text("INSERT INTO dealer (code) SELECT lpad(CAST(n AS text), 64, 'x') FROM generate_series(1, 600) n")
        )
        known = basis(conn, ["2", "start-1"])
        set_settled_with(conn, known)
        assert settled_with(conn) == known
        assert len(known.dealers) == 600
        conn.execute(sa.text("UPDATE dealer SET brands = '{Lada}', registered = true WHERE code LIKE '%x60'"))
        later = basis(conn, ["2", "start-1"])
        assert (later.rules == known.rules, later.moved(known)) == (True, ["60".rjust(64, "x")])
        assert basis(conn, ["2", "mine-1"]).rules != known.rules
