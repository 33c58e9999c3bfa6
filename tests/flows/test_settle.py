"""Settling: step by step equals everything at once; a merge, an unmerge and a late file re-open what they touch."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.demo import DemoNetwork, generate
from hub.flows.consolidate import consolidate
from hub.flows.match import match
from hub.flows.settle import settle
from hub.store.claims import mark_all
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
