"""docs/prospects.md: the worked example is what the code says; rules, states, routes and policies are those of the code."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from api.routers import claims, conflicts, policies
from hub.prospects.claims import ENDINGS
from hub.prospects.geography import NEARNESS
from hub.prospects.policy import RULES, load, start_policy
from tests.docs.pages import page, section, table
from tests.prospects.people import at, event, hold, owner, settled

PAGE = page("prospects.md")
EXAMPLE = table(section(PAGE, "One woman, three dealers, eleven events"), "no")
HOMES = pl.DataFrame(
    [(1, "North", False, 12.0), (1, "South", False, 7.5), (1, "East", False, 40.0)], NEARNESS, orient="row"
)
TOLD: list[dict[str, Any]] = [
    event("North", "lead", "2026-03-02 10:00"),
    event("South", "lead", "2026-03-03 12:00"),
    event("North", "contact", "2026-03-03 17:00", outcome="не ответил"),
    event("North", "contact", "2026-03-04 09:00"),
    event("South", "milestone", "2026-03-05 18:00"),
    event("East", "lead", "2026-02-01", "2026-03-10 02:00"),
    event("North", "milestone", "2026-03-20 11:00"),
    event("East", "contact", "2026-04-02 12:00"),
    {},
    hold("customer_choice", "South", "2026-04-22 15:00", brand=None, purpose=None),
    event("South", "won", "2026-05-20 10:00"),
]


@pytest.mark.parametrize("row", EXAMPLE, ids=lambda row: row[0])
def test_the_worked_example(row: list[str]) -> None:
    number, when, _, dealer, rule, until = row
    known = [fact for fact in TOLD[: int(number)] if fact]
    found = settled([f for f in known if "kind" in f], [f for f in known if "rule" in f], nearness=HOMES)
    assert owner(found, when) == (dealer, rule)
    span = found.ownership.filter(pl.col("valid_from") <= at(when), pl.col("valid_until") > at(when))
    assert span["valid_until"].to_list() == [at(until)]


def test_the_example_has_its_end() -> None:
    assert len(EXAMPLE) == len(TOLD) == 11
    sold = hold("last_seller", "South", "2026-05-20 10:00")
    found = settled([f for f in TOLD if "kind" in f], [*(f for f in TOLD if "rule" in f), sold], nearness=HOMES)
    assert owner(found, "2027-05-01") == ("South", "last_seller")
    assert found.claims.filter(dealer="East")["until"].to_list() == [at("2026-05-02 12:00")]
    assert found.conflicts.select("began", "ends").rows() == [(at("2026-03-03 12:00"), at("2026-04-19 11:00"))]


def test_rules_and_states_are_those_of_the_code() -> None:
    assert [row[0].strip("`") for row in table(section(PAGE, "The rules"), "rule")] == list(RULES)
    states = {row[0].strip("`") for row in table(section(PAGE, "Claims"), "state")}
    assert states == {"provisional", "protected", *ENDINGS}


def test_routes_exist() -> None:
    paths = {route.path for room in (claims, conflicts, policies) for route in room.router.routes}  # type: ignore[attr-defined]
    for row in table(section(PAGE, "Where it is"), "question"):
        for word in row[1].replace("`", "").split():
            assert not word.startswith("/v1") or word.rstrip(",") in paths, word


def test_the_policy_shown_is_sound() -> None:
    body = PAGE.split("```yaml\n")[1].split("```")[0]
    policy = load(body)
    assert policy.terms_for("mazda", "service").last_servicer > start_policy().terms.last_servicer
    assert len(policy.terms_for("x", "used").rules) == 5
