"""A simulation says what another policy would have changed, and of nothing else."""

from __future__ import annotations

import polars as pl

from hub.prospects.charts import simulation_chart
from hub.prospects.policy import DAY, start_policy
from hub.prospects.settle import Reign
from hub.prospects.simulate import COUNTS, compare, together, worlds
from tests.prospects.people import at, changed, event, events, settled

SINCE, NOW = at("2026-01-01"), at("2026-04-01")
TOLD = [
    event("A", "contact", "2026-03-01"), event("B", "contact", "2026-03-10"),
    event("C", "lead", "2026-03-31 12:00", golden=2), event("A", "contact", "2025-12-20", golden=3),
]  # fmt: skip


def test_who_wins_and_loses_and_who_is_left_alone() -> None:
    reigns = [Reign(start_policy())]
    _, hasty = worlds(reigns, changed(silence=5 * DAY), SINCE)
    found = compare(settled(TOLD), settled(TOLD, reigns=hasty), events(TOLD), SINCE, NOW)
    assert found.compared == {"conflict": 1, "lead": 1, "owner": 2}
    table = {row["dealer"]: row for row in found.by_dealer().to_dicts()}
    assert table["A"]["conflicts_lost"] == 1
    assert table["B"]["left_without_owner"] == 1
    assert "C" not in table
    assert found.without_owner == (1, 0)
    assert together([found, found]).compared == {"conflict": 2, "lead": 2, "owner": 4}


def test_the_same_policy_changes_nothing() -> None:
    same = settled(TOLD, reigns=worlds([Reign(start_policy())], start_policy(), SINCE)[1])
    found = compare(settled(TOLD), same, events(TOLD), SINCE, NOW)
    assert found.rows.is_empty()
    assert found.by_dealer().is_empty()


def test_what_earlier_policies_decided_changes_nothing_of_a_comparison() -> None:
    early, late = at("2025-12-25"), at("2026-03-05")
    history = [
        Reign(start_policy(), until=early),
        Reign(changed(silence=40 * DAY), early, late),
        Reign(changed(silence=50 * DAY), late),
    ]
    tried = changed(silence=5 * DAY)
    for since in (at("2025-12-22"), SINCE, at("2026-03-20")):
        kept = [Reign(reign.policy, reign.since, min(reign.until, since)) for reign in history if reign.since < since]
        long = compare(
            settled(TOLD, reigns=history), settled(TOLD, reigns=[*kept, Reign(tried, since)]), events(TOLD), since, NOW
        )
        before, after = worlds(history, tried, since)
        short = compare(settled(TOLD, reigns=before), settled(TOLD, reigns=after), events(TOLD), since, NOW)
        assert len(long.rows) > 0
        assert short.rows.equals(long.rows)
        assert short.compared == long.compared


def test_the_chart_shows_those_whom_it_concerns() -> None:
    table = pl.DataFrame({"dealer": ["D<1", "D2"], **{name: [0, 0] for name in COUNTS}})
    table = table.with_columns(conflicts_won=pl.Series([3, 0]), conflicts_lost=pl.Series([1, 0]))
    svg = simulation_chart(table, "Policy x", "conflicts_won", "conflicts_lost")
    assert "D&lt;1" in svg
    assert "D2" not in svg
    assert "nothing changes" in simulation_chart(table.tail(1), "Policy x", "conflicts_won", "conflicts_lost")
