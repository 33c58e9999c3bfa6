"""What the members of a customer said on a past day takes the place of what they say now, and of nothing else."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.feeds import FEEDS
from hub.flows.read_past import members_then
from hub.golden.survivorship import consolidate
from hub.store.customer_views import MEMBER_SCHEMA
from tests.flows.stewards import AT

DAY = date(2026, 10, 1)


def members(*rids: int) -> pl.DataFrame:
    rows = [
        {"golden": 1, "rid": rid, "id": f"{rid:032}", "dealer": "D001", "feed": "customers", "record_no": str(rid),
         "first_seen": AT, "stated_on": date(2026, 11, 1), "ended": False, "kind": "person", "shown_last": "Now", "last": "now"}
        for rid in rids
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=MEMBER_SCHEMA)


def rows(*said: tuple[int, str, bool]) -> pl.DataFrame:
    names = FEEDS["customers"].names
    made = [
        {
            "rid": rid,
            "then_stated": DAY,
            "then_ended": ended,
            "then_country": None,
            "full_name": name,
            "record_no": str(rid),
        }
        for rid, name, ended in said
    ]
    schema = {"rid": pl.Int64, "then_stated": pl.Date, "then_ended": pl.Boolean, "then_country": pl.String}
    return pl.DataFrame(made, schema={**schema, **dict.fromkeys(names, pl.String)})


def test_values_and_recency_are_of_the_day() -> None:
    then = members_then(members(1, 2), [rows((1, "Архаров Лев", False), (2, "Орлов Лев", True))])
    assert then.schema == pl.Schema(MEMBER_SCHEMA)
    assert then["shown_last"].to_list() == ["Архаров", "Орлов"]
    assert then["ended"].to_list() == [False, True]
    assert set(then["stated_on"]) == {DAY}
    assert consolidate(then)["last_name"].to_list() == ["Архаров"]


def test_who_was_not_there_yet_says_nothing() -> None:
    assert members_then(members(1, 2), [rows((2, "Орлов Лев", False))])["rid"].to_list() == [2]
    assert members_then(members(1), [rows(), rows()]).is_empty()
